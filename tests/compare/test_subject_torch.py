"""Torch modules as subjects: named submodules, told apart, copied in time, and the module left as it was."""

import numpy as np
import pytest

import compare
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402


class Reused(nn.Module):
    """Two convolutions with one ReLU, in place, behind both, and a block with a shortcut."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(4 * 36, 5))

    def forward(self, x):
        """Compute."""
        return self.head(self.drop(self.relu(self.conv2(self.relu(self.norm(self.conv1(x)))))))


class Odd(nn.Module):
    """Gives whatever it is told to."""

    def __init__(self, give):
        super().__init__()
        self.inner = nn.Linear(6, 4)
        self.odd = self.Part(give)

    class Part(nn.Module):
        """The submodule with the odd output."""

        def __init__(self, give):
            super().__init__()
            self.give = give

        def forward(self, x):
            """Compute."""
            return self.give(x)

    def forward(self, x):
        """Compute."""
        hidden = self.inner(x)
        self.odd(hidden)
        return hidden


@pytest.fixture
def images():
    """Seven random images of 6 x 6 in colour."""
    return np.random.default_rng(0).uniform(size=(7, 6, 6, 3))


@pytest.fixture
def module():
    """Give a module with random weights."""
    torch.manual_seed(0)
    return Reused()


def test_submodules_come_in_the_order_in_which_they_are_done(module, images):
    """A module used twice is told apart; a Sequential is left out for its members."""
    found = compare.activity(module, images)

    assert list(found) == ["conv1", "norm", "relu", "conv2", "relu_2", "drop", "head.0", "head.1"]
    assert {name: rows.shape for name, rows in found.items()}["conv1"] == (7, 144)


def test_numbers_are_those_of_the_module_itself(module, images):
    """Each submodule's output by hand, before a ReLU writes over it in place; channels are turned to the front."""
    found = compare.activity(module, images)
    module.eval()
    with torch.no_grad():
        x = torch.tensor(np.moveaxis(images, -1, 1), dtype=torch.float32)
        first = module.conv1(x)
        second = torch.clamp(module.norm(first), min=0)
        third = module.conv2(second)
        answer = module(x)

    for name, expected in {"conv1": first, "relu": second, "conv2": third, "head.1": answer}.items():
        np.testing.assert_allclose(found[name], expected.numpy().reshape(7, -1), rtol=1e-5, atol=1e-6)
    assert found["conv2"].min() < 0 <= found["relu_2"].min()


@pytest.mark.parametrize("fails", [False, True])
def test_the_module_is_left_as_it_was(module, images, fails):
    """Modes of all submodules, running statistics, gradients and hooks, whether or not the pass succeeds."""
    module.train()
    module.drop.eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    if fails:
        with pytest.raises(InvalidActivityError, match="cannot take stimuli of shape"):
            compare.activity(module, images[..., :2])
    else:
        compare.activity(module, images)

    assert module.training
    assert module.conv1.training
    assert not module.drop.training
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert not any(part._forward_hooks for part in module.modules())
    assert torch.is_grad_enabled()


def test_layers_choose_submodules(module, images):
    """One name or several, a second use, a container, and the whole module's answer."""
    whole = compare.activity(module, images)

    assert list(compare.activity(module, images, layers="conv2")) == ["conv2"]
    chosen = compare.activity(module, images, layers=["relu_2", "head", "output"])
    assert list(chosen) == ["relu_2", "head", "output"]
    np.testing.assert_array_equal(chosen["relu_2"], whole["relu_2"])
    np.testing.assert_array_equal(chosen["head"], whole["head.1"])
    np.testing.assert_array_equal(chosen["output"], whole["head.1"])


def test_layout_is_found_or_told(images):
    """A dense layer first takes images as they are; "as given" hands over what is channels first already."""
    flat = nn.Sequential(nn.Flatten(), nn.Linear(108, 4))
    conv = nn.Conv2d(3, 2, 3)
    expected = compare.activity(conv, images)["output"]

    np.testing.assert_allclose(
        compare.activity(flat, images)["1"],
        flat(torch.tensor(images.reshape(7, -1), dtype=torch.float32)).detach(),
        rtol=1e-5,
    )
    np.testing.assert_array_equal(
        compare.activity(conv, np.moveaxis(images, -1, 1), layout="as given")["output"], expected
    )
    turned = compare.activity(flat, images, layout="channels first")["0"]
    np.testing.assert_array_equal(turned, np.moveaxis(images, -1, 1).reshape(7, -1).astype(np.float32))


def test_recurrent_modules_give_their_output_stimuli_first():
    """Of (output, state) the output is taken, whichever axis the module counts stimuli on; of a cell its state h."""
    x = np.random.default_rng(0).normal(size=(5, 4, 3)).astype(np.float32)
    first = nn.LSTM(3, 6, batch_first=True)
    expected = first(torch.tensor(x))[0].detach().numpy().reshape(5, -1)

    np.testing.assert_allclose(compare.activity(first, x)["output"], expected, rtol=1e-6)

    class Turned(nn.Module):
        """Time first inside, and a cell behind it."""

        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(3, 6)
            self.rnn.load_state_dict(first.state_dict())
            self.cell = nn.LSTMCell(6, 2)

        def forward(self, x):
            """Compute."""
            out, _ = self.rnn(x.transpose(0, 1))
            return self.cell(out[-1])[0]

    found = compare.activity(Turned(), x)
    np.testing.assert_allclose(found["rnn"], expected, rtol=1e-5, atol=1e-6)
    assert found["cell"].shape == (5, 2)


def test_tokens_stay_whole_numbers():
    """An embedding takes whole numbers of any width."""
    module = nn.Sequential(nn.Embedding(10, 3), nn.Flatten(), nn.Linear(6, 2))
    found = compare.activity(module, np.array([[1, 2], [3, 4], [5, 6]], dtype=np.uint8))

    assert {name: rows.shape for name, rows in found.items()} == {"0": (3, 6), "1": (3, 6), "2": (3, 2)}


def test_half_precision_becomes_float32():
    """NumPy has no bfloat16."""
    found = compare.activity(nn.Linear(3, 2).to(torch.bfloat16), np.ones((4, 3)))

    assert found["output"].dtype == np.float32


@pytest.mark.parametrize("chunk", [1, 3, 7, 100])
def test_chunks_change_no_more_than_rounding(module, images, chunk):
    """However many stimuli are passed at a time."""
    expected = compare.activity(module, images)
    found = compare.activity(module, images, chunk=chunk)

    for name, rows in expected.items():
        np.testing.assert_allclose(found[name], rows, rtol=1e-4, atol=1e-5)


def test_second_use_does_not_take_anothers_name():
    """Where "relu_2" is a module of its own, the second use of "relu" is called otherwise."""

    class Named(nn.Module):
        """relu twice, relu_2 once."""

        def __init__(self):
            super().__init__()
            self.relu, self.relu_2 = nn.ReLU(), nn.ReLU()

        def forward(self, x):
            """Compute."""
            return self.relu_2(self.relu(self.relu(x) - 0.5) - 0.1)

    x = np.linspace(0, 1, 8).reshape(4, 2)
    found = compare.activity(Named(), x)
    assert list(found) == ["relu", "relu(2)", "relu_2"]
    np.testing.assert_allclose(found["relu_2"], np.clip(x - 0.6, 0, None), atol=1e-6)


@pytest.mark.parametrize(
    ("give", "error", "message"),
    [
        (lambda x: (x, x), ActivityTypeError, r"module\['odd'\]: Part gives a tuple"),
        (lambda x: {"a": x}, ActivityTypeError, r"module\['odd'\]: Part gives a dict"),
        (lambda x: x.T, InvalidActivityError, r"module\['odd'\]: gives shape \(4, 1\) for 1 stimuli"),
        (lambda x: x * float("nan"), InvalidActivityError, r"module\['odd'\]: 5 of 5 stimuli hold NaN"),
    ],
)
def test_odd_outputs_are_named_and_can_be_left_out(give, error, message):
    """The error names the submodule and the way out, which works."""
    module, x = Odd(give), np.ones((5, 6))
    with pytest.raises(error, match=message):
        compare.activity(module, x)

    assert list(compare.activity(module, x, layers="inner")) == ["inner"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"layers": "conv3"}, InvalidOptionError, "there is no 'conv3'; did you mean 'conv"),
        ({"layers": "conv1_2"}, InvalidOptionError, "there is no 'conv1_2'"),
        ({"layers": ["conv1", "conv1"]}, InvalidOptionError, "'conv1' is named twice"),
        ({"layers": []}, InvalidOptionError, "one name or more"),
        ({"layout": "channels last"}, InvalidOptionError, "layout: there is no 'channels last'"),
        ({"chunk": 0}, InvalidOptionError, "chunk: must be a whole number"),
        ({"duration": 5}, InvalidOptionError, "'duration' is an option of a simulated brain"),
    ],
)
def test_options_that_cannot_be_used_are_named(module, images, options, error, message):
    """Each bad option has its error."""
    with pytest.raises(error, match=message):
        compare.activity(module, images, **options)


def test_stimuli_that_cannot_be_used_are_named(module):
    """None, no numbers, none of them."""
    for stimuli, message in ((None, "none were given"), (["a"], "real numbers"), (np.ones((0, 3)), "at least one")):
        with pytest.raises(InvalidActivityError, match=message):
            compare.activity(module, stimuli)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_module_is_refused(images):
    """It takes no hooks."""
    with pytest.raises(ActivityTypeError, match="is scripted and takes no hooks"):
        compare.activity(torch.jit.script(nn.Conv2d(3, 2, 3)), images)


def test_a_transformer_is_seen_inside():
    """Hooks keep PyTorch off its fused path, on which no submodule would be called."""
    module = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    x = np.random.default_rng(0).normal(size=(5, 3, 8)).astype(np.float32)
    found = compare.activity(module, x, layers=["self_attn", "linear1", "norm2", "output"])

    assert {name: rows.shape for name, rows in found.items()} == {
        "self_attn": (5, 24), "linear1": (5, 48), "norm2": (5, 24), "output": (5, 24),
    }  # fmt: skip
    expected = module.eval()(torch.tensor(x)).detach().numpy().reshape(5, -1)
    np.testing.assert_allclose(found["output"], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found["norm2"], found["output"])


def test_a_module_on_disk_is_the_same(module, images, tmp_path):
    """The memory maps hold the numbers that memory would."""
    expected = compare.activity(module, images, chunk=3)
    found = compare.activity(module, images, chunk=3, out=tmp_path / "kept")

    for name, rows in expected.items():
        np.testing.assert_array_equal(found[name], rows)
