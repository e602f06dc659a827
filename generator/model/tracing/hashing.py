"""SHA-256 of texts and of tensors: what every digest of a network is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def of_texts(what: str, parts: Iterable[str]) -> str:
    """Of several texts in order; a text's length goes first, so that none runs into the next."""
    digest = hashlib.sha256(f"cnn-gallery {what}\n".encode())
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(f"{len(encoded)}\n".encode())
        digest.update(encoded)
    return digest.hexdigest()


def of_tensor(tensor: Tensor) -> str:
    """Of a tensor's type, shape and values."""
    import torch

    digest = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape)}\n".encode())
    # As bytes, since numpy does not know every type that torch does (bfloat16).
    flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    digest.update(flat.numpy().data)
    return digest.hexdigest()
