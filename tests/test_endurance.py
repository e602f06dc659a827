"""Builds survive what happens to them: a few of each. More are in benchmarks/reliability.py."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import ordeals
import pytest
from endurance import Start, built_project, changed_project, new_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Start:
    return new_project(tmp_path_factory.mktemp("new"))


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Start:
    return changed_project(tmp_path_factory.mktemp("changed"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Start:
    return built_project(tmp_path_factory.mktemp("built"))


@pytest.mark.parametrize("seed", [1])
def test_a_killed_first_build_is_resumed(new: Start, tmp_path: Path, seed: int) -> None:
    ordeals.killed(new, tmp_path / "project", random.Random(seed))


@pytest.mark.parametrize("seed", [3, 4])
def test_a_killed_later_build_is_resumed(changed: Start, tmp_path: Path, seed: int) -> None:
    ordeals.killed(changed, tmp_path / "project", random.Random(seed))


@pytest.mark.parametrize("seed", [1])
def test_damage_is_found_and_made_good(finished: Start, tmp_path: Path, seed: int) -> None:
    ordeals.damaged(finished, tmp_path / "project", 6, random.Random(seed))


def test_two_builds_at_once_end_well(changed: Start, tmp_path: Path) -> None:
    ordeals.doubled(changed, tmp_path / "project", 0.05)


@pytest.mark.parametrize("largest", [3_000, 20_000])
def test_a_full_disk_is_said_and_loses_nothing(
    changed: Start, tmp_path: Path, largest: int
) -> None:
    assert ordeals.starved(changed, tmp_path / "project", largest)["refused"]


def test_order_hashes_and_jobs_leave_the_site_as_it_is(new: Start, tmp_path: Path) -> None:
    assert ordeals.disordered(tmp_path, seed="random", order=1, jobs=4) == new.site


def test_records_of_the_first_format_are_used(finished: Start, tmp_path: Path) -> None:
    ordeals.of_format_1(finished, tmp_path / "project")


def test_records_of_another_format_are_set_aside(finished: Start, tmp_path: Path) -> None:
    ordeals.of_format_99(finished, tmp_path / "project")
