"""A scenario directory as files: which tables there are, whether they are what the manifest says, row by row.

Every refusal is one sentence with the file, the line, what stands there, what was expected and the next step.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from sandbox import values
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

MANIFEST = "manifest.json"
_AGAIN = "correct the file and its manifest entry, then load again"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the scenario format: the columns that must be there; others are read where present."""

    name: str
    columns: tuple[str, ...]
    is_optional: bool = False


TABLES = {
    table.name: table
    for table in (
        Table("jobs", ("job_id", "job_name", "job_status")),
        Table("cost_codes", ("cost_code", "cost_code_title")),
        Table("job_cost_codes", ("job_id", "cost_code", "category", "budget_amount")),
        Table("vendors", ("vendor_id", "vendor_name", "is_active")),
        Table("items", ("item_id", "item_description", "stock_uom", "standard_cost", "cost_code")),
        Table("purchase_orders", ("po_id", "vendor_id", "job_id", "order_time")),
        Table(
            "po_lines",
            (
                "po_id", "line_no", "item_id", "item_description", "job_id", "cost_code", "uom",
                "original_qty", "original_unit_price", "original_amount",
            ),
        ),
        Table(
            "change_orders",
            (
                "change_order_id", "po_id", "line_no", "change_seq", "change_time", "change_kind",
                "old_qty", "new_qty", "old_unit_price", "new_unit_price", "delta_amount",
            ),
        ),
        Table(
            "material_events",
            (
                "event_id", "event_kind", "po_id", "line_no", "item_id", "job_id", "cost_code",
                "event_time", "posted_time", "qty", "uom", "ref_event_id",
            ),
        ),
        Table(
            "invoices",
            (
                "invoice_id", "po_id", "line_no", "vendor_id", "invoice_number", "invoice_kind",
                "posted_time", "amount", "ref_invoice_id",
            ),
        ),
        Table("categories", ("category", "description", "accumulate_as"), is_optional=True),
        Table("sage_entries", ("entry_id", "after_period", "action"), is_optional=True),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One data row; its readers raise SandboxError naming file, line and column."""

    file: str
    line: int
    values: list[str]
    index: dict[str, int]

    def error(self, what: str, *, expected: str = "", found: str | None = None, do: str = _AGAIN) -> SandboxError:
        """Make the error that names this row."""
        return SandboxError(what, where=f"{self.file} line {self.line}", expected=expected, found=found, do=do)

    def text(self, column: str) -> str:
        """Give a column's text, '' where the scenario has no such column."""
        place = self.index.get(column)
        return "" if place is None else self.values[place]

    def identity(self, column: str, longest: int = 0, *, may_be_empty: bool = False) -> str:
        """Give an id: printable, of Sage's code page, not longer than `longest` (0 = any length)."""
        found = self.text(column)
        if not found:
            if may_be_empty:
                return found
            raise self.error(f"{column} is empty", expected="an id")
        if not values.is_identity(found):
            raise self.error(f"{column} is no id", expected="printable cp1252 text without outer blanks", found=found)
        if longest and len(found) > longest:
            raise self.error(f"{column} is too long for Sage", expected=f"at most {longest} characters", found=found)
        return found

    def decimal(self, column: str, places: int) -> Decimal:
        """Give a plain decimal that fits `places` decimals."""
        found = self.text(column)
        value = values.exact(found, places)
        if value is None:
            raise self.error(
                f"{column} is no plain number", expected=f"a decimal with at most {places} decimals", found=found
            )
        return value

    def whole(self, column: str, greatest: int = 99_999) -> int:
        """Give a whole number from 1 to `greatest`."""
        found = self.text(column)
        if not (found.isascii() and found.isdigit() and 1 <= int(found) <= greatest):
            raise self.error(
                f"{column} is no line number", expected=f"a whole number from 1 to {greatest}", found=found
            )
        return int(found)

    def time(self, column: str) -> str:
        """Give an ISO time with offset, verbatim."""
        found = self.text(column)
        if values.instant(found) is None:
            raise self.error(
                f"{column} is no time", expected="ISO 8601 with offset, as 2024-05-31T16:30:00+02:00", found=found
            )
        return found

    def day(self, column: str) -> str:
        """Give an ISO date, verbatim."""
        found = self.text(column)
        if values.day(found) is None:
            raise self.error(f"{column} is no date", expected="YYYY-MM-DD", found=found)
        return found

    def flag(self, column: str) -> bool:
        """Give a 0/1 column."""
        found = self.text(column)
        if found not in ("0", "1"):
            raise self.error(f"{column} is no flag", expected="0 or 1", found=found)
        return found == "1"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A directory whose tables have been compared with its manifest; `hashes` are of the uncompressed CSVs."""

    folder: Path
    name: str
    files: dict[str, Path]
    hashes: dict[str, str]

    @classmethod
    def open(cls, folder: Path) -> Scenario:
        """Find the tables and compare each with the manifest; raises SandboxError for the first thing amiss."""
        if not folder.is_dir():
            raise SandboxError(
                "the scenario directory does not exist",
                where=str(folder),
                expected="a directory with manifest.json",
                do="give the path of a scenario directory",
            )
        manifest = _manifest(folder)
        named = {Path(name).name.split(".")[0]: (name, facts) for name, facts in manifest["files"].items()}
        files, hashes = {}, {}
        for table in TABLES.values():
            path = _find(folder, table)
            if path is None:
                continue
            name, facts = named.get(table.name, ("", None))
            if facts is None:
                raise SandboxError(
                    "the manifest does not name this table",
                    where=path.name,
                    expected=f"{path.name} in {MANIFEST}",
                    do="seal the scenario again with `python -m sandbox seal-scenario`",
                )
            hashes[table.name] = _compare(path, facts, name)
            files[table.name] = path
        return cls(folder, str(manifest.get("scenario") or folder.name), files, hashes)

    @property
    def content_hash(self) -> str:
        """Give one hash over all tables: the identity of what is loaded."""
        listing = "".join(f"{name} {digest}\n" for name, digest in sorted(self.hashes.items()))
        return hashlib.sha256(listing.encode()).hexdigest()

    def rows(self, table: str) -> Iterator[Row]:
        """Give the rows of a table in file order; none where an optional table is absent."""
        if table in self.files:
            yield from _rows(self.files[table], TABLES[table])


def open_table(path: Path) -> BinaryIO:
    """Open a table's uncompressed bytes."""
    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def digest_table(path: Path) -> tuple[str, int]:
    """Give the sha256 of a table's uncompressed bytes and its number of data rows."""
    digest = hashlib.sha256()
    try:
        with open_table(path) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        count = sum(1 for _ in _records(path)) - 1
    except (OSError, EOFError, zlib.error) as broken:
        raise SandboxError(
            f"the file cannot be read ({broken})", where=path.name, do="copy the scenario again"
        ) from None
    return digest.hexdigest(), count


def _manifest(folder: Path) -> dict[str, dict[str, object]]:
    path = folder / MANIFEST
    advice = "copy the scenario again or seal it with `python -m sandbox seal-scenario`"
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SandboxError("the manifest is missing", where=str(path), expected="a JSON file", do=advice) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as broken:
        raise SandboxError(f"the manifest is not JSON ({broken})", where=str(path), do=advice) from None
    if not isinstance(document, dict) or not isinstance(document.get("files"), dict):
        raise SandboxError("the manifest names no files", where=str(path), expected='an object "files"', do=advice)
    return document


def _find(folder: Path, table: Table) -> Path | None:
    found = [path for path in (folder / f"{table.name}.csv", folder / f"{table.name}.csv.gz") if path.is_file()]
    if len(found) > 1:
        raise SandboxError(
            "the table is there twice", where=table.name, expected="either .csv or .csv.gz", do="remove one of the two"
        )
    if not found and not table.is_optional:
        raise SandboxError(
            "the table is missing",
            where=f"{folder / table.name}.csv",
            expected="a CSV file, plain or .gz",
            do="complete the scenario directory",
        )
    return found[0] if found else None


def _compare(path: Path, facts: object, name: str) -> str:
    wanted = facts.get("sha256_of_csv") if isinstance(facts, dict) else None
    if not isinstance(wanted, str):
        raise SandboxError("the manifest has no hash of this table", where=name, expected="sha256_of_csv", do=_AGAIN)
    digest, count = digest_table(path)
    if digest != wanted:
        raise SandboxError(
            "the table is not the one the manifest describes",
            where=path.name,
            expected=f"sha256 {wanted}",
            found=digest,
            do="copy the scenario again, or seal it if the change is meant",
        )
    rows = facts.get("rows") if isinstance(facts, dict) else None
    if rows is not None and rows != count:
        raise SandboxError(
            "the table has another number of rows than the manifest says",
            where=path.name,
            expected=f"{rows} rows",
            found=str(count),
            do=_AGAIN,
        )
    return digest


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    with io.TextIOWrapper(open_table(path), encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, strict=True)
        try:
            for record in reader:
                yield reader.line_num, record
        except csv.Error as broken:
            raise SandboxError(
                f"the line is no CSV ({broken})", where=f"{path.name} line {reader.line_num}", do=_AGAIN
            ) from None
        except UnicodeDecodeError as broken:
            raise SandboxError(
                f"the text is not UTF-8 ({broken.reason})", where=f"{path.name} after line {reader.line_num}", do=_AGAIN
            ) from None


def _rows(path: Path, table: Table) -> Iterator[Row]:
    name, records = path.name, _records(path)
    _line, header = next(records, (0, []))
    index = {column: place for place, column in enumerate(header)}
    missing = [column for column in table.columns if column not in index]
    if missing or len(index) != len(header):
        wrong = f"the header lacks {', '.join(missing)}" if missing else "the header names a column twice"
        raise SandboxError(
            wrong, where=f"{name} line 1", expected=", ".join(table.columns), found=",".join(header), do=_AGAIN
        )
    width = len(header)
    for line, record in records:
        if len(record) != width:
            raise SandboxError(
                "the row is ragged",
                where=f"{name} line {line}",
                expected=f"{width} fields",
                found=f"{len(record)} fields",
                do=_AGAIN,
            )
        yield Row(name, line, record, index)
