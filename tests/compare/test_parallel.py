"""Work on threads, processes and Dask: the same bits, death survived, errors that name the task."""

import multiprocessing
import os
import signal
import threading
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

import compare
from compare.errors import BiasWarning, InvalidOptionError, ParallelError
from compare.inference import PairVectors, resampled_similarities
from compare.inference.draws import bootstrap_draws
from compare.parallel import checked_workers, run

RNG = np.random.default_rng(0)
LAYERS = {name: RNG.normal(size=(30, 25)) for name in ("conv1", "conv2", "dense")}
REGIONS = {
    "V1": LAYERS["conv1"][:, None] + RNG.normal(size=(30, 4, 25)),
    "IT": LAYERS["dense"][:, None] + RNG.normal(size=(30, 4, 25)),
}
FEW = {"bootstrap": 130, "permutations": 110, "seed": 3}


def spawned(workers=2):
    """Give a pool of processes that begin anew, as on Windows and macOS."""
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def half(item):
    """Divide by two."""
    return item / 2


def inverse(item):
    """Divide by zero, once."""
    return 1 / item


def threads_of_blas(_):
    """Count the threads of every BLAS that is loaded where this runs."""
    from threadpoolctl import threadpool_info

    return sorted({library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"})


def double_or_die(marker, deadly, item):
    """Double, but kill the process at the deadly item while the file is not there."""
    if item == deadly:
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return 2 * item


def die(_):
    """Kill the process."""
    os.kill(os.getpid(), signal.SIGKILL)


def same(one, other):
    """Assert that two maps hold the same bits."""
    for name in ("similarity", "low", "high", "p_value", "p_uncorrected", "wins"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.ceiling == other.ceiling
    assert one.held_out_half == other.held_out_half
    assert one.assignment == other.assignment


@pytest.mark.parametrize("measure", ["rsa", "cka", "procrustes"])
@pytest.mark.filterwarnings("ignore::compare.errors.BiasWarning")
def test_threads_of_an_executor_change_no_bit(measure):
    """However many there are."""
    expected = compare.map_layers(LAYERS, REGIONS, measure, threads=1, **FEW)
    for count in (1, 3):
        with ThreadPoolExecutor(count) as pool:
            same(compare.map_layers(LAYERS, REGIONS, measure, parallel=pool, **FEW), expected)


def test_processes_change_no_bit():
    """Weighted pairs and subsets of stimuli, in processes that begin anew; biased measures warn once, here."""
    wide = {name: np.tile(array, 2) for name, array in LAYERS.items()}
    with spawned() as pool:
        same(
            compare.map_layers(LAYERS, REGIONS, parallel=pool, **FEW),
            compare.map_layers(LAYERS, REGIONS, threads=1, **FEW),
        )
        with pytest.warns(BiasWarning) as told:
            found = compare.map_layers(wide, REGIONS, "procrustes", parallel=pool, **FEW)
        assert len(told) == 1
        with pytest.warns(BiasWarning):
            same(found, compare.map_layers(wide, REGIONS, "procrustes", threads=1, **FEW))
        assert run(threads_of_blas, range(4), pool) == [[1]] * 4


def test_progress_is_told_here_of_every_item():
    """From the calling thread, whoever works."""
    vectors = PairVectors(np.stack([compare.rdm(array) for array in LAYERS.values()]), "ranks")
    draws, told = bootstrap_draws(30, 730, np.random.default_rng(0)), []

    def advance(count):
        told.append((count, threading.get_ident()))

    with ThreadPoolExecutor(2) as pool:
        found = resampled_similarities(vectors, draws, pool, advance)
    assert sum(count for count, _ in told) == 730
    assert {thread for _, thread in told} == {threading.get_ident()}
    np.testing.assert_array_equal(found, resampled_similarities(vectors, draws, 1))


@pytest.mark.parametrize("count", [0, 1, 127, 128, 129, 300])
def test_items_come_back_in_their_order(count):
    """However they were packed."""
    done = []
    with ThreadPoolExecutor(3) as pool:
        assert run(half, range(count), pool, done.append) == [item / 2 for item in range(count)]
    assert sorted(done) == list(range(count))


def test_a_killed_process_is_replaced(tmp_path):
    """The pool breaks; what is left is done by another like it, and nothing is lost."""
    function = partial(double_or_die, str(tmp_path / "died"), 5)
    with spawned() as pool:
        assert run(function, range(8), pool) == [2 * item for item in range(8)]
        with pytest.raises(BrokenExecutor):
            pool.submit(half, 1)
    assert (tmp_path / "died").exists()


class Dying(Executor):
    """Every task dies; counts how many were tried."""

    def __init__(self):
        self.tried = 0

    def submit(self, function, /, *args, **kwargs):
        """Give a future that failed."""
        self.tried += 1
        future = Future()
        future.set_exception(BrokenExecutor("a worker died"))
        return future


def test_a_task_that_keeps_dying_is_named():
    """After three attempts, with the remedy."""
    pool = Dying()
    with pytest.raises(ParallelError, match="first: its worker died 3 times, and 2 of 2 tasks are not done"):
        run(half, [1, 2], pool, names=["first", "second"])
    assert pool.tried == 6


def test_an_error_is_raised_as_it_is_and_names_the_item():
    """It is no death, so it is not tried again; other processes' errors carry the note too."""
    with ThreadPoolExecutor(2) as pool, pytest.raises(ZeroDivisionError) as raised:
        run(inverse, [1, 0, 2], pool, names=["V1", "V2", "IT"])
    assert raised.value.__notes__ == ["in V2"]


def test_what_is_no_executor_is_refused():
    """A number, Dask's client itself, and a pool that was shut down."""
    for wrong, remedy in ((4, "got int, such as"), (type("Client", (), {"get_executor": 1})(), "client.get_executor")):
        with pytest.raises(InvalidOptionError, match=remedy):
            compare.map_layers(LAYERS, REGIONS, parallel=wrong)
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(InvalidOptionError, match="takes no tasks"):
        run(half, [1], pool)
    assert checked_workers(None) is None


@pytest.fixture
def cluster():
    """Start Dask with three workers, each a process of its own."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=3, threads_per_worker=2, processes=True, dashboard_address=None, silence_logs=50
        ) as started,
        distributed.Client(started) as client,
    ):
        yield client


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_dask_changes_no_bit(cluster):
    """Several processes of several threads each."""
    pool = cluster.get_executor()
    for measure in ("rsa", "procrustes"):
        same(
            compare.map_layers(LAYERS, REGIONS, measure, parallel=pool, **FEW),
            compare.map_layers(LAYERS, REGIONS, measure, threads=1, **FEW),
        )
    assert run(threads_of_blas, range(8), pool) == [[1]] * 8


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_dask_survives_the_death_of_a_worker(cluster, tmp_path):
    """One is killed in the middle of a map, and the bits are the same."""
    expected = compare.map_layers(LAYERS, REGIONS, threads=1, **FEW)
    processes = list(cluster.run(os.getpid).values())
    killed, told = [], []

    def opened(total, description):
        def advance(count):
            told.append(count)
            if sum(told) > total / 4 and not killed:
                killed.append(processes[0])
                os.kill(processes[0], signal.SIGKILL)

        return advance

    found = compare.map_layers(LAYERS, REGIONS, parallel=cluster.get_executor(), progress=opened, **FEW)
    assert killed
    same(found, expected)
    function = partial(double_or_die, str(tmp_path / "died"), 5)
    assert run(function, range(40), cluster.get_executor()) == [2 * item for item in range(40)]
    assert (tmp_path / "died").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_dask_gives_up_on_a_task_that_kills_everybody(cluster):
    """Dask counts the deaths, and the error names the task."""
    with pytest.raises(ParallelError, match="deadly: its worker died 3 times"):
        run(die, [1], cluster.get_executor(), names=["deadly"])
