"""A build that has nothing to do: what it looks at, what it says, and that it touches nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tiny_project

from generator.cache.ledger import Ledger, latest
from generator.config.load import load_config
from generator.config.schema import SiteConfig
from generator.incremental import unchanged
from generator.incremental.environment import environment
from generator.incremental.opened_files import opened_files
from generator.incremental.unchanged import cache_folder, last_build
from generator.pipeline import build
from generator.utils.report import Silent
from generator.utils.stamps import stale

CONFIG = """\
model: mymodel:factory
weights: none
input: {size: 32}
images: [photos/*.png]
visualizations:
  - {kind: kernels, layers: "conv:1"}
  - {kind: activations, layers: "conv:1", filters: [0]}
"""

# A network that reads its weights itself, with the help of another module.
FACTORY = """\
import torch
from helpers.sizes import FILTERS
from pathlib import Path
from torch import nn


def factory():
    network = nn.Sequential(nn.Conv2d(3, FILTERS, 3), nn.ReLU())
    network.load_state_dict(torch.load(Path(__file__).with_name("own") / "trained.pt"))
    return network
"""

Change = Callable[[Path], None]


def write(folder: Path) -> Path:
    """The tiny project with another model; the path of its config."""
    import torch
    from torch import nn

    tiny_project.write(folder, CONFIG)
    (folder / "mymodel.py").write_text(FACTORY)
    (folder / "helpers").mkdir()
    (folder / "helpers" / "sizes.py").write_text("FILTERS = 2\n")
    (folder / "own").mkdir()
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU())
    torch.save(network.state_dict(), folder / "own" / "trained.pt")
    age(folder)
    return folder / "site_config.yml"


def age(folder: Path) -> None:
    """Let files be older than the build, as they are with people."""
    for path in folder.rglob("*"):
        old = path.stat().st_mtime_ns - 60_000_000_000
        os.utime(path, ns=(old, old))


def forget() -> None:
    """Let the next build import the project's modules anew."""
    for name in ("mymodel", "helpers", "helpers.sizes"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The config of a project that was built. Whoever changes something puts it back."""
    path = write(tmp_path_factory.mktemp("unchanged") / "project")
    forget()
    build(load_config(path), Silent())
    yield path
    forget()


@pytest.fixture
def project(config: Path) -> Iterator[Path]:
    """Its folder, in which whatever a test does is undone."""
    folder = config.parent
    before = (
        times(folder),
        {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()},
    )
    yield folder
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path not in before[1]:
            path.unlink()
        elif path.is_dir() and path.relative_to(folder).as_posix() not in before[0]:
            path.rmdir()
    for path, content in before[1].items():
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
        time = before[0][path.relative_to(folder).as_posix()]
        os.utime(path, ns=(time, time))


def times(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in sorted(folder.rglob("*"))
    }


def append(name: str, text: bytes = b"# and more\n") -> Change:
    def change(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(text)

    return change


def remove(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


def touch(name: str) -> Change:
    return lambda folder: os.utime(next(folder.glob(name)))


def first(pattern: str, change: Callable[[str], Change]) -> Change:
    """A change of the first file that a glob finds."""
    return lambda folder: change(min(folder.glob(pattern)).relative_to(folder).as_posix())(folder)


def same_size(name: str) -> Change:
    """Other bytes, as many."""

    def change(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[-2] ^= 1
        (folder / name).write_bytes(content)

    return change


def test_nothing_has_changed_and_nothing_is_touched(config: Path, project: Path) -> None:
    before = times(project)
    last = last_build(config)
    assert (last.up_to_date, last.change) == (True, "")
    assert last.ledger is not None
    assert last.ledger.pictures == 4
    assert times(project) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (append("site_config.yml"), "site_config.yml changed"),
        (same_size("photos/stripes.png"), "photos/stripes.png changed"),
        (remove("photos/stripes.png"), "photos/stripes.png changed"),
        (append("photos/another.png"), "photos/another.png is new"),
        (append("docs/mine.md"), "docs/mine.md changed"),
        (remove("docs/mine.md"), "docs/mine.md changed"),
        (append("docs/deep/new.md"), "docs/deep/new.md is new"),
        (append("templates/about.md"), "templates/about.md is new"),
        (append("templates/assets/own.css"), "templates/assets/own.css is new"),
        (append("mymodel.py"), "mymodel.py changed"),
        (append("helpers/sizes.py"), "helpers/sizes.py changed"),
        (append("torch.py"), "torch.py is new"),
        (append("helpers/__init__.py"), "helpers/__init__.py is new"),
        (same_size("own/trained.pt"), "own/trained.pt changed"),
        (append("own/later.safetensors"), "own/later.safetensors is new"),
        (append("site/index.html"), "index.html of the site was changed"),
        (same_size("site/index.html"), "index.html of the site was changed"),
        (remove("site/index.html"), "index.html of the site was removed"),
        (append("site/.hidden"), ".hidden of the site was added"),
        (first(".cnn-gallery/objects/*/*", append), "a file of the cache is not as it was: "),
        (first(".cnn-gallery/objects/*/*", touch), "a file of the cache is not as it was: "),
        (first(".cnn-gallery/records/*", remove), "a file of the cache is not as it was: "),
        (first(".cnn-gallery/pictures/*.json", remove), "a file of the cache is not as it was: "),
        # The site shows that very file, and is looked at first.
        (first(".cnn-gallery/pictures/*.webp", same_size), "pictures/"),
        (first("site/pictures/*/*.webp", same_size), "pictures/"),
        (first(".cnn-gallery/builds/*/*.json", same_size), "no earlier build is known"),
        (first(".cnn-gallery/builds/*/*.json", remove), "no earlier build is known"),
    ],
)
def test_what_changed_is_named(config: Path, project: Path, change: Change, words: str) -> None:
    change(project)
    last = last_build(config)
    assert not last.up_to_date
    assert last.change.startswith(words)


@pytest.mark.parametrize(
    "change",
    [
        append("docs/.hidden"),
        append("docs/.git/index"),
        append("notes.txt"),
        append("docs.md"),
        append(".cnn-gallery/records/of-another.json"),
    ],
)
def test_what_no_build_reads_is_no_change(config: Path, project: Path, change: Change) -> None:
    change(project)
    assert last_build(config).change == ""


@pytest.mark.parametrize(
    "name",
    ["site_config.yml", "photos/stripes.png", "own/trained.pt", "mymodel.py", "site/index.html"],
)
def test_a_touched_file_is_read_once(config: Path, project: Path, name: str, monkeypatch) -> None:
    touch(name)(project)
    old = (project / name).stat().st_mtime_ns - 1_000_000_000  # as if it were a second ago
    os.utime(project / name, ns=(old, old))
    before = times(project)
    assert last_build(config).up_to_date
    after = times(project)
    changed = {path for path in after if after[path] != before.get(path)}
    assert {path.split("/")[1] for path in changed} == {"builds"}
    monkeypatch.setattr("generator.utils.stamps.digest_file", None)  # now nothing may be read
    assert last_build(config).up_to_date
    assert times(project) == after


def test_a_ledger_that_cannot_be_refreshed_holds_all_the_same(
    config: Path, project: Path, monkeypatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("generator.cache.ledger.write_atomically", full)
    touch("docs/mine.md")(project)
    before = times(project)
    assert last_build(config).up_to_date
    assert times(project) == before


def test_variables_and_versions_count(config: Path, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", "/elsewhere")
    assert last_build(config).change == "variable TORCH_HOME: nothing -> /elsewhere"
    monkeypatch.undo()
    now = environment()
    assert {"Python", "machine", "package torch", "package mkdocs_material"} <= now.keys()
    monkeypatch.setattr(unchanged, "environment", lambda: {**now, "package torch": "9.9"})
    assert last_build(config).change == f"package torch: {now['package torch']} -> 9.9"
    del now["package torch"]
    monkeypatch.setattr(unchanged, "environment", lambda: now)
    assert last_build(config).change.endswith(" -> none")


def test_another_installation_of_the_gallery_counts(config: Path, monkeypatch) -> None:
    """Its code may be another version's, while that of the last build lies where it lay."""
    monkeypatch.setattr(unchanged, "_PACKAGE", "/elsewhere/generator")
    words = "cnn-gallery itself runs from another folder, /elsewhere/generator"
    assert last_build(config).change == words


def test_our_own_code_and_templates_count(config: Path) -> None:
    import generator
    from generator.utils.resources import templates_folder

    package = Path(generator.__file__).parent
    files = ledger_of(config).inputs.files
    expected = [*package.rglob("*.py"), *templates_folder().rglob("*.md")]
    assert {str(path) for path in expected if path.name[0] != "."} <= files.keys()
    assert not [path for path in files if "site-packages/torch/" in path]


def ledger_of(config: Path) -> Ledger:
    found = latest(config.parent / ".cnn-gallery", config)
    assert found is not None
    return found


def test_what_changes_while_a_build_runs_is_built_the_next_time(tmp_path: Path) -> None:
    path = write(tmp_path / "project")
    forget()
    names = ["docs/mine.md", "photos/stripes.png", "own/trained.pt", "mymodel.py"]

    class Busy(Silent):
        def say(self, message: str) -> None:
            if "to compute" in message:
                for name in names:
                    append(name)(path.parent)

    config = load_config(path)
    append("site_config.yml")(path.parent)
    build(config, Busy())
    forget()
    inputs = ledger_of(path).inputs
    found = stale(inputs.files, inputs.looked, {})
    expected = [str(path.parent / name) for name in [*names, "site_config.yml"]]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("name", ["docs/mine.md", "templates/about.md"])
def test_where_only_pages_changed_no_tensor_is_read(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "project")
    forget()
    build(load_config(path), Silent())
    forget()
    append(name, b"Words.\n")(path.parent)
    objects = str(path.parent / ".cnn-gallery" / "objects")
    with opened_files() as files:
        assert build(load_config(path), Silent()).computed == 0
    assert not [file for file in files if file.startswith(objects)]
    assert [file for file in files if "/.cnn-gallery/known/" in file]  # it was looked at
    assert last_build(path).up_to_date
    forget()


def test_nothing_is_left_to_do_after_a_picture_was_drawn_again_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path / "project")
    forget()
    build(load_config(path), Silent())
    for entry in (path.parent / ".cnn-gallery" / "pictures").glob("*.json"):
        entry.unlink()
    forget()
    build(load_config(path), Silent())
    assert last_build(path).up_to_date
    forget()


def test_a_build_that_does_not_end_leaves_no_ledger(tmp_path: Path) -> None:
    path = write(tmp_path / "project")
    forget()

    class Stops(Silent):
        def say(self, message: str) -> None:
            if "MkDocs" in message:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(load_config(path), Stops())
    assert last_build(path).change == "no earlier build is known"
    forget()


HEAVY = ("torch", "mkdocs", "numpy", "pydantic", "PIL", "rich", "jinja2", "safetensors", "filelock")


def test_the_command_says_so_and_imports_nothing_heavy(config: Path, project: Path) -> None:
    code = (
        "import atexit, sys, generator.cli.main\n"
        f"atexit.register(lambda: print(*[n for n in {HEAVY!r} if n in sys.modules]))\n"
        "generator.cli.main.main()"
    )
    before = times(project)
    done = subprocess.run(
        [sys.executable, "-c", code, "build", "-c", config.name],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
    index = Path("site", "index.html")
    assert done.stderr == f"Nothing has changed since the last build: {index} is up to date.\n"
    assert times(project) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ".cnn-gallery"),
        ("output: {cache: elsewhere}", "elsewhere"),
        ("output: {site: other}", ".cnn-gallery"),
        ("output: {cache: {dir: there, fallback: /shared}}", "there"),
        ("output: {cache: {fallback: /shared}}", ".cnn-gallery"),
        ("output:", ".cnn-gallery"),
        ("output: {cache: /tmp/absolute}", "/tmp/absolute"),
    ],
)
def test_the_cache_is_found_where_the_config_puts_it(
    tmp_path: Path, text: str, expected: str
) -> None:
    path = tmp_path / "site_config.yml"
    path.write_text(f"{text}\nmodel: vgg16-hed\n")
    assert cache_folder(path) == tmp_path / expected
    assert load_config(path).cache_folder == tmp_path / expected


@pytest.mark.parametrize(
    "text", ["[1, 2]", "a: [", "output: 5", "output: {cache: 5}", "\0", "- output", "!!set {a}"]
)
def test_a_config_that_makes_no_sense_is_left_to_those_who_say_so(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "site_config.yml"
    path.write_text(text)
    assert not last_build(path).up_to_date
    assert not last_build(tmp_path / "none.yml").up_to_date


def test_the_default_is_the_schemas() -> None:
    assert SiteConfig().output.cache.dir == unchanged.DEFAULT_CACHE
