"""A network on its way to another process: how it is built, and its weights. No code travels.

Where it arrives the source builds it anew (torchvision's by its name, a factory by its module,
which has to be importable there), the weights are put in, and its digest tells whether it is the
same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from generator.errors import ModelError
from generator.model.network import Network, Preprocessing
from generator.model.sources.request import Request
from generator.utils.report import silent


@dataclass(frozen=True)
class Parcel:
    """A network as values that can be sent. ``state`` is its state dict as safetensors.

    ``digest`` is SHA-256 (hex) of its modules' types, code, configuration, parameters and buffers.
    """

    request: Request
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    state: bytes
    digest: str


def pack(network: Network) -> Parcel:
    """A network as it travels.

    Raises:
        ModelError: it was made of a module that was at hand, which has no source.
    """
    import safetensors.torch

    if network.origin is None:
        raise ModelError(
            f"The network '{network.card.name}' has no source, so no other process can build it.",
            "Write a function that returns it, and name that: package.module:factory.",
        )
    # Copies: what shares memory cannot be written, and is shared again where it is put in.
    state = {
        name: tensor.detach().clone().contiguous()
        for name, tensor in network.module.state_dict().items()
    }
    request = replace(network.origin, report=silent, folder=network.origin.folder.resolve())
    content = safetensors.torch.save(state)
    return Parcel(request, network.preprocessing, network.classes, content, _digest(network))


def unpack(parcel: Parcel) -> Network:
    """The network of a parcel.

    Without weights of its own first, then as it was loaded at home: some sources build another
    network for their own weights than for others.

    Raises:
        ModelError: its source cannot build it here, or builds another one.
    """
    request = parcel.request
    try:
        network = _built(parcel, replace(request, weights="none"))
    except ModelError:
        network = None
    if network is None or _digest(network) != parcel.digest:
        network = _built(parcel, request)
    if network is not None and _digest(network) == parcel.digest:
        return network
    raise ModelError(
        f"A worker built another network from '{parcel.request.source}' than this machine.",
        "Install the same versions of cnn-gallery, torch and torchvision there, and the same code "
        "of your own.",
    )


def _built(parcel: Parcel, request: Request) -> Network | None:
    """The network, or nothing where its weights do not fit it."""
    import safetensors.torch

    from generator.model.adjusting import Adjustment
    from generator.model.sources.loading import made_ready, source_of

    loaded = source_of(request).load(request)
    try:
        loaded.module.load_state_dict(safetensors.torch.load(parcel.state))
    except RuntimeError:  # torch's word for names or shapes that differ
        return None
    # As it is at home, whatever the source knows of other weights.
    known = replace(loaded, preprocessing=parcel.preprocessing)
    return made_ready(known, Adjustment(), parcel.classes)


def _digest(network: Network) -> str:
    return network.digest("", "layer")
