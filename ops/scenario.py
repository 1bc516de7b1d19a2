"""A scenario directory as the conductor sees it: its name, its company, what identifies its content."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES = (
    "jobs", "cost_codes", "job_cost_codes", "vendors", "items", "purchase_orders", "po_lines", "change_orders",
    "material_events", "invoices",
)  # fmt: skip
# Inputs that a scenario may have or not.
OPTIONAL_TABLES = ("categories", "sage_entries")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
_COMPANY = re.compile(r"[A-Z0-9]{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A directory of tables; `name` names its state under `var/demo/`, `company_id` its company in Sage.

    `overlay` is a file of settings in which the company's profile differs from the default.
    """

    folder: Path
    name: str
    company_id: str
    manifest: dict[str, Any]
    overlay: Path | None = None

    def table(self, name: str) -> Path | None:
        """Give the file of a table, plain or compressed; None when there is none."""
        found = (self.folder / f"{name}.csv", self.folder / f"{name}.csv.gz")
        return next((path for path in found if path.is_file()), None)

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        """Give the rows of a table in file order; none when there is no such table."""
        path = self.table(name)
        if path is not None:
            with _text(path) as file:
                yield from csv.DictReader(file)

    def fingerprint(self) -> str:
        """Give the sha256 of everything that is an input: compressed or not makes no difference.

        Raises:
            BadConfig: RS-189 a table cannot be read to its end.
        """
        digest = hashlib.sha256()
        if self.overlay is not None:
            digest.update(self.overlay.read_bytes())
        for name in (*TABLES, *OPTIONAL_TABLES):
            path = self.table(name)
            if path is not None:
                digest.update(f"{name}\n".encode())
                try:
                    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
                        while block := file.read(1 << 20):
                            digest.update(block)
                except (OSError, EOFError, zlib.error) as error:
                    raise BadConfig(
                        "RS-189",
                        "a table of the scenario cannot be read",
                        record=str(path),
                        found=str(error),
                        expected="a whole file",
                        do="copy the scenario again",
                    ) from error
        return digest.hexdigest()

    def closes(self) -> list[tuple[str, str]]:
        """Give the months whose close the scenario dates, with the instant: events recorded later are fed after it."""
        closes: dict[str, str] = self.manifest.get("closes", {})
        return sorted(closes.items())

    def reversed_entries(self) -> frozenset[str]:
        """Give the descriptions of entries made by hand in Sage that finance reverses instead of letting them stand."""
        return frozenset(str(description) for description in self.manifest.get("reversed_entries", []))

    def last_recorded_day(self, before: str = "") -> str:
        """Give the local day of the last event recorded before an instant ('' = any); '' when there is none."""
        bound = datetime.fromisoformat(before) if before else None
        times = (row["posted_time"] for row in self.rows("material_events"))
        return max((time[:10] for time in times if bound is None or datetime.fromisoformat(time) < bound), default="")

    def months(self) -> list[str]:
        """Give the months (`YYYY-MM`, rising) in which material events happened, by the local date of each."""
        return sorted({row["event_time"][:7] for row in self.rows("material_events")})

    def windows(self) -> list[tuple[str, str, str]]:
        """Give the windows of recording time that RunBlu's events are fed in, rising: month, start, stop.

        The month is the one after whose close the window is fed ('' = before any); '' as start or stop has no bound.
        Only the last two months are closed one by one, so only their dates part the events.
        """
        closes = [close for close in self.closes() if close[0] in self.months()[-2:]]
        stops = [instant for _, instant in closes] + [""]
        return [(month, start, stop) for (month, start), stop in zip([("", ""), *closes], stops, strict=True)]


def open_scenario(folder: Path, overlay: Path | None = None) -> Scenario:
    """Look at a scenario directory.

    Its name is the directory's; where that is no name (or the product's own `include/scenario`) the manifest's. With an
    overlay of the profile the books are others, so that its name is added: `aw_open-price_posted`.

    Raises:
        BadConfig: RS-180 no such directory; RS-181 tables missing; RS-182 manifest no JSON or its dates are none;
            RS-183 no usable name; RS-110 no such overlay.
    """
    folder = folder.expanduser().resolve()
    if not folder.is_dir():
        raise BadConfig(
            "RS-180",
            "the scenario directory is missing",
            record=str(folder),
            expected="a directory with the tables of a scenario",
            do="give an existing one: make demo SCENARIO=<directory>",
        )
    manifest = _manifest(folder / "manifest.json")
    candidates = [folder.name, str(manifest.get("scenario", ""))]
    if folder.name == "scenario":
        candidates.reverse()
    for name in candidates:
        company_id = name.split("_")[0].upper()
        if _NAME.fullmatch(name) and _COMPANY.fullmatch(company_id):
            scenario = Scenario(folder, name + _suffix(overlay), company_id, manifest, overlay)
            _require_tables(scenario)
            return scenario
    raise BadConfig(
        "RS-183",
        "the scenario has no usable name",
        record=str(folder),
        found=folder.name,
        expected="letters, digits, _ and -; before the first _ a company of at most 10 letters and digits",
        do="rename the directory",
    )


def _suffix(overlay: Path | None) -> str:
    if overlay is None:
        return ""
    if not overlay.is_file() or _NAME.fullmatch(overlay.stem) is None:
        raise BadConfig(
            "RS-110",
            "a company profile cannot be read",
            record=str(overlay),
            expected="a file whose name has letters, digits, _ and - before the dot",
            found="no such file" if not overlay.is_file() else overlay.name,
            do="give an existing one: make demo PROFILE=<file>",
        )
    return f"-{overlay.stem}"


def _require_tables(scenario: Scenario) -> None:
    missing = [name for name in TABLES if scenario.table(name) is None]
    if missing:
        raise BadConfig(
            "RS-181",
            "tables of the scenario are missing",
            record=str(scenario.folder),
            expected=", ".join(f"{name}.csv[.gz]" for name in TABLES),
            found=f"no {', no '.join(missing)}",
            do="complete the directory",
        )


def _manifest(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        raise _bad_manifest(path, str(error), "a JSON object") from error
    if not isinstance(content, dict):
        raise _bad_manifest(path, type(content).__name__, "a JSON object")
    _check_closes(path, content.get("closes", {}))
    return content


def _check_closes(path: Path, closes: object) -> None:
    expected = "closes as an object of months, {YYYY-MM: ISO 8601 time with offset}, the times rising with the months"
    if not isinstance(closes, dict):
        raise _bad_manifest(path, f"closes {json.dumps(closes)}", expected)
    before = None
    for month, text in sorted(closes.items()):
        try:
            instant = datetime.fromisoformat(text)
        except (TypeError, ValueError) as error:
            raise _bad_manifest(path, f"closes {month}: {text}", expected) from error
        is_rising = before is None or instant.utcoffset() is None or instant > before
        if _MONTH.fullmatch(month) is None or instant.utcoffset() is None or not is_rising:
            raise _bad_manifest(path, f"closes {month}: {text}", expected)
        before = instant


def _bad_manifest(path: Path, found: str, expected: str) -> BadConfig:
    return BadConfig(
        "RS-182",
        "the scenario's manifest cannot be read",
        record=str(path),
        found=found,
        expected=expected,
        do="correct the file",
    )


def _text(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
