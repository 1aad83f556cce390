"""Which way of delivery costs less: looking up every delay in every step, or letting spikes wait for their synapses."""

import math

__all__ = ["waiting_pays"]

LONGEST = 2**16 - 1  # steps, what a synapse can tell
READ = 1 / 16  # of the time of a look-up is what reading a number takes that lies beside the last


def waiting_pays(sources: int, synapses: int, kinds: int, longest: int) -> bool:
    """Tell whether waiting (`brainsim.engine.waiting`) costs less than looking up (`brainsim.engine.delivery`).

    Every spike is looked up once for each delay that occurs, or read once for each step of the longest delay. Both find
    its synapses; what is lost are the look-ups that find none, as many as if synapses were spread evenly over the
    delays.

    Parameters
    ----------
    sources, synapses : int
        How many there are.
    kinds : int
        Different delays.
    longest : int
        Longest delay in steps.

    Examples
    --------
    >>> waiting_pays(1000, 100_000, kinds=20, longest=20)  # five synapses for each delay
    False
    >>> waiting_pays(1000, 100_000, kinds=1000, longest=1000)  # nine of ten delays of a source without any
    True
    """
    if not sources or longest > LONGEST:
        return False
    return kinds * math.exp(-synapses / (sources * kinds)) > READ * longest
