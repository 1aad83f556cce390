"""The ventral stream: its parts, its individuals, and how it answers."""

from itertools import pairwise

import numpy as np
import pytest

import brainsim
from brainsim.atlas import strokes, ventral_stream
from brainsim.atlas.anatomy import CORTICAL_VELOCITY, PATHS, conduction_delay
from brainsim.errors import ParameterError, StimulusError

REGIONS = ["retina", "LGN", "V1", "V2", "V4", "IT"]
SMALL = (32, 32, 48)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Doodles that fit the smallest canvas."""
    return strokes(120, size=32)


@pytest.fixture(scope="module")
def brain(images: np.ndarray) -> brainsim.Brain:
    """Build a small individual."""
    return ventral_stream(images, prototypes=SMALL)


@pytest.fixture(scope="module")
def recording(brain: brainsim.Brain) -> brainsim.Recording:
    """Ten doodles that it was not imprinted on."""
    return brainsim.simulate(brain, strokes(10, size=32, seed=9), duration=150, dt=0.5, trials=2, keep="counts")


def bank(brain: brainsim.Brain, source: str, target: str) -> np.ndarray:
    """Give the filters of a feedforward projection."""
    found = [one for one in brain.projections if one.source == source and target in one.targets]
    return next(one.wiring.bank for one in found if one.kind == "feedforward")


def test_at_most_40_000_neurons() -> None:
    """The default individual on 40 x 40 pixels."""
    whole = ventral_stream(strokes(60))
    neurons = sum(population.units for population in whole.populations.values())
    assert 12_000 < neurons < 40_000


def test_every_region_has_cells_of_both_kinds(brain: brainsim.Brain) -> None:
    """Excitatory and inhibitory populations from LGN to IT; the retina excites."""
    assert [region.name for region in brain.regions] == REGIONS
    for name in REGIONS[1:]:
        assert brain.units(name)
        assert brain.units(name, excitatory=False)
    assert brain.units("retina") == ("retina.ON", "retina.OFF")


def test_delays_are_distance_over_velocity() -> None:
    """Between cortical areas at 3.5 m/s, the same both ways."""
    for source, target in (("V1", "V2"), ("V2", "V4"), ("V4", "IT")):
        assert conduction_delay(source, target) == pytest.approx(PATHS[source, target] / CORTICAL_VELOCITY)
        assert conduction_delay(target, source) == conduction_delay(source, target)


def test_same_seed_same_individual(images: np.ndarray, brain: brainsim.Brain) -> None:
    """The seed decides the prototypes."""
    again, other = ventral_stream(images, prototypes=SMALL), ventral_stream(images, prototypes=SMALL, seed=1)
    for source, target in (("V1.complex", "V2.E"), ("V2.E", "V4.E"), ("V4.E", "IT.E")):
        assert np.array_equal(bank(again, source, target), bank(brain, source, target))
        assert not np.array_equal(bank(other, source, target), bank(brain, source, target))


def test_training_images_make_the_features(images: np.ndarray, brain: brainsim.Brain) -> None:
    """Other images, other prototypes: here vertical bars, which V2 then wants."""
    bars = np.zeros((40, 32, 32, 1), np.float32)
    for index, bar in enumerate(bars):
        bar[4:28, 6 + index % 20 : 9 + index % 20] = 1
    imprinted = bank(ventral_stream(bars, prototypes=SMALL), "V1.complex", "V2.E")
    vertical = imprinted.sum(axis=(0, 2, 3))
    assert vertical.argmax() == 0
    assert vertical[0] > 1.5 * bank(brain, "V1.complex", "V2.E").sum(axis=(0, 2, 3))[0]


def test_without_images_it_is_imprinted_on_doodles() -> None:
    """The default is the brain of 400 doodles of the same seed."""
    given = ventral_stream(strokes(seed=3), seed=3, prototypes=(8, 8, 8))
    alone = ventral_stream(seed=3, prototypes=(8, 8, 8))
    assert np.array_equal(bank(given, "V4.E", "IT.E"), bank(alone, "V4.E", "IT.E"))


def test_the_null_brain_keeps_every_prototypes_weights(images: np.ndarray, brain: brainsim.Brain) -> None:
    """Shuffled prototypes have the same weights elsewhere; retina, LGN and V1 are the same."""
    null = ventral_stream(images, prototypes=SMALL, shuffled=True)
    for source, target in (("V1.complex", "V2.E"), ("V2.E", "V4.E"), ("V4.E", "IT.E")):
        ours, theirs = (bank(one, source, target) for one in (brain, null))
        assert not np.array_equal(ours, theirs)
        ordered = [np.sort(one.reshape(len(one), -1)) for one in (ours, theirs)]
        np.testing.assert_array_equal(*ordered)
    assert np.array_equal(bank(null, "LGN.ON", "V1.simple"), bank(brain, "LGN.ON", "V1.simple"))


def test_feedback_off_takes_away_the_feedback_and_nothing_else(images: np.ndarray, brain: brainsim.Brain) -> None:
    """What is left is the rest of the brain, in order."""

    def names(one: brainsim.Brain) -> list[tuple[str, tuple[str, ...], str]]:
        return [(p.source, tuple(p.targets), str(p.kind)) for p in one.projections]

    without = ventral_stream(images, prototypes=SMALL, feedback=False)
    assert [name for name in names(brain) if name[2] != "feedback"] == names(without)
    assert {(source, *targets) for source, targets, kind in names(brain) if kind == "feedback"} == {
        ("V2.E", "V1.complex"),
        ("V4.E", "V2.E"),
        ("IT.E", "V4.E"),
    }
    assert names(brain.without_feedback()) == names(without)


def test_rates_are_physiological(recording: brainsim.Recording) -> None:
    """Every population's mean rate is between 0.5 and 60 Hz."""
    for name, rate in brainsim.analysis.mean_rates(recording).items():
        assert 0.5 < rate < 60, f"{name}: {rate:.1f} Hz"


def test_answers_travel_up(brain: brainsim.Brain, recording: brainsim.Recording) -> None:
    """The first tenth of each population's first spikes comes later with every region."""
    waves = [
        brainsim.analysis.response_latency(recording, brain.units(name), quantile=0.1).median_ms for name in REGIONS
    ]
    assert waves == sorted(waves)
    assert np.diff(waves).min() > 1


def test_simple_cells_want_their_orientation(brain: brainsim.Brain) -> None:
    """To a bar through the middle, the cells that answer most are those with the bar's orientation."""
    rows, columns = np.mgrid[:32, :32] - 15.5
    bars = []
    for angle in np.pi * np.arange(8) / 8:
        across = columns * np.cos(angle) + rows * np.sin(angle)
        along = rows * np.cos(angle) - columns * np.sin(angle)
        bars.append(np.clip(2 - np.abs(across), 0, 1) * np.clip(12 - np.abs(along), 0, 1))
    stimuli = np.array(bars, np.float32)[..., None]
    recording = brainsim.simulate(brain, stimuli, duration=150, dt=0.5, trials=4, keep="counts")
    counts = recording.spike_counts["V1.simple"].mean(axis=1).reshape(8, 16, 16, 2, 8)
    middle = counts[:, 5:11, 5:11].sum(axis=(1, 2, 3))
    assert middle.argmax(axis=1).tolist() == list(range(8))
    orthogonal = middle[np.arange(8), (np.arange(8) + 4) % 8]
    assert (middle.max(axis=1) > 2 * orthogonal).all()


def test_receptive_fields_grow(brain: brainsim.Brain) -> None:
    """Followed through the synapses, a central unit of each region sees more pixels than one of the region before."""
    from brainsim.wiring.rule import Ends

    seen = {"retina.ON": np.eye(32 * 32, dtype=bool)}
    chain = ["retina.ON", "LGN.ON", "V1.simple", "V1.complex", "V2.E", "V4.E", "IT.E"]
    sides = []
    for source, target in pairwise(chain):
        projection = next(
            one
            for one in brain.projections
            if one.source == source and target in one.targets and one.kind != "feedback"
        )
        ends = Ends(brain.populations[source].grid, brain.populations[target].grid, False, target)
        wired = projection.wiring.connect(ends, np.random.default_rng(0))
        reached = np.zeros((ends.targets, 32 * 32), bool)
        np.logical_or.at(reached, wired.targets, seen[source][wired.sources])
        seen[target] = reached
        grid = ends.target
        middle = reached.reshape(*grid[:2], -1, 32, 32)[grid[0] // 2, grid[1] // 2].any(axis=0)
        sides.append(int(max(middle.any(axis=0).sum(), middle.any(axis=1).sum())))
    assert sides[0] == 1
    assert (np.diff(sides) > 0).all(), sides


@pytest.mark.parametrize("shape", [(4, 28, 28, 1), (4, 38, 40, 1)])
def test_images_of_a_size_that_does_not_fit(shape: tuple[int, ...]) -> None:
    """Multiples of 4 from 32 on; the message gives the size."""
    with pytest.raises(ParameterError, match=f"got {shape[1]} x {shape[2]}"):
        ventral_stream(np.zeros(shape))


def test_images_that_are_none() -> None:
    """What the encoder cannot use is refused with its message."""
    with pytest.raises(StimulusError):
        ventral_stream(np.full((2, 40, 40, 1), np.nan))


@pytest.mark.parametrize("prototypes", [(0, 8, 8), (8, 8)])
def test_prototypes_must_be_three_positive_numbers(prototypes: tuple[int, ...]) -> None:
    """One for each of V2, V4 and IT."""
    with pytest.raises(ParameterError, match="three positive numbers"):
        ventral_stream(strokes(2, size=32), prototypes=prototypes)  # type: ignore[arg-type]


@pytest.mark.slow
def test_brian2_gives_the_same_spikes() -> None:
    """Every population's spikes in 100 ms, on the compiled engine and on Brian2 itself."""
    small = ventral_stream(strokes(60, size=32), prototypes=(16, 16, 16))
    image = strokes(1, size=32, seed=5)
    ours, theirs = (
        brainsim.simulate(small, image, duration=100, dt=0.5, engine=engine) for engine in ("compiled", "brian2")
    )
    for name in ours.populations:
        for found, expected in zip(ours.spikes(name), theirs.spikes(name), strict=True):
            np.testing.assert_array_equal(found, expected)
        assert len(ours.spikes(name)[0]) > 0
