"""How a region's similarity rises or falls with the layers' number, and how that changes along the regions.

After Cichy, Khosla, Pantazis, Torralba and Oliva (2016), Scientific Reports 6:27755, doi:10.1038/srep27755, who
correlate layer number with similarity in each cortical region (Spearman): negative in early visual cortex, positive in
late. A region's slope is that correlation, `layer_trend`; the score is the gain of it for each region further on, so
that no best layer need be chosen: it uses every cell of the matrix, and is 0 where all regions prefer alike.
"""

import numpy as np

from compare.mapping.hierarchy.rank_correlation import spearman

__all__ = ["layer_trend"]


def layer_trend(similarity: np.ndarray) -> np.ndarray:
    """Correlate layer number with similarity by ranks, for each region of (..., layer, region).

    0 where a region is as similar to all layers.

    Examples
    --------
    >>> layer_trend(np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.8]]))
    array([-1.,  1.])
    """
    across = np.swapaxes(similarity, -1, -2)
    return np.nan_to_num(spearman(across, np.arange(across.shape[-1], dtype=np.float64)))
