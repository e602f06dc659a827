"""The cache: what is stored comes back whole, and what is not whole does not come back."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from generator.cache.store import Cache, record_path
from generator.errors import CacheError
from generator.visualizations.base import Result

KEY, OTHER = "ab" * 32, "cd" * 32
RESULT = Result({"maps": np.arange(12, dtype=np.float32).reshape(3, 2, 2)}, {"strongest": 2})


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def objects(cache: Cache) -> list[Path]:
    return list(cache.folder.glob("objects/*/*.safetensors"))


def flip(path: Path) -> None:
    """Change one bit of a file's last byte."""
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


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
    cache.store(OTHER, {}, RESULT, 0)
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
    record_path(cache.folder, KEY).rename(record_path(cache.folder, OTHER))
    assert cache.record(OTHER) is None
    assert cache.absence(OTHER) == "damaged"


def test_a_flipped_digit_in_the_facts_is_found(cache: Cache) -> None:
    cache.store(KEY, {}, RESULT, 0)
    path = record_path(cache.folder, KEY)
    path.write_bytes(path.read_bytes().replace(b'"strongest": 2', b'"strongest": 3'))
    assert cache.record(KEY) is None
    assert cache.absence(KEY) == "damaged"


@given(data=st.data())
def test_damage_anywhere_in_a_record_is_never_read(tmp_path_factory, data: st.DataObject) -> None:
    cache = Cache(tmp_path_factory.mktemp("cache"))
    cache.store(KEY, {"layer": "a"}, RESULT, 0.5)
    path = record_path(cache.folder, KEY)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert cache.record(KEY) is None and cache.load(KEY) is None and not cache.sound(KEY)
    assert cache.absence(KEY) in ("damaged", "set aside")


def test_why_there_is_no_result(cache: Cache) -> None:
    assert cache.absence(KEY) == "absent"
    cache.store(KEY, {}, RESULT, 0)
    flip(objects(cache)[0])
    assert cache.absence(KEY) == "damaged"
    objects(cache)[0].unlink()
    assert cache.absence(KEY) == "damaged"


def test_only_reading_tells_that_an_object_is_whole(cache: Cache) -> None:
    cache.store(KEY, {}, RESULT, 0)
    assert cache.sound(KEY) and not cache.sound(OTHER)
    assert cache.files(KEY) == (str(record_path(cache.folder, KEY)), str(objects(cache)[0]))
    flip(objects(cache)[0])
    assert cache.record(KEY) is not None  # its size is right
    assert not cache.sound(KEY)
    assert cache.files(OTHER) == ()


def as_first_format(cache: Cache, **fields: object) -> Path:
    """Put a stored record as the first version of this program would have written it."""
    content = json.loads(record_path(cache.folder, KEY).read_bytes())
    del content["sha256"]
    path = record_path(cache.folder, KEY, 1)
    path.write_text(json.dumps({**content, "format": 1, **fields}, indent=1, sort_keys=True))
    record_path(cache.folder, KEY).unlink()
    return path


def test_a_record_of_the_first_format_is_read(cache: Cache) -> None:
    stored = cache.store(KEY, {"layer": "a"}, RESULT, 0.5)
    path = as_first_format(cache)
    assert cache.record(KEY) == stored
    assert cache.load(KEY) is not None
    assert cache.files(KEY)[0] == str(path)


def test_a_record_of_an_unknown_format_is_set_aside_and_left(cache: Cache) -> None:
    cache.store(KEY, {}, RESULT, 0)
    path = as_first_format(cache, format=99)
    before = path.read_bytes()
    assert cache.record(KEY) is None and cache.load(KEY) is None
    assert cache.absence(KEY) == "set aside"
    cache.store(KEY, {}, RESULT, 0)
    assert cache.sound(KEY)
    assert path.read_bytes() == before


def test_a_record_under_the_name_of_another_format_is_set_aside(cache: Cache) -> None:
    cache.store(KEY, {}, RESULT, 0)
    record_path(cache.folder, KEY).rename(cache.folder / "records" / f"{KEY}.3.json")
    assert cache.absences([KEY, OTHER]) == {KEY: "set aside", OTHER: "absent"}


@pytest.mark.parametrize(
    "content",
    ["[]", "{}", "7", '{"format": 1}', '{"format": 1, "key": 3}', '{"format": 1, "object": "/"}'],
)
def test_json_that_is_no_record_is_damage(cache: Cache, content: str) -> None:
    (cache.folder / "records").mkdir(parents=True)
    record_path(cache.folder, KEY, 1).write_text(content)
    assert cache.record(KEY) is None
    assert cache.absence(KEY) == "damaged"


def test_a_record_cannot_lead_out_of_the_cache(cache: Cache) -> None:
    cache.store(KEY, {}, RESULT, 0)
    as_first_format(cache, object="../" * 8 + "etc/passwd")
    assert cache.absence(KEY) == "damaged"


def test_what_the_folder_lacks_is_looked_for_in_the_fallback(tmp_path: Path) -> None:
    shared = Cache(tmp_path / "shared")
    shared.store(KEY, {}, RESULT, 0)
    before = sorted(shared.folder.rglob("*"))
    cache = Cache(tmp_path / "own", fallback=shared.folder)
    assert cache.sound(KEY) and cache.load(KEY) is not None
    assert all(Path(path).is_relative_to(shared.folder) for path in cache.files(KEY))
    cache.store(OTHER, {}, Result({"maps": np.ones(2)}), 0)
    assert sorted(shared.folder.rglob("*")) == before
    assert not cache.folder.joinpath("records", f"{KEY}.2.json").exists()


def test_what_is_damaged_here_is_taken_from_the_fallback(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "own", fallback=tmp_path / "shared")
    Cache(tmp_path / "shared").store(KEY, {}, RESULT, 0)
    cache.store(KEY, {}, RESULT, 0)
    flip(objects(cache)[0])
    assert cache.sound(KEY) and cache.load(KEY) is not None
    record_path(cache.folder, KEY).write_bytes(b"")
    assert cache.sound(KEY) and cache.load(KEY) is not None


def test_a_fallback_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "own", fallback=tmp_path / "nowhere")
    assert cache.load(KEY) is None
    assert cache.absence(KEY) == "absent"
    assert not (tmp_path / "nowhere").exists()


def test_a_full_disk_is_said_with_the_path_and_leaves_nothing_beside(cache, monkeypatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/cache/objects/x")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CacheError, match="No space left on device") as caught:
        cache.store(KEY, {}, RESULT, 0)
    assert str(cache.folder / "objects") in caught.value.message
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


def test_a_record_is_read_once_and_again_when_its_file_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path)
    cache.store("ab" * 32, {}, Result({"maps": np.zeros(3)}, {"mean": 1.0}), 0.0)
    path = record_path(tmp_path, "ab" * 32)
    os.utime(path, (1_700_000_000.5, 1_700_000_000.5))
    content, reads = path.read_bytes(), []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: reads.append(self) or read(self))
    for _ in range(3):
        record = cache.record("ab" * 32)
        assert record is not None and record.facts == {"mean": 1.0}
    assert reads == [path]
    path.write_bytes(content.replace(b"1.0", b"2.0"))  # its seal does not fit any more
    assert cache.record("ab" * 32) is None
