"""How much activation one spike of each layer stands for: threshold balancing.

A spike of layer l stands for ``scale_l`` of activation, and a unit fires at most once a step; so an activation a needs
the rate ``a / scale_l`` a step, and what is above the scale is lost. Large scales lose nothing but tell little: an
activation is told to within ``scale_l / T`` in T steps.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.conversion.stage import Stage, matrix_of
from compare.errors import ConversionError

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["data_scales", "model_scales", "stage_activity"]

Scales = dict[str, float]


def stage_activity(model: "Network", stages: Sequence[Stage], images: Any) -> dict[str, np.ndarray]:
    """Give what each stage stands for in the network: its activation, of one read by its input what comes before it.

    Parameters
    ----------
    model : ann.network.Network
        The network.
    stages : sequence of Stage
        What was read of it.
    images : array-like (stimulus, ...)
        As the network takes them.

    Returns
    -------
    dict of str to numpy.ndarray of float64
        (stimulus, unit).
    """
    layers = model.activations(images)
    before = np.asarray(images, dtype=np.float64).reshape(len(images), -1)
    found: dict[str, np.ndarray] = {}
    for stage in stages:
        if not stage.rectified:
            found[stage.name] = stage.input_to(before)
        elif stage.output in layers:
            found[stage.name] = layers[stage.output].reshape(len(images), -1).astype(np.float64)
        else:
            found[stage.name] = before
        before = found[stage.name]
    return found


def data_scales(activity: dict[str, np.ndarray], stages: Sequence[Stage], percentile: float) -> Scales:
    """Balance by what the network does: a percentile of each layer's activations that are not 0.

    The largest (100) is the data-based normalisation of Diehl et al. (2015, doi:10.1109/IJCNN.2015.7280696); a little
    less than that lets few units saturate, and all others be told more finely (Rueckauer et al. 2017,
    doi:10.3389/fnins.2017.00682, section 2.2.1). Layers that take the largest keep the scale of what they take from.

    Raises
    ------
    ConversionError
        If a layer never answers, so nothing is known of it.
    """
    scales: Scales = {}
    before = 0.0
    for stage in stages:
        values = np.abs(activity[stage.name])
        answers = values[values > 0]
        if not stage.slots:
            if not len(answers):
                raise ConversionError(
                    f"{stage.name}: answers to none of the calibration images, so its scale is unknown; give others"
                )
            before = float(np.percentile(answers, percentile))
        scales[stage.name] = before
    return scales


def model_scales(activity: dict[str, np.ndarray], stages: Sequence[Stage], highest: float) -> Scales:
    """Balance by what the weights allow: the largest activation that any input up to `highest` could bring about.

    ``scale_l = max_j (scale_{l-1} sum_i max(W_ij, 0) + max(b_j, 0))``: the model-based normalisation of Diehl et al.
    (2015), with biases. Nothing can saturate, and deep layers hardly spike.
    """
    scales: Scales = {}
    before = highest
    for stage in stages:
        if stage.rule is not None:
            matrix = matrix_of(stage.rule, stage.source, stage.shape)
            most = np.asarray(matrix.maximum(0).sum(axis=0)).ravel() * before
            before = float((most + (0 if stage.bias is None else np.maximum(stage.bias, 0))).max())
            if before <= 0:
                raise ConversionError(f"{stage.name}: no input can make it answer; train the network, or take it out")
        scales[stage.name] = before
    return scales
