"""Nulls of a study: subjects that share the stimuli but not what is claimed, each simulated where it must be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import NullWarning
from compare.settings import NullName, StudySettings
from compare.study.brain import brain, shuffled_brain
from compare.study.network import UNTRAINED
from compare.study.remarks import noted
from compare.study.simulation import REGIONS, counted
from compare.study.stage import Workspace
from isocortex.seeds import child_seed

if TYPE_CHECKING:
    from brainsim import Brain

__all__ = ["NULLS", "Null", "asked_for", "null_file", "nulls_of", "rates", "run_null"]

Activity = dict[str, np.ndarray]


@dataclass(frozen=True)
class Null:
    """What a similarity is held against.

    Parameters
    ----------
    title : str
        What it is called on the page.
    keeps, destroys : str
        What it shares with what it stands in for, and what it does not.
    stage : str
        What the user reads while it is made.
    make : callable, optional
        Gives its activity, region -> (stimulus, trial, unit). None: the network's stage made it.
    needs : tuple of str
        The stages that it is made from.
    """

    title: str
    keeps: str
    destroys: str
    stage: str = ""
    make: Callable[[Workspace], Activity] | None = None
    needs: tuple[str, ...] = ("data", "brain")


def of_shuffled_prototypes(work: Workspace) -> Activity:
    """Simulate the brain whose prototypes are shuffled, with the same noise."""
    return counted(work, shuffled_brain(work))


def of_brain(change: str) -> Callable[[Workspace], Activity]:
    """Give the function that simulates the brain changed by a function of `compare.nulls`, with the same noise."""

    def make(work: Workspace) -> Activity:
        import compare.nulls

        changed: Brain = getattr(compare.nulls, change)(brain(work), child_seed(work.seed("brain"), change))
        return counted(work, changed)

    return make


def of_counts(keep: str) -> Callable[[Workspace], Activity]:
    """Give the function that draws Poisson counts in place of the brain's."""

    def make(work: Workspace) -> Activity:
        import compare.nulls

        seed = child_seed(work.seed("comparison"), "poisson", keep)
        found = compare.nulls.poisson_surrogate(work.load(REGIONS), seed, keep=keep)
        return {name: x.astype(np.min_scalar_type(int(x.max(initial=0)))) for name, x in found.items()}

    return make


NULLS: dict[NullName, Null] = {
    "untrained": Null(
        "untrained network",
        "architecture, receptive fields, the distribution of initial weights",
        "what was learned",
    ),
    "shuffled-prototypes": Null(
        "shuffled brain",
        "neurons, who meets whom, the entries of every prototype as a set",
        "which features V2, V4 and IT are tuned to",
        "Brain of shuffled prototypes shown the stimuli",
        of_shuffled_prototypes,
    ),
    "shuffled-weights": Null(
        "brain of shuffled weights",
        "neurons, who meets whom, delays, the weights of each projection as a set",
        "which synapse has which weight: filters and prototypes alike",
        "Brain of shuffled weights shown the stimuli",
        of_brain("shuffled_weights"),
    ),
    "rewired": Null(
        "rewired brain",
        "neurons, how many synapses each sends and receives, their weights and delays",
        "who meets whom: topography, filters, prototypes",
        "Rewired brain shown the stimuli",
        of_brain("rewired"),
    ),
    "poisson-rates": Null(
        "Poisson surrogate of rates",
        "the mean count of every unit",
        "all that counts say about the stimuli",
        "Counts drawn anew at the units' mean rates",
        of_counts("rates"),
        ("simulation",),
    ),
    "poisson-tuning": Null(
        "Poisson surrogate of tuning",
        "the mean count of every unit for every stimulus",
        "correlations between units beyond tuning, and noise that is not Poisson",
        "Counts drawn anew at the units' rates for each stimulus",
        of_counts("tuning"),
        ("simulation",),
    ),
}


def asked_for(name: NullName) -> Callable[[StudySettings], bool]:
    """Give the function that says whether a study compares this null."""
    return lambda settings: name in settings.comparison.nulls


def null_file(name: NullName) -> str:
    """Give the file of its activity."""
    return f"activity/{name}.npz"


def run_null(name: NullName) -> Callable[[Workspace], dict[str, Any]]:
    """Give the stage's function: it makes the null and keeps what it could not change."""

    def run(work: Workspace) -> dict[str, Any]:
        make = NULLS[name].make
        if make is None:
            return {}
        with noted(NullWarning) as notes:
            work.save(null_file(name), make(work))
        return {"notes": notes}

    return run


def rates(work: Workspace, file: str = REGIONS) -> dict[str, float]:
    """Give the mean rate of each region's units in Hz: a null that falls silent tells nothing."""
    seconds = work.settings.simulation.duration / 1000
    return {name: float(counts.mean()) / seconds for name, counts in work.load(file).items()}


def nulls_of(work: Workspace) -> tuple[dict[str, Activity], dict[str, dict[str, Any]]]:
    """Give the activity of the study's nulls by their titles, and what a reader must know of each."""
    files = {
        NULLS[name].title: null_file(name) if NULLS[name].make else UNTRAINED for name in work.settings.comparison.nulls
    }
    return {title: work.load(file) for title, file in files.items()}, described(work)


def described(work: Workspace) -> dict[str, dict[str, Any]]:
    """Give what each null of the study keeps and destroys, what could not be changed, and its rates."""
    return {
        NULLS[name].title: {
            "name": name,
            "side": "regions" if NULLS[name].make else "layers",
            "keeps": NULLS[name].keeps,
            "destroys": NULLS[name].destroys,
            "notes": work.results(name)["notes"] if NULLS[name].make else [],
            "rates_hz": rates(work, null_file(name)) if NULLS[name].make else None,
        }
        for name in work.settings.comparison.nulls
    }
