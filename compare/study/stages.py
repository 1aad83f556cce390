"""The stages of a study, in order: what each needs, which settings it uses, and what it leaves."""

from compare.study.brain import FILTERS, run_brain
from compare.study.comparison import run_comparison, run_readout
from compare.study.data import STIMULI, run_data
from compare.study.network import ACTIVITY, UNTRAINED, WEIGHTS, run_activity, run_network
from compare.study.recovery import run_recovery
from compare.study.results import RESULTS, run_report, run_results
from compare.study.simulation import (
    EXAMPLE,
    REGIONS,
    RETINA,
    SHUFFLED,
    run_shuffled,
    run_simulation,
    run_spikes,
)
from compare.study.stage import Stage

__all__ = ["STAGES"]

SEED = "study.seed"

STAGES: tuple[Stage, ...] = (
    Stage("data", "Images chosen and placed", run_data, (), (SEED, "data", "comparison.folds"), (STIMULI,)),
    Stage("network", "Network trained", run_network, ("data",), (SEED, "data", "network"), (WEIGHTS,)),
    Stage("activity", "Network shown the stimuli", run_activity, ("data", "network"), (), (ACTIVITY, UNTRAINED)),
    Stage("brain", "Brain built", run_brain, ("data",), (SEED, "data", "brain"), (FILTERS,)),
    Stage(
        "simulation",
        "Brain shown the stimuli",
        run_simulation,
        ("data", "brain"),
        (SEED, "data", "brain", "simulation"),
        (REGIONS, RETINA),
    ),
    Stage(
        "spikes",
        "Some trials kept spike by spike",
        run_spikes,
        ("data", "brain"),
        (SEED, "data", "brain", "simulation", "report.example"),
        (EXAMPLE,),
    ),
    Stage(
        "shuffled",
        "Brain of shuffled prototypes shown the stimuli",
        run_shuffled,
        ("data", "brain"),
        (SEED, "data", "brain", "simulation", "comparison.nulls"),
        (SHUFFLED,),
    ),
    Stage(
        "readout",
        "Classes read out from layers and regions",
        run_readout,
        ("data", "activity", "simulation"),
        (SEED, "comparison.folds", "comparison.seed"),
    ),
    Stage(
        "comparison",
        "Layers compared with regions",
        run_comparison,
        ("data", "activity", "brain", "simulation", "shuffled"),
        (SEED, "comparison", "data.max_shift"),
    ),
    Stage(
        "recovery",
        "Layers planted as regions and sought",
        run_recovery,
        ("data", "activity", "simulation"),
        (SEED, "comparison.recovery", "comparison.measures", "comparison.seed"),
    ),
    Stage(
        "results",
        "Results gathered",
        run_results,
        ("data", "network", "brain", "simulation", "spikes", "readout", "comparison", "recovery"),
        ("study",),
        (RESULTS,),
    ),
    Stage(
        "report",
        "Figures and page drawn",
        run_report,
        ("results", "activity", "simulation", "spikes", "brain"),
        (),
        ("figures/", "tables/", "index.html"),
    ),
)
