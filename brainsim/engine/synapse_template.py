"""The frame of the compiled code of plastic synapses; `brainsim.engine.synapse_code` fills it.

Values that all synapses of a source share are called p_..., those of a target q_..., those of a synapse s_...; the
arrays that hold them at_..., parameters c_... and r_... (rates of relaxation, by step).
"""

__all__ = ["MODULE"]

MODULE = '''"""Plastic synapses: written by brainsim.engine.synapse_code, compiled by Numba."""

from math import acos as f_arccos, asin as f_arcsin, atan as f_arctan, ceil as f_ceil, cos as f_cos, cosh as f_cosh
from math import floor as f_floor, log as f_log, log10 as f_log10, sin as f_sin, sinh as f_sinh, sqrt as f_sqrt
from math import tan as f_tan, tanh as f_tanh

import numpy as np
from numba import cfunc, njit

from brainsim.engine.exponential import exp as f_exp
from brainsim.engine.functions import clip as f_clip, exprel as f_exprel, magnitude as f_abs, whole as f_int
from brainsim.engine.operation import SIGNATURE, bytes_at, doubles_at, integers_at, prefetch, uints_at

OPTIONS = {"cache": True, "error_model": "numpy", "fastmath": {"contract", "nsz"}}
BATCH = 256  # rows of synapses that are looked up before they are gone through
AHEAD = 8  # rows that are fetched while one is gone through: they lie far apart in memory
LINE = 8  # synapses that are fetched at once
MANY = 4  # the share of targets that are many


@njit(**OPTIONS)
def arrive(arguments, step, due, count):
    # <READ>
    variable, stride = doubles_at(arguments[10]), arguments[13]
    active = bytes_at(arguments[11])  # if HELD
    bounds, targets = integers_at(arguments[15]), uints_at(arguments[16])
    # Where many targets are met it is quicker to bring all of them up to date at once, in vectors.
    events = 0  # if SEEN
    for k in range(count):  # if SEEN
        events += bounds[due[k] + 1] - bounds[due[k]]  # if SEEN
    if events > arguments[17] // MANY:  # if SEEN
        for target in range(arguments[17]):  # if SEEN
            # <ALL_REFRESH>
    for k in range(count + AHEAD):
        if k < count:
            for synapse in range(bounds[due[k]], bounds[due[k] + 1], LINE):
                prefetch(arguments[16] + 4 * synapse)
                prefetch(arguments[1] + 8 * stride * synapse)
        if k < AHEAD:
            continue
        place = due[k - AHEAD]
        # <SOURCE_LOAD>
        # <SOURCE_UPDATE>
        # <SOURCE_STORE>
        for synapse in range(bounds[place], bounds[place + 1]):
            target = targets[synapse]
            # <TARGET_REFRESH>
            # <SYNAPSE_LOAD>
            s_w = weights[synapse * stride]
            if active[target]:  # if HELD
                variable[target] += <AMOUNT>  # if HELD
            variable[target] += <AMOUNT>  # if FREE
            # <SYNAPSE_UPDATE>
            # <SYNAPSE_STORE>


@cfunc(SIGNATURE, **OPTIONS)
def on_pre(arguments, step, row):
    log, ends = uints_at(arguments[8]), integers_at(arguments[9])
    kinds, delays = arguments[12], integers_at(arguments[14])
    due = np.empty(BATCH, np.uint32)
    count = 0
    for kind in range(kinds):
        emitted = row - delays[kind]
        for position in range(ends[emitted], ends[emitted + 1]):
            due[count] = log[position] * kinds + kind
            count += 1
            if count == BATCH:
                arrive(arguments, step, due, count)
                count = 0
    arrive(arguments, step, due, count)
    return 0


@cfunc(SIGNATURE, **OPTIONS)
def on_post(arguments, step, row):
    # <READ>
    log, ends, bounds = uints_at(arguments[8]), integers_at(arguments[9]), integers_at(arguments[10])
    synapses, places, stride = uints_at(arguments[11]), uints_at(arguments[12]), arguments[13]
    for position in range(ends[row], ends[row + 1]):
        target = log[position]
        # <POST_TARGET_LOAD>
        # <POST_TARGET_UPDATE>
        # <POST_TARGET_STORE>
        for k in range(bounds[target], bounds[target + 1]):
            synapse, place = synapses[k], places[k]
            # <POST_SOURCE_REFRESH>
            # <POST_SYNAPSE_LOAD>
            s_w = weights[synapse * stride]
            # <POST_SYNAPSE_UPDATE>
            # <POST_SYNAPSE_STORE>
    return 0
'''
