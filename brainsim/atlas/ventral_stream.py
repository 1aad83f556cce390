"""The ventral stream: a spiking hierarchy from the retina to IT that recognises shapes wherever they are."""

from typing import Any

import numpy as np

from brainsim.atlas.early_vision import add_lgn, add_retina, add_v1
from brainsim.atlas.plan import Plan
from brainsim.atlas.prototypes import Match, add_prototypes
from brainsim.atlas.strokes import strokes
from brainsim.brain import Brain
from brainsim.encoders import Retina, check_images
from brainsim.errors import ParameterError
from isocortex.seeds import generator

__all__ = ["ventral_stream"]

# Images beyond these only cost time: prototypes are a few hundred patches.
IMPRINTED = 400

# Centre and surround of retinal cells in pixels as wide as a pen stroke; rates as in primate ganglion cells, up to
# some 100 Hz at high contrast (Croner and Kaplan 1995, doi:10.1016/0042-6989(94)E0066-T). Numbers are ours.
RETINA = Retina(sigma_center=0.8, sigma_surround=1.6, gain=4.3, baseline=2.0, max_rate=120.0)
# Share of the retina's spikes that relay cells pass on, for imprinting.
RELAYED = 0.9

# Conductances (nS) are ours, chosen on training digits: rates of 0.5 to 60 Hz in every population, and prototypes that
# match selectively.
V2 = Match(size=4, stride=2, excitation=10, floor=0.8, recruitment=1.3, inhibition=22, lateral=15, interneurons=8)
V4 = Match(size=3, stride=1, excitation=12, floor=1.5, recruitment=4.0, inhibition=50, lateral=8, interneurons=8)
IT = Match(
    size=4, stride=2, excitation=60, floor=0, recruitment=1.4, inhibition=10, lateral=2, interneurons=16, strongest=4
)


def ventral_stream(
    training_images: Any = None,
    *,
    feedback: bool = True,
    shuffled: bool = False,
    prototypes: tuple[int, int, int] = (128, 128, 192),
    seed: int = 0,
) -> Brain:
    """Build a ventral stream: retina, LGN, V1, V2, V4 and IT.

    Poisson ON and OFF cells with a centre and a surround drive relay cells; simple cells of V1 are Gabor functions of
    these, complex cells pool them; units of V2 and V4 match patches of the stage before, units of IT the strongest
    features of a wide patch wherever they are in it. These prototypes are imprinted from training images (Serre et
    al. 2007, doi:10.1109/TPAMI.2007.56): no label is used and nothing is learned by error. Every region has
    interneurons that are recruited by what excites it, and by its own cells. Feedback goes from V2, V4 and IT to the
    region before.

    Where numbers come from is said in ``brainsim.atlas.anatomy`` (cells, receptors, delays), and beside the weights
    in ``brainsim.atlas.early_vision``, ``brainsim.atlas.prototypes`` and here. Time is counted from when the retina's
    ganglion cells answer: phototransduction, some 20 to 30 ms, is left out.

    Parameters
    ----------
    training_images : array-like (stimulus, height, width, channel), optional
        Between 0 and 1; height and width are multiples of 4 and at least 32. A seeded choice of 400 is used if there
        are more. By default 400 random doodles of 40 x 40 pixels, see :func:`brainsim.atlas.strokes`.
    feedback : bool
        Whether the feedback projections are there.
    shuffled : bool
        Permute the weights of every prototype among its synapses' places: the null brain that has the same cells,
        weights and delays, and no features beyond V1.
    prototypes : tuple of int
        How many prototypes V2, V4 and IT have.
    seed : int
        The individual: its prototypes, and where its membrane potentials begin.

    Returns
    -------
    Brain
        For images of the same height and width. Populations: ``retina.ON``, ``retina.OFF``, ``LGN.ON``, ``LGN.OFF``,
        ``LGN.I``, ``V1.simple``, ``V1.complex``, ``V1.I_simple``, ``V1.I_complex``, and ``E`` and ``I`` in V2, V4 and
        IT.

    Raises
    ------
    StimulusError
        If the images cannot be used.
    ParameterError
        If the images have a size that does not fit, or there are no prototypes.

    Examples
    --------
    >>> import brainsim
    >>> brain = brainsim.atlas.ventral_stream(brainsim.atlas.strokes(30, size=32), prototypes=(12, 12, 16))
    >>> [region.name for region in brain.regions]
    ['retina', 'LGN', 'V1', 'V2', 'V4', 'IT']
    """
    if len(prototypes) != 3 or min(prototypes) < 1:
        raise ParameterError(f"ventral_stream.prototypes: must be three positive numbers, got {prototypes}")
    images = strokes(seed=seed) if training_images is None else check_images(training_images)
    height, width = images.shape[1:3]
    if height % 4 or width % 4 or min(height, width) < 32:
        raise ParameterError(
            f"ventral_stream.training_images: height and width must be multiples of 4 and at least 32, "
            f"got {height} x {width}; pad the images"
        )
    if len(images) > IMPRINTED:
        images = images[np.sort(generator(seed, "training images").choice(len(images), IMPRINTED, replace=False))]
    plan = Plan(seed, feedback, shuffled)
    add_retina(plan, (height, width))
    add_lgn(plan)
    cells = {cell.name: cell for cell in plan.regions[0].populations}
    relayed = {
        kind: RELAYED * rates.reshape(len(images), height, width, 1)
        for kind, rates in RETINA.rates(images, cells).items()
    }
    rates = add_v1(plan, relayed["ON"], relayed["OFF"])
    rates = add_prototypes(plan, "V2", "V1.complex", rates, prototypes[0], V2)
    rates = add_prototypes(plan, "V4", "V2.E", rates, prototypes[1], V4)
    add_prototypes(plan, "IT", "V4.E", rates, prototypes[2], IT)
    return Brain("ventral stream", plan.regions, plan.projections, inputs={"retina": RETINA}, seed=seed)
