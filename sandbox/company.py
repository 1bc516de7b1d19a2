"""Making a company folder from a scenario: whole or not at all, and only once."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import clerk, commitments, masters, payables, store
from sandbox.content import read_content
from sandbox.errors import SandboxError
from sandbox.material_events import event_months, read_events
from sandbox.scenario import Scenario

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sandbox.content import Content

_PARTIAL = ".making"


@dataclass(frozen=True, slots=True)
class Created:
    """What a company folder holds; `is_new` is False where the same content stood there already."""

    is_new: bool
    counts: dict[str, int]


_COUNTED = {
    "jobs": "select count(*) from JCM_MASTER__JOB",
    "cost codes": "select count(*) from JCM_MASTER__COST_CODE where Group_Cost_Code = 0",
    "vendors": "select count(*) from APM_MASTER__VENDOR",
    "items": "select count(*) from STANDARD_ITEM",
    "commitments": "select count(*) from JCM_MASTER__COMMITMENT",
    "commitment lines": "select count(*) from JCM_MASTER__COMMITMENT_ITEM",
    "change orders": "select count(*) from JCM_MASTER__COMMITMENT_CO",
    "posted costs": "select count(*) from JCT_CURRENT__TRANSACTION",
    "months": "select count(distinct Period) from PERIOD_STATUS",
}


def create(data: Path, company: str, scenario_folder: Path, now: datetime) -> Created:
    """Load a scenario as company `company` into the folder `data`.

    The same content again changes nothing; other content in the same folder is refused, as is
    everything malformed (SandboxError). The database is made under another name and appears whole.
    """
    is_id = company.isascii() and company.isalnum() and company == company.upper()
    if not (is_id and len(company) <= store.COMPANY_LENGTH):
        raise SandboxError(
            "the company id is no id",
            expected="1 to 10 capitals or digits",
            found=company,
            do="give --company as in AW",
        )
    scenario = Scenario.open(scenario_folder)
    _sweep(data)
    if (data / store.DATABASE).is_file():
        return _compare(data, company, scenario)
    content, months = check(scenario)
    is_new_folder = not data.exists()
    data.mkdir(parents=True, exist_ok=True)
    making = data / f".{store.DATABASE}.{os.getpid()}{_PARTIAL}"
    making.unlink(missing_ok=True)
    try:
        _write(making, company, scenario, content, months, now)
        os.link(making, data / store.DATABASE)
    except FileExistsError:
        return _compare(data, company, scenario)
    except BaseException:
        making.unlink(missing_ok=True)
        if is_new_folder:
            data.rmdir()
        raise
    finally:
        making.unlink(missing_ok=True)
    with store.opened(data) as connection:
        return Created(is_new=True, counts=_counts(connection))


def check(scenario: Scenario) -> tuple[Content, tuple[str, str]]:
    """Read and check everything of a scenario; gives what Sage gets of it and its first and last month."""
    content = read_content(scenario)
    months = {order.order_time[:7] for order in content.orders.values()}
    months |= {change.time[:7] for change in content.changes} | {
        invoice.posted_time[:7] for invoice in content.invoices
    }
    for event in read_events(scenario, content):
        months.update(event_months(event))
    clerk.check(scenario, content)
    if not months:
        raise SandboxError(
            "nothing ever happens in this scenario", where=str(scenario.folder), do="give one with orders"
        )
    return content, (min(months), max(months))


def _write(
    path: Path, company: str, scenario: Scenario, content: Content, months: tuple[str, str], now: datetime
) -> None:
    with closing(store.connect(path)) as connection:
        connection.execute("pragma journal_mode = wal")
        with store.step(connection, now, is_first=True) as step:
            store.set_control(connection, "company", company)
            step.company = company
            store.set_control(connection, "scenario", scenario.name)
            store.set_control(connection, "scenario_hash", scenario.content_hash)
            masters.write_masters(step, content)
            masters.open_months(step, *months)
            commitments.write_commitments(step, content)
            payables.post_invoices(step, content)
            clerk.keep_entries(step, scenario, content)
        connection.execute("pragma wal_checkpoint(truncate)")
        connection.execute("pragma optimize")


def _compare(data: Path, company: str, scenario: Scenario) -> Created:
    with store.opened(data) as connection:
        held = (store.control(connection, "company", ""), store.control(connection, "scenario_hash", ""))
        if held != (company, scenario.content_hash):
            raise SandboxError(
                f"the folder already holds company {held[0]} from scenario {store.control(connection, 'scenario', '')}"
                " with other content",
                where=str(data),
                expected="the same scenario and company as before",
                do="give another --data folder, or remove this one if its books are no longer needed",
            )
        return Created(is_new=False, counts=_counts(connection))


def _counts(connection: store.Connection) -> dict[str, int]:
    return {name: connection.execute(sql).fetchone()[0] for name, sql in _COUNTED.items()}


def _sweep(data: Path) -> None:
    """Remove what a killed `create` left behind; a live one's file is left alone."""
    for path in data.glob(f".{store.DATABASE}.*{_PARTIAL}*"):
        owner = path.name.removeprefix(f".{store.DATABASE}.").split(_PARTIAL)[0]
        if owner.isdigit() and not _is_alive(int(owner)):
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
