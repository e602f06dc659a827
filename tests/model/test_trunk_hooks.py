"""What a trunk leaves behind on a network: nothing."""

from __future__ import annotations

import threading

import pytest
import torch
from branching_networks import Row, as_network
from requests_for import small_network
from torch import Tensor, nn

from generator.errors import LayerError, ModelError
from generator.model.network import Network
from generator.model.trunk import Trunk

CHANNELS = (3, 0, 4, 3)


def pictures() -> Tensor:
    return torch.rand((4, 3, 24, 24), generator=torch.Generator().manual_seed(11))


def hooks(module: nn.Module) -> int:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(part, kind)) for part in module.modules() for kind in kinds)


def paddings(module: nn.Module) -> list[object]:
    return [part.padding for part in module.modules() if isinstance(part, nn.Conv2d)]


class Failing(nn.Module):
    """Passes pictures on, or raises what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.error: BaseException | None = None

    def forward(self, images: Tensor) -> Tensor:
        if self.error is not None:
            raise self.error
        return images


def failing() -> Network:
    module = Row()
    module.features.insert(1, Failing())
    return as_network(module)


@pytest.mark.parametrize("error", [None, RuntimeError("no"), KeyboardInterrupt()])
@pytest.mark.parametrize("layer", ["features.4", "features.5"])
def test_no_hook_stays_and_padding_is_put_back(error: BaseException | None, layer: str) -> None:
    network = failing()
    trunk = Trunk(network, layer)
    before = paddings(trunk.module)
    trunk.module.features[1].error = error
    for run in (lambda: trunk.units(pictures(), CHANNELS), lambda: trunk.maps(pictures())):
        if error is None:
            with trunk.endless():
                run()
        else:
            with pytest.raises(type(error)), trunk.endless():
                run()
        for module in (network.module, trunk.module):
            assert hooks(module) == 0
            assert paddings(module) == before


@pytest.mark.parametrize(
    ("error", "told"), [(RuntimeError("no"), ModelError), (KeyboardInterrupt(), KeyboardInterrupt)]
)
def test_no_hook_stays_where_the_trial_fails(
    error: BaseException, told: type[BaseException]
) -> None:
    network = failing()
    network.module.features[1].error = error
    with pytest.raises(told):
        Trunk(network, "features.4")
    assert hooks(network.module) == 0


def test_no_hook_stays_after_a_channel_that_is_not_there() -> None:
    for layer in ("features.3", "features.4"):
        for network in (small_network(), as_network(Row())):
            trunk = Trunk(network, layer)
            with pytest.raises(IndexError):
                trunk.units(pictures(), [0, 1, 2, 99])
            assert hooks(trunk.module) == hooks(network.module) == 0


def test_a_layer_that_is_not_there_is_named_and_nothing_stays() -> None:
    network = as_network(Row())
    with pytest.raises(LayerError, match=r"features\.9"):
        Trunk(network, "features.9")
    assert hooks(network.module) == 0


def test_the_networks_own_hooks_stay() -> None:
    network = as_network(Row())
    called: list[int] = []
    network.module.features[1].register_forward_hook(lambda *_: called.append(1))
    trunk = Trunk(network, "features.3")
    trunk.units(pictures(), CHANNELS)
    assert hooks(network.module) == hooks(trunk.module) == 1
    assert called


def test_the_weights_are_a_copy() -> None:
    network = as_network(Row())
    trunk = Trunk(network, "features.3", dtype=torch.bfloat16)
    assert trunk.units(pictures(), CHANNELS).dtype == torch.bfloat16
    assert next(network.module.parameters()).dtype == torch.float32
    assert not any(parameter.requires_grad for parameter in trunk.module.parameters())


def test_trials_in_several_threads_do_not_disturb_each_other() -> None:
    network = as_network(Row())
    found: list[bool] = []

    def cut() -> None:
        found.extend(Trunk(network, "features.4").sliced for _ in range(15))

    threads = [threading.Thread(target=cut) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 60
    assert hooks(network.module) == 0
