from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from small_networks import Small
from torch import Tensor, nn

from generator.errors import ModelError, WeightsError
from generator.model import load
from generator.model.network import Network
from generator.model.trunk import Trunk


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Small with weights of seed 1, as torch.export saves it."""
    path = tmp_path_factory.mktemp("exported") / "small.pt2"
    torch.export.save(torch.export.export(Small(1).eval(), (torch.zeros(1, 3, 16, 20),)), path)
    return path


@pytest.fixture(scope="module")
def exported(program: Path) -> Network:
    return load("small.pt2", folder=program.parent)


def test_its_layers_are_those_of_the_network(exported: Network) -> None:
    found = [(layer.name, layer.type, layer.shape, layer.ordinal) for layer in exported.layers]
    assert found[:5] == [
        ("features.0", "Conv2d", (4, 16, 20), 1),
        ("features.1", "ReLU", (4, 16, 20), None),
        ("features.2", "MaxPool2d", (4, 8, 10), None),
        ("features.3", "Conv2d", (6, 2, 3), 2),
        ("features.4", "ReLU", (6, 2, 3), None),
    ]
    assert exported.layer("classifier").shape == (5,)
    assert exported.layer("features.4").receptive_field == (12, 12)


def test_it_answers_as_the_network_does(exported: Network) -> None:
    small = Small(1).eval()
    picture = torch.rand(1, 3, 16, 20)
    with torch.no_grad():
        assert torch.equal(exported.module(picture), small(picture))
    assert (exported.kernels("features.3") == small.features[3].weight.detach().numpy()).all()


def test_its_input_is_what_it_was_exported_with(exported: Network) -> None:
    assert exported.preprocessing.size == (16, 20)
    assert exported.card.source == "small.pt2"
    assert exported.card.weights == "those in small.pt2"


def test_gradients_flow_and_several_pictures_go_in_at_once(exported: Network) -> None:
    trunk = Trunk(exported, "features.1")
    assert trunk.sliced
    pictures = torch.rand(3, 3, 16, 20, requires_grad=True)
    trunk.units(pictures, [0, 1, 2]).sum().backward()
    assert pictures.grad is not None and bool(pictures.grad.abs().sum() > 0)


def test_its_code_counts_in_digests(program: Path, tmp_path: Path) -> None:
    class Doubled(Small):
        def forward(self, images: Tensor) -> Tensor:
            return super().forward(images * 2)

    for name, module in (("small", Small(1)), ("doubled", Doubled(1))):
        example = (torch.zeros(1, 3, 16, 20),)
        torch.export.save(torch.export.export(module.eval(), example), tmp_path / f"{name}.pt2")
    one, same, other = (
        load(name, folder=folder).digest("features.4", "prefix")
        for name, folder in (
            ("small.pt2", program.parent),
            ("small.pt2", tmp_path),
            ("doubled.pt2", tmp_path),
        )
    )
    assert one == same != other


def test_other_weights_may_be_put_in(program: Path, tmp_path: Path) -> None:
    torch.save(Small(2).state_dict(), tmp_path / "other.pt")
    net = load(str(program), weights=str(tmp_path / "other.pt"))
    assert (net.kernels("features.0") == Small(2).features[0].weight.detach().numpy()).all()
    with pytest.raises(WeightsError, match="comes with its weights; it has none called 'none'"):
        load(str(program), weights="none")
    with pytest.raises(ModelError, match="takes no 'args'"):
        load(str(program), args={"width": 2})


def test_two_inputs_are_refused(tmp_path: Path) -> None:
    class Two(nn.Module):
        def forward(self, one: Tensor, other: Tensor) -> Tensor:
            return one + other

    zeros = torch.zeros(1, 3, 8, 8)
    torch.export.save(torch.export.export(Two(), (zeros, zeros)), tmp_path / "two.pt2")
    with pytest.raises(ModelError, match=r"'two\.pt2' reads 2 inputs"):
        load("two.pt2", folder=tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + b"0" * 99])
def test_what_is_no_program_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "no.pt2").write_bytes(content)
    with pytest.raises(ModelError, match=r"'no\.pt2' is damaged, or is no exported program"):
        load("no.pt2", folder=tmp_path)
    with pytest.raises(ModelError, match="cannot be read: No such file"):
        load("gone.pt2", folder=tmp_path)


def with_records(program: Path, target: Path, change: Any) -> Path:
    """The program's archive with other contents in some of its records."""
    with zipfile.ZipFile(program) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            for name, content in change(info.filename, old.read(info)):
                new.writestr(name, content)
    return target


class Payload:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return (Path.mkdir, (self.marker,))


def test_nothing_pickled_in_it_is_opened(program: Path, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save(Payload(tmp_path / "ran"), buffer)

    def sample(name: str, content: bytes) -> Any:
        yield name, buffer.getvalue() if "sample_inputs" in name else content

    def weights(name: str, content: bytes) -> Any:
        if name.endswith("weights_config.json"):
            content = content.replace(b'"use_pickle": false', b'"use_pickle": true')
        yield name, buffer.getvalue() if "weight_0" in name else content

    def legacy(name: str, content: bytes) -> Any:
        yield name, content
        if name.endswith("weights_config.json"):
            yield name.replace("model_weights_config.json", "model.pt"), buffer.getvalue()

    def compiled(name: str, content: bytes) -> Any:
        yield name, content
        if name.endswith("weights_config.json"):
            yield name.replace("weights/model_weights_config.json", "aotinductor/m/m.so"), b"x"

    words = {
        sample: "a pickled sample input",
        weights: "pickled objects",
        legacy: "pickled weights",
        compiled: "machine code",
    }
    for change, what in words.items():
        evil = with_records(program, tmp_path / "evil.pt2", change)
        with pytest.raises(ModelError, match=f"'evil.pt2' holds {what}, which can run any code"):
            load(str(evil))
    assert not (tmp_path / "ran").exists()
