"""Ceilings of measures that align: both ends are what further draws show, and nothing exceeds the upper one."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from compare import noise_ceiling
from compare.errors import TooFewStimuliError
from compare.inference.aligned_ceiling import Matchings, Rotations, aligner_of, best_geometry, signal_of
from compare.measures import BuresSimilarity, Procrustes, StochasticShape, UnitMatching

WIDE = 40, 30, 4, 2.0
"""Stimuli, units, dimensions, and the spread of normal noise: an alignment finds much of it to align."""


def _world(rng, stimuli, units, latent, noise):
    """Give noise-free responses, and what draws so many trials of them."""
    signal = rng.normal(size=(stimuli, latent)) @ rng.normal(size=(latent, units)) / np.sqrt(latent)
    return signal, lambda trials: signal[:, None] + noise * rng.normal(size=(stimuli, trials, units))


@pytest.fixture(scope="module")
def wide():
    """Per data set: both ends, then what a repetition, the noise-free responses and the true best geometry reach."""
    measure, aligner = BuresSimilarity(), Rotations()
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(6):
        signal, draw = _world(rng, *WIDE)
        few = draw(4)
        first, second = ([aligner.coordinates(draw(4).mean(axis=1)) for _ in range(8)] for _ in range(2))
        pool = best_geometry(first, aligner)
        inside, outside = (np.mean([np.vdot(aligner.aligned(x, pool), pool) for x in who]) for who in (first, second))
        reached = [measure.fit(other, few).training_score for other in (draw(4), signal)]
        rows.append([*noise_ceiling(few, measure), *reached, np.sqrt(inside * outside)])
    return np.mean(rows, axis=0)


def test_ends_are_what_further_draws_show(wide):
    """Lower: another mean of four trials. Upper: the best geometry, found from the true noise-free responses."""
    lower, upper, again, _, best = wide

    assert lower == pytest.approx(again, abs=0.03)
    assert upper == pytest.approx(best, abs=0.03)


def test_a_noise_free_copy_is_no_bound_but_the_best_geometry_is(wide):
    """Noise aligns with noise: a repetition exceeds the noise-free responses, and nothing exceeds the upper end."""
    _, upper, again, copy, _ = wide

    assert copy < again - 0.02
    assert max(again, copy) < upper


def test_unit_matching_has_the_same_kind_of_ceiling():
    """Units matched one to one: lower end as a repetition has it, upper end above the noise-free responses."""
    rng = np.random.default_rng(1)
    rows = []
    for _ in range(4):
        signal, draw = _world(rng, 40, 20, 20, 1.0)
        few = draw(4)
        measure = UnitMatching()
        rows.append([*noise_ceiling(few, measure), measure(draw(4), few), measure(signal, few)])
    lower, upper, again, copy = np.cos(np.mean(rows, axis=0))

    assert lower == pytest.approx(again, abs=0.03)
    assert copy - 0.02 < upper < 1


def test_distance_and_similarity_have_one_ceiling():
    """The angle's cosine is the fidelity, for the ceilings too."""
    x = _world(np.random.default_rng(2), *WIDE)[1](4)

    np.testing.assert_allclose(np.cos(noise_ceiling(x, "procrustes")), noise_ceiling(x, "bures"), rtol=1e-12)


@pytest.mark.parametrize("aligner", [Rotations(), Rotations(0.3), Matchings()])
def test_no_geometry_near_the_best_is_better(aligner):
    """The mean of what is aligned with itself is the most similar on average."""
    rng = np.random.default_rng(3)
    members = [aligner.coordinates(draw) for draw in _world(rng, 20, 8, 3, 1.0)[1](6).swapaxes(0, 1)]
    pool = best_geometry(members, aligner)

    def reached(geometry):
        geometry = geometry / np.linalg.norm(geometry)
        return np.mean([np.vdot(aligner.aligned(one, geometry), geometry) for one in members])

    near = [reached(pool + size * rng.normal(size=pool.shape)) for size in (0.003, 0.03) for _ in range(20)]
    assert max(near) < reached(pool)
    assert np.linalg.norm(pool) == pytest.approx(1)


def test_the_signal_is_as_large_as_different_trials_say():
    """Its variance is the mean product of different trials, far below that of the mean of trials."""
    _, draw = _world(np.random.default_rng(4), *WIDE)
    trials = draw(3)
    centred = trials - trials.mean(axis=0)
    across = np.mean([np.vdot(centred[:, a], centred[:, b]) for a in range(3) for b in range(3) if a != b])

    assert (signal_of(trials) ** 2).sum() == pytest.approx(across)
    assert across < 0.6 * (centred.mean(axis=1) ** 2).sum()


def test_trials_that_disagree_have_no_signal():
    """Where different trials do not agree, all of it is noise."""
    x = np.random.default_rng(5).normal(size=(10, 1, 4))

    assert not signal_of(np.concatenate([x, -x], axis=1)).any()


@pytest.mark.parametrize("measure", ["rsa", "procrustes"])
def test_whoever_computes_the_ceiling_is_the_same(measure):
    """Threads and an executor give the same bits."""
    x = _world(np.random.default_rng(6), 20, 8, 3, 1.0)[1](6)
    one = noise_ceiling(x, measure, seed=3, threads=1)

    with ThreadPoolExecutor(2) as pool:
        assert noise_ceiling(x, measure, seed=3, parallel=pool) == one
    assert noise_ceiling(x, measure, seed=3, threads=2) == one
    assert measure == "rsa" or noise_ceiling(x, measure, seed=4) != one


@pytest.mark.slow
@pytest.mark.parametrize("measure", ["rsa", "cka", "bures", "unit-matching"])
def test_other_processes_compute_the_same_ceiling(measure):
    """A pool of processes gives the same bits."""
    x = _world(np.random.default_rng(7), 20, 8, 3, 1.0)[1](6)

    with ProcessPoolExecutor(1) as pool:
        assert noise_ceiling(x, measure, parallel=pool) == noise_ceiling(x, measure, threads=1)


def test_without_noise_there_is_no_distance():
    """Trials that are all the same reach an angle of 0."""
    x = np.repeat(np.random.default_rng(8).normal(size=(10, 1, 5)), 4, axis=1)

    assert noise_ceiling(x, "procrustes") == (0, 0)


def test_what_does_not_vary_has_no_ceiling():
    """A silent subject: NaN."""
    assert np.isnan(noise_ceiling(np.zeros((10, 4, 5)), "procrustes")).all()


@pytest.mark.parametrize("measure", [Procrustes("euclidean"), UnitMatching("euclidean"), StochasticShape()])
def test_distances_in_units_of_activity_have_no_ceiling(measure):
    """They grow with the model's own size, which no region bounds."""
    assert aligner_of(measure) is None
    assert np.isnan(noise_ceiling(np.random.default_rng(9).normal(size=(12, 4, 3)), measure)).all()


def test_one_trial_is_refused():
    """Without repetition noise is unknown."""
    with pytest.raises(TooFewStimuliError, match="at least 2 trials"):
        noise_ceiling(np.ones((5, 1, 4)), "procrustes")
