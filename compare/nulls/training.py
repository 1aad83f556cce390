"""The same network before it learned anything."""

from typing import TYPE_CHECKING

from compare.errors import ActivityTypeError

if TYPE_CHECKING:
    from ann.network import Network

__all__ = ["untrained"]


def untrained(model: "Network", seed: int | None = None) -> "Network":
    """Give a network of the same architecture with weights as they are drawn before training.

    *Keeps*: the architecture, so receptive fields, sharing, nonlinearities, and the distribution of initial weights.
    *Destroys*: what was learned.

    Parameters
    ----------
    model : ann.Sequential or ann.Model
        The network.
    seed : int, optional
        Of the weights; a few seeds say how far the null itself varies. By default the network's own, with which it
        began: then what it learned is the only difference.

    Returns
    -------
    ann.Sequential or ann.Model

    Raises
    ------
    ActivityTypeError
        If it is no network of `ann`.

    Examples
    --------
    >>> import ann
    >>> model = ann.Sequential([ann.layers.Dense(2, input_shape=(3,))], seed=0)
    >>> [bool((untrained(model, seed).flat_weights == model.flat_weights).all()) for seed in (None, 0, 1)]
    [True, True, False]
    """
    if not hasattr(model, "untrained"):
        raise ActivityTypeError(f"model: must be a network of ann, got {type(model).__name__}")
    return model.untrained(seed=seed)
