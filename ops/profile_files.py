"""Profiles as files: YAML whose every value is known by its line, and the table of mappings beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import yaml

from sage_bridge.errors import BadConfig
from sage_bridge.mappings import read_table
from sage_bridge.profiles import Profile, read_profile

if TYPE_CHECKING:
    from pathlib import Path


def load_profile(file: Path, overlay: Path | None = None) -> Profile:
    """Read one profile, and the CSV file its key `mappings` names where it is no list.

    An overlay holds only what differs: sections key by key, everything else whole.

    Raises:
        BadConfig: RS-110 a file is missing or no YAML; RS-111 to RS-119, RS-135 a setting is wrong: file, line, value
            and what is allowed are named.
    """
    values, places = _read(file)
    if overlay is not None:
        differing, other_places = _read(overlay)
        values = _laid_over(values, differing)
        places |= other_places
    profile = read_profile(values, file.name, places)
    try:
        ZoneInfo(profile.time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise BadConfig(
            "RS-119",
            "a setting of the company profile is wrong",
            record=f"{places['time_zone']}, key time_zone",
            expected="a zone of the tz database, such as America/New_York",
            found=profile.time_zone,
            do="correct the file and load it again",
        ) from error
    return profile


def _read(file: Path) -> tuple[object, dict[str, str]]:
    """Give a file's values, those of its mappings included, and the place of every key."""
    text = _text(file)
    places: dict[str, str] = {}
    try:
        _note_places(yaml.compose(text, Loader=yaml.CSafeLoader), "", file.name, places)
        values = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        # A value that looks like a date and is none is a ValueError.
        raise _unreadable(file, error) from error
    if isinstance(values, dict) and isinstance(values.get("mappings"), str):
        table = file.parent / values["mappings"]
        values["mappings"], lines = read_table(_text(table), table.name)
        places |= {f"mappings[{number}]": place for number, place in enumerate(lines)}
    return values, places


def _laid_over(values: object, differing: object) -> object:
    if not (isinstance(values, dict) and isinstance(differing, dict)):
        return differing
    return {**values, **{key: _laid_over(values.get(key), value) for key, value in differing.items()}}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: Exception) -> BadConfig:
    return BadConfig(
        "RS-110",
        "a company profile cannot be read",
        record=str(file),
        found=" ".join(str(error).split()),
        do="correct the file and load it again",
    )


def _note_places(node: yaml.Node | None, name: str, file: str, places: dict[str, str]) -> None:
    """Note the line of every key; a key that stands twice is refused, since YAML would take the last one silently."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            path = f"{name}.{key.value}" if name else str(key.value)
            place = f"{file} line {key.start_mark.line + 1}"
            if path in places:
                raise BadConfig(
                    "RS-116",
                    "a setting of the company profile is wrong",
                    record=f"{place}, key {path}",
                    expected=f"every key once; it stands in {places[path].removeprefix(file).strip()} already",
                    found=str(key.value),
                    do="correct the file and load it again",
                )
            places[path] = place
            _note_places(value, path, file, places)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            places[f"{name}[{number}]"] = f"{file} line {item.start_mark.line + 1}"
            _note_places(item, f"{name}[{number}]", file, places)
