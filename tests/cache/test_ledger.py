"""Ledgers: written and read back, the newest found, the oldest let go, damage never read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from generator.cache import ledger as ledgers
from generator.cache.ledger import Entry, Inputs, Ledger, Listing
from generator.errors import CacheError
from generator.utils.stamps import Stamp

SECOND = 1_000_000_000
DIGEST = "ab" * 32


def made(config: Path, **fields) -> Ledger:
    ledger = Ledger(
        config=str(config),
        looked=1_700_000_000 * SECOND,
        inputs=Inputs(
            looked=1_600_000_000 * SECOND,
            files={"/a/photo.png": Stamp(12, 34, DIGEST)},
            listings=(Listing("/a", "*.png", ("photo.png",)),),
            environment={"python": "3.11"},
        ),
        tasks=(
            Entry("11" * 32, "kernels", "features.0", None, None),
            Entry("22" * 32, "activations", "features.0", 5, "photo"),
        ),
        prints=frozenset({"33" * 32, "44" * 32}),
        layers=(("features.0", DIGEST), ("features.2", "cd" * 32)),
        site="/a/site",
        site_files={"index.html": Stamp(5, 6, DIGEST)},
        cache_files={"/a/cache/objects/x": Stamp(7, 8)},
        pictures=2,
    )
    return replace(ledger, **fields)


def all_ledgers(cache: Path) -> list[ledgers.Ledger]:
    """Every ledger in a cache that can be read, newest first."""
    found = filter(None, map(ledgers.read, cache.glob("builds/*/*.json")))
    return sorted(found, key=lambda each: (each.looked, ledgers.number_of(each.path)), reverse=True)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    ledger = made(tmp_path / "site_config.yml")
    assert ledger.keys == {"11" * 32, "22" * 32}
    filed = ledgers.write(ledger, tmp_path)
    found = ledgers.read(filed.path)
    assert found == ledger
    assert found.path == filed.path
    assert found.keys == ledger.keys
    assert filed.path.name == "20231114T221320Z-1.json"
    assert len(filed.path.parent.name) == 12


def test_the_latest_is_the_last_that_was_written_whatever_the_clock_says(tmp_path: Path) -> None:
    config = tmp_path / "site_config.yml"
    ledgers.write(made(config, pictures=1), tmp_path)
    ledgers.write(made(config, pictures=2, looked=5 * SECOND), tmp_path)
    ledgers.write(made(tmp_path / "other.yml", pictures=3), tmp_path)
    assert ledgers.latest(tmp_path, config).pictures == 2
    assert ledgers.latest(tmp_path, tmp_path / "none.yml") is None
    assert sorted(ledger.pictures for ledger in all_ledgers(tmp_path)) == [1, 2, 3]
    assert all_ledgers(tmp_path)[-1].pictures == 2  # by the clock


def test_a_link_to_the_config_is_the_same_config(tmp_path: Path) -> None:
    config = tmp_path / "site_config.yml"
    config.touch()
    (tmp_path / "link.yml").symlink_to(config)
    assert ledgers.builds_folder(tmp_path, config) == ledgers.builds_folder(
        tmp_path, tmp_path / "link.yml"
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-10],
        lambda content: content.replace(b"features.0", b"features.1"),
        lambda content: b"",
        lambda content: b"[1]",
        lambda content: b"\xff" + content,
    ],
)
def test_a_damaged_ledger_is_none_and_the_one_before_counts(tmp_path: Path, damage) -> None:
    config = tmp_path / "site_config.yml"
    ledgers.write(made(config, pictures=1), tmp_path)
    path = ledgers.write(made(config, pictures=2), tmp_path).path
    path.write_bytes(damage(path.read_bytes()))
    assert ledgers.read(path) is None
    assert ledgers.latest(tmp_path, config).pictures == 1
    assert [ledger.pictures for ledger in all_ledgers(tmp_path)] == [1]


def test_another_versions_ledger_is_not_read(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(ledgers, "FORMAT", 99)
    path = ledgers.write(made(tmp_path / "c.yml"), tmp_path).path
    monkeypatch.undo()
    assert ledgers.read(path) is None


def test_old_ledgers_go_in_time(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(ledgers, "KEPT", 3)
    for pictures in range(5):
        ledgers.write(made(tmp_path / "c.yml", pictures=pictures), tmp_path)
    assert [ledger.pictures for ledger in all_ledgers(tmp_path)] == [4, 3, 2]


def test_files_that_are_no_ledgers_are_passed_over(tmp_path: Path) -> None:
    config = tmp_path / "c.yml"
    first = ledgers.write(made(config, pictures=1), tmp_path)
    folder = first.path.parent
    (folder / ".20231114T221320Z-9.json.ab12.tmp").touch()
    (folder / ".20231114T221320Z-9.json").touch()
    (folder / "notes.txt").touch()
    assert ledgers.latest(tmp_path, config) == first
    assert ledgers.write(made(config), tmp_path).path.stem.endswith("-2")


def test_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "builds").touch()
    with pytest.raises(
        CacheError, match=r"(?s)ledger cannot be written.*The site is in place"
    ) as error:
        ledgers.write(made(tmp_path / "c.yml"), tmp_path)
    assert str(tmp_path / "builds") in str(error.value)
