"""Study files: what they accept, how they refuse, and that their defaults are those of the code."""

import inspect
import tomllib
from pathlib import Path

import pytest

import brainsim
from compare.errors import SettingsError
from compare.settings import StudySettings, settings_hash
from compare.settings_file import load_settings, named_settings, settings_text, with_seed
from isocortex.errors import MissingFileError


def written(folder: Path, text: str) -> Path:
    """Write a study file."""
    path = folder / "my.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_commented_file_is_the_default_study(tmp_path: Path) -> None:
    """What `isocortex init` writes reads back as the defaults, and every key stands in it with a comment."""
    text = settings_text()
    assert load_settings(written(tmp_path, text)) == StudySettings()
    values = tomllib.loads(text)
    for name in StudySettings.model_fields:
        section = type(getattr(StudySettings(), name))
        assert values[name].keys() == section.model_fields.keys()
        assert all(field.description for field in section.model_fields.values())


def test_an_empty_file_is_the_default_study(tmp_path: Path) -> None:
    """Whatever is left out has its default."""
    assert load_settings(written(tmp_path, "")) == StudySettings() == named_settings("digits")


def test_settings_other_than_the_defaults_survive_writing(tmp_path: Path) -> None:
    """Text with quotes, lists, numbers and switches come back as they were."""
    changed = StudySettings.model_validate(
        {
            "study": {"question": 'Is "7" a digit — or \\ not?', "seed": 12},
            "network": {"filters": [4], "learning_rate": 1e-5},
            "simulation": {"duration": 80},
            "comparison": {"measures": ["cka"], "nulls": ["rewired", "poisson-rates"]},
        }
    )
    assert load_settings(written(tmp_path, settings_text(changed))) == changed


def test_nulls_were_a_switch_once() -> None:
    """Study files and runs that say true or false mean the usual nulls or none."""
    usual, none = (StudySettings.model_validate({"comparison": {"nulls": on}}).comparison.nulls for on in (True, False))
    assert usual == StudySettings().comparison.nulls
    assert none == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[simulation]\ntrails = 4", "[simulation] trails: unknown; did you mean 'trials'?"),
        ("[simulatoin]\ntrials = 4", "[simulatoin]: unknown section; did you mean 'simulation'?"),
        ("trials = 4", "[trials]: unknown section; choose one of: brain, comparison"),
        ("data = 4", "[data]: must be a section of keys, got 4"),
        ("[simulation]\ntrials = 1", "[simulation] trials: must be at least 2, got 1"),
        ("[simulation]\ntrials = '4'", "[simulation] trials: must be a whole number, got '4'"),
        ("[simulation]\ndt = 0", "[simulation] dt: must be more than 0, got 0"),
        ("[simulation]\ndt = nan", "[simulation] dt: must be finite, got nan"),
        ("[simulation]\nduration = inf", "[simulation] duration: must be finite, got inf"),
        ("[simulation]\nduration = 1e9", "[simulation] duration: must be at most 10000, got 1000000000.0"),
        ("[simulation]\ndt = true", "[simulation] dt: must be a number, got True"),
        ("[simulation]\nengine = 'brain2'", "[simulation] engine: got 'brain2'; did you mean 'brian2'?"),
        ("[simulation]\ndt = 1.0\nduration = 0.5", "[simulation] dt: 1.0 ms is longer than a trial"),
        ("[comparison]\nmeasures = ['rsq']", "[comparison] measures: got 'rsq'; did you mean 'rsa'?"),
        ("[comparison]\nmeasures = []", "[comparison] measures: must have at least 1, got []"),
        ("[brain]\nprototypes = [1, 2, 3, 4]", "[brain] prototypes: must have no more than 3, got [1, 2, 3, 4]"),
        ("[comparison]\nmeasures = 'rsa'", "[comparison] measures: must be a list in brackets, got 'rsa'"),
        ("[comparison]\nmeasures = ['rsa', 'rsa']", "[comparison] measures: each once, got rsa, rsa"),
        ("[comparison]\nnulls = 'yes'", "[comparison] nulls: must be a list in brackets, got 'yes'"),
        ("[comparison]\nnulls = ['rewird']", "[comparison] nulls: got 'rewird'; did you mean 'rewired'?"),
        ("[comparison]\nnulls = ['rewired', 'rewired']", "[comparison] nulls: each once, got rewired, rewired"),
        ("[data]\nheld_out = 1.0", "[data] held_out: must be less than 1, got 1.0"),
        ("[data]\nimages = ''", "[data] images: must not be empty, got ''"),
        ("[study]\nname = 3", "[study] name: must be text in quotes, got 3"),
        ("[report]\nexample = 200", "[report] example: there are 200 stimuli, got 200"),
        ("[data]\nresize = 20", "[data] resize: is for your own images, the digits stay as they are; got 20"),
        ("[report\n", "not readable as TOML"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    """Each mistake gives one line with file, section, key, value and the nearest valid name."""
    with pytest.raises(SettingsError) as caught:
        load_settings(written(tmp_path, text))
    line = str(caught.value)
    assert line.startswith(str(tmp_path / "my.toml"))
    assert message in line
    assert "\n" not in line


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """A missing file, bytes that are no text and an oversized file are refused."""
    with pytest.raises(MissingFileError, match=r"none\.toml: no such file"):
        load_settings(tmp_path / "none.toml")
    (tmp_path / "my.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not readable as TOML"):
        load_settings(tmp_path / "my.toml")
    with pytest.raises(SettingsError, match="too long"):
        load_settings(written(tmp_path, "#" * 2_000_000))


def test_a_study_of_a_mistyped_name_gets_the_nearest() -> None:
    """A name that is neither a study nor a file is answered with the study that comes nearest."""
    with pytest.raises(MissingFileError, match="did you mean 'digits'"):
        named_settings("digit")


def test_images_are_relative_to_the_study_file(tmp_path: Path) -> None:
    """The user's images are found beside the file, wherever the command is run."""
    path = written(tmp_path, "[data]\nimages = 'mine.npz'")
    assert load_settings(path).data.images == str(tmp_path / "mine.npz")


def test_equal_settings_have_equal_hashes() -> None:
    """The hash tells settings apart, and sections; threads change no result and no hash."""
    default = StudySettings()
    other = with_seed(default, 1)
    threaded = StudySettings.model_validate({"simulation": {"threads": 3}})
    assert settings_hash(default) == settings_hash(StudySettings()) == settings_hash(threaded)
    assert settings_hash(default) != settings_hash(other)
    assert settings_hash(default, ("data", "brain")) == settings_hash(other, ("data", "brain"))


def test_a_negative_seed_is_refused() -> None:
    """A seed given on the command line is checked like one in a file."""
    with pytest.raises(SettingsError, match=r"seed: \[study\] seed: must be at least 0, got -1"):
        with_seed(StudySettings(), -1)


def test_settings_are_frozen() -> None:
    """A study cannot be changed behind its hash."""
    with pytest.raises(ValueError, match="frozen"):
        StudySettings().data.stimuli = 3  # type: ignore[misc]


def test_the_default_brain_is_the_atlas_s() -> None:
    """A study that says nothing of the brain has the stream that `ventral_stream()` builds."""
    atlas = inspect.signature(brainsim.atlas.ventral_stream).parameters
    section = StudySettings().brain
    assert section.prototypes == atlas["prototypes"].default
    assert section.feedback == atlas["feedback"].default
