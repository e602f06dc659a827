"""Making room in a cache: what the last builds show stays, and nothing leads to nothing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from generator.cache import ledger as ledgers
from generator.cache.known import known_place
from generator.cache.leases import build_lease, cache_lease, sole_use
from generator.cache.ledger import Entry, Inputs, Ledger
from generator.cache.store import Cache, record_path
from generator.cli.main import cli
from generator.errors import CacheError
from generator.housekeeping import sweep as sweeping
from generator.housekeeping.holdings import leftover_files, take_stock
from generator.housekeeping.summary import summary
from generator.housekeeping.sweep import Sweep, Wishes, carry_out, plan_sweep, remove_leftovers
from generator.render.drawing.album import Album
from generator.render.drawing.encoding import Drawn
from generator.utils.report import Silent
from generator.utils.sizes import read_size, shown_size
from generator.visualizations.base import Result

SECOND = 1_000_000_000
SIZE = 4000  # bytes of numbers in each result


@dataclass
class Project:
    """A cache that is filled as builds would do it, one a day."""

    folder: Path
    day: int = 0

    @property
    def cache(self) -> Cache:
        return Cache(self.folder / ".cnn-gallery")

    def compute(self, *names: str) -> None:
        """Results and pictures called by these letters, computed on a new day."""
        self.day += 1
        for name in names:
            values = np.full(SIZE // 4, ord(name), dtype=np.float32)
            identity = {"visualization": "maximization"}
            self.cache.store(key(name), identity, Result({"x": values}), 1.0)
            self.album.add(
                key(name, "picture"), Drawn(name.encode() * 9, ".webp", 1, 1, still=b"s")
            )
        for path in self.cache.folder.rglob("*"):
            if path.is_file() and path.stat().st_mtime_ns > 2_000_000 * SECOND:
                os.utime(path, ns=(self.day * SECOND, self.day * SECOND))

    def build(self, *names: str, config: str = "site_config.yml") -> Ledger:
        """A finished build that shows these results."""
        self.compute(*names)
        self.day += 1
        (self.folder / config).touch()
        tasks = [Entry(key(name), "maximization", "0", 1, None) for name in names]
        prints = frozenset(key(name, "picture") for name in names)
        made = Ledger(
            config=str(self.folder / config),
            looked=self.day * SECOND,
            inputs=Inputs(self.day * SECOND, {}, (), {}),
            tasks=tuple(tasks),
            prints=prints,
            layers=(),
            site="site",
            site_files={},
            cache_files={},
            pictures=len(names),
        )
        return ledgers.write(made, self.cache.folder)

    @property
    def album(self) -> Album:
        return Album(self.cache.folder / "pictures")

    def sweep(self, **wishes) -> Sweep:
        sweep = plan_sweep(take_stock(self.cache.folder), Wishes(**wishes))
        before = take_stock(self.cache.folder).size
        carry_out(sweep)
        after = take_stock(self.cache.folder).size
        assert (before - after, after) == (sweep.size, sweep.kept)
        return sweep

    @property
    def left(self) -> str:
        """The results that are whole, by their letters; each has its pictures, others have none."""
        names = [name for name in "abcdefgh" if self.cache.sound(key(name))]
        assert len(list(self.cache.folder.glob("records/*"))) == len(names)
        assert len(list(self.cache.folder.glob("objects/*/*"))) == len(names)
        assert len(list(self.cache.folder.glob("objects/*"))) <= len(names)
        assert all(self.album.find(key(name, "picture")) for name in names)
        assert len(list(self.album.folder.glob("*"))) == 3 * len(names)
        return "".join(names)


def key(name: str, what: str = "") -> str:
    return (name.encode().hex() + what.encode().hex()).ljust(64, "0")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_what_the_last_build_shows_stays_and_the_rest_goes(project: Project) -> None:
    project.build("a", "b")
    last = project.build("b", "c")
    sweep = project.sweep()
    assert project.left == "bc"
    assert [len(files) for files in sweep.kinds.values()] == [1, 1, 1, 3, 0, 0]
    (builds,) = take_stock(project.cache.folder).builds.values()
    assert [build.ledger for build in builds] == [last]
    assert project.sweep().size == 0


def test_what_is_known_for_a_config_goes_with_its_last_build(project: Project) -> None:
    cache = project.cache.folder
    for config in ("one.yml", "two.yml"):
        project.build("a", config=config)
        known_place(cache, project.folder / config).parent.mkdir(exist_ok=True)
        known_place(cache, project.folder / config).write_bytes(b"7 bytes")
    assert summary(cache)["indexes"] == {"files": 2, "bytes": 14}
    (project.folder / "one.yml").unlink()
    assert project.sweep().known == ()
    assert len(project.sweep(forget_gone=True).known) == 1
    assert known_place(cache, project.folder / "two.yml").is_file()


def test_as_many_builds_stay_as_are_asked_for(project: Project) -> None:
    for name in "abc":
        project.build(name)
    project.sweep(keep_builds=2)
    assert project.left == "bc"


def test_every_config_that_shares_the_cache_keeps_its_last_build(project: Project) -> None:
    project.build("a", config="one.yml")
    project.build("b", config="two.yml")
    project.build("c", config="two.yml")
    project.sweep()
    assert project.left == "ac"


def test_the_builds_of_a_config_that_is_gone_stay_until_they_are_forgotten(project) -> None:
    project.build("a", config="one.yml")
    project.build("b", config="two.yml")
    (project.folder / "one.yml").unlink()
    project.sweep()
    assert project.left == "ab"
    project.sweep(forget_gone=True)
    assert project.left == "b"


def test_the_oldest_builds_go_until_the_rest_is_small_enough(project: Project) -> None:
    for name in "abcd":
        project.build(name)
    whole = take_stock(project.cache.folder).size
    assert project.sweep(max_size=whole).size == 0
    assert project.left == "abcd"
    sweep = project.sweep(max_size=whole * 2 // 3)
    assert project.left == "cd"
    assert sweep.kept <= whole * 2 // 3 and sweep.notes == ()


def test_many_builds_are_not_looked_at_once_for_each_of_them(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcdefgh" * 2:
        project.build(name)
    holdings, looks = take_stock(project.cache.folder), 0
    look = sweeping._sweep

    def counted(*given: Any) -> Sweep:
        nonlocal looks
        looks += 1
        return look(*given)

    monkeypatch.setattr(sweeping, "_sweep", counted)
    kept = [
        plan_sweep(holdings, Wishes(max_size=holdings.size * share // 100)).kept
        for share in range(0, 101, 5)
    ]
    assert kept == sorted(kept) and len(set(kept)) > 8
    assert looks <= 21 * 5, "of 16 builds, a look finds out about half of those that are left"


def test_what_the_newest_builds_show_stays_even_if_it_is_too_large(project: Project) -> None:
    project.build("a", config="one.yml")
    project.build("b", config="one.yml")
    project.build("c", config="two.yml")
    (note,) = project.sweep(max_size=10).notes
    assert project.left == "bc"
    assert "stays larger than 10 B: the newest build of each config" in note


def test_results_of_an_interrupted_build_stay_until_a_build_is_done(project: Project) -> None:
    project.build("a")
    project.compute("b")
    project.sweep()
    assert project.left == "ab"
    project.build("a")
    project.sweep()
    assert project.left == "a"
    project.compute("c")
    project.sweep(all_unused=True)
    assert project.left == "a"


def test_what_served_a_build_without_being_shown_stays(project: Project) -> None:
    project.compute("r")
    made = project.build("a")
    served = {str(path): (1, 1) for path in project.cache.files(key("r"))}
    ledgers.rewrite(ledgers.replace(made, cache_files=served))
    project.build("a", config="other.yml")
    project.sweep()
    assert project.cache.sound(key("r"))


def test_without_a_ledger_only_leftovers_go(project: Project) -> None:
    project.compute("a")
    leave_behind(project.cache.folder)
    (note,) = project.sweep().notes
    assert project.left == "a"
    assert "No finished build is on record here" in note and "--all-unused" in note
    project.sweep(all_unused=True)
    assert project.left == ""


def test_a_ledger_that_cannot_be_read_stops_all_but_leftovers(project: Project) -> None:
    project.build("a")
    last = project.build("b")
    last.path.write_bytes(b"damaged")
    (note,) = project.sweep().notes
    assert project.left == "ab"
    assert str(last.path) in note


def test_damaged_and_orphaned_files_go(project: Project) -> None:
    project.build("a", "b", "c")
    record_path(project.cache.folder, key("b")).write_bytes(b"{")
    record_path(project.cache.folder, key("c")).unlink()
    for name in "bc":
        for path in project.album.folder.glob(f"{key(name, 'picture')}*"):
            path.unlink()
    project.sweep()
    assert project.left == "a"


def test_what_another_version_wrote_is_left(project: Project) -> None:
    project.build("a")
    project.build("b")
    record_path(project.cache.folder, key("a")).rename(
        project.cache.folder / "records" / f"{key('a')}.99.json"
    )
    project.sweep()
    assert len(list(project.cache.folder.glob("objects/*/*"))) == 2
    assert len(list(project.cache.folder.glob("records/*.99.json"))) == 1
    project.sweep(all_unused=True)
    assert project.left == "b"


def leave_behind(cache: Path) -> None:
    """What a killed build leaves."""
    for name in (
        f"records/{key('x')}.2.json",
        f"objects/78/{key('x')}.safetensors",
        f"pictures/{key('x')}-small.webp",
        "builds/0123456789ab/20260101T000000Z-7.json",
    ):
        path = cache / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f".{path.name}.0123abcd.tmp").write_bytes(b"half")
    (cache / "staged-abc_defg" / "docs").mkdir(parents=True)
    (cache / "staged-abc_defg" / "docs" / "index.md").write_text("# Half")


def test_leftovers_of_killed_builds_go(project: Project) -> None:
    project.build("a")
    leave_behind(project.cache.folder)
    assert len(take_stock(project.cache.folder).leftovers) == 5
    remove_leftovers(project.cache.folder)
    assert take_stock(project.cache.folder).leftovers == ()
    assert not (project.cache.folder / "staged-abc_defg").exists()
    assert project.left == "a"


def test_a_look_at_a_cache_may_meet_the_end_of_a_build(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.build("a")
    leave_behind(project.cache.folder)
    listed = Path.iterdir

    def gone_before(path: Path) -> Iterator[Path]:
        if path.name == "staged-abc_defg":
            shutil.rmtree(path)
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", gone_before)
    assert len(take_stock(project.cache.folder).leftovers) == 4
    assert not (project.cache.folder / "staged-abc_defg").exists()


def test_a_large_cache_is_walked_by_folder_not_by_file(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each build does it, and paths of tens of thousands of pictures take it seconds."""
    project.build(*"abcdefgh")
    folders = sum(path.is_dir() for path in project.cache.folder.rglob("*"))
    worked_out, relative = 0, PurePath.relative_to

    def counted(path: PurePath, *given: Any) -> PurePath:
        nonlocal worked_out
        worked_out += 1
        return relative(path, *given)

    monkeypatch.setattr(PurePath, "relative_to", counted)
    assert leftover_files(project.cache.folder) == ()
    assert worked_out <= folders, "one a folder, however many files lie in it"


THEIRS = (
    "coffee.jpg",
    "pictures/coffee.jpg",
    "pictures/holidays/.coffee.jpg.0123abcd.tmp",
    f"pictures/old/{key('a')}.png",
    "objects/keep",
    "records/notes.json",
    "builds/house/1-1.json",
    "known/people.json",
    "staged-holidays/beach.jpg",
)


def test_files_of_others_in_the_folder_are_no_part_of_the_cache(project: Project) -> None:
    """As earlier versions took any folder, people's own may hold a cache beside their files."""
    project.build("a")
    project.build("b")
    before = summary(project.cache.folder)
    paths = [project.cache.folder / name for name in THEIRS]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"mine")
    assert summary(project.cache.folder) == before
    project.sweep(all_unused=True)
    remove_leftovers(project.cache.folder)
    assert [path.read_bytes() for path in paths] == [b"mine"] * len(paths)
    assert project.cache.sound(key("b")) and not project.cache.sound(key("a"))


@pytest.mark.parametrize("name", THEIRS)
def test_a_folder_in_use_is_not_made_a_cache(project: Project, name: str) -> None:
    path = project.cache.folder / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    words = rf"is not empty and holds no cache: there is '{name}'"
    for use in (
        build_lease(project.cache.folder, project.folder / "site", Silent()),
        cache_lease(project.cache.folder, Silent()),
        sole_use(project.cache.folder),
    ):
        with pytest.raises(CacheError, match=words) as caught, use:
            pass
        assert "output: cache" in caught.value.hint
    assert [each for each in project.cache.folder.rglob("*") if each.is_file()] == [path]


@pytest.mark.parametrize(
    "name",
    ["desktop.ini", "Thumbs.db", "CACHEDIR.TAG", "records/.DS_Store", "staged-abc_defg/docs/a.md"],
)
def test_a_folder_with_what_nobody_misses_is_made_a_cache(project: Project, name: str) -> None:
    path = project.cache.folder / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    with cache_lease(project.cache.folder, Silent()):
        assert (project.cache.folder / "locks").is_dir()


@pytest.mark.parametrize("room", ["builds", "objects", "pictures", "records"])
def test_a_cache_is_known_by_what_it_keeps(project: Project, room: str) -> None:
    """One that was copied without its locks, and one that holds only hidden files so far."""
    project.build("a")
    kept = project.folder / "kept"
    shutil.copytree(project.cache.folder / room, kept / room)
    (kept / "read me.txt").write_bytes(b"mine")
    hidden = project.folder / "hidden"
    (hidden / "records").mkdir(parents=True)
    (hidden / ".gitignore").write_bytes(b"*")
    for folder in (kept, hidden):
        with cache_lease(folder, Silent()):
            assert (folder / "locks").is_dir()


def test_a_file_that_cannot_be_removed_is_said(project: Project, monkeypatch) -> None:
    project.build("a")
    project.build("b")

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(CacheError, match=r"cannot be removed: .*-1\.json: Permission denied"):
        project.sweep()


def run(project: Project, *arguments: str) -> str:
    (project.folder / "site_config.yml").write_text("model: vgg16-hed\n")
    place = ["-c", str(project.folder / "site_config.yml")]
    done = CliRunner().invoke(cli, ["cache", *arguments, *place], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_gc_by_hand_says_what_it_would_do_and_what_it_did(project: Project) -> None:
    project.build("a")
    project.build("b")
    said = run(project, "gc", "--dry-run")
    assert "(1 build, 1 record, 1 object, 3 pictures) would be removed" in said
    assert project.left == "ab"
    found = json.loads(run(project, "gc", "--json", "--max-size", "2GB"))
    assert (found["bytes"], found["records"]["files"]) == (0, 0)
    assert "3 pictures) removed" in run(project, "gc")
    assert project.left == "b"
    assert "nothing removed" in run(project, "gc")


def test_a_size_that_is_none_is_refused(project: Project) -> None:
    done = CliRunner().invoke(cli, ["cache", "gc", "--max-size", "2 gigs"])
    assert done.exit_code == 2
    assert "'2 gigs' is no size; write it like 2GB" in done.output


def test_gc_of_a_cache_that_is_not_there_makes_none(project: Project) -> None:
    assert "nothing removed, 0 B kept" in run(project, "gc")
    assert not project.cache.folder.exists()


def test_gc_removes_nothing_while_a_build_runs(project: Project) -> None:
    project.build("a")
    project.build("b")
    site = project.folder / "site"
    with (
        build_lease(project.cache.folder, site, Silent()),
        pytest.raises(CacheError, match="nothing was removed"),
    ):
        run(project, "gc")
    assert project.left == "ab"


def test_info_says_how_large_the_cache_is_and_of_what(project: Project) -> None:
    project.build("a", "b")
    leave_behind(project.cache.folder)
    found = json.loads(run(project, "info", "--json"))
    assert found["objects"]["files"] == 2 and found["objects"]["bytes"] > 2 * SIZE
    (row,) = found["visualizations"]
    assert (row["name"], row["results"]) == ("maximization", 2)
    assert row["bytes"] == found["objects"]["bytes"] + found["records"]["bytes"]
    assert found["pictures"]["files"] == 6 and found["leftovers"]["files"] == 5
    assert found["bytes"] == sum(
        path.stat().st_size for path in project.cache.folder.rglob("*") if path.is_file()
    )
    assert (found["damaged"], found["other_versions"], found["fallback"]) == (0, 0, None)
    (config,) = found["configs"]
    assert (config["builds"], config["gone"]) == (1, False)
    said = run(project, "info")
    assert "maximization" in said and "drawn pictures" in said and "1 build, the last of" in said


@pytest.mark.parametrize(
    ("text", "size"),
    [("2GB", 2 * 10**9), ("1.5 GiB", 3 * 2**29), ("500000", 500_000), ("7kb", 7000), ("3 b", 3)],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "2 gigs", "1.2.3MB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no size; write it like 2GB"):
        read_size(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (2 * 10**15, "2000.0 TB")],
)
def test_sizes_are_shown(size: int, text: str) -> None:
    assert shown_size(size) == text
