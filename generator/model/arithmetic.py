"""Which device a machine has for heavy work, and which numbers it is quick with."""

from __future__ import annotations

from typing import Literal

Device = Literal["cpu", "cuda"]
Precision = Literal["float32", "bfloat16"]


def best_device() -> Device:
    """``cuda`` where torch sees a GPU, else ``cpu``."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def best_precision(device: Device) -> Precision:
    """``bfloat16`` where the processor or GPU multiplies it natively, else ``float32``.

    Asked of the hardware, not timed: the answer is part of keys, and must not change with the
    machine's load. On processors without avx512_bf16 or AMX bfloat16 is emulated, and slower.
    """
    import torch

    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    # Not public, but the only way to ask: absent in some builds, which then count as without.
    asks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    native = any(getattr(torch.cpu, ask, lambda: False)() for ask in asks)
    return "bfloat16" if native else "float32"
