"""Words as patterns: sparse, of chance overlap, and each for itself."""

import numpy as np
import pytest

from brainsim import Poisson, Population
from brainsim.encoders import Tokens
from brainsim.errors import KindError, ParameterError, StimulusError
from isocortex.errors import InvalidValueError

WORDS = [f"word{number}" for number in range(60)]
UNITS = {"in": Population("in", Poisson(), size=500)}


def test_each_word_is_a_pattern_of_its_own():
    """Every pattern has the share of active units, and two of them overlap as chance has it."""
    tokens = Tokens(WORDS, active=0.1)
    patterns = np.array([tokens.pattern(word, UNITS["in"]) for word in WORDS])
    overlaps = (patterns[:, None] & patterns).sum(axis=2)[np.triu_indices(60, 1)]

    assert np.all(patterns.sum(axis=1) == 50)
    # Hypergeometric: mean n a^2, variance n a^2 (1 - a)^2 n / (n - 1).
    assert overlaps.mean() == pytest.approx(5, abs=4 * np.sqrt(4.06 / len(overlaps)))
    assert overlaps.var() == pytest.approx(4.06, rel=0.25)


def test_words_are_shown_one_after_the_other():
    """A bin a word, the pattern's units at max_rate, then silence; shorter sequences fall silent earlier."""
    tokens = Tokens(WORDS, bin=40, baseline=2, max_rate=80)
    rates = tokens.rates(["word3 word0", ["word7"]], UNITS)["in"]
    shown = [tokens.pattern(word, UNITS["in"]) for word in ("word3", "word0", "word7")]

    assert tokens.bin == 40
    assert rates.shape == (2, 3, 500)
    for place, pattern in zip([(0, 0), (0, 1), (1, 0)], shown, strict=True):
        assert np.array_equal(rates[place], np.where(pattern, 80, 2))
    assert np.all(rates[[0, 1, 1], [2, 1, 2]] == 2)


def test_patterns_depend_on_seed_word_and_population_alone():
    """A larger vocabulary changes none; another seed or population does."""
    one = Tokens(WORDS).pattern("word5", UNITS["in"])

    assert np.array_equal(one, Tokens(["word5", "new"]).pattern("word5", UNITS["in"]))
    assert not np.array_equal(one, Tokens(WORDS, seed=1).pattern("word5", UNITS["in"]))
    assert not np.array_equal(one, Tokens(WORDS).pattern("word5", Population("other", Poisson(), size=500)))


def test_every_unit_belongs_to_some_pattern():
    """Patterns use all units alike: counts over 60 words are binomial."""
    tokens = Tokens(WORDS, active=0.1)
    used = sum(tokens.pattern(word, UNITS["in"]).astype(int) for word in WORDS)

    assert used.mean() == 6
    assert used.var() == pytest.approx(60 * 0.1 * 0.9, rel=0.3)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: Tokens("abc"), KindError, "Tokens.vocabulary: must be a list of words, got 'abc'"),
        (lambda: Tokens([]), ParameterError, "Tokens.vocabulary: needs at least one word"),
        (lambda: Tokens(["a", "b", "a"]), ParameterError, r"each once, got \['a'\]"),
        (lambda: Tokens(["a b"]), KindError, "words without white space, got 'a b'"),
        (lambda: Tokens([1]), KindError, "words without white space, got 1"),
        (lambda: Tokens(["a"], active=0), ParameterError, "Tokens.active: must be positive"),
        (lambda: Tokens(["a"], active=2), ParameterError, "Tokens.active: must be at most 1, got 2"),
        (lambda: Tokens(["a"], bin=-1), ParameterError, "Tokens.bin: must be positive"),
        (lambda: Tokens(["a"], seed=-1), InvalidValueError, "seed: must not be negative"),
        (
            lambda: Tokens(WORDS).rates(["word1 wurd2"], UNITS),
            StimulusError,
            "'wurd2' is not in .*mean 'word2'",
        ),
        (lambda: Tokens(WORDS).rates("word1", UNITS), KindError, "must be a list of sequences of words"),
        (lambda: Tokens(WORDS).rates([3], UNITS), KindError, "stimulus 0 must be a sequence of words, got 3"),
        (lambda: Tokens(WORDS).rates(["word1", " "], UNITS), StimulusError, "stimulus 1 has no words"),
        (lambda: Tokens(WORDS).rates([], UNITS), StimulusError, "stimuli are empty"),
    ],
)
def test_what_is_no_language_is_refused(build, error, message):
    """The message names the word, or the parameter and the value."""
    with pytest.raises(error, match=message):
        build()
