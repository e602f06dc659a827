"""What the engine is measured against: the original's loop, and torch-lucent."""

from __future__ import annotations

import base64
import copy
import importlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measuring import Picture, Unit, bare
from PIL import Image
from torch import Tensor, nn

from generator.model.network import Network
from generator.model.sources.torchvision_import import import_torchvision

INSTALL = (
    "pip install --no-deps torch-lucent==0.1.8 kornia==0.4.1\n"
    "pip install tqdm future ipython scikit-learn scikit-image coverage coveralls"
)
_MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
_STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


class Original:
    """The original README's method, as one would write it down: one unit, the whole layer."""

    name = "original"
    steps = 50

    def __init__(self, network: Network) -> None:
        self._network = network

    def picture(self, unit: Unit, steps: int = steps) -> Picture:
        draw = np.random.default_rng(unit.layer * 1000 + unit.channel)
        noise = draw.integers(125, 190, (224, 224, 3), dtype=np.uint8)
        values = torch.from_numpy(noise).permute(2, 0, 1)[None].float() / 255
        pixels = ((values - _MEAN) / _STD).requires_grad_()
        adam = torch.optim.Adam([pixels], lr=0.1, weight_decay=1e-6)
        trunk = bare(self._network, unit.layer)
        for _ in range(steps):
            adam.zero_grad()
            maps = trunk(self._network.normalise(pixels * _STD + _MEAN))
            (-maps[0, unit.channel].mean()).backward()
            adam.step()
        return _saved((pixels * _STD + _MEAN)[0])


class Lucent:
    """torch-lucent's `render_vis` with its defaults, at 224 pixels, on one channel."""

    name = "lucent"
    steps = 256

    def __init__(self, network: Network) -> None:
        self._network = network
        import_torchvision()  # lucent imports it as if it always worked
        self._param = importlib.import_module("lucent.optvis.param")
        self._render = importlib.import_module("lucent.optvis.render")

    def picture(self, unit: Unit, steps: int = steps, *, whole: bool = False) -> Picture:
        """With ``whole``, the network runs to its end, as lucent always does.

        Otherwise it is cut after the layer: the same picture, sooner.
        """
        torch.manual_seed(unit.layer * 1000 + unit.channel)
        np.random.seed(unit.layer * 1000 + unit.channel)
        images = self._render.render_vis(
            _Renormalised(self._network, 30 if whole else unit.layer).eval(),
            f"features_{unit.layer}:{unit.channel}",
            param_f=lambda: self._param.image(224),
            thresholds=(steps,),
            show_image=False,
            progress=False,
        )
        return _saved(torch.from_numpy(images[0][0]).permute(2, 0, 1))


class _Renormalised(nn.Module):
    """The network under the normalisation that lucent applies by itself."""

    def __init__(self, network: Network, layer: int) -> None:
        super().__init__()
        self._normalise = network.normalise
        # A copy: lucent never takes its hooks off, and they keep what they heard.
        self.features = copy.deepcopy(bare(network, layer))

    def forward(self, images: Tensor) -> Tensor:
        maps: Tensor = self.features(self._normalise(images * _STD + _MEAN))
        return maps


def _saved(values: Tensor) -> Picture:
    shown = (values.detach().clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(shown.permute(1, 2, 0).numpy())


def lucent_or_none(network: Network) -> Lucent | None:
    try:
        return Lucent(network)
    except ImportError:
        return None


class Album:
    """Pictures that took minutes, kept in a JSON file: ``{rival: {unit: PNG in base64}}``."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._pictures: dict[str, dict[str, str]] = {}
        if file is not None and file.exists():
            self._pictures = json.loads(file.read_text(encoding="utf-8"))

    def picture(self, rival: str, unit: Unit, make: Callable[[], Picture] | None) -> Picture | None:
        """From the file; made and added to it where it is not there; else ``None``."""
        kept = self._pictures.setdefault(rival, {}).get(str(unit))
        if kept is not None:
            with Image.open(io.BytesIO(base64.b64decode(kept))) as image:
                return np.array(image.convert("RGB"))
        if make is None:
            return None
        picture = make()
        self.keep(rival, unit, picture)
        return picture

    def keep(self, rival: str, unit: Unit, picture: Picture) -> None:
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "PNG")
        code = base64.b64encode(buffer.getvalue()).decode("ascii")
        self._pictures.setdefault(rival, {})[str(unit)] = code
        if self._file is not None:
            written: dict[str, Any] = dict(sorted(self._pictures.items()))
            self._file.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
