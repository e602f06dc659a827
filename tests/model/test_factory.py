from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from generator.errors import ModelError, WeightsError
from generator.model import load, wrap
from generator.model.sources.building import uncompiled

Write = Callable[[str], str]

NETWORK = """
from torch import nn

def tiny():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())

class Holder:
    @staticmethod
    def gray():
        return nn.Sequential(nn.Conv2d(1, 2, 3))

number = 3
"""


@pytest.fixture
def write(tmp_path: Path, request: pytest.FixtureRequest) -> Write:
    """Writes a module into tmp_path, under a name that no other test has."""
    name = f"user_{abs(hash(request.node.nodeid))}"

    def write(text: str) -> str:
        (tmp_path / f"{name}.py").write_text(text)
        return name

    return write


def test_the_users_own_network_is_loaded(write: Write, tmp_path: Path) -> None:
    before = list(sys.path)
    net = load(f"{write(NETWORK)}:tiny", folder=tmp_path, size=(20, 30))
    assert sys.path == before
    assert [layer.shape for layer in net.layers] == [(4, 18, 28), (4, 18, 28)]
    assert net.preprocessing.mean == (0.485, 0.456, 0.406)
    assert net.card.name == "tiny"
    assert not net.module.training
    assert not any(parameter.requires_grad for parameter in net.module.parameters())


COMPILED = """
import torch
from torch import nn

def parts():
    return nn.Sequential(torch.compile(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())), nn.Flatten())

def whole():
    return torch.compile(parts())
"""


@pytest.mark.parametrize("factory", ["parts", "whole"])
def test_a_compiled_network_is_listened_to_as_it_was(
    write: Write, tmp_path: Path, factory: str
) -> None:
    name = write(COMPILED)
    net = load(f"{name}:{factory}", folder=tmp_path, size=(9, 9))
    assert [layer.name for layer in net.layers] == ["0.0", "0.1", "1"]
    module = getattr(sys.modules[name], factory)()
    assert [layer.name for layer in wrap(module, size=(9, 9)).layers] == ["0.0", "0.1", "1"]


def test_what_is_compiled_in_place_or_registered_twice_is_as_it_was_too() -> None:
    class Twice(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = self.other = torch.compile(torch.nn.Conv2d(3, 3, 1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.other(self.one(x))

    module = Twice()
    module.compile()
    plain = uncompiled(module)
    assert isinstance(plain.one, torch.nn.Conv2d) and plain.one is plain.other
    assert plain._compiled_call_impl is None
    untouched = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1))
    before = [dict(vars(part)) for part in untouched.modules()]
    uncompiled(untouched)
    assert [vars(part) for part in untouched.modules()] == before, "else its keys would be others"


def test_its_weights_depend_on_the_seed_only(write: Write, tmp_path: Path) -> None:
    source = f"{write(NETWORK)}:tiny"
    before = torch.random.get_rng_state()
    one, same, other = (load(source, folder=tmp_path, size=(9, 9), seed=s) for s in (1, 1, 2))
    assert one.weights_digest == same.weights_digest != other.weights_digest
    assert torch.equal(before, torch.random.get_rng_state())


def test_two_projects_may_call_their_modules_the_same(tmp_path: Path) -> None:
    shapes = []
    for width in (4, 6):
        folder = tmp_path / str(width)
        folder.mkdir()
        text = f"from torch import nn\n\ndef made():\n    return nn.Conv2d(3, {width}, 3)\n"
        (folder / "their_network.py").write_text(text)
        net = load("their_network:made", folder=folder, size=(9, 9))
        shapes.append(net.layers[0].channels)
    assert shapes == [4, 6]
    del sys.modules["their_network"]


def test_its_weights_come_from_a_file_beside_the_config(write: Write, tmp_path: Path) -> None:
    source = f"{write(NETWORK)}:tiny"
    (tmp_path / "runs").mkdir()
    state = {"0.weight": torch.full((4, 3, 3, 3), 0.5), "0.bias": torch.zeros(4)}
    torch.save(state, tmp_path / "runs" / "w.pt")
    net = load(source, weights="runs/w.pt", folder=tmp_path, size=(9, 9))
    assert (net.kernels("0") == 0.5).all()
    assert net.card.weights == "from the file w.pt"


def test_gray_networks_need_one_mean(write: Write, tmp_path: Path) -> None:
    source = f"{write(NETWORK)}:Holder.gray"
    with pytest.raises(ModelError) as caught:
        load(source, folder=tmp_path, size=(9, 9))
    assert "reads 1 channel, and pictures have 3" in caught.value.hint
    net = load(source, folder=tmp_path, size=(9, 9), mean=(0.5,), std=(0.5,))
    assert net.preprocessing.channels == 1


def test_half_precision_networks_are_run_in_float32(write: Write, tmp_path: Path) -> None:
    text = "from torch import nn\ndef half(): return nn.Sequential(nn.Conv2d(3, 2, 1)).half()"
    net = load(f"{write(text)}:half", folder=tmp_path, size=(4, 4))
    assert net.module[0].weight.dtype == torch.float32  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "attribute", "words"),
    [
        ("def f(:", "f", r"SyntaxError: invalid syntax \(user_\d+\.py, line 1\)"),
        ("\nx = 1 / 0", "f", r"ZeroDivisionError: division by zero \(user_\d+\.py, line 2\)"),
        ("import not_there_at_all", "f", "No module named 'not_there_at_all'"),
        ("raise SystemExit(3)", "f", "SystemExit: 3"),
        (NETWORK, "tony", "'tony' is nothing in 'user_"),
        (NETWORK, "number", "'number' is something that cannot be called"),
        (NETWORK, "", "'' is nothing in 'user_"),
        ("def f(): return {}", "f", "returned a dict, not a torch.nn.Module"),
        ("def f(): return 3", "f", "returned an int, not a torch.nn.Module"),
        ("def f(x): return x", "f", "cannot be called like that: missing a required argument: 'x'"),
    ],
)
def test_what_is_wrong_is_said_in_words(
    write: Write, tmp_path: Path, text: str, attribute: str, words: str
) -> None:
    with pytest.raises(ModelError, match=words) as caught:
        load(f"{write(text)}:{attribute}", folder=tmp_path)
    if attribute == "tony":
        assert "Did you mean tiny" in caught.value.hint


def test_a_module_that_is_not_there(tmp_path: Path) -> None:
    for source in ("not_there:f", "not_there.inside:f"):
        with pytest.raises(ModelError, match="there is no module 'not_there'") as caught:
            load(source, folder=tmp_path)
        assert str(tmp_path) in caught.value.hint


def test_a_module_in_another_folder(write: Write, tmp_path: Path) -> None:
    """Named from the config's folder. It finds those beside it, and not its namesake there."""
    name = write("")
    write(f"from {name}_other import *")
    (tmp_path / f"{name}_other.py").write_text(NETWORK)
    gallery = tmp_path / "docs" / "gallery"
    gallery.mkdir(parents=True)
    (gallery / f"{name}.py").write_text("raise SystemExit(3)")
    for source in (f"../../{name}:tiny", f"{tmp_path}/{name}:tiny"):
        network = load(source, folder=gallery, size=(8, 8))
        assert (network.card.source, network.card.name) == (source, "tiny")
    with pytest.raises(ModelError, match="there is no module 'not_there'") as caught:
        load("not_there:f", folder=gallery)
    assert "such as ../not_there:f" in caught.value.hint


def test_weights_that_are_neither_a_word_nor_a_file(write: Write, tmp_path: Path) -> None:
    source = f"{write(NETWORK)}:tiny"
    with pytest.raises(WeightsError, match="has no weights called 'IMAGENET1K_V1'"):
        load(source, weights="IMAGENET1K_V1", folder=tmp_path)
    with pytest.raises(WeightsError, match="does not exist"):
        load(source, weights="gone.pt", folder=tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"mean": (0.5, 0.5), "std": (1.0, 1.0, 1.0)},
            "has 3 channels, its 'mean' 2 and its 'std'",
        ),
        ({"channels": 4, "std": (1.0, 1.0)}, "has 4 channels, its 'mean' 4 and its 'std' 2"),
        ({"std": (1.0, 0.0, 1.0)}, "'std' "),
        ({"span": (1.0, 0.0)}, "a range has to rise"),
        ({"bands": (1, 2, 4)}, r"'bands' are \[1, 2, 4\], and it has 3 channels"),
        ({"bands": (1, 2)}, "'bands' are"),
        ({"mean": (float("nan"), 0.0, 0.0)}, "nan"),
        ({"size": (0, 9)}, "0x9 pixels"),
    ],
)
def test_impossible_preprocessing_is_refused(
    write: Write, tmp_path: Path, arguments: dict[str, tuple[float, ...]], words: str
) -> None:
    with pytest.raises(ModelError, match=words):
        load(f"{write(NETWORK)}:tiny", folder=tmp_path, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["vgg16", "", "vgg16-HED"])
def test_an_unknown_source_lists_what_can_be_written(source: str) -> None:
    with pytest.raises(ModelError, match=f"'{source}' names no network") as caught:
        load(source)
    for written in ("vgg16-hed", "torchvision:NAME", "package.module:factory"):
        assert written in caught.value.hint


def test_a_factory_is_called_with_its_arguments(write: Write, tmp_path: Path) -> None:
    text = """
from torch import nn

def build(width, *, depth=1):
    return nn.Sequential(*(nn.Conv2d(3 if n == 0 else width, width, 1) for n in range(depth)))
"""
    source = f"{write(text)}:build"
    net = load(source, args={"width": 5, "depth": 2}, folder=tmp_path, size=(4, 4))
    assert [layer.shape for layer in net.layers] == [(5, 4, 4), (5, 4, 4)]
    with pytest.raises(ModelError, match="got an unexpected keyword argument 'hight'") as caught:
        load(source, args={"width": 5, "hight": 2}, folder=tmp_path)
    assert caught.value.hint.startswith("It takes width, depth=1.")


def test_a_module_that_is_named_like_its_file_is_told_how(write: Write, tmp_path: Path) -> None:
    name = write(NETWORK)
    with pytest.raises(ModelError, match="there is no module") as caught:
        load(f"{name}.py:tiny", folder=tmp_path)
    assert caught.value.hint == f"A module is named without its ending: {name}:tiny"


@pytest.mark.parametrize(
    ("packages", "source", "named", "inside"),
    [
        (["own", "own/sub"], "own/sub/net:made", r"own\.sub\.net", ""),
        ([], "own/sub/net:made", r"sub\.net", "own"),
        (["own/sub"], "own/sub.net:made", r"own\.sub\.net", ""),
    ],
)
def test_a_module_that_imports_from_its_package_is_to_be_named_with_it(
    tmp_path: Path, packages: list[str], source: str, named: str, inside: str
) -> None:
    (tmp_path / "own" / "sub").mkdir(parents=True)
    for package in packages:
        (tmp_path / package / "__init__.py").touch()
    dots = ".." if source.startswith("own/sub.") else "."
    (tmp_path / "own" / "sub" / "net.py").write_text(f"from {dots} import other\n")
    with pytest.raises(ModelError, match="belongs to a package, from which it imports") as caught:
        load(source, folder=tmp_path)
    around = re.escape(str((tmp_path / inside).resolve()))
    assert re.fullmatch(
        f"Name it with its package, {named}, which lies in {around}.", caught.value.hint
    )
