"""The frame of a group's compiled code; `brainsim.engine.codegen` fills it.

A line ``# <NAME>`` is replaced by generated lines, ``<NAME>`` within a line by an expression, and a line that ends in
``# if NAME`` stands only where that holds. State variables are called s_..., temporaries t_..., constants k0, k1, ...
"""

__all__ = ["MODULE"]

MODULE = '''"""One population: written by brainsim.engine.codegen, compiled by Numba."""

from math import acos as f_arccos, asin as f_arcsin, atan as f_arctan, ceil as f_ceil, cos as f_cos, cosh as f_cosh
from math import floor as f_floor, log as f_log, log10 as f_log10, sin as f_sin, sinh as f_sinh, sqrt as f_sqrt
from math import tan as f_tan, tanh as f_tanh

from numba import cfunc

from brainsim.engine.exponential import exp as f_exp
from brainsim.engine.functions import clip as f_clip, exprel as f_exprel, magnitude as f_abs, whole as f_int
from brainsim.engine.operation import SIGNATURE, bytes_at, doubles_at, integers_at, ints_at, uints_at

BLOCK = 128  # units between two looks for spikes: their state stays in the nearest cache
OPTIONS = {"cache": True, "error_model": "numpy", "fastmath": {"contract", "nsz"}}


@cfunc(SIGNATURE, **OPTIONS)
def update(arguments, step, row):
    size = arguments[0]
    log, ends = uints_at(arguments[1]), integers_at(arguments[2])
    scalars = doubles_at(arguments[6])
    time = step * scalars[0]
    # <READ>
    active = bytes_at(arguments[3])  # if REFRACTORY
    released = row - arguments[7]  # if REFRACTORY
    for position in range(ends[released], ends[released + 1]):  # if REFRACTORY
        active[log[position]] = 1  # if REFRACTORY
    end = ends[row]
    for start in range(0, size, BLOCK):
        stop = min(start + BLOCK, size)
        crossed = 0
        for i in range(start, stop):
            # <LOAD>
            # <UPDATE>
            # <STORE>
            crossed += <CROSSED>
        if crossed:
            for i in range(start, stop):
                # <LOAD>
                if <CROSSED>:
                    log[end] = i
                    end += 1
                    active[i] = 0  # if REFRACTORY
    ends[row + 1] = end
    return 0


@cfunc(SIGNATURE, **OPTIONS)
def reset(arguments, step, row):
    log, ends = uints_at(arguments[1]), integers_at(arguments[2])
    counts, first = ints_at(arguments[4]), ints_at(arguments[5])
    scalars = doubles_at(arguments[6])
    time = step * scalars[0]
    # <READ>
    for position in range(ends[row], ends[row + 1]):
        i = log[position]
        # <LOAD>
        # <RESET>
        # <STORE_RESET>
        if counts[i] == 0:
            first[i] = step
        counts[i] += 1
    return 0
'''
