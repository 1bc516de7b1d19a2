"""The end of a month's reconciliation: wait for Sage, prove the figures anew, sign off, and notice when that lapses."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sage_bridge import reconcile as words
from sage_bridge.errors import BrokenLaw, NotApproved
from sage_hooks.checkpoint import checkpoint
from sage_hooks.prices import value_prices
from sage_hooks.reconciliation import close_figures, compute, read_run, snapshot
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sage_hooks.warehouse import Connection

# What lands or values events meanwhile would be neither before nor after the sign-off; both take the same locks.
_LOCKS = ("sage-bridge ledger landing", "sage-bridge valuation", "sage-bridge period close")


@dataclass(frozen=True, slots=True)
class SignOff:
    """A signed month: its version, the number of the company's close, the run that proves it, the hash of it all."""

    run_no: int
    company_id: str
    period: str
    version_no: int
    close_no: int
    sign_off_hash: str


def waiting(connection: Connection, run_no: int) -> list[str]:
    """Give what the sign-off of an approved run still waits for in Sage, in words; [] when all has arrived."""
    found = _waiting(connection, read_run(connection, run_no))
    connection.commit()
    return found


def wait_until_posted(connection: Connection, run_no: int, seconds: float, pause: float = 2.0) -> None:
    """Return when Sage shows every adjustment of an approved run as posted and holds no unposted entry.

    Args:
        connection: warehouse.
        run_no: the approved run.
        seconds: how long to wait at most.
        pause: seconds between two looks.

    Raises:
        BrokenLaw: RS-454 something still waits after that time; the message names it.
    """
    give_up_at = time.monotonic() + seconds
    while found := waiting(connection, run_no):
        if time.monotonic() > give_up_at:
            raise BrokenLaw(
                "RS-454",
                "Sage has not posted what the sign-off waits for",
                record=f"run {run_no}",
                found="; ".join(found),
                do="post the batches in Sage, let them be read back, then clear this task",
            )
        time.sleep(pause)


def sign_off(connection: Connection, run_no: int) -> SignOff:
    """Prove an approved run against what Sage shows now, and sign the month off when nothing is left over.

    Raises:
        NotApproved: RS-656 the run was not approved.
        BrokenLaw: RS-451 entries wait in Sage, or figures do not agree; the message names each, the month stays open.
    """
    connection.commit()
    run = read_run(connection, run_no)
    connection.commit()
    if run["state"] not in ("approved", "posted"):
        raise NotApproved(
            "RS-656",
            "run was not approved",
            record=f"run {run_no}",
            expected="approved",
            found=run["state"],
            do="start the reconciliation anew and have it approved",
        )
    with _locked(connection), snapshot(connection):
        signed = fetch_file(connection, "recon/select_signed_run", run)
        if signed:
            return SignOff(**signed[0])
        values = {
            **run,
            "mode": "proof",
            "proves_run_no": run_no,
            "period_end": words.period_end(run["period"]),
            "dag_run_id": f"{run['dag_run_id']} proof",
        }
        values["run_no"] = fetch_file(connection, "recon/insert_run", values)[0]["run_no"]
        # Nobody else values while the locks are held, so that this is of the snapshot too.
        value_prices(connection, run["company_id"])
        compute(connection, values)
        tie_out = close_figures(connection, values)
        run_file(connection, "recon/update_differences_resolved", values)
        blockers = _blockers(connection, values, tie_out)
        if blockers:
            run_file(connection, "recon/update_run_state", {**values, "state_from": "posted", "state_to": "failed"})
        else:
            outcome = _sign(connection, values)
        checkpoint("sign_off.before_commit")
    checkpoint("sign_off.committed")
    if blockers:
        raise BrokenLaw(
            "RS-451",
            "month cannot be signed off",
            record=f"{run['company_id']} {run['period']}",
            expected="zero or explained",
            found="; ".join(blockers),
            do="settle each, as mart.sage_difference and mart.open_exception tell, then clear this task",
        )
    return outcome


def lapse_sign_offs(connection: Connection, company_id: str) -> list[str]:
    """Let sign-offs lapse under which something booked moved; gives one sentence per month with the first line."""
    connection.commit()
    with connection.transaction():
        rows = fetch_file(connection, "recon/update_lapsed_closes", {"company_id": company_id})
    return [f"sign-off of {row['period']} lapsed: {row['first_line']}{_others(row['lines'])} moved" for row in rows]


@contextmanager
def _locked(connection: Connection) -> Iterator[None]:
    """Hold landing, valuation and closing still; session locks, because the snapshot must begin after they are held."""
    for name in _LOCKS:
        connection.execute("select pg_advisory_lock(hashtext(%s))", (name,))
    connection.commit()
    try:
        yield
    finally:
        for name in reversed(_LOCKS):
            connection.execute("select pg_advisory_unlock(hashtext(%s))", (name,))
        connection.commit()


def _waiting(connection: Connection, run: Mapping[str, Any]) -> list[str]:
    rows = fetch_file(connection, "recon/select_waiting", run)
    return [f"{row['lines']} {row['what']}, such as {row['example']}" for row in rows]


def _blockers(connection: Connection, values: Mapping[str, Any], tie_out: Mapping[str, Any]) -> list[str]:
    """Give everything that stands in the way of a sign-off, in words."""
    found = _waiting(connection, {**values, "run_no": values["proves_run_no"]})
    found += [
        f"it is signed off already, version {row['version_no']} by {row['signed_by']}"
        for row in fetch_file(connection, "recon/select_unlapsed_close", values)
    ]
    unvalued = fetch_file(connection, "recon/select_unvalued", values)
    found += [f"{row['lines']} events or lines not valued yet" for row in unvalued]
    found += [
        f"{row['lines']} {row['cause']} of {row['amount']} in all, such as {row['example']}"
        for row in fetch_file(connection, "recon/select_open_differences", values)
    ]
    found += [
        f"{row['bridge']} bridge has a residual on {row['keys_off']} keys"
        for row in tie_out["bridges"]
        if row["keys_off"]
    ]
    found += [f"{row['promise']} is broken by {row['broken']} records" for row in tie_out["promises"] if row["broken"]]
    found += [
        f"Sage's own totals ({row['flow']}) differ from its rows on {row['codes_off']} codes"
        for row in tie_out["mirror"]
        if row["is_comparable"] and row["codes_off"]
    ]
    found += [
        f"audit chain batch {row['batch']}: {row['finding']}"
        for row in fetch_file(connection, "recon/select_chain_findings", values)
    ]
    return found


def _sign(connection: Connection, values: dict[str, Any]) -> SignOff:
    run_file(connection, "recon/insert_signed_rows", values)
    parts = fetch_file(connection, "recon/select_sign_off_parts", values)
    values["sign_off_hash"] = words.sign_off_hash(parts)
    values["parts"] = json.dumps(parts)
    close = fetch_file(connection, "recon/insert_period_close", values)[0]
    values |= close
    run_file(connection, "recon/update_run_signed", values)
    return SignOff(
        values["run_no"],
        values["company_id"],
        values["period"],
        close["version_no"],
        close["close_no"],
        values["sign_off_hash"],
    )


def _others(lines: int) -> str:
    return f" and {lines - 1} others" if lines > 1 else ""
