"""Recurrent layers equal PyTorch's from given initial states on, through padding, and in all that flows back."""

import numpy as np
import pytest

import ann
from ann import layers
from ann.interchange import from_torch

torch = pytest.importorskip("torch")
nn = torch.nn

FEATURES, UNITS, STEPS = 3, 4, 7
LENGTHS = np.array([7, 3, 1, 5])
KINDS = {"rnn": (layers.SimpleRNN, nn.RNN), "lstm": (layers.LSTM, nn.LSTM), "gru": (layers.GRU, nn.GRU)}


def tensor(array):
    """Give an array as a tensor whose gradient is asked for."""
    return torch.tensor(array, requires_grad=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("padded", [False, True], ids=["whole", "padded"])
def test_states_and_their_gradients(kind, both, padded):
    """Outputs, last states, and the gradients for inputs, initial states and weights, all to 1e-10."""
    ours, theirs = KINDS[kind]
    rng, number = np.random.default_rng(0), 2 if kind == "lstm" else 1
    torch.manual_seed(0)
    module = theirs(FEATURES, UNITS, batch_first=True, bidirectional=both).double()
    inner = ours(UNITS, return_sequences=True)
    model = ann.Sequential([layers.Bidirectional(inner) if both else inner], dtype="float64")
    model.build((STEPS, FEATURES))
    from_torch(model, module)
    inner = ours(UNITS, return_sequences=True, return_state=True)
    layer = layers.Bidirectional(inner) if both else inner
    layer.parameters = model.layers[0].parameters

    x = rng.normal(size=(4, STEPS, FEATURES))
    initial = [rng.normal(size=(4, UNITS)) for _ in range(number * (1 + both))]
    mask = np.arange(STEPS) < LENGTHS[:, None] if padded else np.ones((4, STEPS), bool)
    packed, cache = layer.forward((x, *initial), mask=mask)

    # PyTorch has the directions on the first axis of each state.
    x_, initial_ = tensor(x), [tensor(one) for one in initial]
    given = [torch.stack(initial_[index::number]) for index in range(number)]
    taken = x_
    if padded:
        taken = nn.utils.rnn.pack_padded_sequence(x_, torch.tensor(LENGTHS), batch_first=True, enforce_sorted=False)
    steps, last = module(taken, tuple(given) if number == 2 else given[0])
    if padded:
        steps, _ = nn.utils.rnn.pad_packed_sequence(steps, batch_first=True)
    last = last if number == 2 else (last,)

    width = UNITS * (1 + both)
    y = packed[:, : STEPS * width].reshape(4, STEPS, width)
    states = packed[:, STEPS * width :].reshape(4, -1, UNITS)
    np.testing.assert_allclose(y[mask], steps.detach().numpy()[mask], rtol=0, atol=1e-10)
    for index in range(states.shape[1]):
        direction, state = divmod(index, number)
        np.testing.assert_allclose(states[:, index], last[state][direction].detach().numpy(), rtol=0, atol=1e-10)

    d_y, d_states = rng.normal(size=y.shape) * mask[..., None], rng.normal(size=states.shape)
    loss = (steps * torch.tensor(d_y)).sum()
    for index in range(states.shape[1]):
        direction, state = divmod(index, number)
        loss = loss + (last[state][direction] * torch.tensor(d_states[:, index])).sum()
    loss.backward()
    upstream = np.concatenate([d_y.reshape(4, -1), d_states.reshape(4, -1)], axis=1)
    (d_x, *d_initial), gradients = layer.backward(upstream, cache)
    np.testing.assert_allclose(d_x, x_.grad.numpy(), rtol=0, atol=1e-10)
    for found, wanted in zip(d_initial, initial_, strict=True):
        np.testing.assert_allclose(found, wanted.grad.numpy(), rtol=0, atol=1e-10)
    # One bias of ours is the sum of two of PyTorch's; which gradient is which is from_torch's to know.
    slopes = {
        name: value.grad / (2 if kind != "gru" and "bias" in name else 1) for name, value in module.named_parameters()
    }
    expected = model.untrained()
    from_torch(expected, slopes)
    for name, wanted in next(iter(expected.get_weights().values())).items():
        np.testing.assert_allclose(gradients[name], wanted, rtol=0, atol=1e-10)
