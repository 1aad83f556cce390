"""Study files: TOML, read with errors that name the culprit and the nearest valid name, and written with comments.

A study file holds sections (``[data]``, ``[network]``, ...) of keys. Whatever is left out has its default, so
an empty file is the default study.
"""

import json
import os
import textwrap
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from compare.errors import SettingsError
from compare.settings import Section, StudySettings
from isocortex.errors import MissingFileError, nearest

__all__ = ["load_settings", "named_settings", "settings_text", "with_seed"]

STUDIES = ("digits",)
LIMIT = 2**20  # bytes; a study file is a page of text


def load_settings(path: str | os.PathLike[str]) -> StudySettings:
    """Read a study file.

    Parameters
    ----------
    path : path-like
        A TOML file. A path in it is relative to the file.

    Raises
    ------
    MissingFileError
        If there is no such file.
    SettingsError
        If it is not TOML, or holds an unknown section, key or value; the message names file, section and key,
        and the nearest valid name.
    """
    file = Path(path)
    if not file.is_file():
        raise MissingFileError(f"{file}: no such file")
    try:
        if file.stat().st_size > LIMIT:
            raise SettingsError(f"{file}: {file.stat().st_size} bytes, too long for a study file")
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: not readable as TOML ({error})") from error
    settings = _checked(values, str(file))
    if settings.data.images in STUDIES:
        return settings
    images = str((file.parent / settings.data.images).absolute())
    return settings.model_copy(update={"data": settings.data.model_copy(update={"images": images})})


def named_settings(study: str | os.PathLike[str]) -> StudySettings:
    """Give the settings of a study that ships (``"digits"``) or of a study file.

    Examples
    --------
    >>> named_settings("digits") == StudySettings()
    True
    """
    if os.fspath(study) in STUDIES:
        return StudySettings()
    if not Path(study).exists() and not Path(study).suffix:
        raise MissingFileError(f"{study}: neither a study nor a file; {nearest(os.fspath(study), STUDIES)}")
    return load_settings(study)


def settings_text(settings: StudySettings | None = None) -> str:
    """Write settings as a commented study file; the comments are the keys' own descriptions.

    Examples
    --------
    >>> print(settings_text().splitlines()[0])
    # A study of isocortex; `isocortex run THIS_FILE` runs it.
    """
    chosen = settings or StudySettings()
    lines = [
        "# A study of isocortex; `isocortex run THIS_FILE` runs it.",
        "# Whatever is left out has the value that stands here.",
    ]
    for name in StudySettings.model_fields:
        section = getattr(chosen, name)
        lines += ["", f"# {(type(section).__doc__ or name).splitlines()[0]}", f"[{name}]"]
        for key, field in type(section).model_fields.items():
            choices = ", ".join(_choices(field.annotation))
            note = f"{field.description} (one of: {choices})" if choices else str(field.description)
            lines += [*_wrapped(note), f"{key} = {_toml(getattr(section, key))}"]
    return "\n".join(lines) + "\n"


def with_seed(settings: StudySettings, seed: int) -> StudySettings:
    """Give the same study with another seed.

    Raises
    ------
    SettingsError
        If the seed is negative or too large.
    """
    values = settings.model_dump()
    values["study"]["seed"] = seed
    return _checked(values, "seed")


def _checked(values: Mapping[str, Any], source: str) -> StudySettings:
    try:
        return StudySettings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"{source}: {_explain(error.errors()[0])}") from None


WRONG = {
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "less_than": "must be less than {lt:g}",
    "finite_number": "must be finite",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text in quotes",
    "tuple_type": "must be a list in brackets",
    "string_too_short": "must not be empty",
    "too_short": "must have at least {min_length}",
    "too_long": "must have no more than {max_length}",
}


def _explain(error: Any) -> str:
    """Say in one line what pydantic found, in the words of a study file."""
    place, kind, given = error["loc"], error["type"], error["input"]
    if not place:
        return str(error["ctx"]["error"])
    section = str(place[0])
    if section not in StudySettings.model_fields:
        return f"[{section}]: unknown section; {nearest(section, StudySettings.model_fields)}"
    if len(place) == 1:
        return f"[{section}]: must be a section of keys, got {given!r}"
    key, fields = str(place[1]), _section(section).model_fields
    if key not in fields:
        return f"[{section}] {key}: unknown; {nearest(key, fields)}"
    if kind == "literal_error":
        return f"[{section}] {key}: got {given!r}; {nearest(str(given), _choices(fields[key].annotation))}"
    wrong = WRONG[kind].format(**error.get("ctx", {})) if kind in WRONG else error["msg"]
    return f"[{section}] {key}: {wrong}, got {given!r}"


def _section(name: str) -> type[Section]:
    return type(getattr(StudySettings(), name))


def _choices(annotation: Any) -> list[str]:
    """Give the words that an annotation with ``Literal`` in it allows."""
    inner = [part for part in get_args(annotation) if part is not Ellipsis]
    return [word for part in inner for word in ([part] if isinstance(part, str) else _choices(part))]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 98, initial_indent="# ", subsequent_indent="#   ")


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)  # for text, numbers and booleans TOML writes what JSON writes
