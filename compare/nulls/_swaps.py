"""The compiled loop of rewiring: two synapses exchange their targets."""

import numpy as np
from numba import njit

__all__ = ["exchange"]


@njit(cache=True, nogil=True)
def exchange(
    indptr: np.ndarray,
    sources: np.ndarray,
    targets: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    autapses: bool,
    multapses: bool,
) -> int:
    """Let pairs of synapses exchange their targets, one pair after the other; give how many did.

    A pair does not where nothing would change, or a unit would meet itself (without `autapses`) or a unit that it meets
    already (without `multapses`). `targets` is changed; synapses stay in their source's row.
    """
    done = 0
    for k in range(first.size):
        i, j = first[k], second[k]
        a, b, c, d = sources[i], targets[i], sources[j], targets[j]
        if a == c or b == d:
            continue
        if not autapses and (a == d or c == b):
            continue
        if not multapses:
            met = False
            for place in range(indptr[a], indptr[a + 1]):
                met |= targets[place] == d
            for place in range(indptr[c], indptr[c + 1]):
                met |= targets[place] == b
            if met:
                continue
        targets[i], targets[j] = d, b
        done += 1
    return done
