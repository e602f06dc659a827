from typing import Literal

import numpy as np
from pydantic import Field

from generator.errors import LayerError
from generator.visualizations.base import Drawing, Figure, Options, Result, Task, Visualization


class SpectrumOptions(Options):
    kind: Literal["spectrum"]
    side: int = Field(32, ge=8, le=128, description="Side of a spectrum, in values.")


class Spectrum(Visualization[SpectrumOptions]):
    """Tensor ``spectra``: float32 ``(C_out, side, side)``, the slowest waves in the middle."""

    name, version, title = "spectrum", 1, "Spectra"
    about = "Which waves each kernel lets through: slow ones in the middle, fast ones outside."
    Options = SpectrumOptions

    def tasks(self, options, request):
        for layer in request.layers:
            if layer.convolution is None:
                raise LayerError(f"Layer '{layer.name}' has no kernels.", "Choose convolutions.")
            yield Task(self.name, layer.name, "layer", parameters={"side": options.side})

    def figures(self, options, request):
        for task, layer in zip(self.tasks(options, request), request.layers, strict=True):
            index, drawing = (request.rows(layer),), Drawing("heat", sheet=True, tile=64)
            says = "Amplitudes, the input's channels together; each over its own range"
            yield Figure(task, "spectra", "spectra", drawing, index, shows=says)

    def compute(self, network, tasks, pictures):
        for task in tasks:
            waves = np.fft.fft2(network.kernels(task.layer), [task.parameters["side"]] * 2)
            amplitudes = np.sqrt((np.abs(waves) ** 2).mean(axis=1))
            spectra = np.fft.fftshift(amplitudes, axes=(1, 2)).astype(np.float32)
            yield task, Result({"spectra": spectra})
