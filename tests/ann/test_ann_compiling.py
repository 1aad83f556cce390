"""Where the first step waits for loops to be compiled, whoever watches is told."""

import threading

import numba
import numpy as np
import pytest

import ann
from ann.layers.layer import Layer
from ann.training import compiling

X, Y = np.ones((8, 2)), np.ones((8, 1))


class Slow(Layer):
    """Adds 1 by a loop that every object compiles anew."""

    def __init__(self, compiles=True, input_shape=None, name=None):
        super().__init__(input_shape, name)
        self.compiles = compiles
        loop = lambda x: x + 1  # noqa: E731 a new function each time
        self.loop = numba.njit(loop) if compiles else loop

    def output_shape(self, input_shape):
        """Give the input's."""
        return input_shape

    def forward(self, x, training=False, rng=None):
        """Add 1."""
        return self.loop(x), None

    def backward(self, gradient, cache, *, inputs=True, activated=True):
        """Hand the gradient on."""
        return gradient, {}


def watched(compiles, epochs=2):
    """Train, and give what was told, by whom, and how often the bar was advanced before."""
    heard, advanced = [], []

    class Watching:
        def __call__(self, count):
            advanced.append(count)

        def tell(self, text):
            heard.append((text, len(advanced)))

    model = ann.Sequential([Slow(compiles), ann.layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    model.fit(X, Y, epochs=epochs, batch_size=4, progress=lambda total, description: Watching())
    return heard


def test_the_first_step_tells_of_compiling(monkeypatch):
    """Once, before it is over, and only if it takes long."""
    monkeypatch.setattr(compiling, "PATIENCE", 1000.0)
    assert watched(True) == []
    monkeypatch.setattr(compiling, "PATIENCE", 0.0)
    assert watched(True) == [("compiling loops, once on this machine", 0)]
    assert watched(False) == []


def test_one_long_loop_is_told_of_while_it_compiles(monkeypatch):
    """By a timer, since nothing else happens meanwhile; not where the time is up when it is done."""
    monkeypatch.setattr(compiling, "PATIENCE", 0.01)
    told = threading.Event()
    with compiling.while_compiling(lambda text: told.set()):
        from numba.core import event

        with event.trigger_event("numba:compile"):
            assert told.wait(10)
    told.clear()
    monkeypatch.setattr(compiling, "PATIENCE", 1000.0)
    with compiling.while_compiling(lambda text: told.set()), event.trigger_event("numba:compile"):
        pass
    assert not told.is_set()


def test_nobody_listens_afterwards(monkeypatch):
    """The listener goes with the first step, also where that fails."""
    from numba.core import event

    def fails():
        raise ValueError("no")

    monkeypatch.setattr(compiling, "PATIENCE", 0.0)
    heard = []
    with pytest.raises(ValueError, match="no"):
        compiling.telling(fails, heard.append)()
    with event.trigger_event("numba:compile"):
        assert heard == []


def test_where_nobody_watches_nothing_is_added():
    """A step is the step itself."""
    assert compiling.telling(watched, None) is watched
