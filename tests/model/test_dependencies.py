"""What a layer depends on: traced where it can be, and never less than the truth."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest
import torch
from small_networks import Small, network
from torch import Tensor, nn
from torch.nn import functional

from generator.errors import LayerError
from generator.model.network import Network

CONSTANT = torch.tensor([1.0, 2.0, 3.0])


def conv(seed: int = 0) -> nn.Conv2d:
    """Three channels to three, the same each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Conv2d(3, 3, 1)


class Net(nn.Module):
    """Three convolutions, put together by a function."""

    def __init__(self, way: Callable[[Any, Tensor], Any]) -> None:
        super().__init__()
        self.a, self.b, self.c = conv(1), conv(2), conv(3)
        self.relu = nn.ReLU(inplace=True)
        self.way = way

    def forward(self, images: Tensor) -> Any:
        return self.way(self, images)


def depends(way: Callable[[Any, Tensor], Any], layer: str) -> tuple[str, set[str]]:
    """The kind, and which of the convolutions count."""
    found = network(Net(way)).dependence(layer)
    return found.kind, set(found.modules) & {"a", "b", "c"}


def changes(way: Callable[[Any, Tensor], Any], layer: str) -> set[str]:
    """The convolutions whose weights decide the layer's digest."""
    before = network(Net(way)).digest(layer, "prefix")
    found = set()
    for name in ("a", "b", "c"):
        changed = Net(way)
        with torch.no_grad():
            changed.get_submodule(name).weight[0, 0] += 1  # type: ignore[index, operator]
        if network(changed).digest(layer, "prefix") != before:
            found.add(name)
    return found


def apart(net: Any, x: Tensor) -> Tensor:
    return net.a(x), net.b(x), net.c(x)  # type: ignore[return-value]


def summed(net: Any, x: Tensor) -> Tensor:
    return net.c(net.a(x) + x), net.b(x)  # type: ignore[return-value]


def views(net: Any, x: Tensor) -> Tensor:
    parts = torch.cat([net.a(x), net.b(x)], 1).chunk(2, dim=1)
    return net.c(parts[0].transpose(2, 3)[..., 1:])


def slices(net: Any, x: Tensor) -> Tensor:
    room = torch.empty(1, 3, *x.shape[2:])
    room[:, :1] = net.a(x)[:, :1]
    room[:, 1:] = net.b(x)[:, 1:]
    return net.c(room)


def in_place(net: Any, x: Tensor) -> Tensor:
    first = net.a(x)
    kept = first[:, :2]
    first.add_(net.b(x))
    return net.c(torch.cat([kept, kept[:, :1]], 1))


def by_structure(net: Any, x: Tensor) -> Tensor:
    found = {"left": (net.a(x), [net.b(x)])}
    return net.c(found["left"][1][0])


def directly(net: Any, x: Tensor) -> Tensor:
    return net.c(functional.conv2d(x, net.b.weight))


def twice(net: Any, x: Tensor) -> Tensor:
    return net.c(net.a(net.b(net.a(x))))


def after(net: Any, x: Tensor) -> Tensor:
    return net.a(net.c(x))


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (apart, {"c"}),
        (summed, {"a", "c"}),
        (views, {"a", "b", "c"}),
        (slices, {"a", "b", "c"}),
        (in_place, {"a", "b", "c"}),
        (by_structure, {"b", "c"}),
        (directly, {"b", "c"}),
        (twice, {"a", "b", "c"}),
        (after, {"c"}),
    ],
)
def test_a_layer_depends_on_what_feeds_it(way: Any, expected: set[str]) -> None:
    assert depends(way, "c") == ("traced", expected)
    assert changes(way, "c") == expected


class Sub(nn.Module):
    """A block that does something of its own with its input."""

    def __init__(self, act: Callable[[Any, Tensor], Any]) -> None:
        super().__init__()
        self.inner, self.other = conv(4), conv(5)
        self.act = act

    def forward(self, x: Tensor) -> Any:
        return self.act(self, x)


class Outer(nn.Module):
    """A branch with a block, a branch without, and a layer after each."""

    def __init__(self, act: Callable[[Any, Tensor], Any]) -> None:
        super().__init__()
        self.stem = conv(1)
        self.block = Sub(act)
        self.next = nn.ReLU()
        self.aside = conv(2)

    def forward(self, x: Tensor) -> Any:
        x = self.stem(x)
        return self.next(self.block(x)), self.aside(x)


def gated(block: Any, x: Tensor) -> Tensor:
    return block.inner(x) if x.mean() < 1 else block.other(x)


def listed(block: Any, x: Tensor) -> Tensor:
    return block.inner(torch.tensor(x.tolist()))


def by_numpy(block: Any, x: Tensor) -> Tensor:
    return block.inner(torch.from_numpy(x.numpy() * 2))


def masked(block: Any, x: Tensor) -> Tensor:
    return block.inner(x) * x[x > 0].shape[0]


def random(block: Any, x: Tensor) -> Tensor:
    return block.inner(x) + torch.rand(1)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (gated, "a tensor's value is read in the module 'block'"),
        (listed, "a tensor's values are read in the module 'block'"),
        (by_numpy, "a tensor's values are read in the module 'block'"),
        (masked, "a tensor's value is read in the module 'block'"),
        (random, "random numbers are drawn in the module 'block'"),
    ],
)
def test_where_values_reach_python_all_that_ran_before_counts(act: Any, words: str) -> None:
    net = network(Outer(act))
    found = net.dependence("next")
    assert (found.kind, found.reason) == ("executed", words)
    assert {"stem", "block.inner", "block.other"} <= set(found.modules)
    assert "aside" not in found.modules
    # Before the block, and beside it, nothing changes.
    assert net.dependence("stem").kind == "traced"
    assert net.dependence("aside").kind == "traced"
    assert set(net.dependence("aside").modules) == {"", "stem", "aside"}


def test_a_value_read_by_the_network_itself_may_steer_all_of_it() -> None:
    def way(net: Any, x: Tensor) -> Tensor:
        x = net.a(x)
        return net.c(x) if bool(x.mean() > 9) else net.b(x)

    net = network(Net(way))
    assert net.dependence("a").kind == "traced"
    found = net.dependence("b")
    assert found.kind == "whole"
    assert found.reason == "a tensor's value is read in the network's own forward"
    assert set(found.modules) == {"", "a", "b", "c", "relu"}
    assert changes(way, "b") == {"a", "b", "c"}


def test_a_value_that_a_module_returns_is_its_callers() -> None:
    class Telling(nn.Module):
        def forward(self, x: Tensor) -> tuple[Tensor, float]:
            return x, float(x.mean())

    class Caller(Net):
        def __init__(self) -> None:
            super().__init__(lambda net, x: net.c(net.telling(x)[0]))
            self.telling = Telling()

    assert network(Caller()).dependence("c").kind == "whole"


def test_memory_used_directly_hides_everything_after_it() -> None:
    def way(net: Any, x: Tensor) -> Tensor:
        x = net.a(x)
        assert x.data_ptr()
        return net.b(x)

    net = network(Net(way))
    assert net.dependence("a").kind == "traced"
    assert net.dependence("b").kind == "whole"
    assert net.dependence("b").reason == "a tensor's memory is used directly"


def test_memory_that_nothing_was_seen_to_write_to_is_not_trusted() -> None:
    # As an extension in C++ does: memory from torch, filled by other means.
    found = network(Net(lambda net, x: net.b(torch.empty_like(net.a(x))))).dependence("b")
    assert found.kind == "whole"
    assert "written to by other means" in found.reason


def test_a_network_that_changes_itself_is_one_whole() -> None:
    class Counting(Net):
        def __init__(self) -> None:
            super().__init__(lambda net, x: net.b(net.a(x) + net.seen.add_(1)))
            self.register_buffer("seen", torch.zeros(1))

    found = network(Counting()).dependence("a")
    assert found.kind == "whole"
    assert "changes its own" in found.reason


class Scripted(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_compiled_parts_are_not_looked_into() -> None:
    def net(factor: float) -> Network:
        return network(nn.Sequential(conv(), torch.jit.script(Scripted(factor)), nn.ReLU()))

    assert [layer.name for layer in net(1.0).layers] == ["0", "2"]
    found = net(1.0).dependence("0")
    assert (found.kind, found.reason) == ("whole", "a part of the network is compiled")
    assert net(1.0).digest("2", "prefix") == net(1.0).digest("2", "prefix")
    assert net(1.0).digest("2", "prefix") != net(2.0).digest("2", "prefix")


def test_what_breaks_only_under_observation_is_one_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no")

    net = network()
    monkeypatch.setattr("generator.model.tracing.notes.Notes.enter", broken)
    assert net.dependence("features.3").kind == "whole"
    assert "RuntimeError" in net.dependence("features.3").reason


class BySize(nn.Module):
    """Larger pictures go through another convolution."""

    def __init__(self, seed: int = 7) -> None:
        super().__init__()
        self.small, self.large = conv(6), conv(seed)

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.small(x) if x.shape[-1] < 100 else self.large(x)
        return answer


def test_what_another_size_would_run_counts() -> None:
    one, other = network(nn.Sequential(BySize(), conv())), network(nn.Sequential(BySize(8), conv()))
    assert one.dependence("1").kind == "traced"
    assert "0.large" in one.dependence("1").modules
    assert one.digest("1", "prefix") != other.digest("1", "prefix")


class Auxiliary(Small):
    def __init__(self, seed: int) -> None:
        super().__init__()
        self.head = conv(seed)  # for training only


def test_what_never_runs_and_cannot_be_chosen_does_not_count() -> None:
    one, other = network(Auxiliary(1)), network(Auxiliary(2))
    assert one.digest("features.3", "prefix") == other.digest("features.3", "prefix")
    assert one.digest("features.3", "executed") != other.digest("features.3", "executed")


def test_how_a_network_puts_its_parts_together_counts() -> None:
    def way(net: Any, x: Tensor) -> Tensor:
        answers = {"a": net.a(x), "b": net.b(x)}
        return net.c(answers[net.roles["left"]] - answers[net.roles["right"]])

    def digest(**roles: str) -> str:
        net = Net(way)
        net.roles = roles  # type: ignore[assignment]
        return network(net).digest("c", "prefix")

    assert digest(left="a", right="b") == digest(left="a", right="b")
    assert digest(left="a", right="b") != digest(left="b", right="a")


def test_numbers_in_operations_count_wherever_they_come_from() -> None:
    def digest(factor: float, size: int) -> str:
        net = Net(
            lambda net, x: net.b(net.a(x) * net.options["factor"] ** 2)[:, : net.options["n"]]
        )
        net.options = {"factor": factor, "n": size}  # type: ignore[assignment]
        return network(net).digest("b", "prefix")

    assert digest(1.0, 2) != digest(2.0, 2)
    assert digest(1.0, 2) == digest(1.0, 1)


def test_constants_count_by_their_content(monkeypatch: pytest.MonkeyPatch) -> None:
    def way(net: Any, x: Tensor) -> Tensor:
        return net.b(net.a(x) * CONSTANT[None, :, None, None] + torch.tensor([2.0]))

    def digests() -> tuple[str, str]:
        net = network(Net(way))
        assert net.dependence("b").kind == "traced"
        return net.digest("a", "prefix"), net.digest("b", "prefix")

    before = digests()
    assert digests() == before
    monkeypatch.setitem(globals(), "CONSTANT", CONSTANT + 1)
    assert digests()[0] == before[0]
    assert digests()[1] != before[1]


def test_hooks_and_replaced_forwards_count() -> None:
    def digest(factor: float) -> str:
        net = Small()
        net.features[0].register_forward_hook(lambda *call: call[2] * factor)
        return network(net).digest("features.1", "prefix")

    assert digest(1.0) != digest(2.0)
    replaced = Small()
    replaced.features[0].forward = lambda x: x[:, :2].repeat(1, 2, 1, 1)  # type: ignore[method-assign]
    found = network(replaced).digest("features.1", "prefix")
    assert found != network(Small()).digest("features.1", "prefix")


def test_tied_weights_are_the_running_modules() -> None:
    class Tied(Net):
        def __init__(self) -> None:
            super().__init__(lambda net, x: (net.a(x), net.b(x)))
            self.b.weight = self.a.weight

    assert set(network(Tied()).dependence("b").modules) == {"", "b"}


def test_batches_seen_in_training_do_not_count() -> None:
    one = nn.Sequential(conv(), nn.BatchNorm2d(3))
    other = nn.Sequential(conv(), nn.BatchNorm2d(3))
    other[1].num_batches_tracked.fill_(9)
    digests = [network(module).digest("1", "prefix") for module in (one, other)]
    assert digests[0] == digests[1]


def test_a_row_of_modules_has_the_digest_of_all_that_ran() -> None:
    net = network(Small().features)
    for layer in net.layers:
        assert net.digest(layer.name, "prefix") == net.digest(layer.name, "executed")


def test_a_module_that_runs_again_is_another_network() -> None:
    once, more = nn.Sequential(conv(1), conv(2)), nn.Sequential(conv(1), conv(2))
    more.insert(1, more[0])
    assert network(once).digest("1", "prefix") != network(more).digest("2", "prefix")


def test_containers_depend_on_what_they_answer() -> None:
    net = network(Outer(lambda block, x: (block.other(x), block.inner(x))[1]))
    assert {"block.inner", "block", "stem"} <= set(net.dependence("block").modules)
    assert "block.other" not in net.dependence("block").modules


def test_a_layer_that_does_not_run_depends_on_nothing_known() -> None:
    with pytest.raises(LayerError, match="No layer is called 'nowhere'"):
        network().dependence("nowhere")


def test_nothing_is_left_behind() -> None:
    net: Network = network(Net(summed))
    before = torch.random.get_rng_state()
    net.dependence("c")
    gc.collect()
    assert torch.equal(before, torch.random.get_rng_state())
    for part in net.module.modules():
        assert not part._forward_hooks
        assert not part._forward_pre_hooks
    assert net.module(torch.zeros(1, 3, 16, 20))[0].shape == (1, 3, 16, 20)
