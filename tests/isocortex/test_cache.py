"""The cache belongs to its user alone."""

import stat

import pytest

from isocortex.cache import cache_folder
from isocortex.errors import UnwritableFileError


def test_the_folder_is_private(tmp_path, monkeypatch):
    """Nobody else may read or write what will be run, even where the folder was open before."""
    monkeypatch.setenv("ISOCORTEX_CACHE", str(tmp_path))
    (tmp_path / "engine").mkdir(mode=0o777)

    folder = cache_folder("engine")

    assert folder == tmp_path / "engine"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_of_another_user_is_refused(tmp_path, monkeypatch):
    """Code in somebody else's folder is not trusted."""
    monkeypatch.setenv("ISOCORTEX_CACHE", str(tmp_path))
    monkeypatch.setattr("os.getuid", lambda: 12345)

    with pytest.raises(UnwritableFileError, match="belongs to another user"):
        cache_folder("engine")


def test_a_place_that_cannot_be_made_is_named(tmp_path, monkeypatch):
    """A file in the way of the cache is reported with the remedy."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ISOCORTEX_CACHE", str(tmp_path / "file"))

    with pytest.raises(UnwritableFileError, match="set ISOCORTEX_CACHE"):
        cache_folder("engine")


def test_the_usual_places(tmp_path, monkeypatch):
    """XDG_CACHE_HOME is followed where the user set nothing of ours."""
    monkeypatch.delenv("ISOCORTEX_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert cache_folder("engine") == tmp_path / "isocortex" / "engine"
