"""How often a unit takes which values: counts on one scale for all units of all networks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from generator.visualizations.base import Fact, six_digits

# Activations span orders of magnitude, within a network and between networks, and are not known
# before the last picture was seen. So bins are two to an octave on either side of zero, and all
# that is nearer to zero than 2^-8 is one bin. Larger values than 2^16 count in the last bins.
_POSITIVE = 2.0 ** np.arange(-8, 16.5, 0.5)
EDGES: npt.NDArray[np.float64] = np.concatenate([-_POSITIVE[::-1], _POSITIVE])
BINS = len(EDGES) - 1


def histogram(counts: npt.NDArray[np.integer]) -> dict[str, Fact]:
    """A unit's histogram, from the first bin with a value in it to the last.

    Args:
        counts: of each bin, ``(BINS,)``.

    Returns:
        ``edges``, one more than ``counts``; both empty where nothing was counted.
    """
    filled = np.flatnonzero(counts)
    if not len(filled):
        return {"edges": [], "counts": []}
    first, last = int(filled[0]), int(filled[-1]) + 1
    return {
        "edges": [six_digits(edge) for edge in EDGES[first : last + 1]],
        "counts": [int(count) for count in counts[first:last]],
    }
