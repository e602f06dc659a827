"""The classes that a network tells apart: its output, their names, and looking them up."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_networks import PREPROCESSING, Small, network
from torch import Tensor, nn

from generator.errors import ClassError, ConfigError
from generator.model.adjusting import Adjustment
from generator.model.classes import find_class, read_classes
from generator.model.sources.factory import of_module
from generator.model.sources.loading import made_ready
from generator.model.sources.request import Loaded

NAMES = ("tabby", "Egyptian cat", "espresso", "crane", "crane")


class Squeezed(nn.Module):
    """Ends in its own code, as SqueezeNet does: no layer gives what it returns."""

    def __init__(self, inside: nn.Module) -> None:
        super().__init__()
        self.inside = inside

    def forward(self, images: Tensor) -> Tensor:
        return torch.flatten(self.inside(images), 1)


class Answers(nn.Module):
    """Returns something other than a batch of tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = nn.Conv2d(3, 2, 1)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        return {"maps": self.inside(images)}


def test_the_output_is_the_layer_that_gave_it() -> None:
    net = network()
    assert net.output is not None
    assert (net.output.name, net.outputs) == ("classifier", 5)
    assert net.layer("classifier") == net.output == net.layers[-1]


def test_where_the_network_s_own_code_has_the_last_word_all_of_it_is_the_output() -> None:
    net = network(Squeezed(nn.Sequential(nn.Conv2d(3, 6, 3), nn.AdaptiveAvgPool2d(1))))
    assert net.output is not None
    assert (net.output.name, net.output.shape, net.outputs) == ("", (6,), 6)
    assert net.layer("") == net.output
    assert net.output not in net.layers
    assert len(net.digest("", "prefix")) == 64


def test_what_is_written_over_is_no_longer_the_layer_s() -> None:
    class Halved(Squeezed):
        def forward(self, images: Tensor) -> Tensor:
            return self.inside(images).div_(2)

    net = network(Halved(Small()))
    assert net.output is not None
    assert net.output.name == ""


def test_logits_are_what_the_network_answers() -> None:
    net = network()
    pictures = torch.rand(2, 3, 16, 20, requires_grad=True)
    assert torch.equal(net.logits(pictures), net.module(pictures))
    net.logits(pictures)[0, 1].backward()
    assert pictures.grad is not None
    assert pictures.grad[0].any()
    assert not pictures.grad[1].any()


@pytest.mark.parametrize(
    ("module", "gives"),
    [(nn.Sequential(nn.Conv2d(3, 2, 3)), "2x14x18"), (Answers(), "something else")],
)
def test_a_network_without_a_classifier_says_so(module: nn.Module, gives: str) -> None:
    net = network(module)
    assert net.outputs == 0
    with pytest.raises(ClassError, match=f"small tells no classes apart: .* answers {gives}"):
        net.logits(torch.rand(1, 3, 16, 20))


def test_the_source_s_names_come_along_and_the_user_s_come_first() -> None:
    def loaded() -> Loaded:
        bare = of_module(Small())
        return Loaded(bare.module, bare.card, PREPROCESSING, NAMES)

    assert made_ready(loaded(), Adjustment()).classes == NAMES
    assert made_ready(loaded(), Adjustment(), classes=tuple("abcde")).classes == tuple("abcde")
    assert made_ready(of_module(Small()), Adjustment(size=(16, 20))).classes == ()
    with pytest.raises(ClassError, match="There are 3 class names, and the network Small has 5"):
        made_ready(loaded(), Adjustment(), classes=("a", "b", "c"))


def test_a_file_of_names_is_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_bytes("\ufefftabby\r\n  Egyptian   cat \nblåbær\n\n".encode())
    assert read_classes(file) == ("tabby", "Egyptian cat", "blåbær")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"one\n\nthree\n", "has no name in line 2"),
        (b"\n \n", "has no name in line 1"),
        (b"\xff\xfe\x00", "is no list of class names"),
        (b"a\x00b\n", "is no list of class names"),
        (b"a" * 4_000_001, "is no list of class names"),
        (None, r"names.txt' cannot be read: No such file"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / "names.txt").write_bytes(content)
    with pytest.raises(ClassError, match=words):
        read_classes(tmp_path / "names.txt")


@pytest.mark.parametrize(
    ("written", "number"), [("2", 2), ("espresso", 2), ("EGYPTIAN cat", 1), ("04", 4)]
)
def test_a_class_is_found_by_number_or_name(written: str, number: int) -> None:
    assert find_class(written, NAMES, 5) == number


@pytest.mark.parametrize(
    ("written", "names", "words"),
    [
        ("5", NAMES, "There is no class 5: they are numbered 0 to 4"),
        ("crane", NAMES, "Several classes are called 'crane': write 3 and 4"),
        ("cat", NAMES, "No class is called 'cat'.\nThe nearest are: Egyptian cat"),
        ("expresso", NAMES, "The nearest are: espresso"),
        ("zzz", NAMES, "The nearest are: tabby, crane"),
        ("tabby", (), "The classes of this network have no names; write their numbers"),
    ],
)
def test_an_unknown_class_is_said_with_the_nearest(
    written: str, names: tuple[str, ...], words: str
) -> None:
    with pytest.raises(ClassError) as caught:
        find_class(written, names, 5)
    assert words in str(caught.value)


def test_the_config_s_file_of_names_reaches_the_network(tmp_path: Path) -> None:
    from generator.building.prepare import load_network
    from generator.config.load import load_config
    from generator.incremental.inputs import gather
    from generator.utils.report import Silent

    (tmp_path / "mine.py").write_text(
        "from torch import nn\n"
        "def net(): return nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())"
    )
    (tmp_path / "names.txt").write_text("cat\ncup\n")
    (tmp_path / "site_config.yml").write_text(
        "model: mine:net\ninput: {size: 8}\nclasses: names.txt\n"
    )
    config = load_config(tmp_path / "site_config.yml")
    assert load_network(config, Silent()).classes == ("cat", "cup")
    assert str(tmp_path / "names.txt") in gather(config).files
    (tmp_path / "names.txt").unlink()
    with pytest.raises(ConfigError, match=r"site_config\.yml:3: classes: The class names in"):
        load_network(config, Silent())
