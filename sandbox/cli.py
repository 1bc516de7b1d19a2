"""The stand-in's commands: `python -m sandbox --data DIR <command>`.

Exit 0 when the command did its work (an import with refused lines did: they are in the reject file),
2 when it could not, with one sentence on standard error and nothing changed.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox import (
    by_hand,
    clerk,
    company,
    export,
    importing,
    journal,
    masters_by_hand,
    periods,
    posting,
    seal,
    store,
    values,
)  # fmt: skip
from sandbox.arguments import parser
from sandbox.errors import SandboxError
from sandbox.scenario import Scenario

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator, Sequence

    from sandbox.store import Step

REFUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    options = parser().parse_args(arguments)
    options.now = options.now or datetime.now(UTC)
    try:
        for line in COMMANDS[options.command](options):
            print(line)
    except SandboxError as refused:
        print(f"sandbox: {refused}", file=sys.stderr)
        return REFUSED
    except (sqlite3.Error, OSError) as broken:
        print(
            f"sandbox: {options.data}: the company folder cannot be used ({broken}); see to it and try again.",
            file=sys.stderr,
        )
        return REFUSED
    return 0


@contextmanager
def _step(options: Namespace) -> Iterator[Step]:
    with store.opened(options.data) as connection, store.step(connection, options.now) as step:
        yield step


def _create(options: Namespace) -> Iterator[str]:
    done = company.create(options.data, options.company, options.scenario, options.now)
    held = ", ".join(f"{count} {name}" for name, count in done.counts.items())
    if done.is_new:
        yield f"created company {options.company} in {options.data}: {held}"
    else:
        yield f"{options.data} holds this scenario as company {options.company} already; nothing changed: {held}"


def _check_scenario(options: Namespace) -> Iterator[str]:
    _content, (first, last) = company.check(Scenario.open(options.scenario))
    yield f"{options.scenario}: every table is as the manifest says and every reference is known; {first} to {last}"


def _seal_scenario(options: Namespace) -> Iterator[str]:
    counts = seal.seal_scenario(options.scenario)
    yield f"sealed {options.scenario}: {', '.join(f'{count} {name}' for name, count in counts.items())}"


def _clerk(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        done = clerk.do_entries(step, options.after or "")
    yield f"did {len(done)} clerk entries: {', '.join(done)}" if done else "no clerk entry is due"


def _export(options: Namespace) -> Iterator[str]:
    with store.opened(options.data) as connection:
        counts = export.export(connection, options.out)
    for table, count in counts.items():
        yield f"{table}.csv: {count} rows"


def _serve(options: Namespace) -> Iterator[str]:
    # Sage's side needs nothing but the standard library; only this command needs FastAPI.
    from sandbox.api.server import Secrets  # noqa: PLC0415
    from sandbox.api.serving import serve  # noqa: PLC0415

    try:
        known = Secrets(**json.loads(options.secrets.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as broken:
        raise SandboxError(
            f"the secrets cannot be read ({broken})",
            where=str(options.secrets),
            expected="JSON with api_key, api_secret, username and password",
            do="write the file, readable for its owner only",
        ) from None
    serve(options.data, known, port=options.port, ready=options.ready, page_size=options.page_size, lacks=options.lacks)
    yield "the service has ended"


def _import(options: Namespace) -> Iterator[str]:
    with store.opened(options.data) as connection:
        done = importing.import_file(connection, options.data, options.file, options.reject, options.print, options.now)
    if done.earlier:
        yield f"warning: this file was imported before ({done.earlier}); its entries are in once more"
    yield (
        f"import {done.number}: {done.accepted} entries accepted, {values.money(done.cents)}, "
        f"{len(done.refused)} lines rejected; unposted in batches {', '.join(done.batches) or 'none'}"
    )


def _recover(options: Namespace) -> Iterator[str]:
    with store.opened(options.data) as connection:
        count = importing.deliver(connection, options.now)
    yield f"{count} imports waited for their result files"


def _post_entries(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        done = posting.post_entries(step, options.batch)
    yield f"posted {done.count} entries, {done.amount}" + (f", run {done.run}" if done.count else "")
    for period, count in sorted(done.left.items()):
        yield f"left unposted: {count} entries, because {period} is not an open month in JC"
    if done.ledger.count:
        yield f"posted {done.ledger.count} entries of the general ledger"
    for period, count in sorted(done.ledger.left.items()):
        yield f"left unposted: {count} entries of the general ledger, because {period} is not an open month in GL"


def _close_month(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        closed = periods.close_month(step, options.period, options.application)
    if closed:
        yield f"closed {', '.join(closed)} in {options.application}"
    else:
        yield f"{options.period} is closed in {options.application} already"


def _enter_cost(options: Namespace) -> Iterator[str]:
    entry = posting.Transaction(
        job=options.job, extra="", cost_code=options.cost_code, category=options.category,
        transaction_date=options.date, accounting_date=options.accounting_date or "",
        amount=values.fixed(options.amount, values.AMOUNT), description=options.description,
        units=values.fixed(options.units, values.UNITS), unit_cost=values.fixed(options.unit_cost, values.UNIT_COST),
        transaction_type=options.type, debit_account=options.debit_account, credit_account=options.credit_account,
        batch=options.batch, vendor=options.vendor, invoice=options.invoice, commitment=options.commitment,
        item_number=options.item, tax_id=options.tax_id, ref_1=options.ref_1, ref_2=options.ref_2, operator="CLERK",
    )  # fmt: skip
    with _step(options) as step:
        row_id = by_hand.enter_cost(step, entry, is_posted=not options.unposted)
    yield f"{'entered' if options.unposted else 'posted'} {row_id}"


def _enter_journal(options: Namespace) -> Iterator[str]:
    entry = journal.Entry(
        options.date, options.accounting_date or options.date, options.description,
        values.fixed(options.amount, values.AMOUNT), options.debit_account, options.credit_account, options.batch,
    )  # fmt: skip
    with _step(options) as step:
        journal.enter_by_hand(step, entry)
    yield f"posted {entry.amount} from {entry.credit_account} to {entry.debit_account} in the general ledger"


def _edit_transaction(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        by_hand.edit(step, options.row_id, dict(options.settings), even_closed=options.even_closed)
    yield f"changed {options.row_id}"


def _delete_transaction(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        by_hand.delete(step, options.row_id, even_closed=options.even_closed)
    yield f"deleted {options.row_id}"


def _void_invoice(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        row_ids = by_hand.void_invoice(step, options.vendor, options.invoice, options.date)
    yield f"voided invoice {options.invoice} of vendor {options.vendor}: {', '.join(row_ids)}"


def _move_to_history(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        count = by_hand.move_to_history(step, options.through)
    yield f"moved {count} rows to history"


def _set_status(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        if options.on_hold:
            masters_by_hand.set_on_hold(step, options.job, is_on_hold=options.on_hold == "yes")
        else:
            masters_by_hand.set_status(step, options.job, options.cost_code, options.category, options.status)
    yield f"job {options.job} is changed"


def _close_commitment(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        masters_by_hand.set_commitment_closed(step, options.commitment, is_closed=not options.reopen)
    yield f"commitment {options.commitment} is {'open' if options.reopen else 'closed'}"


def _add_cost_code(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        masters_by_hand.add_cost_code(step, options.job, options.cost_code, options.category, options.description)
    yield f"added {options.cost_code} / {options.category} to job {options.job}"


def _add_account(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        is_new = masters_by_hand.add_account(step, options.account, options.title, options.type)
    yield f"account {options.account} is {'added' if is_new else 'there already'}"


def _enter_order_line(options: Namespace) -> Iterator[str]:
    line = masters_by_hand.OrderLine(
        options.commitment, options.item, options.vendor, options.job, options.cost_code, options.category,
        options.standard_item, options.units, options.unit_cost, options.unit, options.date, options.description,
    )  # fmt: skip
    with _step(options) as step:
        masters_by_hand.enter_order_line(step, line)
    yield f"entered line {options.item} of commitment {options.commitment}"


def _enter_change_order(options: Namespace) -> Iterator[str]:
    change = masters_by_hand.ChangeOrder(
        options.commitment, options.item, options.units, options.amount, options.unit_cost, options.date,
        options.description, options.status,
    )  # fmt: skip
    with _step(options) as step:
        number = masters_by_hand.enter_change_order(step, change)
    yield f"entered change order {number} of commitment {options.commitment}, {options.status.lower()}"


def _approve_change_order(options: Namespace) -> Iterator[str]:
    with _step(options) as step:
        masters_by_hand.approve_change_order(step, options.commitment, options.number)
    yield f"approved change order {options.number} of commitment {options.commitment}"


COMMANDS: dict[str, Callable[[Namespace], Iterator[str]]] = {
    "create": _create,
    "check-scenario": _check_scenario,
    "seal-scenario": _seal_scenario,
    "clerk": _clerk,
    "export": _export,
    "serve": _serve,
    "import": _import,
    "recover": _recover,
    "post-entries": _post_entries,
    "close-month": _close_month,
    "enter-cost": _enter_cost,
    "enter-journal": _enter_journal,
    "edit-transaction": _edit_transaction,
    "delete-transaction": _delete_transaction,
    "void-invoice": _void_invoice,
    "move-to-history": _move_to_history,
    "set-status": _set_status,
    "close-commitment": _close_commitment,
    "add-cost-code": _add_cost_code,
    "add-account": _add_account,
    "enter-order-line": _enter_order_line,
    "enter-change-order": _enter_change_order,
    "approve-change-order": _approve_change_order,
}
