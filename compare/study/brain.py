"""The simulated brain of a study, and the same brain with shuffled prototypes."""

from typing import TYPE_CHECKING, Any

from compare.settings import StudySettings
from compare.study.data import Images, images
from compare.study.receptive_fields import METHOD, receptive_field
from compare.study.stage import Workspace, section_seed
from compare.study.tuning import tuning_pictures

if TYPE_CHECKING:
    from brainsim import Brain

__all__ = ["FILTERS", "brain", "build_brain", "run_brain", "shuffled_brain"]

FILTERS = "activity/filters.npz"


def brain(work: Workspace) -> "Brain":
    """Give the study's brain, made once a process; its prototypes are imprinted from training images."""
    return work.once("brain", lambda: build_brain(work.settings, images(work)))


def shuffled_brain(work: Workspace) -> "Brain":
    """Give the same brain with the entries of every prototype shuffled: its wiring keeps its numbers only."""
    return work.once("shuffled brain", lambda: build_brain(work.settings, images(work), shuffled=True))


def run_brain(work: Workspace) -> dict[str, Any]:
    """Build the brain, describe it, and read the order of its regions off its wiring."""
    import compare

    subject = brain(work)
    work.save(FILTERS, tuning_pictures(subject))
    return {
        "brain": {
            "name": subject.name,
            "neurons": sum(population.units for population in subject.populations.values()),
            "synapses": round(sum(pathway.synapses for pathway in subject.pathways)),
            "regions": [_region(subject, region.name) for region in subject.regions],
            "projections": _projections(subject),
            "order": compare.region_order(subject).to_dict(),
        }
    }


def build_brain(settings: StudySettings, data: Images, shuffled: bool = False) -> "Brain":
    """Build a study's brain from its settings and training images.

    Raises
    ------
    brainsim.errors.ParameterError
        If the images have a size that the stream cannot have.
    """
    import brainsim

    v2, v4, it = settings.brain.prototypes
    return brainsim.atlas.ventral_stream(
        data.train,
        prototypes=(v2, v4, it),
        feedback=settings.brain.feedback,
        shuffled=shuffled,
        seed=section_seed(settings, "brain"),
    )


def _region(subject: "Brain", name: str) -> dict[str, Any]:
    sizes = {
        kind: sum(subject.populations[population].units for population in subject.units(name, excitatory=kind))
        for kind in (True, False)
    }
    return {
        "name": name,
        "function": subject.region(name).function,
        "neurons": sum(sizes.values()),
        "excitatory": sizes[True],
        "inhibitory": sizes[False],
        "receptive_field_px": receptive_field(subject, name),
        "receptive_field_method": METHOD,
    }


def _projections(subject: "Brain") -> list[dict[str, Any]]:
    """List projections between and within regions, those of one receptor and kind together."""
    found: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for pathway in subject.pathways:
        source, target = (name.split(".")[0] for name in (pathway.projection.source, pathway.target))
        receptor, kind = pathway.projection.receptor.variable, str(pathway.projection.kind)
        entry = found.setdefault(
            (source, target, receptor, kind),
            {"source": source, "target": target, "receptor": receptor, "kind": kind, "synapses": 0.0, "delay_ms": 0.0},
        )
        synapses = pathway.synapses
        entry["delay_ms"] += pathway.mean_delay * synapses
        entry["synapses"] += synapses
    for entry in found.values():
        entry["delay_ms"] = round(entry["delay_ms"] / max(entry["synapses"], 1), 3)
        entry["synapses"] = round(entry["synapses"])
    return list(found.values())
