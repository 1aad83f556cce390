"""What every facade asks of its data and of itself, by scikit-learn's own validation and with ann's errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn import exceptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ann.errors import DataError, InvalidTypeError, NotCompiledError
from isocortex.errors import IsocortexError

__all__ = ["NotFittedError", "class_numbers", "pair", "seed_of", "stimuli"]


class NotFittedError(NotCompiledError, exceptions.NotFittedError):
    """Predictions were asked of an estimator that was not fitted; also scikit-learn's error of that name."""


def pair(estimator: Any, X: Any, y: Any, dtype: str = "float64", **settings: Any) -> tuple[np.ndarray, np.ndarray]:
    """Give stimuli (stimulus, feature) and targets as arrays, and let `estimator` remember the features.

    Parameters
    ----------
    estimator : sklearn.base.BaseEstimator
        Gets `n_features_in_`, and `feature_names_in_` where `X` is a table with names.
    X, y : array-like
        The data.
    dtype : {"float32", "float64"}
        The type of the stimuli.
    **settings
        Of `sklearn.utils.validation.validate_data`.

    Raises
    ------
    DataError, InvalidTypeError
        If the data are not finite numbers, not as many, or of the wrong shape.
    """
    with _named():
        return validate_data(estimator, X, y, dtype=dtype, **settings)


def stimuli(estimator: Any, X: Any, dtype: str = "float64") -> np.ndarray:
    """Give stimuli (stimulus, feature) to predict for.

    Raises
    ------
    NotFittedError
        If nothing was fitted yet.
    DataError, InvalidTypeError
        If they are not finite numbers, or have other features than were fitted to.
    """
    try:
        check_is_fitted(estimator)
    except exceptions.NotFittedError:
        raise NotFittedError(f"{type(estimator).__name__}: is not fitted yet; call fit(X, y) first") from None
    with _named():
        return validate_data(estimator, X, dtype=dtype, reset=False)


def class_numbers(y: np.ndarray, classes: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """Give the classes, sorted, and for every label the number of its class.

    Parameters
    ----------
    y : numpy.ndarray
        Labels (stimulus,).
    classes : array-like, optional
        All labels that there may be; those of `y` by default.

    Raises
    ------
    DataError
        If `y` is no list of labels, has a single class, or a label that is none of `classes`.

    Examples
    --------
    >>> class_numbers(np.array(["b", "a", "b"]))
    (array(['a', 'b'], dtype='<U1'), array([1, 0, 1]))
    """
    with _named():
        check_classification_targets(y)
        known = np.unique(y if classes is None else classes)
    if len(known) < 2:
        raise DataError(
            f"y: needs at least two classes, got 1 class ({known.tolist()[0]!r})" if len(known) else "y: is empty"
        )
    numbers = np.minimum(np.searchsorted(known, y), len(known) - 1)
    strange = known[numbers] != y
    if strange.any():
        raise DataError(
            f"y: {y[strange].tolist()[0]!r} is none of the classes {known.tolist()}; name all of them at the first "
            "call, partial_fit(X, y, classes=...)"
        )
    return known, numbers


def seed_of(random_state: Any) -> int:
    """Give the seed that scikit-learn's `random_state` stands for.

    A number is the seed itself; a NumPy generator, old or new, is drawn from; None is another seed each time, from the
    system rather than from NumPy's global state.

    Raises
    ------
    InvalidTypeError
        If it is none of these.
    """
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if random_state is None or isinstance(random_state, np.random.Generator):
        return int(np.random.default_rng(random_state).integers(2**31 - 1))
    if isinstance(random_state, bool) or not isinstance(random_state, (int, np.integer)):
        raise InvalidTypeError(f"random_state: must be a whole number, a NumPy generator or None, got {random_state!r}")
    return int(random_state)


@contextmanager
def _named() -> Iterator[None]:
    """Give what scikit-learn refuses the classes of ann's errors, which are also those that it raises."""
    try:
        with np.errstate(invalid="ignore", over="ignore"):  # it looks for what became infinite itself
            yield
    except IsocortexError:
        raise
    except ValueError as error:
        raise DataError(str(error)) from error
    except TypeError as error:
        raise InvalidTypeError(str(error)) from error
