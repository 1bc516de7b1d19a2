"""The golden transaction: a receipt and an installation on a marked test line, followed into Sage and taken back.

It is made of ordinary material events with ids that follow from the line, so every step can be looked at again: what
is there is not put in a second time, and the next step is asked for once the one before has been seen through. Nothing
here sends: the flows of the company do, on their own paths.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from sage_bridge.go_live import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sage_bridge.go_live_profile import GoLive

EVENTS = ("received", "installed", "install-reversed", "receipt-reversed")
_UNDOES = {"install-reversed": "installed", "receipt-reversed": "received"}
_TOLD = frozenset({"sent", "received", "accepted"})
_FIRST_HOUR = time(8)
ACTOR, DEVICE = "go-live check", "check__go_live"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the test line: its row (None = not in the mirror), events, confirmations, cost lines."""

    line: Row | None
    events: Mapping[str, Row]
    confirmations: Mapping[str, Row]
    postings: Sequence[Row]
    has_receipts_flow: bool = True


class Step(NamedTuple):
    """What one step found: passed, or what it waits for with what a person does; `wanted` events are to be put in."""

    name: str
    found: str
    expected: str
    waits: str = ""
    wanted: tuple[str, ...] = ()
    is_off: bool = False


@dataclass(slots=True)
class Golden:
    """Where the transaction stands: its checks, the events to put in now, what it waits for ('' = finished)."""

    checks: list[Check] = field(default_factory=list)
    wanted: tuple[str, ...] = ()
    waits_for: str = ""


def event_id(agreed: GoLive, event: str) -> str:
    """Give the id of one of EVENTS: the same for ever, so that no run puts it in twice."""
    return f"go-live/{agreed.commitment}/{agreed.item_number}/{event}"


def document(company_id: str, agreed: GoLive, event: str, line: Mapping[str, Any], now: datetime, zone: str) -> Row:
    """Give the document of an event as a field device would send it.

    Its day is the one agreed, else that of `now` in the company's zone; reversals come after what they undo.
    """
    at = now.astimezone(ZoneInfo(zone))
    if agreed.event_day is not None:
        at = datetime.combine(agreed.event_day, _FIRST_HOUR, ZoneInfo(zone))
    at += timedelta(minutes=EVENTS.index(event))
    made: Row = {
        "event_id": event_id(agreed, event),
        "company_id": company_id,
        "event_type": "reversed" if event in _UNDOES else event,
        "occurred_at": at.isoformat(timespec="seconds"),
        "recorded_at": max(at, now).isoformat(timespec="seconds"),
        "actor": ACTOR,
        "device": DEVICE,
        "commitment": agreed.commitment,
        "item_number": agreed.item_number,
        "location": agreed.job,
        "quantity": f"{agreed.units.normalize():f}",
        "unit": line["unit"],
    }
    if line["standard_item"]:
        made["standard_item"] = line["standard_item"]
    if event in _UNDOES:
        made["reverses_event_id"] = event_id(agreed, _UNDOES[event])
        made["reason"] = "go-live validation"
    if event == "installed":
        made["receipt_event_id"] = event_id(agreed, "received")
    return made


def judge(agreed: GoLive, facts: Facts) -> Golden:
    """Look how far the transaction is; steps behind the first unfinished one are not looked at."""
    golden = Golden()
    for step in _steps(agreed, facts):
        name = f"golden.{step.name}"
        if golden.waits_for:
            found, do = f"not reached: waits for {golden.waits_for}", "see the first red step"
            golden.checks.append(Check(name, "failed", found, step.expected, do))
        elif step.is_off:
            golden.checks.append(Check(name, "not applicable", step.found, step.expected))
        elif step.waits:
            golden.waits_for, golden.wanted = step.waits, step.wanted
            golden.checks.append(Check(name, "failed", step.found, step.expected, step.waits))
        else:
            golden.checks.append(Check(name, "passed", step.found, step.expected))
    return golden


def _steps(agreed: GoLive, facts: Facts) -> Iterator[Step]:
    yield _order(agreed, facts)
    yield _landed(agreed, facts, "2_received", ("received",))
    yield _told(agreed, facts, "3_confirmed", "received")
    yield _landed(agreed, facts, "4_installed", ("installed",))
    yield _posted(facts, "5_cost_posted", lambda amount: amount > 0)
    yield _in_ledger(facts, "6_cost_in_ledger", lambda amount: amount > 0)
    yield _landed(agreed, facts, "7_reversed", ("install-reversed", "receipt-reversed"))
    yield _told(agreed, facts, "7_reversal_confirmed", "receipt-reversed")
    yield _posted(facts, "8_reversal_posted", lambda amount: amount < 0)
    yield _in_ledger(facts, "9_reversal_in_ledger", lambda amount: amount < 0)
    yield _net(facts)


def _order(agreed: GoLive, facts: Facts) -> Step:
    where = f"purchase order {agreed.commitment}, line {agreed.item_number}, job {agreed.job}"
    expected = f"{where}: open, {agreed.units} units or more at a unit cost, on codes that take cost"
    line = facts.line
    if line is None:
        do = (
            f"a person enters {where} in Sage, with {agreed.units} units or more, a unit cost and a material category, "
            "and the agent extracts COMMIT and COMITEM"
        )
        return Step("1_order", "not in the mirror", expected, do)
    wrong = [
        words
        for is_wrong, words in (
            (line["job"] != agreed.job, f"it stands on job {line['job']}"),
            (line["is_closed"], "the order is closed"),
            (line["units"] < agreed.units, f"it orders {line['units']} units"),
            (line["unit_cost"] <= 0, f"its unit cost is {line['unit_cost']}"),
            (bool(line["code_rule"]), f"its codes take no cost ({line['code_rule']})"),
            (line["policy"] is None, "no managed rule covers it on that day"),
            (bool(line["other_events"]), f"{line['other_events']} events of others stand on it"),
        )
        if is_wrong
    ]
    codes = f"{line['cost_code']} {line['category']}"
    if wrong:
        return Step("1_order", "; ".join(wrong), expected, f"correct {where} in Sage, or name another in go_live")
    return Step("1_order", f"{line['units']} {line['unit']} at {line['unit_cost']} on {codes}", expected)


def _landed(agreed: GoLive, facts: Facts, name: str, events: tuple[str, ...]) -> Step:
    expected = f"{' and '.join(events)} landed and valued"
    missing = tuple(event for event in events if event_id(agreed, event) not in facts.events)
    rows = [facts.events[event_id(agreed, event)] for event in events if event not in missing]
    waiting = [f"{row['event_id']} waits: {row['rule']}" for row in rows if row["status"] != "tagged"]
    if missing:
        found = f"{', '.join(missing)} not there yet"
        return Step(name, found, expected, "runblu_to_core__material_events to take the event from the inbox", missing)
    if waiting:
        found = "; ".join(waiting)
        return Step(name, found, expected, f"{found}: cure it as mart.open_exception says, or let the flow run")
    return Step(name, f"{', '.join(row['event_id'] for row in rows)} tagged", expected)


def _told(agreed: GoLive, facts: Facts, name: str, event: str) -> Step:
    expected = f"receiving confirmation of {event} sent"
    if not facts.has_receipts_flow:
        return Step(name, "flow receipts is off", expected, is_off=True)
    row = facts.confirmations.get(event_id(agreed, event))
    if row is not None and row["state"] in _TOLD:
        return Step(name, f"{row['units']} units, {row['state']}", expected)
    found = "none made" if row is None else f"{row['state']} {row['reason']}".strip()
    return Step(name, found, expected, f"receiving confirmation of {event}, now {found}: run core_to_sage__receipts")


def _posted(facts: Facts, name: str, is_side: Callable[[Decimal], bool]) -> Step:
    expected = "every cost line posted in Sage and read back with the same amount"
    if _policy(facts) == "invoice":
        return Step(name, "policy invoice posts nothing", expected, is_off=True)
    rows = [row for row in facts.postings if is_side(row["amount"])]
    found = "; ".join(_line(row) for row in rows) or "no line made"
    for row in rows:
        if row["state"] != "posted" or row["amount_sage"] != row["amount"]:
            return Step(name, found, expected, f"{_line(row)}: {_next(row)}")
    if not rows:
        return Step(name, found, expected, "the cost line: run core_to_sage__material_costs for the company")
    return Step(name, found, expected)


def _in_ledger(facts: Facts, name: str, is_side: Callable[[Decimal], bool]) -> Step:
    expected = "debit and credit of every line stand in the general ledger"
    if _policy(facts) == "invoice":
        return Step(name, "policy invoice posts nothing", expected, is_off=True)
    rows = [row for row in facts.postings if is_side(row["amount"])]
    found = "; ".join(
        f"{row['reference']}: {row['debit_account']} {row['debit_rows'] or 'no'} rows, "
        f"{row['credit_account']} {row['credit_rows'] or 'no'} rows"
        for row in rows
    )
    if all(row["debit_rows"] and row["credit_rows"] for row in rows):
        return Step(name, found, expected)
    do = f"{found}: have job cost posted to the general ledger, let the agent extract GLT, run sage_to_core__ledger"
    return Step(name, found, expected, do)


def _net(facts: Facts) -> Step:
    expected = "zero by job and cost code, in our books and in Sage's"
    sums: dict[tuple[str, ...], list[Decimal]] = {}
    for row in facts.postings:
        codes = (row["job"], row["extra"], row["cost_code"], row["category"])
        both = sums.setdefault(codes, [Decimal(0), Decimal(0)])
        both[0] += row["amount"]
        both[1] += row["amount_sage"]
    found = "; ".join(
        f"{' '.join(filter(None, codes))}: ours {both[0]}, Sage {both[1]}" for codes, both in sums.items()
    )
    if any(amount for both in sums.values() for amount in both):
        return Step("net_zero", found, expected, f"the sums to be zero, now {found}: reverse the rest in Sage by hand")
    return Step("net_zero", found or "nothing was posted", expected)


def _policy(facts: Facts) -> object:
    return facts.line["policy"] if facts.line else None


def _line(row: Mapping[str, Any]) -> str:
    sage = f", Sage row {row['sage_transaction_id']}" if row["sage_transaction_id"] else ""
    return f"{row['reference']} {row['kind']} {row['amount']} {row['state']}{sage}"


def _next(row: Mapping[str, Any]) -> str:
    if row["reason"]:
        return f"{row['reason']}"
    if row["state"] == "eligible":
        return "run core_to_sage__material_costs for the company"
    if row["state"] == "held":
        return f"a person to do what the exception of {row['reference']} says, then the next run of its flow"
    if row["state"] in {"accepted", "posted"}:
        return "have its batch posted in Sage, let the agent extract JCT, run sage_to_core__job_cost"
    if row["state"] == "unknown":
        return "settle the lane by the runbook outcome-unknown"
    return "the agent to import the file and answer"
