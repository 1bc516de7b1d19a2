"""The report of a go-live validation, the question to the controller, and the signature bound to what was shown."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from sage_bridge import go_live as rules
from sage_bridge.errors import NotApproved
from sage_hooks.evidence_workbook import write_lists
from sage_hooks.go_live import read_checks, read_remains, read_run
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sage_bridge.go_live import Check
    from sage_bridge.reconcile import Decision
    from sage_hooks.warehouse import Connection

_FOLDER = "go_live"
_COLUMNS = ("check", "state", "found", "expected", "next_step")
_REMAINS = ("kind", "record", "batch", "amount")


def publish_report(connection: Connection, run_no: int, folder: Path) -> Path:
    """Bind a validation to its content and write `go_live_<company>_<run>.md` and `.xlsx`; gives the first one's path.

    A validation that was decided about keeps its content; its files are written anew with the signature.
    """
    remains = read_remains(connection, read_run(connection, run_no)["company_id"])
    connection.commit()
    with connection.transaction():
        run = read_run(connection, run_no)
        checks = read_checks(connection, run)
        content_hash = rules.report_hash(run["company_id"], checks)
        run_file(connection, f"{_FOLDER}/update_run_reported", {**run, "content_hash": content_hash})
        run = read_run(connection, run_no)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"go_live_{run['company_id']}_{run_no}.md"
    _write(path, rules.report(run, checks, remains).encode())
    workbook = io.BytesIO()
    lists: dict[str, list[tuple[Any, ...]]] = {
        "Checks": [_COLUMNS, *((one.name, one.state, one.found, one.expected, one.next_step) for one in checks)],
        "Stays in Sage": [_REMAINS, *(tuple(row[name] for name in _REMAINS) for row in remains)],
    }
    write_lists(workbook, f"Go-live {run['company_id']}", run["started_at"], lists)
    _write(path.with_suffix(".xlsx"), workbook.getvalue())
    return path


def question(connection: Connection, run_no: int) -> tuple[str, str]:
    """Give subject and text of what the controller is asked: the whole report."""
    run = read_run(connection, run_no)
    checks = read_checks(connection, run)
    remains = read_remains(connection, run["company_id"])
    connection.commit()
    count = len(rules.reds(checks))
    subject = f"Go-live of {run['company_id']}: {f'{count} red' if count else 'all green'}"
    return subject, rules.report(run, checks, remains)


def store_signature(
    connection: Connection, run_no: int, decision: Decision, exceptions: Sequence[str], dag_id: str, dag_run_id: str
) -> bool:
    """Write the controller's decision down; gives whether it was a signature. Doing it again finds it done.

    Raises:
        NotApproved: RS-657 red checks that nobody named as exceptions with a reason; RS-659 the checks are not those
            that were shown, or the validation waits for no decision.
    """
    connection.commit()
    with connection.transaction():
        run = read_run(connection, run_no)
        if run["state"] in ("signed", "refused"):
            return bool(run["state"] == "signed")
        checks = read_checks(connection, run)
        _require_as_shown(run, checks)
        if decision.is_approved:
            rules.require_signable(run_no, rules.reds(checks), exceptions, decision.comment)
        values = {
            **{key: run[key] for key in ("run_no", "company_id", "content_hash", "started_by")},
            "decided_by": decision.decided_by,
            "decision": "approved" if decision.is_approved else "refused",
            "comment": decision.comment,
            "decided_at": decision.decided_at,
            "dag_id": dag_id,
            "dag_run_id": dag_run_id,
            "state": "signed" if decision.is_approved else "refused",
            "exceptions": list(exceptions) if decision.is_approved else [],
        }
        values["approval_id"] = fetch_file(connection, f"{_FOLDER}/insert_approval", values)[0]["approval_id"]
        run_file(connection, f"{_FOLDER}/update_run_decided", values)
    return decision.is_approved


def _require_as_shown(run: dict[str, Any], checks: Sequence[Check]) -> None:
    now = rules.report_hash(run["company_id"], checks)
    if run["state"] != "reported" or now != run["content_hash"]:
        raise NotApproved(
            "RS-659",
            "go-live report differs from what was shown",
            record=f"run {run['run_no']}",
            expected=f"reported {run['content_hash']}",
            found=f"{run['state']} {now}",
            do="start check__go_live anew and sign that run",
        )


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
