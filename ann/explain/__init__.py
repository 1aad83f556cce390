"""Why a network answers as it does: what in a stimulus, and which of its layers and units, the answer hangs on.

::

    output_gradients       the gradient of one output with respect to every layer's activity
    saliency               its size at every element of the stimulus        (Simonyan et al. 2014)
    smooth_gradients       the same, averaged over noisy copies             (Smilkov et al. 2017)
    input_x_gradient       the gradient times the stimulus                  (Shrikumar et al. 2016)
    integrated_gradients   shares that add up to the output                 (Sundararajan et al. 2017)
    occlusion              what covering a patch takes from the output      (Zeiler and Fergus 2014)
    permutation_importance what a feature is worth to the loss              (Breiman 2001)
    ablation               what a layer, channel or unit is worth to it

All take a `Sequential` or a `Model`; the first six explain one output a stimulus, chosen by ``target=``: the one that
the network itself answers by default. Gradients go through a last softmax by its own derivative; ``logits=True``
explains the pre-activation before it.
"""

from ann.explain.ablate import Ablation, ablated_outputs, ablation
from ann.explain.integrated import IntegratedGradients, integrated_gradients
from ann.explain.multiplied import input_x_gradient
from ann.explain.occlude import occlusion
from ann.explain.output import output_gradients
from ann.explain.permute import Importance, permutation_importance
from ann.explain.plots import activity_by_layer, attribution_map, gradients_by_layer, importance_bars
from ann.explain.salient import saliency
from ann.explain.smooth import smooth_gradients

__all__ = [
    "Ablation",
    "Importance",
    "IntegratedGradients",
    "ablated_outputs",
    "ablation",
    "activity_by_layer",
    "attribution_map",
    "gradients_by_layer",
    "importance_bars",
    "input_x_gradient",
    "integrated_gradients",
    "occlusion",
    "output_gradients",
    "permutation_importance",
    "saliency",
    "smooth_gradients",
]
