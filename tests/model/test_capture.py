from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from forked import PATIENCE
from small_networks import Small
from torch import Tensor, nn

from generator.errors import LayerError
from generator.model.capture import capture


def hooks_of(module: nn.Module) -> int:
    return sum(len(part._forward_hooks) for part in module.modules())


@pytest.fixture
def pictures() -> Tensor:
    return torch.rand(2, 3, 16, 20, generator=torch.Generator().manual_seed(1))


def test_answers_are_those_of_each_layer(pictures: Tensor) -> None:
    module = Small().eval()
    answers = capture(module, pictures, ["features.3", "features.0"])
    first = module.features[0](pictures)
    assert list(answers) == ["features.3", "features.0"]
    torch.testing.assert_close(answers["features.0"], first)
    torch.testing.assert_close(
        answers["features.3"], module.features[3](module.features[2](first.clamp(min=0)))
    )


def test_an_in_place_relu_does_not_change_what_was_heard(pictures: Tensor) -> None:
    module = Small().eval()
    answers = capture(module, pictures, ["features.0", "features.1"])
    assert answers["features.0"].min() < 0
    torch.testing.assert_close(answers["features.1"], answers["features.0"].clamp(min=0))


def test_the_pass_ends_after_the_last_layer(pictures: Tensor) -> None:
    module = Small().eval()
    ran: list[str] = []
    module.features[3].register_forward_pre_hook(lambda *_: ran.append("features.3"))
    capture(module, pictures, ["features.2"])
    assert ran == []
    capture(module, pictures, ["features.3"])
    assert ran == ["features.3"]


class SwallowsErrors(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)
        self.after = nn.ReLU()
        self.finished = False

    def forward(self, images: Tensor) -> Any:
        try:
            self.conv(images)
        except Exception:
            self.finished = True
        return self.after(images)


def test_a_network_that_swallows_errors_still_ends_early(pictures: Tensor) -> None:
    module = SwallowsErrors()
    assert capture(module, pictures, ["conv"])["conv"].shape == (2, 2, 14, 18)
    assert not module.finished


@pytest.mark.parametrize("failure", [RuntimeError("broken"), KeyboardInterrupt()])
def test_no_hook_is_left_when_the_pass_fails(failure: BaseException, pictures: Tensor) -> None:
    module = Small().eval()

    def fail(*_: Any) -> None:
        raise failure

    handle = module.features[2].register_forward_pre_hook(fail)
    with pytest.raises(type(failure)):
        capture(module, pictures, ["features.0", "features.3"])
    handle.remove()
    assert hooks_of(module) == 0


def test_no_hook_is_left_after_success_or_an_unknown_name(pictures: Tensor) -> None:
    module = Small().eval()
    capture(module, pictures, ["features.0"])
    with pytest.raises(LayerError, match=r"No layer is called 'features\.99'"):
        capture(module, pictures, ["features.0", "features.99"])
    assert hooks_of(module) == 0


def test_a_layer_that_does_not_run_is_an_error(pictures: Tensor) -> None:
    class Skips(Small):
        def forward(self, images: Tensor) -> Tensor:
            answer: Tensor = self.features(images)
            return answer

    with pytest.raises(LayerError, match="'classifier' did not run"):
        capture(Skips().eval(), pictures, ["classifier"])


def test_an_answer_that_is_no_tensor_is_an_error(pictures: Tensor) -> None:
    class Pair(nn.Module):
        def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
            return images, images

    module = nn.Sequential(Pair())
    with pytest.raises(LayerError, match="'0' answers with a tuple, not with one tensor"):
        capture(module, pictures, ["0"])


def test_of_a_layer_that_runs_twice_the_first_answer_counts(pictures: Tensor) -> None:
    relu = nn.ReLU()
    module = nn.Sequential(relu, nn.Conv2d(3, 3, 1), relu, nn.Identity())
    torch.testing.assert_close(capture(module, pictures, ["0", "3"])["0"], pictures)


def test_nothing_is_run_for_no_names(pictures: Tensor) -> None:
    assert capture(Small(), pictures, []) == {}


def test_threads_hear_their_own_pass_only() -> None:
    both = threading.Barrier(2, timeout=PATIENCE)

    class Waits(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            both.wait()
            return images

    module = nn.Sequential(Waits(), nn.Identity(), Waits(), nn.Identity())

    def heard(value: float) -> Tensor:
        return capture(module, torch.full((1, 1), value), ["1", "3"])["1"]

    with ThreadPoolExecutor(2) as executor:
        answers = list(executor.map(heard, [1.0, 2.0]))
    assert [float(answer) for answer in answers] == [1.0, 2.0]
