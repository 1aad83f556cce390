"""Receptive fields traced through wiring, against the arithmetic of convolutional networks."""

import numpy as np

from brainsim import AMPA, GABA_A, LIF, Brain, Poisson, Population, Projection, Region, Retina, wiring
from compare.study.receptive_fields import receptive_field

CELL, EXCITATION, INHIBITION = LIF(), AMPA(), GABA_A()


def stream() -> Brain:
    """Give retina -> (5 x 5, stride 2) -> lateral inhibition and pooling of 2 -> (3 x 3) -> all."""
    first, pool = wiring.convolution(np.ones((2, 1, 5, 5)), stride=2), wiring.pooling(2)
    last = wiring.convolution(np.ones((3, 2, 3, 3)))
    simple = first.target_shape((40, 40))
    complex_cells = pool.target_shape(simple)
    regions = [
        Region("retina", [Population("ON", Poisson(), shape=(40, 40))]),
        Region(
            "V1",
            [
                Population("simple", CELL, shape=simple),
                Population("complex", CELL, shape=complex_cells),
                Population("I", CELL, size=10),
            ],
        ),
        Region("V2", [Population("E", CELL, shape=last.target_shape(complex_cells))]),
        Region("IT", [Population("E", CELL, size=5)]),
        Region("alone", [Population("E", CELL, size=5)]),
    ]
    everything = wiring.all_to_all()
    projections = [
        Projection("retina.ON", "V1.simple", first, EXCITATION),
        Projection("V1.simple", "V1.complex", pool, EXCITATION),
        Projection("V1.complex", "V1.I", everything, EXCITATION),
        Projection("V1.I", "V1.complex", everything, INHIBITION),
        Projection("V1.complex", "V1.complex", wiring.fixed_probability(0.1), EXCITATION),
        Projection("V1.complex", "V2.E", last, EXCITATION),
        Projection("V2.E", "V1.simple", everything, EXCITATION, kind="feedback"),
        Projection("V2.E", "IT.E", everything, EXCITATION),
    ]
    return Brain("stream", regions, projections, inputs={"retina": Retina(sigma_center=0.75)})


def test_receptive_fields_follow_the_arithmetic_of_convolutions() -> None:
    """Fields grow by (k - 1) times the product of strides, on top of a retinal cell's centre of 4 times 0.75 pixels.

    Feedback, inhibition and recurrence do not count.
    """
    brain = stream()
    assert receptive_field(brain, "retina") == 1 + 3
    assert receptive_field(brain, "V1") == 5 + (2 - 1) * 2 + 3  # the complex cells
    assert receptive_field(brain, "V2") == 7 + (3 - 1) * 4 + 3
    assert receptive_field(brain, "IT") == 40 + 3
    assert receptive_field(brain, "alone") is None
