"""Go-live validation of a company: its checks, the golden transaction, the report; rules in `sage_bridge.go_live`.

Every function commits what the caller left open and works in transactions of its own; each may run again at any time.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sage_bridge import go_live as rules
from sage_bridge import golden
from sage_bridge.errors import BadConfig, BrokenLaw
from sage_bridge.go_live import Check
from sage_bridge.hosted_documents import is_served
from sage_hooks.go_live_hosted import hosted_checks
from sage_hooks.go_live_server import ENTRANCE, agent_checks, server_checks
from sage_hooks.outbox_company import load_company
from sage_hooks.sage_side import PROFILE_FLOWS
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sage_bridge.profiles import Profile
    from sage_hooks.exchange import Exchange
    from sage_hooks.hosted_api import HostedApi
    from sage_hooks.warehouse import Connection

_FOLDER = "go_live"
_ENTRANCES = ("server.", "hosted.", "warehouse.")


def start(connection: Connection, company_id: str, started_by: str, dag_run_id: str) -> int:
    """Begin a validation, or find the one of this Airflow run; gives its number.

    Raises:
        BadConfig: RS-144 the company is unknown; RS-159 nobody knows who started it.
    """
    if not started_by:
        raise BadConfig(
            "RS-159",
            "preparer is unknown",
            record=dag_run_id,
            do="start the run in the UI or over the API, or name the preparer in prepared_by",
        )
    load_company(connection, company_id)
    connection.commit()
    with connection.transaction():
        values = {"company_id": company_id, "started_by": started_by, "dag_run_id": dag_run_id}
        return int(fetch_file(connection, f"{_FOLDER}/insert_run", values)[0]["run_no"])


def check_company(
    connection: Connection,
    run_no: int,
    exchange: Exchange,
    open_api: Callable[[str], HostedApi],
    now: datetime | None = None,
) -> list[str]:
    """Make every check but the golden transaction and keep what they found; gives the names of the red ones.

    Args:
        connection: warehouse.
        run_no: the validation.
        exchange: the company's file server.
        open_api: opens the hosted service by the id of its connection.
        now: our clock, for tests.
    """
    run = read_run(connection, run_no)
    profile = load_company(connection, run["company_id"]).profile
    connection.commit()
    at = now or datetime.now(UTC)
    checks = _warehouse_checks(connection, profile, at)
    checks += server_checks(exchange, profile.company_id, time.time)
    if not set(ENTRANCE) & set(rules.reds(checks)):
        checks += agent_checks(exchange, profile.company_id, profile.environment, at)
    if any(flow.transport == "api" for flow in profile.flows):
        checks += hosted_checks(connection, open_api, profile)
    else:
        checks.append(rules.not_applicable("hosted.login", "no flow of this company goes over the hosted service"))
    _keep(connection, run, checks, is_golden=False)
    return rules.reds(checks)


def advance(connection: Connection, run_no: int, now: datetime | None = None) -> str:
    """Look how far the golden transaction is and put its next events in; gives what it waits for, '' = finished.

    What is there is never put in again; where an entrance is red, nothing is begun and that is the finding.
    """
    run = read_run(connection, run_no)
    profile = load_company(connection, run["company_id"]).profile
    connection.commit()
    at = now or datetime.now(UTC)
    red = [name for name in rules.reds(read_checks(connection, run)) if name.startswith(_ENTRANCES)]
    if not profile.go_live.is_on:
        found = golden.Golden([rules.not_applicable("golden.1_order", "the profile names no test job (go_live.job)")])
    elif red:
        words = f"not begun: {', '.join(red)} red"
        found = golden.Golden([Check("golden.1_order", "failed", words, "entrances green", "cure them, start anew")])
    else:
        found = golden.judge(profile.go_live, _facts(connection, profile, at))
        _put_in(connection, profile, found.wanted, at)
    _keep(connection, run, found.checks, is_golden=True)
    return found.waits_for


def require_in_time(company_id: str, waits_for: str, waited: float, limit: float) -> None:
    """Raise BrokenLaw RS-461 when the golden transaction has waited longer than `limit` seconds, saying for what."""
    if waited > limit:
        raise BrokenLaw(
            "RS-461",
            "golden transaction has waited too long",
            record=f"company {company_id}",
            expected=f"its next step within {limit / 60:g} minutes",
            found=f"waits for {waits_for}",
            do="see to that, then clear this task; what is done is not done again",
        )


def read_run(connection: Connection, run_no: int) -> dict[str, Any]:
    """Give a validation; raises BrokenLaw RS-462 when there is none."""
    rows = fetch_file(connection, f"{_FOLDER}/select_run", {"run_no": run_no})
    if not rows:
        raise BrokenLaw("RS-462", "go-live validation is gone", record=f"run {run_no}", do="start check__go_live anew")
    return rows[0]


def read_checks(connection: Connection, run: Mapping[str, Any]) -> list[Check]:
    """Give the checks of a validation by name."""
    return [Check(**row) for row in fetch_file(connection, f"{_FOLDER}/select_checks", run)]


def read_remains(connection: Connection, company_id: str) -> list[dict[str, Any]]:
    """Give what the golden transaction leaves in Sage: kind, record, batch, amount."""
    profile = load_company(connection, company_id).profile
    rows = fetch_file(connection, f"{_FOLDER}/select_remains", _line_values(profile)) if profile.go_live.is_on else []
    return [
        {name: "" if row[name] is None else row[name] for name in ("kind", "record", "batch", "amount")} for row in rows
    ]


def _warehouse_checks(connection: Connection, profile: Profile, at: datetime) -> list[Check]:
    day = profile.go_live.event_day or at.date()
    feeds, off = _feeds(profile)
    masks = asdict(profile.go_live.masks)
    named = [{"kind": kind, "mask": mask, "pattern": rules.mask_pattern(mask)} for kind, mask in masks.items() if mask]
    values = {
        "company_id": profile.company_id,
        "environment": profile.environment,
        "now": at,
        "day": day,
        "feeds": json.dumps(feeds),
        "masks": json.dumps(named),
    }
    checks = [
        rules.judged(row["name"], row["found"], row["expected"], row["next_step"], is_good=row["is_good"])
        for name in ("check_roles", "check_feeds", "check_code_masks", "check_mappings", "check_cost_rules")
        for row in fetch_file(connection, f"{_FOLDER}/{name}", values)
    ]
    connection.commit()
    checks += [
        rules.not_applicable(f"sage.code_mask {kind}", "the profile names no form") for kind in masks if not masks[kind]
    ]
    return checks + off


def _feeds(profile: Profile) -> tuple[list[dict[str, object]], list[Check]]:
    """Give the feeds that must have landed with their greatest age, and checks of those that need not."""
    wanted: list[dict[str, object]] = []
    off = []
    for feed, name in {**PROFILE_FLOWS, "GLT": "job_cost"}.items():
        flow = profile.flow(name)
        over_api = flow.transport == "api" and feed in PROFILE_FLOWS
        if not flow.is_on:
            off.append(rules.not_applicable(f"sage.feed {feed}", f"flow {name} is off"))
        elif over_api and not is_served(feed, profile.hosted):
            off.append(rules.not_applicable(f"sage.feed {feed}", "this hosted link does not serve it"))
        else:
            # A feed of hosted documents is made only when something changed; history and ledger come at a period's end.
            is_dated = not over_api and feed not in {"JCH", "GLT"}
            wanted.append({"feed": feed, "seconds": rules.feed_seconds(flow.every_seconds) if is_dated else None})
    return wanted, off


def _facts(connection: Connection, profile: Profile, at: datetime) -> golden.Facts:
    values = {**_line_values(profile), "day": _day(profile, at)}

    def rows(name: str) -> list[dict[str, Any]]:
        return fetch_file(connection, f"{_FOLDER}/select_golden_{name}", values)

    line = rows("line")
    facts = golden.Facts(
        line=line[0] if line else None,
        events={row["event_id"]: row for row in rows("events")},
        confirmations={row["event_id"]: row for row in rows("confirmations")},
        postings=rows("postings"),
        has_receipts_flow=profile.flow("receipts").is_on,
    )
    connection.commit()
    return facts


def _put_in(connection: Connection, profile: Profile, wanted: Iterable[str], at: datetime) -> None:
    with connection.transaction():
        fetch_file(connection, f"{_FOLDER}/select_golden_lock", {"company_id": profile.company_id})
        lines = fetch_file(
            connection, f"{_FOLDER}/select_golden_line", {**_line_values(profile), "day": _day(profile, at)}
        )
        for event in wanted:
            made = golden.document(profile.company_id, profile.go_live, event, lines[0], at, profile.time_zone)
            values = {"company_id": profile.company_id, "event_id": made["event_id"], "document": json.dumps(made)}
            run_file(connection, f"{_FOLDER}/insert_golden_event", values)


def _line_values(profile: Profile) -> dict[str, object]:
    agreed = profile.go_live
    return {
        "company_id": profile.company_id,
        "commitment": agreed.commitment,
        "item_number": agreed.item_number,
        "event_ids": [golden.event_id(agreed, event) for event in golden.EVENTS],
    }


def _day(profile: Profile, at: datetime) -> date:
    return profile.go_live.event_day or at.date()


def _keep(connection: Connection, run: Mapping[str, Any], checks: Iterable[Check], *, is_golden: bool) -> None:
    """Write what one part of a validation found in place of what it found before."""
    with connection.transaction():
        run_file(connection, f"{_FOLDER}/delete_checks", {**run, "is_golden": is_golden})
        for check in checks:
            run_file(connection, f"{_FOLDER}/merge_check", {**run, **asdict(check)})
