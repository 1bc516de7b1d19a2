"""Foreign bad input as extracts and as free text: loaded exactly as its bytes say, or refused by name."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ops.companies import default_profile
from sage_bridge.errors import RefusedLine, RefusedTransfer
from sage_bridge.feeds import Column, Feed
from sage_bridge.sage_files import DESCRIPTION_LENGTH, DirectCostLayout, DirectCostLine
from sage_hooks import inbound_staging, runblu_files
from tests.bridge.test_sage_files import LINE
from tests.hooks.hardness import corpora
from tests.hooks.hardness.reading import key_hash_total
from tests.hooks.hardness.stand import Malformed
from tests.hooks.inbound_sender import EVENT, VENDOR, csv_bytes, event_bytes, manifest_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hooks.hardness.stand import Stand

pytestmark = pytest.mark.slow

HEADER = csv_bytes("VENDOR", []).rstrip(b"\n")


@pytest.fixture(scope="module")
def bad_input(foreign_data: Path) -> Path:
    return foreign_data / "bad_input"


def case_of(stand: Stand, flow: str, what: str, content: bytes, keys: list[str], encoding: str) -> Malformed:
    """A transfer whose manifest fits its bytes in every figure."""
    manifest = stand.sender.manifest(flow, [], content, encoding=encoding, extent="full")
    return Malformed(
        what,
        content,
        manifest_bytes(manifest, rows=len(keys), key_hash_total=key_hash_total([[key] for key in keys])),
    )


def vendors(values: list[bytes]) -> tuple[bytes, list[str]]:
    """A vendor extract with the values, bytes as they are, as names; and its keys."""
    keys = [f"V{number}" for number in range(len(values))]
    rows = [b"%s,%s,,,,,1" % (key.encode(), _quoted(value)) for key, value in zip(keys, values, strict=True)]
    return b"\n".join([HEADER, *rows, b""]), keys


def _quoted(value: bytes) -> bytes:
    return b'"' + value.replace(b'"', b'""') + b'"'


def events(values: list[str], *, is_ascii: bool) -> tuple[bytes, list[str]]:
    """An event file with the values as reasons, and its keys."""
    keys = [f"e{number}" for number in range(len(values))]
    rows = [{**EVENT, "event_id": key, "reason": value} for key, value in zip(keys, values, strict=True)]
    if is_ascii:
        return "".join(json.dumps(row) + "\n" for row in rows).encode(), keys
    return event_bytes(rows), keys


def test_a_foreign_file_as_an_extract_is_refused(stand: Stand, bad_input: Path, is_whole: bool) -> None:
    files = corpora.raw_files(bad_input, is_whole=is_whole)
    assert len(files) > 100
    for flow, encoding in (("VENDOR", "utf-8"), ("VENDOR", "cp1252"), ("EVENT", "utf-8")):
        cases = [
            case_of(stand, flow, name, content, ["x"] * max(1, len(content.splitlines()) - 1), encoding)
            for name, content in files.items()
        ]
        stand.refuse(f"foreign file as {flow}", flow, cases, is_chained=True)


def test_foreign_bytes_as_a_name_land_as_they_are_or_are_refused(stand: Stand, bad_input: Path, is_whole: bool) -> None:
    outcomes = set()
    for place, (name, content) in enumerate(corpora.raw_files(bad_input, is_whole=is_whole).items()):
        for encoding in ("utf-8", "cp1252") if is_whole else ("utf-8", "cp1252")[place % 2 :][:1]:
            extract, keys = vendors(corpora.lines(content))
            case = case_of(stand, "VENDOR", name, extract, keys, encoding)
            outcome = stand.take(f"foreign bytes as a name, {encoding}", "VENDOR", case, encoding)
            outcomes.add(outcome)
            if not _can_decode(extract, encoding):
                assert outcome == "RS-206", name
    assert {"landed", "RS-206"} <= outcomes <= {"landed", "RS-206", "RS-208", "RS-212"}


def _can_decode(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def test_foreign_cells_as_free_text_land_exactly(stand: Stand, bad_input: Path, is_whole: bool) -> None:
    files = [one for one in corpora.raw_files(bad_input, is_whole=is_whole).items() if one[0].endswith(".csv")]
    for name, content in files if is_whole else files[::2]:
        # What is no character in any file lands nowhere: Python's own reading gave it.
        values = [cell for cell in corpora.cells(content) if cell.isprintable()]
        extract, keys = vendors([value.encode() for value in values])
        case = case_of(stand, "VENDOR", name, extract, keys, "utf-8")
        assert stand.take("foreign cells as a name", "VENDOR", case) == ("landed" if values else "RS-212")
        if values:
            text, keys = events(values, is_ascii=False)
            case = case_of(stand, "EVENT", name, text, keys, "utf-8")
            assert stand.take("foreign cells as a reason", "EVENT", case) == "landed"


@pytest.mark.parametrize("is_ascii", [False, True])
def test_naughty_strings_as_a_reason_land_exactly(stand: Stand, bad_input: Path, is_ascii: bool) -> None:
    text, keys = events(corpora.naughty(bad_input), is_ascii=is_ascii)
    case = case_of(stand, "EVENT", "blns", text, keys, "utf-8")
    outcome = stand.take("naughty strings as a reason", "EVENT", case)
    # Raw control characters refuse the file; escaped ones keep their event out.
    assert outcome == ("landed" if is_ascii else "RS-206")
    clean = [
        value for value in corpora.naughty(bad_input) if not any(ord(sign) < 32 or ord(sign) == 127 for sign in value)
    ]
    text, keys = events(clean, is_ascii=is_ascii)
    assert (
        stand.take("naughty strings as a reason", "EVENT", case_of(stand, "EVENT", "", text, keys, "utf-8")) == "landed"
    )


def test_naughty_strings_come_out_as_they_went_in(stand: Stand, bad_input: Path) -> None:
    """From the extract through the mirror into the file for RunBlu, and into a file for Sage or refused for it."""
    strings = [one for one in corpora.naughty(bad_input) if not any(ord(sign) < 32 or ord(sign) == 127 for sign in one)]
    assert len(strings) > 480
    sender = stand.sender
    rows = [{**VENDOR, "Vendor": f"V{number}", "Name": text} for number, text in enumerate(strings)]
    sender.put("VENDOR", rows, csv_bytes("VENDOR", rows, "utf-8"), encoding="utf-8")
    assert sender.take_one("VENDOR").rows_landed == len(strings)
    names = {row["vendor"]: row["vendor_name"] for row in sender.rows("select vendor, vendor_name from core.vendor")}
    assert names == {f"V{number}": text.strip(" ") for number, text in enumerate(strings)}

    runblu_files.deliver_files(sender.connection, stand.exchange, sender.company)
    told = {}
    for path in sender.folder("to_runblu").glob("MASTER_*.ndjson"):
        for line in path.read_bytes().decode().split("\n")[:-1]:
            document = json.loads(line)
            if document["kind"] == "vendor":
                told[_deep(document, "vendor")] = _deep(document, "vendor_name")
    assert told == names

    written = refused = 0
    for encoding in ("cp1252", "utf-8"):
        layout = DirectCostLayout(default_profile("AW").direct_cost, encoding)
        for text in names.values():
            line = LINE._replace(description=layout.cut(text))
            content, reason = _written(layout, line)
            if not content:
                refused += 1
                assert reason[:6] in {"RS-301", "RS-302", "RS-303", "RS-304"}, reason
                continue
            written += 1
            (found,) = layout.parse(content)
            assert found.description == line.description
            assert b"?" not in content or "?" in line.description
            assert len(line.description.encode(encoding)) <= DESCRIPTION_LENGTH
    assert written > 300
    assert refused > 300


def _written(layout: DirectCostLayout, line: DirectCostLine) -> tuple[bytes, str]:
    """The line's bytes, or why there are none."""
    try:
        return layout.write(line), ""
    except RefusedLine as refused:
        return b"", str(refused)


def _deep(document: Any, key: str) -> Any:
    """Find a key in a document or one level below."""
    if key in document and not isinstance(document[key], dict):
        return document[key]
    return next(value[key] for value in document.values() if isinstance(value, dict) and key in value)


def answers(bad_input: Path) -> dict[str, tuple[bytes, list[list[str]] | None]]:
    """Every CSV that comes with an answer: its bytes with a header, and its rows; None where it must be refused."""
    found: dict[str, tuple[bytes, list[list[str]] | None]] = {}
    spectrum, data = bad_input / "csv_spectrum", bad_input / "csv_test_data"
    for path in sorted(spectrum.glob("csvs/*.csv")):
        rows = json.loads((spectrum / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        rows = rows if isinstance(rows, list) else [rows]
        found[f"spectrum {path.stem}"] = (path.read_bytes(), [list(row.values()) for row in rows])
    for path in sorted(data.glob("csv/*.csv")):
        content, answer = path.read_bytes(), data / "json" / f"{path.stem}.json"
        if path.stem.startswith("bad-") or not answer.is_file():
            found[f"data {path.stem}"] = (content, None)
            continue
        rows = json.loads(answer.read_text(encoding="utf-8"))
        if rows and isinstance(rows[0], list):
            end = b"\r\n" if b"\r\n" in content else b"\n"
            content = ",".join(f"c{number}" for number in range(len(rows[0]))).encode() + end + content
        found[f"data {path.stem}"] = (content, [row if isinstance(row, list) else list(row.values()) for row in rows])
    return found


def staged(stand: Stand, content: bytes, encoding: str) -> list[list[str]] | RefusedTransfer:
    """Read a CSV with any columns as the bridge reads one of a feed that has them; gives its rows, or why not."""
    sender, name = stand.sender, "VENDOR_AW_PROD_00000001_v1.csv"
    header = next(csv.reader(io.StringIO(content.decode(encoding, "replace").lstrip("\ufeff"), newline="")), [])
    columns = tuple(Column(column) for column in dict.fromkeys(column[:60] for column in header if column)) or (
        Column("c"),
    )
    feed = Feed("VENDOR", "any", columns, (columns[0].name,))
    sender.write(name, content, None)
    try:
        with sender.connection.transaction(force_rollback=True):
            manifest = sender.manifest("VENDOR", [], content, encoding=encoding)
            received = inbound_staging.receive(
                sender.connection, stand.exchange, f"AW/from_sage/{name}", feed, manifest, byte_limit=2**30, seconds=60
            )
            if received.fault is not None:
                raise received.fault
            rows = sender.connection.execute("select * from staged order by row_no").fetchall()
            return [[value or "" for column, value in row.items() if column != "row_no"] for row in rows]
    except RefusedTransfer as refused:
        return refused
    except psycopg.errors.TooManyColumns:
        return RefusedTransfer("RS-205", "more columns than a table has")
    finally:
        stand.clear()


def test_csv_with_an_answer_is_read_as_the_answer_says_or_refused(stand: Stand, bad_input: Path) -> None:
    refused = []
    for name, (content, answer) in answers(bad_input).items():
        found = staged(stand, content, "utf-8")
        if isinstance(found, RefusedTransfer):
            refused.append(name)
            assert str(found).startswith("RS-20"), name
            stand.tally.add("CSV with an answer", "refused")
            continue
        assert answer is not None, f"{name} must be refused, but gave {found}"
        # A file that lost its CRs before it came here cannot be held to an answer that has them.
        lost = "\r\n" if b"\r" not in content else "\0"
        assert found == [[value.replace(lost, "\n") for value in row] for row in answer], name
        stand.tally.add("CSV with an answer", "landed")
    # Quotes as the sign of seconds, not doubled, so that any answer is a guess; and a header that may be cut.
    assert [name for name in refused if " bad-" not in name] == ["spectrum location_coordinates", "data header-no-rows"]


def test_polluted_csv_is_read_as_it_stands_or_refused(stand: Stand, bad_input: Path, is_whole: bool) -> None:
    """Polluted files and spend files with their own columns: equal to Python's strict reading of the same bytes."""
    found_files = corpora.raw_files(bad_input, is_whole=is_whole)
    files = {name: content for name, content in found_files.items() if name.startswith(("poll", "spend"))}
    assert len(files) == 114 or not is_whole
    read = 0
    for name, content in files.items():
        for encoding in ("utf-8", "cp1252") if is_whole else ("utf-8",):
            found = staged(stand, content, encoding)
            kind = f"polluted CSV, {encoding}"
            if isinstance(found, RefusedTransfer):
                assert str(found).startswith("RS-20"), name
                stand.tally.add(kind, "refused")
                continue
            text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
            expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]
            assert found == expected, name
            read += 1
            stand.tally.add(kind, "landed")
    assert read > (10 if is_whole else 4)
