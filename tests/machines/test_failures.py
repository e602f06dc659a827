"""Tasks that fail: told in words, in their places on the site; the rest goes on."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_project
from click.testing import CliRunner

from generator.building.prepare import prepare
from generator.cli.main import cli
from generator.config.load import load_config
from generator.errors import CacheError, GalleryError, PictureError, TasksFailed
from generator.incremental.unchanged import last_build
from generator.machines.batches import run_batch
from generator.machines.failures import words_of
from generator.pipeline import Built, build
from generator.utils.report import Silent
from generator.visualizations.activations import Activations
from generator.visualizations.base import Result, Task
from generator.visualizations.maximization import Maximization

ORIGINAL = {kind: kind.compute for kind in (Maximization, Activations)}
SECRET = "cannot read '/home/somebody/My nets/w.bin' near /var/tmp/x at 0x7f3a5c2d10\nand more"


class Brittle:
    """Stands in for a visualization: fails at the units it is told to, gives numbers for others."""

    def __init__(self, *bad: int, error: Exception | None = None) -> None:
        self.bad, self.error = bad, error or RuntimeError(SECRET)
        self.batches: list[list[int]] = []

    def compute(self, network: Any, tasks: Any, pictures: Any) -> Iterator[tuple[Task, Result]]:
        self.batches.append([task.channel for task in tasks])
        for task in tasks:
            if task.channel in self.bad:
                raise self.error
            yield task, Result({}, {"channel": task.channel})


def units(*channels: int) -> list[Task]:
    return [Task("brittle", "3", "layer", channel) for channel in channels]


class Careless:
    """Stands in for a visualization of another package, with this given for each task."""

    def __init__(self, *given: Any) -> None:
        self.given = given

    def compute(self, network: Any, tasks: Any, pictures: Any) -> Iterator[Any]:
        yield from (each(task) for each in self.given for task in tasks)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "its visualization gave no result of it"),
        ([lambda task: (task, {"a": 1})], "TypeError: its visualization gave a dict, not a Result"),
        (
            [lambda task: (task, Result({}, {"mean": np.float32(1)}))],
            "TypeError: its facts have to be values that JSON can hold: Object of type float32 is",
        ),
        (
            [lambda task: (units(9)[0], Result({}))],
            "ValueError: its visualization gave a result of a task that it was not asked for",
        ),
    ],
)
def test_what_a_visualization_gives_is_checked(given: list[Any], words: str) -> None:
    outcomes = run_batch(Careless(*given), None, units(1, 2), {})  # type: ignore[arg-type]
    assert sorted(outcome.place for outcome in outcomes) == [0, 1]
    assert all(outcome.failure.startswith(words) for outcome in outcomes), outcomes


def test_one_failure_takes_no_other_task_of_its_batch_with_it() -> None:
    kind = Brittle(2, 4)
    outcomes = run_batch(kind, None, units(1, 2, 3, 4, 5), {})  # type: ignore[arg-type]
    told = {outcome.place: outcome.failure[:12] or outcome.facts for outcome in outcomes}
    assert told == {
        0: {"channel": 1},
        1: "RuntimeError",
        2: {"channel": 3},
        3: "RuntimeError",
        4: {"channel": 5},
    }
    assert kind.batches == [[1, 2, 3, 4, 5], [2], [3], [4], [5]]


def test_a_cache_that_cannot_be_read_is_no_tasks_failure() -> None:
    with pytest.raises(CacheError):
        run_batch(Brittle(1, error=CacheError("gone")), None, units(1, 2), {})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError(SECRET), "RuntimeError: cannot read 'w.bin' near x at 0x…"),
        (ValueError("\n\n  1/2 of a/b\nmore"), "ValueError: 1/2 of a/b"),
        (KeyError(), "KeyError: no reason given"),
        (OSError(r"C:\Users\me\net.pt is gone"), "OSError: net.pt is gone"),
        (MemoryError(), "There was not enough memory."),
        (PictureError("'/home/me/a b.png' is empty.", "hint"), "'a b.png' is empty."),
        (OSError("cannot open:/home/ada/secret/x.pt"), "OSError: cannot open:x.pt"),
        (OSError("at:C:/Users/ada/x.pt"), "OSError: at:x.pt"),
        (OSError("bad file:///home/ada/models/x.pth"), "OSError: bad x.pth"),
        (OSError("no /home/Jane Doe/my/x.h5, only /home/Jane Doe"), "OSError: no x.h5, only ~"),
        (OSError("not at https://a.org/b/c.pt"), "OSError: not at https://a.org/b/c.pt"),
        (ValueError("x" * 999), f"ValueError: {'x' * 287}…"),
    ],
)  # fmt: skip
def test_an_error_is_told_in_its_first_line_without_paths(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/Jane Doe")
    monkeypatch.setenv("USERPROFILE", "/home/Jane Doe")
    assert words_of(error) == words


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Built]]:
    """A project of which one picture of two, and all maps, could not be made."""
    folder = tiny_project.write(tmp_path_factory.mktemp("failed"))
    with pytest.MonkeyPatch.context() as patch:
        break_it(patch)
        yield folder, build(load_config(folder / "site_config.yml"), Silent())


def break_it(patch: pytest.MonkeyPatch) -> None:
    made = Maximization.compute

    def compute(self: Any, network: Any, tasks: Any, pictures: Any) -> Any:
        if any(task.channel == 2 for task in tasks):
            raise RuntimeError(SECRET)
        return made(self, network, tasks, pictures)

    def none(self: Any, network: Any, tasks: Any, pictures: Any) -> Any:
        raise MemoryError

    patch.setattr(Maximization, "compute", compute)
    patch.setattr(Activations, "compute", none)


def test_the_rest_is_built_and_what_failed_is_not_cached(failed: tuple[Path, Built]) -> None:
    folder, built = failed
    assert (built.tasks, built.computed, len(built.failures)) == (tiny_project.TASKS, 3, 3)
    assert len(list((folder / ".cnn-gallery" / "records").iterdir())) == 3
    manifest = json.loads((folder / "site" / "manifest.json").read_text("utf-8"))
    drawn = {(each["role"], each["channel"]) for each in manifest["pictures"]}
    assert ("picture", 1) in drawn and ("picture", 2) not in drawn
    assert ("maps", None) not in drawn


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("maximization.html", "RuntimeError: cannot read 'w.bin' near x at 0x…"),
        ("layers/3.html", "RuntimeError: cannot read 'w.bin' near x at 0x…"),
        ("about.html", "RuntimeError: cannot read 'w.bin' near x at 0x…"),
        ("activations.html", "There was not enough memory."),
        ("photos/stripes.html", "There was not enough memory."),
        ("layers/0.html", "There was not enough memory."),
    ],
)
def test_pages_say_what_is_missing_and_why(
    failed: tuple[Path, Built], page: str, told: str
) -> None:
    text = html.unescape((failed[0] / "site" / page).read_text(encoding="utf-8"))
    assert told in text
    assert "somebody" not in text and "/var/tmp" not in text


def test_the_next_build_has_something_to_do_and_does_it(failed: tuple[Path, Built]) -> None:
    folder, _ = failed
    config = folder / "site_config.yml"
    assert last_build(config).change == "3 tasks could not be computed in the last build"
    done = CliRunner().invoke(cli, ["plan", "-c", str(config)])
    assert "3: failed in the last build" in done.output

    done = CliRunner().invoke(cli, ["build", "-c", str(config)])
    assert isinstance(done.exception, TasksFailed) and done.exception.exit_status == 1
    said = str(done.exception)
    assert said.startswith("3 of 6 tasks could not be computed:\n")
    assert "  maximization 3:2: RuntimeError: cannot read 'w.bin' near x at 0x…" in said
    assert "The next build tries again." in said

    with pytest.MonkeyPatch.context() as whole:
        for kind in (Maximization, Activations):
            whole.setattr(kind, "compute", ORIGINAL[kind])
        again = build(load_config(config), Silent())
    assert (again.computed, again.failures) == (3, ())
    assert last_build(config).up_to_date
    assert "could not be made" not in (again.site / "maximization.html").read_text("utf-8")


def test_what_fails_later_hides_no_failure_of_before(tmp_path: Path) -> None:
    """As when tensors prove damaged once pictures are drawn, and cannot be made again."""
    folder = tiny_project.write(tmp_path / "project")
    plan = prepare(load_config(folder / "site_config.yml"), Silent()).plan
    (entry,) = (entry for entry in plan.entries if entry.options.kind == "maximization")
    first, second, *_ = dict.fromkeys(figure.task for figure in entry.figures)
    left = plan.without({first}).without({second})
    assert [found.unmade for found in left.entries if found.unmade] == [(first, second)]


def test_what_ranks_filters_must_not_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which filters are shown cannot be told without it: there is nothing to go on with."""
    entry = "  - {kind: kernels, layers: 'conv:1', filters: {top: 2}}\n"
    folder = tiny_project.write(tmp_path / "project", tiny_project.CONFIG + entry)
    break_it(monkeypatch)
    with pytest.raises(GalleryError, match=r"activations 0 stripes: There was not enough memory"):
        build(load_config(folder / "site_config.yml"), Silent())
    assert not (folder / "site").exists()
