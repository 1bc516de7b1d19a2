"""The evidence pack of a signed month: one zip with manifest, workbook, printable report, approvals and data as CSV.

Everything in it comes from the run that was signed. The same state of the warehouse gives the same bytes: times in the
zip are fixed, lists are ordered, and the workbook carries the time of the sign-off. Rows stream from a server-side
cursor; at most one block of them is held.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import zipfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.rows import tuple_row

from sage_bridge.errors import BadConfig, BrokenLaw
from sage_bridge.reconcile import period_end
from sage_bridge.reports import cell_text
from sage_hooks.evidence_report import write_report
from sage_hooks.evidence_workbook import write_workbook
from sage_hooks.sql_files import SQL_DIR, statement
from sage_hooks.warehouse import fetch_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from psycopg import ServerCursor

    from sage_hooks.warehouse import Connection

FOLDER_VARIABLE = "SAGE_BRIDGE_EVIDENCE_DIR"
DATA = (
    "job_cost",
    "variance",
    "commitments",
    "change_orders",
    "received_not_invoiced",
    "differences",
    "adjustments",
    "journals",
    "releases",
    "decisions",
    "roll_forward",
    "accounts",
    "exposure",
    "postings",
    "sage_rows",
    "exceptions",
    "inputs",
    "chain",
)
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_BLOCK = 2_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """A written pack: where it lies and the sha256 of the zip."""

    path: Path
    sha256: str


def evidence_folder() -> Path:
    """Give the folder evidence packs go to; raises BadConfig RS-158 when none is set."""
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if not folder:
        raise BadConfig(
            "RS-158",
            "there is no folder for evidence packs",
            record=FOLDER_VARIABLE,
            expected="a path in the environment",
            do="set it for the Airflow services",
        )
    return Path(folder)


def write_evidence(connection: Connection, run_no: int, folder: Path) -> Evidence:
    """Write `evidence_<company>_<period>.zip` of a signed run into a folder, replacing an older version of it.

    Raises:
        BrokenLaw: RS-453 the run is not signed.
    """
    connection.commit()
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read read only")
        heads = fetch_file(connection, "recon/select_evidence_head", {"run_no": run_no})
        if not heads:
            raise BrokenLaw("RS-453", "run is not signed", record=f"run {run_no}", do="sign the month off first")
        head = heads[0]
        values = {**head, "period_end": period_end(head["period"])}
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{head['company_id']}_{head['period']}"
        path = folder / f"evidence_{name}.zip"
        part = path.with_suffix(".zip.part")
        with ExitStack() as stack, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as pack:
            lists = Lists(connection, values, stack)
            members = _write_members(lists, pack, values, name)
            manifest = _manifest(lists, values, members)
            text = json.dumps(manifest, indent=2, sort_keys=True, default=str, ensure_ascii=False) + "\n"
            with _member(pack, "manifest.json", {}) as target:
                target.write(text.encode())
    part.replace(path)
    return Evidence(path, hashlib.sha256(path.read_bytes()).hexdigest())


class Lists:
    """The lists of a pack by name: each is asked once, on a cursor that can go back, and read as often as wanted."""

    def __init__(self, connection: Connection, values: Mapping[str, Any], stack: ExitStack) -> None:
        self._connection = connection
        self._values = values
        self._stack = stack
        self._cursors: dict[str, ServerCursor[tuple[Any, ...]]] = {}

    def __call__(self, name: str) -> Iterator[tuple[Any, ...]]:
        """Give the column names of `recon/select_evidence_<name>`, then its rows, block by block from the server."""
        if name in self._cursors:
            self._cursors[name].scroll(0, "absolute")
        else:
            cursor = self._connection.cursor(f"evidence_{name}", row_factory=tuple_row, scrollable=True)
            self._cursors[name] = self._stack.enter_context(cursor)
            cursor.execute(statement(f"recon/select_evidence_{name}"), self._values)
        cursor = self._cursors[name]
        yield tuple(column.name for column in cursor.description or ())
        # Not by iterating: a cursor that was iterated to its end stays there, wherever it is moved to.
        while block := cursor.fetchmany(_BLOCK):
            yield from block


def code_version() -> dict[str, str]:
    """Give what the figures were computed with: the release where one is named, the sha256 of rules and statements."""
    digest = hashlib.sha256()
    plugins = Path(__file__).resolve().parents[1]
    files = [*plugins.glob("sage_*/**/*.py"), *SQL_DIR.glob("**/*.sql")]
    for file in sorted(files, key=lambda one: one.relative_to(plugins.parent).as_posix()):
        digest.update(file.relative_to(plugins.parent).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return {"release": os.environ.get("SAGE_BRIDGE_RELEASE", ""), "sha256": digest.hexdigest()}


class _Member:
    """A member of the zip being written; counts and hashes what goes through."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, content: bytes) -> None:
        self._target.write(content)
        self._digest.update(content)
        self.bytes += len(content)

    @property
    def facts(self) -> dict[str, Any]:
        return {"bytes": self.bytes, "sha256": self._digest.hexdigest()}


@contextmanager
def _member(pack: zipfile.ZipFile, name: str, members: dict[str, dict[str, Any]]) -> Iterator[_Member]:
    """Open a member of the zip; its facts stand in `members` when it is done."""
    info = zipfile.ZipInfo(name, _FIXED_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    with pack.open(info, "w", force_zip64=True) as target:
        member = _Member(target)
        yield member
    members[name] = member.facts


def _write_members(
    lists: Lists, pack: zipfile.ZipFile, values: Mapping[str, Any], name: str
) -> dict[str, dict[str, Any]]:
    members: dict[str, dict[str, Any]] = {}
    for data in (*DATA, "approvals"):
        path = "approvals.csv" if data == "approvals" else f"data/{data}.csv"
        with _member(pack, path, members) as target:
            rows = _write_csv(target, lists(data))
        members[path]["rows"] = rows
    workbook = io.BytesIO()
    write_workbook(workbook, values, lists)
    with _member(pack, f"reconciliation_{name}.xlsx", members) as target:
        target.write(workbook.getvalue())
    with _member(pack, f"reconciliation_{name}.pdf", members) as target:
        target.write(write_report(values, lists))
    return members


def _write_csv(target: _Member, rows: Iterator[tuple[Any, ...]]) -> int:
    """Write the header and the rows below it; gives how many rows."""
    count = 0
    block = io.StringIO()
    writer = csv.writer(block, lineterminator="\n")
    writer.writerow(next(rows))
    for count, row in enumerate(rows, start=1):
        writer.writerow([cell_text(value) for value in row])
        if count % _BLOCK == 0:
            target.write(block.getvalue().encode())
            block.seek(0)
            block.truncate()
    target.write(block.getvalue().encode())
    return count


def _manifest(lists: Lists, values: Mapping[str, Any], members: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "format": 1,
        "company": {key: values[key] for key in ("company_id", "company_name", "environment")},
        "period": values["period"],
        "sign_off": {
            key: values[key] for key in ("version_no", "close_no", "sign_off_hash", "signed_by", "signed_at", "run_no")
        }
        | {"parts": values["sign_off_parts"]},
        "approval": {
            key: values[key]
            for key in ("prepared_by", "decided_by", "decided_at", "comment", "content_hash", "materiality")
        },
        "rules": {key: values[key] for key in ("profile_sha256", "mapping_sha256", "ap_rule_sha256")},
        "code": code_version(),
        "inputs": _inputs(lists),
        "totals": values["tie_out"],
        "event_chain": {"head": values["chain_head"], "events": values["events"]},
        "members": members,
    }


def _inputs(lists: Lists) -> list[dict[str, Any]]:
    rows = lists("inputs")
    columns = next(rows)
    return [dict(zip(columns, row, strict=True)) for row in rows]
