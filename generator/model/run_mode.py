"""How a network can be run: in which order its numbers lie, and how many pictures at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from generator.errors import ModelError, typed_line
from generator.model.tracing.calls import Call, trial

COMPANY = 2  # pictures at a time, at least, where one alone is rounded in another way


@dataclass(frozen=True)
class RunMode:
    """How pictures are given to a network.

    Attributes:
        memory: the order of a map's numbers. Channels last is quicker, but ``x.view(len(x), -1)``
            does not work then.
        one_at_a_time: whether it takes no larger batch: a program that was exported with a batch
            of one may have that number in it.
    """

    memory: torch.memory_format
    one_at_a_time: bool


_MODES = tuple(
    RunMode(memory, one_at_a_time)
    for one_at_a_time in (False, True)
    for memory in (torch.channels_last, torch.contiguous_format)
)


def quickest_mode(
    module: nn.Module, zeros: Tensor, layer: str | None = None
) -> tuple[RunMode, list[Call]]:
    """The quickest mode in which a network runs, found by trying, and what it called then.

    Its parameters are put in that order of memory.

    Args:
        module: the network; it is changed.
        zeros: one picture ``(1, C, H, W)``, on the network's device and in its number format.
        layer: as far as which it is run; to the end where it is left out.

    Raises:
        ModelError: it runs in no mode.
    """
    for mode in _MODES:
        pictures = zeros if mode.one_at_a_time else zeros.repeat(COMPANY, 1, 1, 1)
        module.to(memory_format=mode.memory)  # type: ignore[call-overload]
        try:
            return mode, trial(module, pictures.contiguous(memory_format=mode.memory), layer)
        except Exception as error:
            failed = error
    dtype = str(zeros.dtype).removeprefix("torch.")
    raise ModelError(
        f"The network does not run in {dtype} on {zeros.device.type}: {typed_line(failed)}",
        "Write 'precision: float32' and 'device: cpu' in the entry.",
    ) from failed


def takes_several(module: nn.Module, shape: tuple[int, int, int]) -> bool:
    """Whether a network runs on more pictures than one at a time.

    Args:
        module: the network, on the CPU in float32.
        shape: its input's ``(C, H, W)``.
    """
    try:
        with torch.inference_mode():
            module(torch.zeros(COMPANY, *shape))
    except Exception:  # whatever its code raises
        return False
    return True


def rounds_alone(answer: Callable[[Tensor], Tensor], shape: torch.Size) -> bool:
    """Whether a picture alone is rounded in another way than one in company.

    Tried with a picture of noise, there and back: libraries choose their arithmetic by sizes.

    Args:
        answer: gives for pictures ``(N, C, H, W)`` an answer to each, ``(N, ...)``.
        shape: of a picture, ``(1, C, H, W)``.
    """
    noise = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    found: list[tuple[Tensor, Tensor]] = []
    with torch.inference_mode(False), torch.enable_grad():
        for count in (1, COMPANY):
            pictures = noise.repeat(count, 1, 1, 1).requires_grad_()
            answers = answer(pictures)
            # Not the same at each place, as a sum's would be: zeros hide what is rounded.
            (gradient,) = torch.autograd.grad(answers.square().sum(), pictures)
            found.append((answers[0].detach(), gradient[0]))
    (alone, back), (beside, back_beside) = found
    return not (torch.equal(alone, beside) and torch.equal(back, back_beside))
