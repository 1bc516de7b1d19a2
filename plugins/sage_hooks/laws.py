"""The laws that must hold whatever happened (domain 8), each checked by its statements in `include/sql/laws`.

`check_l<n>_<subject>.sql` gives one row: `holds` and the figures it rests on. L4 is proven besides by doing it: all
events are valued once more and the transaction is rolled back.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg

from sage_bridge.errors import BrokenLaw
from sage_hooks import ledger
from sage_hooks.sql_files import SQL_DIR
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sage_hooks.warehouse import Connection

_FOLDER = "laws"


def laws(connection: Connection, company_id: str, *, is_revalued: bool = True) -> dict[str, dict[str, Any]]:
    """Check every law of a company.

    Args:
        connection: warehouse; what the caller left open is committed.
        company_id: company.
        is_revalued: value all events once more (and roll back); costs as much as the first valuation.

    Returns:
        By law (`L1`..`L9`): `holds` and its figures; money as text.
    """
    connection.commit()
    verdict: dict[str, dict[str, Any]] = {}
    for path in sorted((SQL_DIR / _FOLDER).glob("check_l*.sql")):
        row = fetch_file(connection, f"{_FOLDER}/{path.stem}", {"company_id": company_id})[0]
        law = verdict.setdefault(path.stem.split("_")[1].upper(), {"holds": True})
        # Taken out in any case: what another statement of the same law found must not be written over.
        law["holds"] = bool(row.pop("holds")) and law["holds"]
        law |= {name: _plain(value) for name, value in row.items()}
    connection.commit()
    if is_revalued:
        added = _entries_added_by_revaluation(connection, company_id)
        verdict["L4"] |= {"holds": verdict["L4"]["holds"] and added == 0, "entries_added_by_revaluation": added}
    return verdict


def require(company_id: str, verdict: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise BrokenLaw RS-455 when a law does not hold, naming all that do not with their figures."""
    broken = {name: law for name, law in verdict.items() if not law["holds"]}
    if broken:
        raise BrokenLaw(
            "RS-455",
            "laws do not hold",
            record=f"company {company_id}",
            found="; ".join(f"{name}: {_figures(law)}" for name, law in broken.items()),
            do="stop sending and find out before the next day; the runbook of the law says where to look",
        )


def _entries_added_by_revaluation(connection: Connection, company_id: str) -> int:
    """Give how many entries a valuation of everything would record now; nothing of it stays."""
    with connection.transaction() as outer:
        run_file(connection, f"{_FOLDER}/insert_touched_lines", {"company_id": company_id})
        added = ledger.value_events(connection).entries
        raise psycopg.Rollback(outer)
    return added


def _figures(law: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in law.items() if name != "holds")


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
