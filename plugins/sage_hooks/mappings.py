"""Mappings from files into the warehouse: each change is a proposal that the file's approver has approved."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sage_bridge.errors import BadConfig
from sage_bridge.mappings import Change, CodeMapping, changes, read_mappings
from sage_bridge.profile_reader import Reader
from sage_hooks.warehouse import fetch_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sage_hooks.warehouse import Connection

Subject = tuple[str, str]


def stored_mappings(connection: Connection, company_id: str) -> tuple[CodeMapping, ...]:
    """Give the lines of the file as they were stored last with the company's profile; () where there are none.

    Lines of an older release that would be refused today count as not stored: they are compared with what is in force.
    """
    rows = fetch_file(connection, "core/select_company", {"company_id": company_id})
    try:
        return read_mappings(Reader(rows[0]["file_profile"], f"stored profile of {company_id}")) if rows else ()
    except BadConfig:
        return ()


def planned_changes(
    connection: Connection, company_id: str, stored: Sequence[CodeMapping], wanted: Sequence[CodeMapping]
) -> Iterator[tuple[Subject, Change]]:
    """Give what a file changes of the mappings in force; a class and job it says as it did before change nothing.

    So what a controller decided in the tables since stays, and what a file no longer names is left to the tables.

    Args:
        connection: the warehouse.
        company_id: the company.
        stored: the lines of the file as they were stored last.
        wanted: its lines now.
    """
    before = {subject: list(lines) for subject, lines in groupby(sorted(stored, key=_order), _subject)}
    for subject, group in groupby(sorted(wanted, key=_order), _subject):
        lines = list(group)
        if lines != before.get(subject):
            material_class, job = subject
            key = {"company_id": company_id, "material_class": material_class, "job": job}
            now = [CodeMapping(**row) for row in fetch_file(connection, "core/select_mappings_in_force", key)]
            for change in changes(now, lines):
                yield subject, change


def store_mappings(
    connection: Connection, company_id: str, stored: Sequence[CodeMapping], wanted: Sequence[CodeMapping]
) -> int:
    """Bring what a file says into force, in the caller's transaction; gives the number of changes.

    Raises:
        BadConfig: RS-131 a line names what Sage does not have, or a day whose mapping must not change any more.
    """
    count = 0
    owners = {line.subject: line for line in wanted}
    for subject, change in planned_changes(connection, company_id, stored, wanted):
        line = change.wanted or owners[subject]
        values = change_values(company_id, subject, change)
        for fault in fetch_file(connection, "core/select_mapping_faults", values):
            raise BadConfig(
                "RS-131",
                "a mapping cannot be as the file has it",
                record=f"{line.place or 'mappings'}, {fault['setting']}",
                expected=fault["allowed"],
                found=fault["found"],
                do="correct the line and load the file again",
            )
        proposal = {**values, "owner": line.owner, "proposed_by": line.owner, "origin": line.place or "profile"}
        (row,) = fetch_file(connection, "core/insert_mapping_proposal", proposal)
        decision = {"decision": "approved", "comment": f"by {proposal['origin']}", "decided_by": line.approved_by}
        fetch_file(connection, "core/select_mapping_decision", {**row, **decision})
        count += 1
    return count


def preview(
    connection: Connection, company_id: str, stored: Sequence[CodeMapping], wanted: Sequence[CodeMapping]
) -> Iterator[tuple[Subject, Change, list[dict[str, Any]]]]:
    """Give each change of a file with what it would move, by job and codes; nothing is written."""
    for subject, change in planned_changes(connection, company_id, stored, wanted):
        yield (
            subject,
            change,
            fetch_file(connection, "core/select_mapping_preview", change_values(company_id, subject, change)),
        )


def change_values(company_id: str, subject: Subject, change: Change) -> dict[str, object]:
    """Give a change as the statements take it; empty codes = the mapping ends."""
    material_class, job = subject
    codes = asdict(change.wanted) if change.wanted else {}
    return {
        "company_id": company_id,
        "material_class": material_class,
        "job": job,
        **{name: codes.get(name, "") for name in ("extra", "cost_code", "category")},
        "effective_from": change.effective_from,
        "effective_to": change.effective_to,
    }


def _subject(line: CodeMapping) -> Subject:
    return line.subject


def _order(line: CodeMapping) -> tuple[Subject, object]:
    return line.subject, line.effective_from
