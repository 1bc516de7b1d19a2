"""The commands' arguments: what each takes, checked where a check needs no books."""

from __future__ import annotations

import argparse
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import values
from sandbox.masters import APPLICATIONS
from sandbox.masters_by_hand import STATUSES
from sandbox.posting import COST_TYPES

if TYPE_CHECKING:
    from datetime import datetime

LINK_RESOURCES = ("extras", "items", "change_orders", "transactions", "sent", "periods")


def parser() -> argparse.ArgumentParser:
    """Make the parser of `python -m sandbox`."""
    top = argparse.ArgumentParser(prog="python -m sandbox", description="A stand-in for a Sage 300 CRE company folder.")
    top.add_argument("--data", type=Path, default=Path("var/sage"), help="the company folder (default var/sage)")
    top.add_argument("--now", type=_instant, help="the server's clock, ISO with offset (default: now)")
    commands = top.add_subparsers(dest="command", required=True, metavar="command")
    _scenario_commands(commands)
    _import_commands(commands)
    _cost_commands(commands)
    _master_commands(commands)
    return top


_Commands = argparse._SubParsersAction  # noqa: SLF001  argparse has no public name for it


def _scenario_commands(commands: _Commands[argparse.ArgumentParser]) -> None:
    create = commands.add_parser("create", help="load a scenario as a Sage company")
    create.add_argument("--company", required=True)
    create.add_argument("--scenario", type=Path, required=True)
    for name, words in (
        ("check-scenario", "check a scenario directory without loading it"),
        ("seal-scenario", "write row counts and hashes of a scenario's tables into its manifest"),
    ):
        commands.add_parser(name, help=words).add_argument("--scenario", type=Path, required=True)
    clerk = commands.add_parser("clerk", help="do what the scenario's clerk does by hand")
    clerk.add_argument("--after", type=_period, help="the month just closed; nothing = before any close")
    exporting = commands.add_parser("export", help="write every Sage table as CSV")
    exporting.add_argument("--out", type=Path, required=True)
    serving = commands.add_parser("serve", help="serve the company as hosted Sage does, over HTTP on loopback")
    serving.add_argument("--port", type=int, default=0, help="0 = any free one")
    serving.add_argument("--ready", type=Path, help="file that gets the port once it listens")
    serving.add_argument("--page-size", type=int, default=500)
    serving.add_argument(
        "--lacks",
        nargs="*",
        default=[],
        choices=LINK_RESOURCES,
        help="inferred resources that this link does not serve",
    )
    serving.add_argument("--secrets", type=Path, required=True, help="JSON: api_key, api_secret, username, password")


def _import_commands(commands: _Commands[argparse.ArgumentParser]) -> None:
    importing = commands.add_parser(
        "import", help="import a file: direct-cost and ledger lines, unposted, and change orders"
    )
    for name in ("--file", "--reject", "--print"):
        importing.add_argument(name, type=Path, required=True)
    commands.add_parser("recover", help="finish the result files of an import that was killed")
    post = commands.add_parser("post-entries", help="post unposted entries")
    post.add_argument("--batch")
    close = commands.add_parser("close-month", help="close a month and all before it")
    close.add_argument("--period", type=_period, required=True)
    close.add_argument("--application", choices=APPLICATIONS, default="JC")


def _cost_commands(commands: _Commands[argparse.ArgumentParser]) -> None:
    enter = commands.add_parser("enter-cost", help="enter one cost by hand and post it")
    _code_arguments(enter)
    enter.add_argument("--date", type=_day, required=True)
    enter.add_argument("--amount", type=_amount, required=True)
    enter.add_argument("--type", choices=tuple(COST_TYPES), default="JC cost")
    enter.add_argument("--accounting-date", type=_day)
    enter.add_argument("--units", type=_units, default=Decimal(0))
    enter.add_argument("--unit-cost", type=_unit_cost, default=Decimal(0))
    enter.add_argument("--description", type=_Text(30), default="")
    for name, longest in (
        ("--debit-account", 25), ("--credit-account", 25), ("--vendor", 10), ("--invoice", 15), ("--commitment", 12),
        ("--tax-id", 6), ("--batch", 10), ("--ref-1", 10), ("--ref-2", 10),
    ):  # fmt: skip
        enter.add_argument(name, type=_Text(longest), default="")
    enter.add_argument("--item", type=int, help="the commitment's line")
    enter.add_argument("--unposted", action="store_true", help="leave it in JCT_NEW")
    entry = commands.add_parser("enter-journal", help="enter one entry of the general ledger by hand and post it")
    entry.add_argument("--date", type=_day, required=True)
    entry.add_argument("--amount", type=_amount, required=True)
    entry.add_argument("--accounting-date", type=_day)
    for name, longest in (("--debit-account", 25), ("--credit-account", 25)):
        entry.add_argument(name, type=_Text(longest), required=True)
    for name, longest in (("--description", 30), ("--batch", 10)):
        entry.add_argument(name, type=_Text(longest), default="")
    edit = commands.add_parser("edit-transaction", help="change a transaction in place")
    edit.add_argument("--row-id", required=True)
    edit.add_argument("--set", action="append", required=True, type=_setting, metavar="COLUMN=VALUE", dest="settings")
    delete = commands.add_parser("delete-transaction", help="delete a transaction")
    delete.add_argument("--row-id", required=True)
    for command in (edit, delete):
        command.add_argument("--even-closed", action="store_true", help="also in a month Job Cost has closed")
    void = commands.add_parser("void-invoice", help="void a posted AP invoice")
    void.add_argument("--vendor", required=True)
    void.add_argument("--invoice", required=True)
    void.add_argument("--date", type=_day, required=True)
    history = commands.add_parser("move-to-history", help="move posted rows of closed months out of the current file")
    history.add_argument("--through", type=_period, required=True)


def _master_commands(commands: _Commands[argparse.ArgumentParser]) -> None:
    status = commands.add_parser("set-status", help="set the status of a job, cost code or category, or a job's hold")
    status.add_argument("--job", required=True)
    status.add_argument("--cost-code", default="")
    status.add_argument("--category", default="")
    what = status.add_mutually_exclusive_group(required=True)
    what.add_argument("--status", choices=STATUSES)
    what.add_argument("--on-hold", choices=("yes", "no"))
    close = commands.add_parser("close-commitment", help="close a commitment")
    close.add_argument("--commitment", required=True)
    close.add_argument("--reopen", action="store_true")
    add = commands.add_parser("add-cost-code", help="set up a cost code with a category on a job")
    _code_arguments(add)
    add.add_argument("--description", type=_Text(30), default="")
    account = commands.add_parser("add-account", help="set up an account of the general ledger")
    account.add_argument("--account", type=_Text(25), required=True)
    account.add_argument("--title", type=_Text(40), default="")
    account.add_argument("--type", type=_Text(20), default="Asset")
    order = commands.add_parser("enter-order-line", help="enter a line of a purchase order, the order with its first")
    _code_arguments(order)
    for name, longest in (("--commitment", 12), ("--vendor", 10)):
        order.add_argument(name, type=_Text(longest), required=True)
    order.add_argument("--item", type=int, required=True)
    order.add_argument("--units", type=_units, required=True)
    order.add_argument("--unit-cost", type=_unit_cost, required=True)
    order.add_argument("--date", type=_day, required=True)
    for name, longest in (("--unit", 6), ("--standard-item", 10), ("--description", 30)):
        order.add_argument(name, type=_Text(longest), default="")
    change = commands.add_parser("enter-change-order", help="enter a commitment change order")
    change.add_argument("--commitment", required=True)
    change.add_argument("--item", type=int, required=True)
    change.add_argument("--units", type=_units, default=Decimal(0))
    change.add_argument("--amount", type=_amount, required=True)
    change.add_argument("--unit-cost", type=_unit_cost, help="the line's new unit cost, when the price changes")
    change.add_argument("--date", type=_day, required=True)
    change.add_argument("--description", type=_Text(30), default="Change order")
    change.add_argument("--status", choices=("Approved", "Pending"), default="Approved")
    approve = commands.add_parser("approve-change-order", help="approve a pending commitment change order")
    approve.add_argument("--commitment", required=True)
    approve.add_argument("--number", required=True)


def _code_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--job", required=True)
    command.add_argument("--cost-code", required=True)
    command.add_argument("--category", required=True)


class _Text:
    """A text of at most `longest` printable characters."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def __call__(self, text: str) -> str:
        if len(text) > self.longest or not text.isprintable():
            message = f"{text!r} is not at most {self.longest} printable characters"
            raise argparse.ArgumentTypeError(message)
        return text


def _decimal(text: str, places: int) -> Decimal:
    value = values.exact(text, places)
    if value is None:
        message = f"{text!r} is not a plain number with at most {places} decimals"
        raise argparse.ArgumentTypeError(message)
    return value


def _amount(text: str) -> Decimal:
    return _decimal(text, values.AMOUNT)


def _units(text: str) -> Decimal:
    return _decimal(text, values.UNITS)


def _unit_cost(text: str) -> Decimal:
    return _decimal(text, values.UNIT_COST)


def _day(text: str) -> str:
    if values.day(text) is None:
        message = f"{text!r} is not a date YYYY-MM-DD"
        raise argparse.ArgumentTypeError(message)
    return text


def _period(text: str) -> str:
    if not values.is_period(text):
        message = f"{text!r} is not a month YYYY-MM"
        raise argparse.ArgumentTypeError(message)
    return text


def _instant(text: str) -> datetime:
    moment = values.instant(text)
    if moment is None:
        message = f"{text!r} is not an ISO time with offset"
        raise argparse.ArgumentTypeError(message)
    return moment


def _setting(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not equals:
        message = f"{text!r} is not COLUMN=VALUE"
        raise argparse.ArgumentTypeError(message)
    return column, value
