"""What must hold after every step: the bridge's tables against the oracle, and the laws L1-L9 by their statements."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sage_hooks import laws
from tests.hooks.outbox.place import COMPANY
from tests.laws.model_postings import CLEARING_ACCOUNT, COST_ACCOUNT, Key
from tests.laws.model_records import Codes
from tests.laws.model_totals import positions

if TYPE_CHECKING:
    from sage_bridge.sage_files import DirectCostLine
    from sage_hooks.warehouse import Connection
    from tests.laws.company import Company
    from tests.laws.model_records import ChangeOrder, Event, Line, Result

Sums = dict[tuple[Any, ...], tuple[Fraction, ...]]
SIDES = ("received", "rejected", "returned", "allocated", "installed", "wasted", "on_hand")


def rows(connection: Connection, statement: str, **values: object) -> list[dict[str, Any]]:
    """Give the rows of a statement."""
    found = connection.execute(statement.encode(), values).fetchall()
    connection.commit()
    return found


def recorded(connection: Connection) -> Sums:
    """Sum what the ledger recorded per cause, measure, line, codes and date; zero sums left out."""
    found = rows(
        connection,
        """
        select
            cause_kind, cause_id, measure, commitment, item_number, job, extra, cost_code, category,
            entry_date::text as entry_date, sum(units) as units, sum(amount) as amount
        from ledger.value_entry
        group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
        """,
    )
    return {
        tuple(row.values())[:10]: (Fraction(row["units"]), Fraction(row["amount"]))
        for row in found
        if row["units"] or row["amount"]
    }


def expected(result: Result) -> Sums:
    """Give the oracle's sums in the same shape."""
    sums: dict[tuple[Any, ...], list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for entry in result.entries:
        both = sums[(entry.cause_kind, entry.cause_id, entry.measure, *entry.line, *entry.codes, entry.date)]
        both[0] += entry.units
        both[1] += entry.amount
    return {key: (units, amount) for key, (units, amount) in sums.items() if units or amount}


def waiting(connection: Connection) -> set[str]:
    """Give the events that wait."""
    return {
        row["event_id"] for row in rows(connection, "select event_id from ledger.event_tag where status = 'waiting'")
    }


def open_exceptions(connection: Connection) -> set[str]:
    """Give the events that somebody has to do something about."""
    found = rows(
        connection,
        "select record_key from audit.exception where record_kind = 'material_event' and closed_at is null",
    )
    return {row["record_key"] for row in found}


def on_lines(connection: Connection) -> dict[Key, Fraction]:
    """Sum the cost lines per key, whatever became of them; those that undid each other sum to zero."""
    found = rows(
        connection,
        """
        select
            kind, transaction_date::text as day, accounting_date_wanted::text as wanted, job, extra, cost_code,
            category, commitment, item_number, source_key,
            case kind when 'invoice_offset' then debit_account else '' end as account, sum(amount) as amount
        from outbox.cost_posting
        group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        """,
    )
    return {_key(row): Fraction(row["amount"]) for row in found if row["amount"]}


def _key(row: dict[str, Any]) -> Key:
    source = ""
    if row["source_key"]:
        _, invoice, _, _, _, day, booked, occurrence = row["source_key"].split("|")
        source = " ".join([invoice, *(f"{one[:4]}-{one[4:6]}-{one[6:]}" for one in (day, booked)), occurrence])
    codes = Codes(row["job"], row["extra"], row["cost_code"], row["category"])
    line = (row["commitment"], row["item_number"])
    return Key(row["kind"], row["day"], row["wanted"], codes, line, source, row["account"])


def check_books(company: Company) -> None:
    """Events, values, tags and cost lines are those of the oracle."""
    result = company.result()
    same(recorded(company.connection), expected(result), "value entries")
    assert waiting(company.connection) == set(result.waiting)
    assert open_exceptions(company.connection) == {
        event_id for event_id, rule in result.waiting.items() if rule != "withdrawn"
    }
    same(on_lines(company.connection), company.on_lines, "cost lines")


def check_sage(company: Company) -> None:
    """Sage shows each line of ours that it was told to post, once and as it was sent; we know of exactly those."""
    found = rows(
        company.connection,
        "select ref_1, amount, accounting_date::text as day from core.job_cost_transaction where ref_1 <> ''",
    )
    shown = [(row["ref_1"], f"{row['amount']}", row["day"]) for row in found]
    sent = [company.in_sage[reference] for reference in company.shown]
    assert sorted(shown) == sorted((line.ref_1, line.amount, line.accounting_date) for line in sent)
    known = rows(company.connection, "select posting_reference from outbox.cost_posting where state = 'posted'")
    assert {row["posting_reference"] for row in known} == company.shown


def check_laws(company: Company, *, is_revalued: bool = False) -> None:
    """The laws hold by their own statements."""
    laws.require(COMPANY, laws.laws(company.connection, COMPANY, is_revalued=is_revalued))


def check_sealed(company: Company, sealed: list[DirectCostLine]) -> None:
    """Lines that leave now are on open codes, in an open month, on the right accounts, and never for nothing."""
    wanted = {
        row["posting_reference"]: row
        for row in rows(
            company.connection,
            "select posting_reference, kind, accounting_date_wanted::text as wanted, source_key"
            " from outbox.cost_posting",
        )
    }
    accounts = {row.account for row, _ in company.ap_rows.values()} | {COST_ACCOUNT}
    for line in sealed:
        row = wanted[line.ref_1]
        assert line.job not in company.closed_jobs, line
        assert line.accounting_date == company.months.booked_on(row["wanted"]), line
        assert line.debit_account in (accounts if row["kind"] == "invoice_offset" else {COST_ACCOUNT}), line
        assert line.credit_account == CLEARING_ACCOUNT, line
        assert Fraction(line.amount) != 0, line


def check_positions(
    connection: Connection, known: list[Line], orders: list[ChangeOrder], result: Result, as_of: str
) -> None:
    """Every PO line stands where the oracle says, on a day."""
    found = {
        (row["commitment"], row["item_number"]): row
        for row in rows(
            connection, "select * from mart.commitment_position_at(%(company)s, %(day)s::date)",
            company=COMPANY, day=as_of,
        )
    }  # fmt: skip
    for key, position in positions(known, orders, [], result, as_of).items():
        row = found[key]
        mine = {side: (getattr(position, side).units, getattr(position, side).amount) for side in SIDES}
        theirs = {side: (Fraction(row[f"units_{side}"]), Fraction(row[f"amount_{side}"])) for side in SIDES}
        same(theirs, mine, f"positions of {key} on {as_of}")


def same(found: dict[Any, Any], wanted: dict[Any, Any], what: str) -> None:
    """Compare two sets of sums and name what differs only."""
    off = [
        f"{key}: {_words(found.get(key))}, the oracle says {_words(wanted.get(key))}"
        for key in sorted({*found, *wanted}, key=repr)
        if found.get(key) != wanted.get(key)
    ]
    assert not off, f"{what} differ:\n" + "\n".join(off)


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return " / ".join(map(_words, value))
    return "nothing" if value is None else f"{float(value):.4f}" if isinstance(value, Fraction) else str(value)


def ids(events: list[Event]) -> str:
    """Give the ids of events, as a failing example shows them."""
    return " ".join(event.event_id for event in events)


def check_confirmed(company: Company) -> None:
    """The clerk was told of every receipt, and of what takes it back, once and with its sign, but of those held."""
    result = company.result()
    held = {
        row["event_id"]
        for row in rows(company.connection, "select event_id from outbox.receiving_confirmation where state = 'held'")
    }
    due: dict[str, Fraction] = {}
    for event in company.known.values():
        named = company.known.get(event.reverses_event_id)
        sign = {"received": 1, "rejected": -1, "returned": -1}.get((named or event).event_type, 0)
        if sign and event.event_id not in {*result.waiting, *held}:
            due[event.event_id] = Fraction(event.quantity) * (-sign if named else sign)
    told = {one: Fraction(units) for one, units in company.told.items() if one not in result.waiting}
    same(told, due, "receipts confirmed")


def check_all_in_sage(company: Company) -> None:
    """Sage's books hold what is due, to the cent: on every code and day, of consumption and of offsets."""
    held = rows(company.connection, "select posting_reference from outbox.cost_posting where state = 'held'")
    assert not held, held
    sums: dict[tuple[str, str, Codes], Fraction] = defaultdict(Fraction)
    for line in company.in_sage.values():
        codes = Codes(line.job, line.extra, line.cost_code, line.category)
        sums[line.ref_1[0], line.transaction_date, codes] += Fraction(line.amount)
    due: dict[tuple[str, str, Codes], Fraction] = defaultdict(Fraction)
    for key, amount in company.due().items():
        due["C" if key.kind == "consumption" else "F", key.transaction_date, key.codes] += amount
    same({k: v for k, v in sums.items() if v}, {k: v for k, v in due.items() if v}, "Sage's books")
