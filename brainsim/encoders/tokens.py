"""Words as patterns of activity."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainsim.encoders.encoder import Encoder
from brainsim.encoders.values import check_rates
from brainsim.errors import KindError, ParameterError, StimulusError
from brainsim.parts import Population
from brainsim.units import number
from isocortex.errors import nearest
from isocortex.seeds import child_seed, generator

__all__ = ["Tokens"]


@dataclass(frozen=True)
class Tokens(Encoder):
    """Sequences of words: each word is a sparse random pattern of units, shown for one bin.

    In a word's bin a share of the units, `active` of them, has the rate `max_rate`, and all others `baseline`. Which
    ones follows from the seed, the word and the population's name, and from nothing else: a larger vocabulary leaves
    every pattern as it was. Two patterns overlap as chance has it, in a share `active` of their units on average.

    Parameters
    ----------
    vocabulary : sequence of str
        The words there are, each once.
    bin : float
        How many ms a word lasts. After the last word of a sequence all rates are `baseline`.
    active : float
        Share of the units in a pattern, above 0 and at most 1; rounded to whole units, at least one.
    baseline, max_rate : float
        Rates outside and inside a pattern, in Hz.
    seed : int
        From which the patterns are drawn.

    Raises
    ------
    ParameterError, KindError
        If a parameter is out of range.

    Notes
    -----
    A stimulus is a list of words, or a string that is split at white space. Words are taken as they are written.

    Examples
    --------
    >>> from brainsim import Poisson, Population
    >>> words = Tokens(["the", "dog", "barks"], bin=50, active=0.25)
    >>> rates = words.rates(["the dog barks", "barks"], {"in": Population("in", Poisson(), size=40)})["in"]
    >>> rates.shape, (rates[0] > 0).sum(axis=1).tolist(), bool((rates[0, 2] == rates[1, 0]).all())
    ((2, 4, 40), [10, 10, 10, 0], True)
    """

    vocabulary: Sequence[str]
    bin: float = 100.0
    active: float = 0.1
    baseline: float = 0.0
    max_rate: float = 100.0
    seed: int = 0

    def __post_init__(self) -> None:
        words = self.vocabulary
        if isinstance(words, (str, bytes)) or not isinstance(words, Iterable):
            raise KindError(f"Tokens.vocabulary: must be a list of words, got {words!r}")
        words = tuple(words)
        for word in words:
            if not isinstance(word, str) or not word or word.split() != [word]:
                raise KindError(f"Tokens.vocabulary: must hold words without white space, got {word!r}")
        if not words or len(set(words)) < len(words):
            twice = [word for word in words if words.count(word) > 1]
            raise ParameterError(f"Tokens.vocabulary: needs at least one word, each once, got {twice[:1] or []}")
        object.__setattr__(self, "vocabulary", words)
        object.__setattr__(self, "bin", number(self.bin, "ms", "Tokens.bin", positive=True))
        object.__setattr__(self, "active", number(self.active, "1", "Tokens.active", positive=True))
        if self.active > 1:
            raise ParameterError(f"Tokens.active: must be at most 1, got {self.active:g}")
        check_rates(self)
        child_seed(self.seed)  # raises on a seed that is none

    def pattern(self, word: str, population: Population) -> np.ndarray:
        """Say which units a word activates, bool (unit).

        Raises
        ------
        StimulusError
            If the word is not in the vocabulary.
        """
        if word not in self.vocabulary:
            raise StimulusError(f"Tokens: word {word!r} is not in the vocabulary; {nearest(word, self.vocabulary)}")
        count = max(round(self.active * population.units), 1)
        chosen = generator(self.seed, "token", population.name, word).choice(population.units, count, replace=False)
        return np.isin(np.arange(population.units), chosen)

    def rates(self, stimuli: Any, populations: Mapping[str, Population]) -> dict[str, np.ndarray]:
        """Give the rates of every population.

        Parameters
        ----------
        stimuli : sequence of str, or of sequences of str
            A sequence of words each.
        populations : mapping of str to Population
            Each has patterns of its own.

        Returns
        -------
        dict of str to numpy.ndarray (stimulus, bin, unit)
            Hz; a bin a word and one of silence.

        Raises
        ------
        StimulusError, KindError
            If a word is not in the vocabulary, or a stimulus is no sequence of words.
        """
        sequences = _sequences(stimuli)
        longest = max(map(len, sequences))
        rates = {}
        for name, population in populations.items():
            patterns = {word: self.pattern(word, population) for word in {one for each in sequences for one in each}}
            shown = np.zeros((len(sequences), longest + 1, population.units), dtype=bool)
            for sequence, bins in zip(sequences, shown, strict=True):
                for place, word in enumerate(sequence):
                    bins[place] = patterns[word]
            rates[name] = np.where(shown, self.max_rate, self.baseline)
        return rates


def _sequences(stimuli: Any) -> list[list[str]]:
    if isinstance(stimuli, (str, bytes)) or not isinstance(stimuli, Iterable):
        raise KindError(f"Tokens: stimuli must be a list of sequences of words, got {stimuli!r}")
    sequences = []
    for position, one in enumerate(stimuli):
        words = one.split() if isinstance(one, str) else list(one) if isinstance(one, Iterable) else [one]
        if not all(isinstance(word, str) for word in words):
            raise KindError(f"Tokens: stimulus {position} must be a sequence of words, got {one!r}")
        if not words:
            raise StimulusError(f"Tokens: stimulus {position} has no words")
        sequences.append(words)
    if not sequences:
        raise StimulusError("Tokens: stimuli are empty")
    return sequences
