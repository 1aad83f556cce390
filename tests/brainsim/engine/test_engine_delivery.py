import numpy as np
import pytest
from scipy import signal

from brainsim.engine import ConvolutionConnections, SparseConnections
from brainsim.engine.convolution import FilterBank
from brainsim.engine.delivery import SynapseList
from brainsim.engine.spike_log import SpikeLog
from brainsim.engine.trial import run_steps
from brainsim.engine.waiting import WaitingList

RNG = np.random.default_rng(0)
HISTORY = 9


def deliver(
    wiring: SynapseList | WaitingList | FilterBank,
    spikes: list[np.ndarray],
    units: int,
    active: np.ndarray | None = None,
) -> np.ndarray:
    """Deliver in the last of the steps whose spikes are given; start from values that are not round."""
    log = np.concatenate(spikes).astype(np.uint32)
    ends = np.concatenate(([0], np.cumsum([len(step) for step in spikes]))).astype(np.int64)
    variable = np.linspace(0.1, 0.7, units)
    logged = SpikeLog(0, 1, 1, 1)
    logged.units, logged.ends = log, ends
    if isinstance(wiring, SynapseList | WaitingList):
        operation = wiring.operation([logged], variable, active, len(ends))
    else:
        operation = wiring.operation(log, ends, variable, active, len(ends))
    addresses = [np.array([address]) for address in (operation.function.address, operation.arguments.ctypes.data)]
    run_steps(*addresses, 0, 1, len(spikes) - 1)
    return variable


def random_spikes(units: int, share: float = 0.3) -> list[np.ndarray]:
    """Choose the units that spike in each of the last steps."""
    return [np.flatnonzero(RNG.random(units) < share) for _ in range(HISTORY)]


def one_by_one(synapses: SparseConnections, spikes: list[np.ndarray], active: np.ndarray | None = None) -> np.ndarray:
    """Deliver in Brian2's order: by time of emission, then source, then synapse."""
    variable = np.linspace(0.1, 0.7, 40)
    delays = np.broadcast_to(synapses.delays, synapses.synapses)
    weights = np.broadcast_to(synapses.weights, synapses.synapses)
    for step, units in enumerate(spikes):
        for unit in units:
            for synapse in range(int(synapses.indptr[unit]), int(synapses.indptr[unit + 1])):
                target = synapses.targets[synapse]
                if step + delays[synapse] == len(spikes) - 1 and (active is None or active[target]):
                    variable[target] += weights[synapse]
    return variable


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize("delays", [0, 3, "each"])
def test_synapses_add_in_order(delays: int | str, scalar: bool, masked: bool) -> None:
    """Multiple synapses of a pair, each with its weight and delay, add up to the last bit in Brian2's order."""
    synapses = SparseConnections(
        np.arange(0, 601, 20),
        RNG.integers(0, 40, 600),
        0.3 if scalar else RNG.normal(size=600),
        RNG.integers(0, HISTORY, 600) if delays == "each" else delays,  # type: ignore[arg-type]
    )
    active = RNG.integers(0, 2, 40).astype(np.uint8) if masked else None
    spikes = random_spikes(30)
    expected = one_by_one(synapses, spikes, active)
    assert np.array_equal(deliver(SynapseList.of(synapses), spikes, 40, active), expected)
    assert np.array_equal(deliver(WaitingList.of(synapses), spikes, 40, active), expected)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("filled", [0.05, 0.5, 1.0])
@pytest.mark.parametrize(
    ("filter_size", "stride", "padding"),
    [
        ((1, 1), 1, 0),
        ((5, 5), 1, 2),
        ((4, 3), 2, (1, 0)),
        ((3, 5), 3, (0, 2)),
        ((2, 2), 2, 0),
        ((7, 2), 2, (3, 1)),
        ((2, 2), 3, 0),
    ],
)
def test_a_bank_delivers_as_its_synapses_do(
    filter_size: tuple[int, int], stride: int, padding: int | tuple[int, int], filled: float, masked: bool
) -> None:
    """Banks full and thin, strides and paddings of all kinds: the same bits as synapse by synapse."""
    source, out = (9, 11, 3), 5
    top, left = (padding, padding) if isinstance(padding, int) else padding
    rows, columns = ((source[k] + pad - filter_size[k]) // stride + 1 for k, pad in ((0, top), (1, left)))
    bank = RNG.normal(size=(out, 3, *filter_size)) * (RNG.random((out, 3, *filter_size)) < filled)
    wiring = ConvolutionConnections(bank, source, (rows, columns, out), stride, (top, left), delay=2)
    active = RNG.integers(0, 2, wiring.reach).astype(np.uint8) if masked else None
    spikes = random_spikes(wiring.sources)
    shared = deliver(FilterBank.of(wiring), spikes, wiring.reach, active)
    assert np.array_equal(shared, deliver(SynapseList.of(wiring.expand()), spikes, wiring.reach, active))


def test_a_target_smaller_than_the_source_reaches() -> None:
    """Sources to the right of and below every target reach nobody, and no memory beyond the targets is touched."""
    wiring = ConvolutionConnections(np.ones((2, 1, 2, 2)), (9, 9, 1), (2, 3, 2), stride=2, padding=0, delay=0)
    everybody = [np.arange(81)]
    shared = deliver(FilterBank.of(wiring), everybody, wiring.reach)
    assert np.array_equal(shared, deliver(SynapseList.of(wiring.expand()), everybody, wiring.reach))
    assert np.allclose(shared - np.linspace(0.1, 0.7, wiring.reach), 4.0)


def test_a_volley_is_a_correlation() -> None:
    """If the units of an image spike at once, the targets receive SciPy's correlation of image and filter."""
    image = RNG.random((12, 10)) < 0.4
    bank = RNG.normal(size=(1, 1, 5, 3))
    wiring = ConvolutionConnections(bank, (12, 10, 1), (12, 10, 1), 1, (2, 1), delay=0)
    heard = deliver(FilterBank.of(wiring), [np.flatnonzero(image)], 120) - np.linspace(0.1, 0.7, 120)
    expected = signal.correlate2d(image.astype(float), bank[0, 0], mode="same")
    assert np.allclose(heard.reshape(12, 10), expected, atol=1e-12)
