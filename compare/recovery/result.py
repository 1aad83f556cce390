"""What was named when each layer in turn was the right one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.errors import InvalidOptionError
from compare.recovery.proportions import effective_count, wilson

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CANNOT_TELL", "RecoveryResult"]

CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, eq=False)
class RecoveryResult:
    """How often each planted layer was named, another was, and none.

    Parameters
    ----------
    named : xarray.DataArray of int
        (stimuli, trials, repetition, planted): which layer was named, by its number; -1: cannot tell.
    label : str
        The measure in words.
    units : int
        Of a synthetic region.
    reliability : float
        Mean over units, of one trial.
    made_of : str
        ``"units"`` or ``"mixtures"`` of the layer.
    confidence : float
        With which a layer is named, and of the intervals here.
    notes : tuple of str
        What a reader must know.
    """

    named: "xr.DataArray"
    label: str
    units: int
    reliability: float
    made_of: str
    confidence: float
    notes: tuple[str, ...]

    @property
    def layers(self) -> list[str]:
        """The planted layers, in order of depth."""
        return [str(name) for name in self.named.coords["planted"].values]

    @property
    def repetitions(self) -> int:
        """How often each was planted at each number of stimuli and trials."""
        return int(self.named.sizes["repetition"])

    @property
    def counts(self) -> "xr.DataArray":
        """(stimuli, trials, planted, found): how often; found is a layer or "cannot tell"."""
        import xarray as xr

        found = np.arange(len(self.layers) + 1)
        numbers = np.where(self.named.values < 0, len(self.layers), self.named.values)
        return xr.DataArray(
            (numbers[..., None] == found).sum(axis=2),
            dims=("stimuli", "trials", "planted", "found"),
            coords={
                "stimuli": self.named.coords["stimuli"].values,
                "trials": self.named.coords["trials"].values,
                "planted": self.layers,
                "found": [*self.layers, CANNOT_TELL],
            },
            name="repetitions",
        )

    @property
    def accuracy(self) -> "xr.Dataset":
        """Share that names the right layer: value, low, high (Wilson) over (stimuli, trials, planted)."""
        return self._shares(self._right)

    @property
    def wrong(self) -> "xr.Dataset":
        """Share that names a wrong layer, as `accuracy`."""
        return self._shares(~self._right & (self.named.values >= 0))

    @property
    def overall(self) -> "xr.Dataset":
        """Share of all planted layers that is named right: value, low, high over (stimuli, trials).

        Layers planted in one repetition share its stimuli, so they count as fewer cases than they are
        (`effective_count`).
        """
        import xarray as xr

        right = self._right.astype(np.float64)
        share = right.mean(axis=(2, 3))
        low, high = wilson(share, effective_count(right), self.confidence)
        dims = ("stimuli", "trials")
        coords = {name: self.named.coords[name].values for name in dims}
        return xr.Dataset({"value": (dims, share), "low": (dims, low), "high": (dims, high)}, coords)

    def needed(self, levels: Sequence[float] = (0.8, 0.9)) -> "xr.DataArray":
        """Give how many stimuli a claim would need.

        Parameters
        ----------
        levels : sequence of float
            Shares of right answers.

        Returns
        -------
        xarray.DataArray
            (level, trials, planted), and "every layer" last: the smallest number of stimuli tried from which on the
            share is at least the level, at all larger numbers too; NaN where none was enough.

        Raises
        ------
        InvalidOptionError
            If a level is no share.
        """
        import xarray as xr

        wanted = np.atleast_1d(np.asarray(levels, dtype=np.float64))
        if wanted.ndim != 1 or not ((wanted > 0) & (wanted <= 1)).all():
            raise InvalidOptionError(f"levels: must be shares above 0 and at most 1, got {levels!r}")
        share = self._right.mean(axis=2)
        share = np.concatenate([share, share.min(axis=-1, keepdims=True)], axis=-1)
        enough = share >= wanted[:, None, None, None] - 1e-12  # (level, stimuli, trials, planted)
        from_here_on = np.flip(np.logical_and.accumulate(np.flip(enough, 1), axis=1), 1)
        stimuli = self.named.coords["stimuli"].values.astype(np.float64)
        first = np.where(from_here_on.any(axis=1), stimuli[from_here_on.argmax(axis=1)], np.nan)
        return xr.DataArray(
            first,
            dims=("level", "trials", "planted"),
            coords={"level": wanted, "trials": self.named.coords["trials"].values,
                    "planted": [*self.layers, "every layer"]},
            name="stimuli",
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, text, lists and dicts; what is not known is None."""
        counts, needed = self.counts, self.needed()
        return {
            "label": self.label,
            "layers": self.layers,
            "found": [*self.layers, CANNOT_TELL],
            "stimuli": self.named.coords["stimuli"].values.tolist(),
            "trials": self.named.coords["trials"].values.tolist(),
            "repetitions": self.repetitions,
            "units": self.units,
            "made_of": self.made_of,
            "reliability": self.reliability,
            "counts": counts.values.tolist(),
            "accuracy": {end: part.values.tolist() for end, part in self.accuracy.items()},
            "wrong": {end: part.values.tolist() for end, part in self.wrong.items()},
            "overall": {end: part.values.tolist() for end, part in self.overall.items()},
            "levels": needed.coords["level"].values.tolist(),
            "needed": [[[None if np.isnan(n) else int(n) for n in row] for row in part] for part in needed.values],
            "confidence": self.confidence,
            "notes": list(self.notes),
        }

    @property
    def _right(self) -> np.ndarray:
        return np.asarray(self.named.values == np.arange(len(self.layers)))

    def _shares(self, cases: np.ndarray) -> "xr.Dataset":
        import xarray as xr

        share = cases.mean(axis=2)
        low, high = wilson(share, self.repetitions, self.confidence)
        dims = ("stimuli", "trials", "planted")
        coords = {name: self.named.coords[name].values for name in dims}
        return xr.Dataset({"value": (dims, share), "low": (dims, low), "high": (dims, high)}, coords)

    def __repr__(self) -> str:
        counts = self.counts[-1, -1]
        stimuli, trials = int(counts.coords["stimuli"]), int(counts.coords["trials"])
        heads = [*self.layers, CANNOT_TELL]
        wide = max(len("planted"), *(len(name) for name in self.layers))
        lines = [
            f"<RecoveryResult: {self.label}, {len(self.layers)} layers planted {self.repetitions} times, "
            f"{self.units} units of reliability {self.reliability:.2f}>",
            f"named with {stimuli} stimuli, {trials} trials:",
            f"{'planted':{wide}}  " + "  ".join(heads),
        ]
        for name, row in zip(self.layers, counts.values, strict=True):
            cells = (f"{count:>{len(head)}}" for count, head in zip(row, heads, strict=True))
            lines.append(f"{name:{wide}}  " + "  ".join(cells))
        every = self.needed().sel(planted="every layer")
        for level, row in zip(every.coords["level"].values, every.values, strict=True):
            each = [
                f"{'more than ' if np.isnan(count) else ''}"
                f"{int(self.named.coords['stimuli'].max() if np.isnan(count) else count)} stimuli with {number} trials"
                for number, count in zip(every.coords["trials"].values, row, strict=True)
            ]
            lines.append(f"every layer named in {level:.0%}: {'; '.join(each)}")
        return "\n".join(lines)
