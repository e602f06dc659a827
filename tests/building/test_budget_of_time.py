"""A build that has so much time: complete at once, finer later, and never worse for more time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny_project
from click.testing import CliRunner
from forked import PATIENCE
from hypothesis import given
from hypothesis import strategies as st

from generator.building import budget as budgets
from generator.building.budget import Budget, compute_within, seconds_of
from generator.building.explain import COARSE, reasons_of
from generator.building.prepare import Prepared, prepare
from generator.building.stand_ins import StandIn, best, robust, stand_ins
from generator.cache.ledger import Inputs, Ledger, latest
from generator.cli.main import cli
from generator.config.load import load_config
from generator.incremental.unchanged import last_build
from generator.machines import crews
from generator.machines.parallel import ended, under_way
from generator.pipeline import build
from generator.planning.identity import Planned
from generator.proof.verify import verify
from generator.utils.report import Silent
from generator.visualizations.maximization import Maximization
from generator.visualizations.maximization.presets import PRESETS, Settings, coarse

CONFIG = tiny_project.CONFIG.replace(
    tiny_project.CONFIG.splitlines()[-1],
    '  - {kind: maximization, layers: "conv:*", size: 24, sketch: 16, sketch_steps: 12, steps: 6}\n'
    '  - {kind: maximization, layers: "conv:2", filters: 1, size: 24, steps: 12, preset: classic}',
)
UNITS = 6 + 4 + 1
OTHERS = 2 + 2 + 1  # kernels, maps, and the photo's answers to compare with


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny_project.write(tmp_path / "project", CONFIG)


def prepared(project: Path) -> Prepared:
    return prepare(load_config(project / "site_config.yml"), Silent())


def spent(found: Prepared, budget: Budget) -> int:
    """Compute what there is time for; return how many tasks that were."""
    failures, run = compute_within(budget, found, found.missing(), Silent(), 1, None)
    assert failures == ()
    return run


def worth(found: Prepared) -> dict[tuple[str, int | None, str], float]:
    """What the shown picture of each unit is worth."""
    cache = found.workshop.cache
    plan = best(found.plan, stand_ins(found), cache)
    return {
        (task.layer, task.channel, str(task.parameters["preset"])): robust(record.facts)
        for entry in plan.entries
        for task in entry.tasks
        if task.visualization == "maximization"
        for record in [cache.record(plan.keys[task])]
        if record
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("120", 120), ("0.5m", 30), (" 2m ", 120)],
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "m", "10 minutes", "-5m", "0s", "1d", "1m;", "1h1h", "30s1h", "1h30", "٣m"]
)
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time: write 90s|needs some time"):
        seconds_of(text)


def test_a_long_text_that_is_no_time_is_told_at_once() -> None:
    started = time.thread_time()  # in which nobody else's work counts
    with pytest.raises(ValueError, match="is no time"):
        seconds_of("1" * 28 + "x")
    assert time.thread_time() - started < 1


def test_the_command_line_says_so_before_anything_is_read() -> None:
    done = CliRunner().invoke(cli, ["build", "-c", "nowhere.yml", "--budget", "soon"])
    assert done.exit_code == 2
    assert "'soon' is no time: write 90s, 10m or 1h30m." in done.output


@given(
    st.sampled_from(sorted(PRESETS)), st.integers(1, 300), st.integers(0, 300), st.integers(1, 40)
)
def test_coarse_settings_are_valid_cheaper_and_keep_the_rest(
    preset: str, steps: int, sketch_steps: int, keep_every: int
) -> None:
    own = {"steps": steps, "sketch_steps": sketch_steps, "keep_every": keep_every}
    fine = PRESETS[preset].model_copy(update=own)
    small = Settings.model_validate(coarse(fine, smaller=True).model_dump())
    assert (small.size, small.sketch) == (112, 64 if fine.sketch else None)
    cheap = Settings.model_validate(coarse(fine, smaller=False).model_dump())
    assert 1 <= cheap.steps <= -(-steps // 6) and cheap.sketch_steps <= -(-sketch_steps // 6)
    for name in ("preset", "size", "seed", "facets", "device", "precision", "learning_rate"):
        assert getattr(cheap, name) == getattr(fine, name)


def test_however_short_the_time_every_unit_has_a_coarse_picture(project: Path) -> None:
    found = prepared(project)
    assert spent(found, Budget(0.001)) == OTHERS + UNITS
    plan = best(found.plan, stand_ins(found), found.workshop.cache)
    assert len(plan.unfinished) == UNITS
    assert all(found.workshop.cache.record(planned.key) for planned in plan.tasks)
    assert not [each for entry in plan.entries for each in entry.figures if each.role == "step"]


def test_more_time_goes_on_and_no_unit_is_worse(project: Path) -> None:
    found = prepared(project)
    spent(found, Budget(0.001))
    before = worth(found)
    found = prepared(project)
    assert spent(found, Budget(1000)) == UNITS
    after = worth(found)
    assert before.keys() == after.keys() and len(after) == UNITS
    assert all(after[unit] >= before[unit] for unit in before)
    assert any(after[unit] > before[unit] for unit in before)
    assert not best(found.plan, stand_ins(found), found.workshop.cache).unfinished
    assert spent(found, Budget(1000)) == 0


def test_the_worst_of_a_layer_comes_first(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = prepared(project)
    spent(found, Budget(0.001))
    cache = found.workshop.cache
    record = cache.record
    worst = [pair for pair in stand_ins(found) if pair.fine.task.layer == "0"][4]

    def judged(key: str) -> Any:
        known = record(key)
        if known is None or known.identity["visualization"] != "maximization":
            return known
        facts = {**known.facts, "flags": [], "robust": 0.1 if key == worst.coarse.key else 5.0}
        return replace(known, facts=facts, seconds=1.0)

    monkeypatch.setattr(cache, "record", judged)
    order: list[str] = []

    def asked(wanted: Any, *_: Any) -> tuple[()]:
        order.extend(planned.key for planned in wanted)
        return ()

    monkeypatch.setattr(type(found.workshop), "compute", lambda _, *given, **more: asked(*given))
    spent(found, Budget(1000))
    assert order[0] == worst.fine.key
    assert len(order) == UNITS


class Parameters(dict[str, Any]):
    """A task's parameters, which count how often anybody goes through them."""

    looks = 0

    def items(self) -> Any:
        type(self).looks += 1
        return super().items()


def test_to_choose_what_comes_next_costs_no_more_where_more_waits(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand units took two seconds of the user's time, two thousand took eight."""
    found = prepared(project)
    spent(found, Budget(0.001))
    pairs = stand_ins(found)
    record = found.workshop.cache.record(pairs[0].coarse.key)
    many = [
        StandIn(planned(pairs[0].fine, channel), planned(pairs[0].coarse, channel))
        for channel in range(200)
    ]
    monkeypatch.setattr(budgets, "stand_ins", lambda _: many)
    monkeypatch.setattr(found.workshop.cache, "record", lambda _: record)
    monkeypatch.setattr(found.workshop.cache, "sound", lambda _: True)
    monkeypatch.setattr(type(found.workshop), "compute", lambda *_, **__: ())
    monkeypatch.setattr(Parameters, "looks", 0)
    missing = [pair.fine for pair in many]
    assert compute_within(Budget(1000), found, missing, Silent(), 1, None) == ((), 200)
    assert Parameters.looks <= 2 * len(many)


def planned(like: Planned, channel: int) -> Planned:
    parameters = Parameters(like.task.parameters)
    task = replace(like.task, channel=channel, parameters=parameters)
    return Planned(task, f"{like.key} {channel}", like.identity)


def test_what_does_not_fit_is_not_begun(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fine picture takes longer than what is left, as the coarse one tells: none is made."""
    found = prepared(project)
    spent(found, Budget(0.001))
    cache = found.workshop.cache
    record: Callable[[str], Any] = cache.record
    slow = {pair.coarse.key for pair in stand_ins(found)}

    def judged(key: str) -> Any:
        known = record(key)
        return replace(known, seconds=100.0) if known and key in slow else known

    monkeypatch.setattr(cache, "record", judged)
    assert spent(found, Budget(200.0)) == 0


@pytest.mark.parametrize(("known", "made"), [(1.0, UNITS), (8.0, 0), (0.0, 0)])
def test_what_the_pages_need_is_what_they_took_last_time(
    project: Path, monkeypatch: pytest.MonkeyPatch, known: float, made: int
) -> None:
    found = prepared(project)
    spent(found, Budget(0.001))
    last = Ledger("", 0, Inputs(0, {}, (), {}), (), frozenset(), (), "", {}, {}, 0)
    monkeypatch.setattr(
        budgets.ledger, "latest", lambda *_: replace(last, site_seconds=known) if known else None
    )
    monkeypatch.setattr(budgets, "_SHARE", 1.0)
    monkeypatch.setattr(budgets, "_FIGURE", 0.0)
    monkeypatch.setattr(budgets, "_DEARER", 0.001)
    monkeypatch.setattr(type(found.workshop), "compute", lambda *_, **__: ())
    assert spent(found, Budget(8.0)) == made


def test_a_site_that_was_never_built_here_leaves_most_of_a_short_time(project: Path) -> None:
    found = prepared(project)
    figures = sum(len(entry.figures) for entry in found.plan.entries) * 0.03
    for seconds, pages in ((6.0, 2.0), (9000.0, 8.0)):
        assert budgets._afterwards(found, Budget(seconds)) == pytest.approx(pages + figures)
    built = build(found.config, Silent())
    last = latest(found.config.cache_folder, found.config.path)
    assert built.site.is_dir() and last is not None and last.site_seconds > 0
    expected = last.site_seconds * 1.25 + figures
    assert budgets._afterwards(found, Budget(6.0)) == pytest.approx(expected)


def test_what_takes_too_long_is_left_behind(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture that takes longer than it seemed it would does not hold up the site."""
    found = prepared(project)
    spent(found, Budget(0.001))
    begun, release, compute = threading.Event(), threading.Event(), Maximization.compute

    def endless(self: Any, network: Any, tasks: Any, pictures: Any) -> Any:
        begun.set()
        release.wait(PATIENCE)
        return compute(self, network, tasks, pictures)

    def soon(calls: Any, seconds: float | None) -> Any:
        assert seconds is not None and 0 < seconds < 1000
        assert begun.wait(PATIENCE)
        return ended(calls, 0.01)  # as if the seconds were over

    monkeypatch.setattr(Maximization, "compute", endless)
    monkeypatch.setattr(crews, "ended", soon)
    try:
        assert spent(found, Budget(1000)) == 0
        assert under_way()
    finally:
        release.set()
    while under_way():
        time.sleep(0.01)


def test_a_coarse_site_is_whole_says_so_and_is_gone_on_with(project: Path) -> None:
    config = load_config(project / "site_config.yml")
    built = build(config, Silent(), budget=Budget(0.001))
    assert (built.coarse, built.tasks, built.failures) == (UNITS, UNITS + OTHERS, ())
    manifest = json.loads((built.site / "manifest.json").read_text("utf-8"))
    pictures = [each for each in manifest["pictures"] if each["role"] == "picture"]
    assert len(pictures) == UNITS and all(each["facts"]["coarse"] for each in pictures)
    assert all("photo" in each["facts"] for each in pictures)
    assert "coarse so far" in (built.site / "layers" / "3.html").read_text("utf-8")
    change = last_build(config.path).change
    assert change == f"{UNITS} of the site's pictures are coarse so far"
    ledger = latest(config.cache_folder, config.path)
    assert set(reasons_of(prepared(project), ledger).values()) == {COARSE}
    verified = verify(config, built.site, Silent(), count=None, seed=0)
    assert verified.wrong(strict=True) == []  # what it shows is what this network gives


def test_a_picture_made_twice_is_no_cached_task_less(project: Path) -> None:
    built = build(load_config(project / "site_config.yml"), Silent(), budget=Budget(1000))
    assert built.computed == OTHERS + 2 * UNITS
    assert built.cached == 0


def test_a_better_coarse_picture_is_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = prepared(project)
    spent(found, Budget(1000))
    cache, (pair, *_) = found.workshop.cache, stand_ins(found)
    record = cache.record

    def judged(key: str) -> Any:
        known = record(key)
        return replace(known, facts={"robust": 9e9}) if key == pair.coarse.key else known

    monkeypatch.setattr(cache, "record", judged)
    plan = best(found.plan, stand_ins(found), cache)
    assert plan.stand_ins[pair.fine.task] == pair.coarse.task and not plan.unfinished
    assert {pair.fine.key, pair.coarse.key} <= {planned.key for planned in plan.tasks}
