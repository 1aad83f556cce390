"""What a study can be told: sections of keys, each with its description, its bounds and its default."""

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

__all__ = ["MeasureName", "NullName", "StudySettings", "settings_hash"]

Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Section(BaseModel):
    """A section of a study file: frozen, without unknown keys, without silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class About(Section):
    """What the study is called, what it asks, and the seed from which all others are derived."""

    name: str = Field(default="digits", min_length=1, description="what the study is called in the report")
    question: str = Field(
        default="Which layer of a network that recognises digits wherever they stand does what which region of a "
        "simulated ventral stream does?",
        description="what is asked, printed at the head of the report",
    )
    seed: Seed = Field(default=0, description="every random number of the study follows from it")


class Data(Section):
    """Which images, how they are divided, and where on the canvas they stand."""

    images: str = Field(
        default="digits",
        min_length=1,
        description="'digits' (they ship), or your own: an .npz file with `images` and `labels`, or a folder of "
        "PNG or JPEG files with one subfolder a class; relative to this file",
    )
    resize: int = Field(
        default=0, ge=0, description="height and width that images are brought to, in pixels; 0: as they are"
    )
    held_out: float = Field(default=0.2, gt=0, lt=1, description="share of the images that no model is trained on")
    stimuli: int = Field(default=200, ge=8, description="how many held-out images both sides are shown")
    canvas: int = Field(default=40, ge=8, description="height and width of a stimulus in pixels")
    max_shift: int = Field(default=6, ge=0, description="largest shift off the centre in pixels; 0 centres every image")
    seed: Seed = Field(default=0, description="another one gives other positions and another choice of stimuli")


class Network(Section):
    """The artificial network: convolutions, each followed by pooling, then dense layers."""

    filters: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(16, 32),
        strict=False,
        min_length=1,
        description="channels of each convolution, which is followed by pooling",
    )
    kernel_size: int = Field(default=5, ge=1, description="height and width of the convolutions in pixels")
    dense: int = Field(default=128, ge=1, description="units of the dense layer before the classes")
    epochs: int = Field(default=4, ge=1, description="how often the training images are gone through")
    batch_size: int = Field(default=32, ge=1, description="images a training step")
    learning_rate: float = Field(
        default=0.002, gt=0, description="first step size of the Adam optimizer; it falls to 0 along a cosine"
    )
    seed: Seed = Field(default=0, description="another one gives other initial weights and another order of images")


class Brain(Section):
    """The simulated ventral stream."""

    prototypes: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        default=(128, 128, 192),
        strict=False,
        min_length=3,
        max_length=3,
        description="how many features V2, V4 and IT imprint from training images",
    )
    feedback: bool = Field(default=True, description="whether later regions project back to earlier ones")
    seed: Seed = Field(default=0, description="another one gives another individual: its wiring and its prototypes")


class Simulation(Section):
    """How the brain is shown the stimuli."""

    trials: int = Field(default=4, ge=2, description="how often each stimulus is shown; noise ceilings need at least 2")
    duration: float = Field(default=150.0, gt=0, le=10_000, description="length of a trial in ms")
    dt: float = Field(default=0.5, gt=0, le=1, description="time step in ms")
    engine: Literal["compiled", "brian2"] = Field(default="compiled", description="what computes the trials")
    threads: int = Field(default=0, ge=0, description="how many trials run side by side; 0: as many as there are cores")
    seed: Seed = Field(default=0, description="another one gives other noise to the same individual")


# Names of `compare.measures.NAMED`, written out: a study file is read without loading any measure. Without those that
# need trials of the network, or that read the stimuli in parts.
MeasureName = Literal["rsa", "cka", "cca", "svcca", "pwcca", "procrustes", "unit-matching", "bures", "ridge", "pls"]
NullName = Literal["untrained", "shuffled-prototypes", "shuffled-weights", "rewired", "poisson-rates", "poisson-tuning"]
USUAL_NULLS: tuple[NullName, ...] = ("untrained", "shuffled-prototypes")


class Comparison(Section):
    """What is asked of the activity of layers and regions."""

    measures: tuple[MeasureName, ...] = Field(
        default=("rsa", "cka"),
        strict=False,
        min_length=1,
        description="measures of similarity; the verdict rests on RSA where it is among them, else on the first",
    )
    bootstrap: int = Field(
        default=1000,
        ge=100,
        description="how often stimuli are drawn anew for the intervals, and their labels permuted for the p-values",
    )
    folds: int = Field(default=5, ge=2, description="folds of the cross-validated linear readout")
    nulls: tuple[NullName, ...] = Field(
        default=USUAL_NULLS,
        strict=False,
        description="what the similarity is held against: an untrained network, or the same brain with something "
        "destroyed, which is simulated (rewired, shuffled) or drawn (poisson) for it; [] for none",
    )
    recovery: int = Field(
        default=4,
        ge=0,
        description="how often each layer is planted as a noisy region, to see whether it would be named; 0: never",
    )
    units: int = Field(
        default=100,
        ge=0,
        description="of how many single units of every region and layer the best layer or region is sought; 0: none",
    )
    bin: float = Field(
        default=10.0,
        ge=0,
        description="width in ms of the bins in which spikes are counted for similarity from moment to moment; 0: no "
        "such comparison",
    )
    seed: Seed = Field(default=0, description="another one gives other bootstraps and folds")

    @field_validator("nulls", mode="before")
    @classmethod
    def _switched(cls, value: Any) -> Any:
        """Read what was a switch once: true is the usual nulls, false is none."""
        return (USUAL_NULLS if value else ()) if isinstance(value, bool) else value


class Report(Section):
    """What the page shows besides."""

    example: int = Field(default=0, ge=0, description="which stimulus is drawn as a raster of spikes, counted from 0")


class StudySettings(Section):
    """Everything a study can be told.

    Examples
    --------
    >>> StudySettings().simulation.trials
    4
    """

    study: About = About()
    data: Data = Data()
    network: Network = Network()
    brain: Brain = Brain()
    simulation: Simulation = Simulation()
    comparison: Comparison = Comparison()
    report: Report = Report()

    @model_validator(mode="after")
    def _consistent(self) -> "StudySettings":
        if self.simulation.dt > self.simulation.duration:
            raise ValueError(f"[simulation] dt: {self.simulation.dt} ms is longer than a trial")
        if self.report.example >= self.data.stimuli:
            raise ValueError(f"[report] example: there are {self.data.stimuli} stimuli, got {self.report.example}")
        if self.data.resize and self.data.images == "digits":
            raise ValueError(
                f"[data] resize: is for your own images, the digits stay as they are; got {self.data.resize}"
            )
        if len(set(self.comparison.measures)) < len(self.comparison.measures):
            raise ValueError(f"[comparison] measures: each once, got {', '.join(self.comparison.measures)}")
        if len(set(self.comparison.nulls)) < len(self.comparison.nulls):
            raise ValueError(f"[comparison] nulls: each once, got {', '.join(self.comparison.nulls)}")
        return self


def settings_hash(settings: StudySettings, sections: tuple[str, ...] | None = None) -> str:
    """Give a short hash of settings, or of some of their sections; equal settings, equal hash.

    Threads are left out, since they change no result.

    Examples
    --------
    >>> settings_hash(StudySettings()) == settings_hash(StudySettings(study={"seed": 1}))
    False
    """
    values = settings.model_dump(mode="json", exclude={"simulation": {"threads"}})
    chosen = {name: values[name] for name in (sections or values)}
    return hashlib.blake2b(json.dumps(chosen, sort_keys=True).encode(), digest_size=8).hexdigest()
