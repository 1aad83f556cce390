"""Torch modules as subjects: named submodules, told apart, copied in time, and the module left as it was."""

import numpy as np
import pytest

import compare
from compare.errors import ActivityTypeError, InvalidActivityError, InvalidOptionError, LeftOutWarning

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


def test_tuples_and_mappings_are_taken_apart():
    """Each tensor has the place at which it stands in its name, also in tuples of tuples and at a second use."""
    module, x = Odd(lambda x: (x, {"twice": 2 * x, "none": None}, [(3 * x,)])), np.ones((5, 6))
    found = compare.activity(module, x)

    assert list(found) == ["inner", "odd[0]", "odd[1][twice]", "odd[2][0][0]"]
    np.testing.assert_array_equal(found["odd[2][0][0]"], 3 * found["odd[0]"])
    assert list(compare.activity(module, x, layers="odd[1][twice]")) == ["odd[1][twice]"]
    again = nn.Sequential()
    again.add_module("a", Odd(lambda x: (x, x)).odd)
    again.add_module("b", Odd(lambda x: x[0] + 1).odd)
    again.add_module("c", again.a)
    assert list(compare.activity(again, x)) == ["a[0]", "a[1]", "b", "a_2[0]", "a_2[1]"]
    assert list(compare.activity(again, x, layers=["a_2[1]", "a[0]"])) == ["a[0]", "a_2[1]"]


@pytest.mark.parametrize(
    ("give", "error", "message"),
    [
        (
            lambda x: (x, x),
            ActivityTypeError,
            r"module\['odd'\]: Part gives no tensor; it gives 'odd\[0\]', 'odd\[1\]'",
        ),
        (lambda x: "text", ActivityTypeError, r"module\['odd'\]: Part gives no tensor; choose others with layers="),
        (lambda x: x.T, InvalidActivityError, r"module\['odd'\]: gives shape \(4, 1\) for 1 stimuli"),
        (lambda x: x[:1], InvalidActivityError, r"module\['odd'\]: gives shape \(1, 4\) for 5 stimuli"),
        (lambda x: x * float("nan"), InvalidActivityError, r"module\['odd'\]: 5 of 5 stimuli hold NaN"),
    ],
)
def test_odd_outputs_that_are_asked_for_are_named(give, error, message):
    """The error names the submodule and the way out, which works."""
    module, x = Odd(give), np.ones((5, 6))
    with pytest.raises(error, match=message):
        compare.activity(module, x, layers=["inner", "odd"])

    assert list(compare.activity(module, x, layers="inner")) == ["inner"]


@pytest.mark.parametrize("stimuli", [1, 4, 5])
@pytest.mark.parametrize(
    "give", [lambda x: "text", lambda x: x.T, lambda x: x[:1], lambda x: x.sum(), lambda x: x[:, :0]]
)
def test_what_is_no_layer_is_left_out_and_counted(give, stimuli):
    """Whatever the number of stimuli, also where it happens to be that of another axis."""
    with pytest.warns(LeftOutWarning, match=r"module: 1 of 2 outputs are left out.*'odd'") as told:
        found = compare.activity(Odd(give), np.ones((stimuli, 6)))

    assert list(found) == ["inner"]
    assert told[0].filename == __file__


def test_a_module_without_any_layer_is_refused():
    """Nothing has an axis of stimuli."""
    with pytest.raises(InvalidActivityError, match=r"nothing that it gives for 2 stimuli .* 'output' \(4, 2\)"):
        compare.activity(Odd(lambda x: x.T).odd, np.ones((3, 4)))


class Demanding(nn.Module):
    """Takes two inputs, or what its own code accepts."""

    def __init__(self, two):
        super().__init__()
        self.fc = nn.Linear(6, 4)
        if two:
            self.forward = lambda x, mask: self.fc(x) * mask

    def forward(self, x):
        """Compute."""
        assert x.shape[1] == 7, "seven are needed"
        return self.fc(x)


@pytest.mark.parametrize(
    ("two", "message"), [(True, "forward takes these alone"), (False, "AssertionError: seven are")]
)
def test_whatever_a_module_raises_is_told_and_its_mode_is_put_back(two, message):
    """More than one input, and an error of its own code."""
    module = Demanding(two).train()
    with pytest.raises(InvalidActivityError, match=message):
        compare.activity(module, np.ones((5, 6)))

    assert module.fc.training
    assert not module.fc._forward_hooks


def test_a_compiled_module_is_its_module(module, images):
    """The wrapping of torch.compile is taken off, under which hooks might not be called."""
    expected = compare.activity(module, images)
    found = compare.activity(torch.compile(module, backend="eager"), images)

    assert list(found) == list(expected)
    np.testing.assert_array_equal(found["conv2"], expected["conv2"])


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16, torch.float16])
def test_images_of_any_layout_and_number_type(images, kind):
    """Channels in front already are found by their number; a module that makes its own axis of channels gets none."""
    conv = nn.Conv2d(3, 2, 3).to(kind)
    expected = compare.activity(conv, images)["output"]

    np.testing.assert_array_equal(compare.activity(conv, np.moveaxis(images, -1, 1))["output"], expected)
    assert expected.dtype == (np.float64 if kind == torch.float64 else np.float32)
    grey = nn.Sequential(nn.Unflatten(1, (1, 6)), nn.Conv2d(1, 2, 3).to(kind))
    found = compare.activity(grey, images[..., 0])["1"]
    np.testing.assert_array_equal(found, compare.activity(grey[1], images[..., :1])["output"])
    with pytest.raises(InvalidActivityError, match=r"grey ones images\[..., None\]"):
        compare.activity(grey[1], images[..., 0])


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
    nan = np.full((3, 2), [[0.0], [np.nan], [1.0]])
    for stimuli, message in (
        (None, "none were given"),
        (["a"], "real numbers"),
        (np.ones((0, 3)), "at least one"),
        (nan, "1 of 3 hold NaN or infinite values, the first is number 1"),
    ):
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
