"""Whether a layer could have been named at all, in a sentence or two."""

from collections.abc import Mapping
from typing import Any

from compare.report.numbers import fixed, listed

__all__ = ["possible"]

OFTEN = 0.8


def possible(recovery: Mapping[str, Any] | None) -> str:
    """Say which planted layers are named often enough, with all stimuli and trials of the study.

    Parameters
    ----------
    recovery : mapping or None
        ``results["recovery"]``; None gives an empty text.

    Returns
    -------
    str
    """
    if not recovery:
        return ""
    named = dict(zip(recovery["layers"], recovery["accuracy"]["value"][-1][-1], strict=True))
    wrong = max(recovery["wrong"]["value"][-1][-1])
    often = [layer for layer, share in named.items() if share >= OFTEN]
    seldom = [f"{layer} ({fixed(100 * share, 0)} %)" for layer, share in named.items() if share < OFTEN]
    shown = f"{max(recovery['stimuli'])} stimuli and {max(recovery['trials'])} trials"
    text = (
        f"If a region as noisy as {recovery['region']} did exactly what a layer does, would {shown} name that layer? "
    )
    if not seldom:
        least = min(named.values())
        often_ = f"all {recovery['repetitions']}" if least == 1 else f"at least {fixed(100 * least, 0)} % of the"
        text += f"Yes, in {often_} repetitions, whichever layer it is"
    elif often:
        text += f"In {fixed(100 * OFTEN, 0)} % of repetitions or more for {listed(often, 20)}, but not for "
        text += f"{listed(seldom, 20)}, where “cannot tell” says little about the region"
    else:
        text += f"Seldom: {listed(seldom, 20)}. “Cannot tell” then says little about a region"
    return f"{text}. A wrong layer is named in {f'at most {fixed(100 * wrong, 0)} %' if wrong else 'no repetition'}."
