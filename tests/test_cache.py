"""The cache: what is stored comes back whole, and what is not whole does not come back."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from generator import cache as cache_room
from generator.cache import Cache
from generator.errors import CacheError
from generator.visualizations.base import Result

KEY = "ab" * 32
RESULT = Result({"maps": np.arange(12, dtype=np.float32).reshape(3, 2, 2)}, {"strongest": 2})


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def objects(cache: Cache) -> list[Path]:
    return list(cache.folder.glob("objects/*/*.safetensors"))


def test_a_result_comes_back_with_its_facts(cache: Cache) -> None:
    stored = cache.store(KEY, {"layer": "a"}, RESULT, seconds=0.5)
    loaded = cache.load(KEY)
    assert loaded is not None
    np.testing.assert_array_equal(loaded.tensors["maps"], RESULT.tensors["maps"])
    assert loaded.facts == {"strongest": 2}
    assert cache.record(KEY) == stored
    assert stored.identity == {"layer": "a"}


@pytest.mark.parametrize(
    "lies",
    [lambda a: a.transpose(2, 0, 1), lambda a: a[:, ::2], lambda a: np.asfortranarray(a)],
    ids=["channels last", "every second", "Fortran"],
)
def test_an_array_that_lies_otherwise_in_memory_comes_back_as_it_was(cache: Cache, lies) -> None:
    values = lies(np.arange(60, dtype=np.float32).reshape(3, 4, 5))
    assert not values.flags.c_contiguous
    cache.store(KEY, {}, Result({"maps": values}), 0)
    loaded = cache.load(KEY)
    assert loaded is not None
    np.testing.assert_array_equal(loaded.tensors["maps"], values)


def test_an_unknown_key_is_a_miss(cache: Cache) -> None:
    assert cache.record(KEY) is None
    assert cache.load(KEY) is None


def test_equal_tensors_share_one_object(cache: Cache) -> None:
    cache.store(KEY, {}, RESULT, 0)
    cache.store("cd" * 32, {}, RESULT, 0)
    assert len(objects(cache)) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x7f"),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
    ],
    ids=["truncated", "flipped", "empty", "gone"],
)
@pytest.mark.parametrize("what", ["objects/*/*.safetensors", "records/*.json"])
def test_damage_is_a_miss_and_is_mended_by_storing_again(cache, damage, what) -> None:
    cache.store(KEY, {}, RESULT, 0)
    damage(next(cache.folder.glob(what)))
    assert cache.load(KEY) is None
    cache.store(KEY, {}, RESULT, 0)
    assert cache.load(KEY) is not None


def test_a_record_of_another_key_is_a_miss(cache: Cache) -> None:
    cache.store(KEY, {}, RESULT, 0)
    other = "cd" * 32
    (cache.folder / "records" / f"{KEY}.json").rename(cache.folder / "records" / f"{other}.json")
    assert cache.record(other) is None


def test_a_record_of_another_format_is_a_miss(cache: Cache, monkeypatch) -> None:
    cache.store(KEY, {}, RESULT, 0)
    monkeypatch.setattr(cache_room, "FORMAT", cache_room.FORMAT + 1)
    assert cache.record(KEY) is None


def test_a_full_disk_is_said_with_the_path_and_leaves_nothing_beside(cache, monkeypatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/cache/objects/x")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CacheError, match="No space left on device") as caught:
        cache.store(KEY, {}, RESULT, 0)
    assert "/somewhere/cache/objects/x" in caught.value.message
    assert "Make room" in caught.value.hint
    assert [path for path in cache.folder.rglob("*") if path.is_file()] == []


@given(
    arrays.arrays(
        dtype=st.sampled_from([np.float32, np.uint8, np.float16, np.int64]),
        shape=arrays.array_shapes(min_dims=0, max_dims=4, max_side=4),
    )
)
def test_any_array_survives(tmp_path_factory: pytest.TempPathFactory, values: np.ndarray) -> None:
    cache = Cache(tmp_path_factory.mktemp("cache"))
    cache.store(KEY, {}, Result({"values": values}), 0)
    loaded = cache.load(KEY)
    assert loaded is not None
    assert loaded.tensors["values"].dtype == values.dtype
    np.testing.assert_array_equal(loaded.tensors["values"], values)
