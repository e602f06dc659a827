"""A user's project, small enough to build in seconds: a network, a photo, a page and a config."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import shell
from PIL import Image

# A build takes seconds, and still has every kind of page.
MODEL = """\
from torch import nn


def factory():
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 4, 3, padding=1),
        nn.ReLU(inplace=True),
    )
"""

MADE = (
    '  - {kind: maximization, layers: "conv:2", filters: [1, 2], size: 32, steps: 4, '
    "sketch_steps: 6}\n"
)
CONFIG = f"""\
site:
  name: A tiny gallery
  description: Two layers, one photo.
model: mymodel:factory
weights: none
seed: 3
input: {{size: 32}}
images:
  - {{path: photos/stripes.png, title: Stripes <b>, alt: Coloured stripes}}
layers: ["conv:*"]
visualizations:
  - {{kind: kernels, layers: "conv:*"}}
  - {{kind: activations, layers: "conv:1", filters: [0, 1]}}
{MADE}"""

# Two sheets of kernels, the maps of a layer, two pictures, and the photo's answers to compare with.
TASKS = 6
PICTURES = 2  # of them are made by maximisation, and come last

# A network by which pictures take for ever to make on any machine, and that says when one is begun.
_ENDLESS = """

class Endless(nn.Conv2d):
    def forward(self, x):
        if x.requires_grad:  # as only activation maximisation has it
            Path({begun!r}).touch()
            time.sleep(0.01)
        return super().forward(x)
"""

PAGE = """\
# A page of my own

Words that only this page has: aardvark. See the [filters](kernels.md).
"""


def write(folder: Path, config: str = CONFIG) -> Path:
    """Write the project into a folder, and return the folder."""
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    (folder / "docs").mkdir(exist_ok=True)
    (folder / "mymodel.py").write_text(MODEL, encoding="utf-8")
    (folder / "site_config.yml").write_text(config, encoding="utf-8")
    (folder / "docs" / "mine.md").write_text(PAGE, encoding="utf-8")
    stripes = Image.new("RGB", (48, 40))
    stripes.putdata([(5 * x, 6 * y, 40 * ((x + y) % 6)) for y in range(40) for x in range(48)])
    stripes.save(folder / "photos" / "stripes.png")
    return folder


def write_endless(folder: Path, begun: Path, config: str = CONFIG) -> Path:
    """Write a project whose last pictures take for ever, and leave a file once one is begun."""
    write(
        folder, config.replace(" steps: 4", " steps: 100000").replace("steps: 6", "steps: 100000")
    )
    code = "import time\nfrom pathlib import Path\n\n" + MODEL.replace("nn.Conv2d(6", "Endless(6")
    code += _ENDLESS.format(begun=str(begun))
    (folder / "mymodel.py").write_text(code, encoding="utf-8")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def build(
    folder: Path,
    command: Sequence[str | Path] | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Build the project's site by the command line, from inside its folder; return what it said.

    In this process, or by a command of its own where one is given.
    """
    words = ("build", "-c", "site_config.yml")
    if command is not None:
        return run([*command, *words], folder, environment)
    done = shell.run(folder, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def run(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> str:
    """Run a command that has to succeed inside a folder; return all that it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
