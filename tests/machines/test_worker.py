"""What a worker does with an order, in this process: the same as at home, or a clear word."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.numpy
import tiny_project

from generator.building.prepare import Prepared, prepare
from generator.config.load import load_config
from generator.errors import WorkersError
from generator.machines import worker
from generator.machines.worker import Order, run
from generator.model.parcel import pack
from generator.utils.report import Silent


@pytest.fixture
def prepared(tmp_path: Path) -> Iterator[Prepared]:
    folder = tiny_project.write(tmp_path / "project")
    yield prepare(load_config(folder / "site_config.yml"), Silent())
    worker._shelf.cache_clear()


def order_for(prepared: Prepared, visualization: str) -> Order:
    planned = [p for p in prepared.plan.tasks if p.task.visualization == visualization][:1]
    network = pack(prepared.workshop.network).digest
    photos = {photo.name: photo for photo in prepared.photos}
    tasks, keys = tuple(p.task for p in planned), tuple(p.key for p in planned)
    return Order(tasks, keys, network, photos)


def test_a_worker_makes_what_this_process_makes(prepared: Prepared) -> None:
    order = order_for(prepared, "activations")
    parcel = pack(prepared.workshop.network)
    (there,) = run(order, parcel)
    prepared.workshop.compute(prepared.missing(), Silent())
    here = prepared.workshop.cache.load(order.keys[0])
    assert here is not None and there.facts == here.facts
    tensors = safetensors.numpy.load(there.tensors)
    assert {name: array.tobytes() for name, array in tensors.items()} == {
        name: array.tobytes() for name, array in here.tensors.items()
    }
    assert run(order)[0].tensors == there.tensors  # it keeps the network


def test_pictures_travel_as_bytes_and_none_stays(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "there"))
    (photo,) = prepared.photos
    content = photo.path.read_bytes()
    order = order_for(prepared, "activations")
    away = {photo.name: replace(photo, path=Path("nowhere.png"))}
    (outcome,) = run(
        replace(order, pictures=away), pack(prepared.workshop.network), {photo.digest: content}
    )
    assert outcome.tensors and not outcome.failure
    assert not list((tmp_path / "there").iterdir())


def test_pictures_that_are_read_where_they_are_need_no_folder(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    (outcome,) = run(order_for(prepared, "activations"), pack(prepared.workshop.network))
    assert outcome.tensors and not outcome.failure


@pytest.mark.parametrize("gone", [False, True])
def test_a_picture_that_changed_meanwhile_is_not_taken_for_the_one_that_was_planned(
    prepared: Prepared, gone: bool
) -> None:
    (photo,) = prepared.photos
    photo.path.write_bytes(photo.path.read_bytes() + b"more")
    if gone:
        photo.path.unlink()
    with pytest.raises(WorkersError, match=r"'stripes\.png' changed while it was built"):
        run(order_for(prepared, "activations"), pack(prepared.workshop.network))


def test_a_worker_that_comes_to_another_key_makes_nothing(prepared: Prepared) -> None:
    order = order_for(prepared, "kernels")
    with pytest.raises(WorkersError, match="would make something else of kernels 0"):
        run(replace(order, keys=("0" * 64,)), pack(prepared.workshop.network))


def test_a_worker_without_the_network_says_so(prepared: Prepared) -> None:
    with pytest.raises(WorkersError, match="was not sent the network"):
        run(order_for(prepared, "kernels"))
