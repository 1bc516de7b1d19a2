"""Months and their closing, per application: Job Cost (JC), Accounts Payable (AP), General Ledger (GL)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import masters, values
from sandbox.errors import SandboxError
from sandbox.masters import APPLICATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.store import Connection, Step


def open_periods(connection: Connection, application: str) -> frozenset[str]:
    """Give the months open in an application."""
    rows = connection.execute(
        "select Period from PERIOD_STATUS where Application = ? and Status = 'Open'", (application,)
    ).fetchall()
    return frozenset(row["Period"] for row in rows)


def accounting_date(connection: Connection, day: str, applications: Sequence[str]) -> str:
    """Give the accounting date of an entry of `day`: the day, or the first of the first later month open everywhere."""
    is_open = frozenset.intersection(*(open_periods(connection, application) for application in applications))
    if day[:7] in is_open:
        return day
    later = min((period for period in is_open if period > day[:7]), default=None)
    if later is None:
        raise SandboxError(
            f"no month is open in {' and '.join(applications)} at or after {day[:7]}",
            found=day,
            expected="a day of the company's fiscal months",
            do="enter a date of an open month",
        )
    return f"{later}-01"


def require_open(connection: Connection, day: str, applications: Sequence[str]) -> None:
    """Refuse an accounting date whose month is closed or unknown."""
    for application in applications:
        if day[:7] not in open_periods(connection, application):
            raise SandboxError(
                f"the month {day[:7]} is not open in {application}",
                found=day,
                expected="an accounting date in an open month",
                do="enter it with an accounting date in an open month",
            )


def close_month(step: Step, period: str, application: str) -> list[str]:
    """Close a month and all before it; gives the months closed now.

    Refused while unposted entries of these months exist (JC), and for the general ledger, which
    comes last, while Job Cost or Accounts Payable have the month open.
    """
    rows = step.connection.execute(
        "select Period, Status from PERIOD_STATUS where Application = ? order by Period", (application,)
    ).fetchall()
    known = {row["Period"]: row["Status"] for row in rows}
    if period not in known:
        raise SandboxError(
            "the month is unknown",
            found=period,
            expected=f"a month from {min(known)} to {max(known)}",
            do="name a fiscal month as YYYY-MM",
        )
    if application == "JC":
        _refuse_unposted(step, period)
    if application == "GL":
        for other in APPLICATIONS[:2]:
            if period in open_periods(step.connection, other):
                raise SandboxError(
                    f"{other} still has {period} open, and the general ledger closes last", do=f"close {other} first"
                )
    closing = [month for month, status in known.items() if status == "Open" and month <= period]
    step.connection.execute(
        "update PERIOD_STATUS set Status = 'Closed' where Application = ? and Period <= ?", (application, period)
    )
    masters.open_months(step, values.month_after(period), period)
    return closing


def _refuse_unposted(step: Step, period: str) -> None:
    row = step.connection.execute(
        "select count(*) as Waiting, min(Batch) as Batch from JCT_NEW__TRANSACTION "
        "where substr(Accounting_Date, 1, 7) <= ?",
        (period,),
    ).fetchone()
    if row["Waiting"]:
        raise SandboxError(
            f"{row['Waiting']} unposted entries have accounting dates in {period} or before, "
            f"the first of batch {row['Batch'] or '(none)'}",
            where=f"close month {period}",
            expected="no unposted entry",
            do="run Post Entries or delete them, then close",
        )
