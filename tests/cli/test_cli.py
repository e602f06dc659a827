"""The command line as a user meets it: words, exit statuses, JSON."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import tiny_project
from forked import PATIENCE
from shell import run
from tiny_project import TASKS

from generator.cli import printing, tables


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny_project.write(tmp_path_factory.mktemp("cli"))
    tiny_project.build(folder)
    return folder


def test_a_build_counts_the_cache_and_says_where_to_look(project: Path) -> None:
    done = run(project, "build", "--anyway")
    assert done.returncode == 0
    assert done.stdout == ""
    assert f"{TASKS} tasks: {TASKS} cached, 0 to compute" in done.stderr
    assert "Open site/index.html" in done.stderr
    assert "Traceback" not in done.stderr


def test_damage_that_no_time_tells_of_is_mended_by_reading_again(tmp_path: Path) -> None:
    """As a failing disk does it: of a tensor and a drawn picture only bytes change."""
    config = tiny_project.CONFIG.replace("steps: 4", "steps: 2, preset: classic")
    folder = tiny_project.write(tmp_path, config)
    tiny_project.build(folder)
    before = tiny_project.tree(folder / "site")
    cache = folder / ".cnn-gallery"
    shown = {file.stat().st_ino for file in (folder / "site").rglob("*.png")}
    drawn = min(cache.glob("pictures/*.png"))
    assert drawn.stat().st_ino in shown  # the site shows that very file
    for file in (min(cache.rglob("*.safetensors")), drawn):
        status, content = file.stat(), bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run(folder, "verify", "--sample", "0").returncode == 1
    said = run(folder, "build", "--reread").stderr
    assert "1 cached result is damaged: it is computed again." in said
    assert "1 cached picture is damaged: it is drawn again." in said
    assert tiny_project.tree(folder / "site") == before
    assert run(folder, "verify", "--sample", "0").returncode == 0


def test_quiet_is_quiet(project: Path) -> None:
    done = run(project, "build", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_verbose_says_what_it_works_with_and_each_task(tmp_path: Path) -> None:
    config = tiny_project.CONFIG.split("visualizations:")[0] + "visualizations:\n"
    config += '  - {kind: activations, layers: "conv:1", filters: 1, show: filter}\n'
    folder = tiny_project.write(tmp_path, config)
    (folder / "docs" / "mine.md").unlink()  # it links to the filters, which are not shown now
    said = run(folder, "build", "-v").stderr
    assert "Network: factory, 5 layers; weights: as the factory returned them" in said
    assert "Photo: stripes, from photos/stripes.png" in said
    assert re.search(r"^activations 0:1 stripes: \d+\.\d\d s$", said, re.MULTILINE)
    assert "1 task: 0 cached, 1 to compute" in said
    assert re.search(r"^Activation maps: 1 task, computed in \d+\.\d s in all$", said, re.MULTILINE)


def test_plan_says_each_task(project: Path, tmp_path: Path) -> None:
    assert f"{TASKS} tasks: {TASKS} cached, 0 missing" in run(project, "plan").stdout
    fresh = tiny_project.write(tmp_path)
    rows = json.loads(run(fresh, "plan", "--json").stdout)
    assert [row["cached"] for row in rows] == [False] * TASKS
    assert {row["seconds"] for row in rows} == {None}
    cached = json.loads(run(project, "plan", "--json").stdout)
    assert all(row["seconds"] >= 0 for row in cached)
    assert {row["visualization"] for row in rows} == {"kernels", "activations", "maximization"}
    assert not (fresh / "site").exists()


def test_layers_for_choosing(project: Path) -> None:
    table = run(project, "layers").stdout
    assert "conv:2" in table and "Conv2d" in table
    rows = json.loads(run(project, "layers", "--json").stdout)
    second = next(row for row in rows if row["conv"] == 2)
    assert second == {
        "name": "3",
        "type": "Conv2d",
        "conv": 2,
        "shape": [4, 16, 16],
        "kernel": [3, 3],
        "stride": [1, 1],
        "depth": 6,
        "parameters": 4 * 6 * 9 + 4,
        "receptive_field": [8, 8],
        "layout": None,
    }


def test_names_are_listed_as_they_are(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """Where rich would take "[l]" for markup, and ":cat:" for a cat."""
    rows = [{"visualization": "kernels", "layer": "a [l] :cat:", "channel": None}]
    rows[0] |= {"image": None, "parameters": {}, "key": "ab" * 32, "cached": False}
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    printing.print_table(tables.plan_table(rows))
    assert "missing  kernels        a [l] :cat:" in capsys.readouterr().out


TALKING = """\
from torch import nn

print("imported")


class Talking(nn.Conv2d):
    def forward(self, values):
        print("forward")
        return super().forward(values)


def factory():
    print("called")
    return nn.Sequential(Talking(3, 6, 3, padding=1), nn.ReLU())
"""


def test_json_stays_clean_whatever_the_network_prints(tmp_path: Path) -> None:
    config = tiny_project.CONFIG.split("visualizations:")[0] + "visualizations:\n"
    config += '  - {kind: activations, layers: "conv:1", filters: {top: 1}}\n'
    folder = tiny_project.write(tmp_path, config)
    (folder / "docs" / "mine.md").unlink()
    (folder / "mymodel.py").write_text(TALKING, encoding="utf-8")
    assert run(folder, "build", "-q").returncode == 0
    picture = ("activations", "-c", "site_config.yml", "-u", "0:1", "-i", "photos/stripes.png")
    for command in (
        ("layers", "--json"),
        ("plan", "--json"),
        ("verify", "--json", "--all"),
        ("render", *picture, "-o", "map.png", "--json"),
    ):
        done = run(folder, *command)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout), command
        assert {"imported", "called", "forward"} <= set(done.stderr.split()), command


def _ends(project: Path, words: str, redirected: str) -> tuple[int, str]:
    """How a command ends whose standard output a shell leads somewhere, and what it says."""
    program = f'"{sys.executable}" -P -m generator {words} {redirected}; echo "status $?" >&2'
    done = subprocess.run(
        ["/bin/sh", "-c", program], cwd=project, capture_output=True, text=True, timeout=PATIENCE
    )
    said, _, status = done.stderr.rpartition("status ")
    return int(status), said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_an_output_that_takes_nothing_is_told_in_a_line(project: Path) -> None:
    for words in ("layers -q", "plan -q --json", "--help", "--version", "cache gc -h"):
        status, said = _ends(project, words, ">/dev/full")
        assert (status, said.count("\n")) == (1, 1), said
        assert "Error: The standard output cannot be written: No space left" in said
    for words in ("layers -q", "--version"):
        status, said = _ends(project, words, ">&-")
        closed = "Error: Nothing can be printed: the standard output is closed.\n"
        assert (status, said) == (1, closed)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("streams", [">/dev/full", ">/dev/full 2>&1", ">&- 2>&-"])
def test_a_network_that_prints_where_nothing_can_be_printed_is_built(
    tmp_path: Path, streams: str
) -> None:
    folder = tiny_project.write(tmp_path)
    (folder / "mymodel.py").write_text(TALKING.replace('"forward"', '"forward" * 9999'))
    config = (folder / "site_config.yml").read_text().replace("conv:2", "conv:1")
    (folder / "site_config.yml").write_text(config)
    assert _ends(folder, "build -q", streams)[0] == 0
    assert (folder / "site" / "index.html").is_file()


def test_what_a_network_prints_below_python_is_not_among_the_json(tmp_path: Path) -> None:
    folder = tiny_project.write(tmp_path)
    below = 'import os\n\nos.write(1, b"below\\n")\n'
    (folder / "mymodel.py").write_text(below + tiny_project.MODEL)
    status, said = _ends(folder, "layers --json", ">rows.json")
    assert (status, said) == (0, "below\n")
    assert json.loads((folder / "rows.json").read_text())


def test_nobody_is_told_that_a_pipe_closed(project: Path) -> None:
    assert _ends(project, "plan -q --json", "| head -1 >/dev/null")[1] == ""


@pytest.mark.parametrize(
    ("config", "status", "words"),
    [
        ("layers: [conv:1]\nvisualisations: []\n", 2, "did you mean 'visualizations'"),
        ("model: nowhere:factory\n", 3, "nowhere"),
        ("images: [missing.jpg]\n", 4, "missing.jpg"),
    ],
)
def test_exit_statuses(tmp_path: Path, config: str, status: int, words: str) -> None:
    (tmp_path / "site_config.yml").write_text(config, encoding="utf-8")
    done = run(tmp_path, "build")
    assert done.returncode == status
    assert done.stderr.startswith("Error: ") and words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("init", "{}", "-m", "mymodel:factory"),
        ("init", "g", "-m", "{}"),
        ("export", "--zip", "{}.zip"),
        ("stage", "{}"),
        ("render", "kernels", "-l", "conv:1", "-o", "{}.png"),
    ],
)
def test_a_name_that_is_too_long_for_a_file_is_said(project: Path, words: tuple[str, ...]) -> None:
    done = run(project, *(word.format("long" * 100) for word in words))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith("Error: No file can have so long a name: ")


def test_no_config_at_all(tmp_path: Path) -> None:
    done = run(tmp_path, "build")
    assert done.returncode == 2
    assert "site_config.yml" in done.stderr and "Traceback" not in done.stderr


def test_wrong_arguments(tmp_path: Path) -> None:
    assert run(tmp_path, "build", "--fast").returncode == 2
    done = run(tmp_path, "serve", "--port", "99999")
    assert done.returncode == 2 and "99999 is not in the range" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_stops_cleanly(tmp_path: Path) -> None:
    folder = tiny_project.write_endless(tmp_path / "project", tmp_path / "begun")
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", "build"],
        cwd=folder,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    quick = TASKS - tiny_project.PICTURES
    records = folder / ".cnn-gallery" / "records"
    while len(list(records.glob("[!.]*.json"))) < quick or not (tmp_path / "begun").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "What was done is kept" in said and "Traceback" not in said
    assert len(list(records.glob("*"))) == quick


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_serve_shows_the_site_until_ctrl_c(project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", "serve", "--port", "0"],
        cwd=project,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr is not None
    said = ""
    while "until Ctrl-C" not in said and process.poll() is None:
        said += process.stderr.readline()
    address = re.search(r"http://127\.0\.0\.1:\d+/", said)
    assert address, said
    with urllib.request.urlopen(address[0]) as page:
        assert b"A tiny gallery" in page.read()
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=PATIENCE)
    assert (process.returncode, rest) == (0, "")


def test_a_port_in_use_is_said(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run(project, "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "cannot be used" in done.stderr and "--port" in done.stderr
    assert "MkDocs" not in done.stderr  # it is said before the build


def test_starting_is_light(project: Path) -> None:
    code = (
        "import sys, generator.cli.main, generator.config.load;"
        "print(sorted({'torch', 'torchvision', 'mkdocs'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"
