"""Bad input that nobody here made up: polluted CSVs, encodings, naughty strings, spend files of governments."""

from __future__ import annotations

import csv
import io
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LINES_OF_A_FILE = 25


def raw_files(bad_input: Path, *, is_whole: bool = True) -> dict[str, bytes]:
    """Give every file of the corpora by where it is from; if not whole, few of those that are polluted alike."""
    found = {}
    for folder in ("csv_spectrum", "csv_test_data", "encodings", "naughty_strings"):
        for path in sorted((bad_input / folder).rglob("*")):
            if path.is_file() and path.suffix != ".json" and path.name != "LICENSE":
                found[str(path.relative_to(bad_input))] = path.read_bytes()
    for archive in ("pollock_polluted", "government_spend_files"):
        members = archived(bad_input / f"{archive}.tar.gz")
        found |= {name: content for name, content in members.items() if "/csv/" in name}
    alike = [name for name in found if name.startswith("pollock/csv/row_")]
    for name in [] if is_whole else [name for place, name in enumerate(alike) if place % 12]:
        del found[name]
    return found


def archived(archive: Path) -> dict[str, bytes]:
    """Give the files of an archive by their names in it."""
    found = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            file = opened.extractfile(member) if member.isfile() else None
            if file is not None:
                found[member.name] = file.read()
    return found


def lines(content: bytes) -> list[bytes]:
    """Give some lines of a file as they stand, spread over all of it."""
    given = [line for line in content.replace(b"\r", b"\n").split(b"\n") if line]
    return given[:: max(1, len(given) // LINES_OF_A_FILE)][:LINES_OF_A_FILE]


def cells(content: bytes) -> list[str]:
    """Give some cells of a CSV as Python reads them, in the first of three encodings that fits."""
    for encoding in ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        found = list(dict.fromkeys(cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row))
        return found[:: max(1, len(found) // 200)]
    return []


def naughty(bad_input: Path) -> list[str]:
    """Give the strings of the Big List of Naughty Strings."""
    text = (bad_input / "naughty_strings" / "blns.txt").read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("#")]
