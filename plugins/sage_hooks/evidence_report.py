"""The printable report of an evidence pack: figures and sign-off, both bridges drawn, and what became of the orders.

Drawn with reportlab in invariant mode: the same sign-off gives the same bytes.
"""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from sage_bridge.proposals import money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Rows = Callable[[str], Iterator[tuple[Any, ...]]]

_WIDTH: float = A4[0]
_HEIGHT: float = A4[1]
_MM: float = mm
_LEFT, _RIGHT, _TOP = 18 * _MM, _WIDTH - 18 * _MM, _HEIGHT - 20 * _MM
_LINE = 5 * _MM
_PAGES = 4
_MOST_BARS = 12
_MOST_CHANGES = 14
_MOST_LINES = 24
_AGES = {
    "amount_0_to_30_days": "0 to 30 days",
    "amount_31_to_60_days": "31 to 60 days",
    "amount_61_to_90_days": "61 to 90 days",
    "amount_over_90_days": "over 90 days",
}
_INK, _MUTED, _UP, _DOWN, _STAND = (
    HexColor("#1A1A1A"),
    HexColor("#6B7280"),
    HexColor("#1E7B34"),
    HexColor("#B42318"),
    HexColor("#1F3864"),
)
_TITLES = {
    "quantity": "From the order to consumption, at PO cost",
    "cost": "From consumption to job cost in Sage",
}


def write_report(head: Mapping[str, Any], rows: Rows) -> bytes:
    """Give the report of a signed month as PDF.

    Args:
        head: the sign-off (`recon/select_evidence_head`).
        rows: gives the header and the rows of an evidence list by name.
    """
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(f"Reconciliation {head['company_id']} {head['period']}")
    canvas.setAuthor("sage-bridge")
    _first_page(canvas, head)
    canvas.showPage()
    _second_page(canvas, head)
    canvas.showPage()
    _third_page(canvas, head, rows)
    canvas.showPage()
    _fourth_page(canvas, head, rows)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _first_page(canvas: Canvas, head: Mapping[str, Any]) -> None:
    y = _heading(canvas, f"{head['company_name']}: reconciliation of {head['period']}")
    y = _section(canvas, y, "Sign-off")
    for name, value in (
        ("Signed off by", head["signed_by"]),
        ("Signed off at (UTC)", head["signed_at"].isoformat(sep=" ", timespec="seconds")),
        ("Version and close", f"version {head['version_no']}, close {head['close_no']} of the company"),
        ("Prepared by", head["prepared_by"]),
        ("Comment", head["comment"] or "none"),
        ("Materiality", money(head["materiality"])),
        ("Sign-off hash", head["sign_off_hash"]),
        ("Head of the event chain", head["chain_head"] or "none"),
    ):
        y = _pair(canvas, y, name, str(value))
    y = _section(canvas, y - _LINE / 2, "Tie-out: one side, other side")
    for promise in head["tie_out"]["promises"]:
        verdict = "agrees" if promise["broken"] == 0 else f"{promise['broken']} records off"
        y = _figures(canvas, y, promise["promise"].replace("_", " "), (promise["ours"], promise["other"]), verdict)
    for mirror in head["tie_out"]["mirror"]:
        verdict = "not comparable"
        if mirror["is_comparable"]:
            verdict = "agrees" if mirror["codes_off"] == 0 else f"{mirror['codes_off']} codes off"
        name = f"Sage's own totals, {mirror['flow'].lower()}"
        y = _figures(canvas, y, name, (mirror["amount_rows"], mirror["amount_sage"]), verdict)
    y = _section(canvas, y - _LINE / 2, "Differences left, all explained: ours, Sage")
    for row in head["tie_out"]["differences"]:
        name = f"{row['lines']} x {row['cause'].replace('_', ' ')}, {row['state']}"
        y = _figures(canvas, y, name, (row["amount_ours"], row["amount_sage"]), "")
    if not head["tie_out"]["differences"]:
        _text(canvas, _LEFT, y, "none", _MUTED)
    _footer(canvas, head, 1)


def _second_page(canvas: Canvas, head: Mapping[str, Any]) -> None:
    y = _heading(canvas, f"Where the money is, {head['period']} (cumulative)")
    for bridge in ("quantity", "cost"):
        parts = [row for row in head["tie_out"]["bridges"] if row["bridge"] == bridge]
        y = _section(canvas, y, _TITLES[bridge])
        y = _waterfall(canvas, y, parts) - _LINE
    _footer(canvas, head, 2)


def _third_page(canvas: Canvas, head: Mapping[str, Any], rows: Rows) -> None:
    lines = _named(rows("commitments"))
    orders: dict[str, list[Decimal]] = {}
    jobs: dict[str, list[Decimal]] = {}
    for line in lines:
        kept = line["amount_accepted"] - line["amount_returned"]
        _add(orders, line["commitment"], [line["amount_revised"], kept, line["amount_invoiced"]])
        _add(jobs, line["job"], [line["amount_on_hand"]])
    y = _heading(canvas, f"Where the orders stand, {head['period']} (cumulative)")
    y = _section(canvas, y, "Commitment burn: ordered (line), received (bar), invoiced (thin bar)")
    y = _bars(canvas, y, orders) - _LINE
    y = _section(canvas, y, "Stored materials by job, at PO cost")
    y = _bars(canvas, y, jobs) - _LINE
    y = _section(canvas, y, f"Change orders of {head['period']}")
    changes = [
        row for row in _named(rows("change_orders")) if row["change_order_date"].isoformat()[:7] == head["period"]
    ]
    for row in changes[:_MOST_CHANGES]:
        name = f"{row['commitment']}/{row['item_number']}, change order {row['change_order']}"
        day = row["change_order_date"].isoformat()
        _text(canvas, _LEFT, y, name[:48], _INK)
        _text(canvas, _LEFT + 84 * _MM, y, f"{day}  {row['status']}{', ours' if row['is_ours'] else ''}", _MUTED)
        canvas.drawRightString(_RIGHT, y, money(row["amount_approved"] + row["amount_pending"]))
        y -= _LINE
    total = sum((row["amount_approved"] for row in changes), Decimal(0))
    left_out = f", {len(changes) - _MOST_CHANGES} more in the workbook" if len(changes) > _MOST_CHANGES else ""
    _text(canvas, _LEFT, y, f"{len(changes)} lines, approved in all{left_out}", _STAND)
    canvas.drawRightString(_RIGHT, y, money(total))
    _footer(canvas, head, 3)


def _fourth_page(canvas: Canvas, head: Mapping[str, Any], rows: Rows) -> None:
    lines = _named(rows("received_not_invoiced"))
    y = _heading(canvas, f"Where receipts and invoices differ at the end of {head['period']}")
    for title, sign, color in (
        ("Received and not invoiced, by age of the receipt", 1, _UP),
        ("Invoiced and not received, by age of the invoice", -1, _DOWN),
    ):
        y = _section(canvas, y, title)
        of_side = [line for line in lines if line["amount_received_not_invoiced"] * sign > 0]
        ages = {words: sum((abs(line[name]) for line in of_side), Decimal(0)) for name, words in _AGES.items()}
        y = _ages(canvas, y, ages, color) - _LINE
    y = _section(canvas, y, "The oldest: line, since, expected by, who acts")
    for line in lines[:_MOST_LINES]:
        since = line["oldest_receipt_date"] or line["oldest_invoice_date"]
        _text(canvas, _LEFT, y, f"{line['commitment']}/{line['item_number']} {line['vendor_name'] or ''}"[:42], _INK)
        overdue = ", overdue" if line["is_overdue"] else ""
        _text(canvas, _LEFT + 70 * _MM, y, f"{since}  {line['expected_date']}{overdue}  {line['owner']}"[:52], _MUTED)
        canvas.setFillColor(_INK)
        canvas.drawRightString(_RIGHT, y, money(line["amount_received_not_invoiced"]))
        y -= _LINE
    left_out = f", {len(lines) - _MOST_LINES} more in the workbook" if len(lines) > _MOST_LINES else ""
    _text(canvas, _LEFT, y, f"lines in all: {len(lines)}{left_out}", _STAND)
    canvas.drawRightString(_RIGHT, y, money(sum((line["amount_received_not_invoiced"] for line in lines), Decimal(0))))
    _footer(canvas, head, 4)


def _ages(canvas: Canvas, y: float, ages: Mapping[str, Decimal], color: HexColor) -> float:
    """Draw one bar for each age."""
    most = max(ages.values()) or Decimal(1)
    left, right = _LEFT + 30 * _MM, _RIGHT - 60 * _MM
    for words, amount in ages.items():
        _text(canvas, _LEFT, y, words, _INK)
        canvas.setFillColor(color)
        canvas.rect(left, y - 1, max(int(amount * int(right - left) / most), 1), _LINE * 0.6, stroke=0, fill=1)
        canvas.setFillColor(_INK)
        canvas.drawRightString(_RIGHT, y, money(amount))
        y -= _LINE * 1.2
    return y


def _named(rows: Iterator[tuple[Any, ...]]) -> list[dict[str, Any]]:
    names = next(rows)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _add(sums: dict[str, list[Decimal]], name: str, amounts: Sequence[Decimal]) -> None:
    held = sums.setdefault(name, [Decimal(0)] * len(amounts))
    sums[name] = [before + amount for before, amount in zip(held, amounts, strict=True)]


def _bars(canvas: Canvas, y: float, sums: Mapping[str, Sequence[Decimal]]) -> float:
    """Draw the largest sums, of three amounts a frame, a bar and a thin bar, of one a bar; the rest as figures alone.

    A bar of the rest would leave those of single ones no width to be told apart by.
    """
    found = sorted(sums.items(), key=lambda item: (-item[1][0], item[0]))
    shown, rest = found[:_MOST_BARS], found[_MOST_BARS:]
    most = max((max(amounts) for _, amounts in shown), default=Decimal(0)) or Decimal(1)
    if rest:
        parts = zip(*(amounts for _, amounts in rest), strict=True)
        shown.append((f"{len(rest)} others", [sum(part, Decimal(0)) for part in parts]))
    left, right = _LEFT + 30 * _MM, _RIGHT - 70 * _MM
    for row, (name, amounts) in enumerate(shown):
        _text(canvas, _LEFT, y, name, _INK)
        for place, amount in enumerate(amounts if row < _MOST_BARS else ()):
            width = max(int(amount * int(right - left) / most), 0)
            is_frame = place == 0 and len(amounts) > 1
            canvas.setStrokeColor(_MUTED)
            canvas.setFillColor(_UP if place == 1 else _STAND)
            height = _LINE * (0.2 if place == 2 else 0.6)  # noqa: PLR2004 - the thin bar is the third
            canvas.rect(left, y - 1, max(width, 1), height, stroke=int(is_frame), fill=int(not is_frame))
        canvas.setFillColor(_INK)
        canvas.drawRightString(_RIGHT, y, " / ".join(money(amount) for amount in amounts))
        y -= _LINE * 1.2
    return y


def _waterfall(canvas: Canvas, y: float, parts: Sequence[Mapping[str, Any]]) -> float:
    """Draw one bridge as bars: start and end stand on the axis, each step begins where the last one ended."""
    bars: list[tuple[str, Decimal, Decimal, Decimal]] = []
    level = Decimal(0)
    for part in parts:
        amount = Decimal(part["amount"])
        if part["role"] in ("start", "end"):
            bars.append((part["component"], Decimal(0), amount, amount))
            level = amount
        elif part["role"] == "step":
            bars.append((part["component"], level, level + amount, amount))
            level += amount
        else:
            bars.append((part["component"], level, level, amount))
    low = min((min(begin, end) for _, begin, end, _ in bars), default=Decimal(0))
    high = max((max(begin, end) for _, begin, end, _ in bars), default=Decimal(0))
    span = high - low or Decimal(1)
    left, right = _LEFT + 42 * _MM, _RIGHT - 34 * _MM

    def place(amount: Decimal) -> int:
        return int(left) + int((amount - low) * int(right - left) / span)

    for name, begin, end, amount in bars:
        is_total = begin == 0 and end == amount and name in ("original", "consumed", "job_cost")
        _text(canvas, _LEFT, y, name.replace("_", " "), _INK)
        canvas.setFillColor(_STAND if is_total else _UP if amount >= 0 else _DOWN)
        start, stop = sorted((place(begin), place(end)))
        canvas.rect(start, y - 1, max(stop - start, 1), _LINE * 0.6, stroke=0, fill=1)
        canvas.setFillColor(_INK)
        canvas.drawRightString(_RIGHT, y, money(amount))
        y -= _LINE * 1.2
    return y


def _heading(canvas: Canvas, text: str) -> float:
    canvas.setFillColor(_STAND)
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(_LEFT, _TOP, _latin(text))
    return _TOP - 10 * _MM


def _section(canvas: Canvas, y: float, text: str) -> float:
    canvas.setFillColor(_STAND)
    canvas.setFont("Helvetica-Bold", 11)
    canvas.drawString(_LEFT, y, _latin(text))
    canvas.setStrokeColor(_MUTED)
    canvas.line(_LEFT, y - 1.5 * _MM, _RIGHT, y - 1.5 * _MM)
    canvas.setFont("Helvetica", 9)
    return y - 7 * _MM


def _pair(canvas: Canvas, y: float, name: str, value: str) -> float:
    _text(canvas, _LEFT, y, name, _MUTED)
    _text(canvas, _LEFT + 45 * _MM, y, value[:80], _INK)
    return y - _LINE


def _figures(canvas: Canvas, y: float, name: str, amounts: Sequence[object], verdict: str) -> float:
    _text(canvas, _LEFT, y, name[:48], _INK)
    for amount, right in zip(amounts, (_LEFT + 106 * _MM, _LEFT + 138 * _MM), strict=True):
        canvas.drawRightString(right, y, money(Decimal(str(amount))))
    canvas.setFillColor(_UP if verdict in ("agrees", "") else _DOWN)
    canvas.drawRightString(_RIGHT, y, verdict)
    return y - _LINE


def _footer(canvas: Canvas, head: Mapping[str, Any], page: int) -> None:
    canvas.setFont("Helvetica", 7)
    text = f"{head['company_id']} {head['period']}, page {page} of {_PAGES}, sign-off {head['sign_off_hash']}"
    _text(canvas, _LEFT, 12 * _MM, text, _MUTED)


def _text(canvas: Canvas, x: float, y: float, text: str, color: HexColor) -> None:
    canvas.setFillColor(color)
    canvas.drawString(x, y, _latin(text))


def _latin(text: str) -> str:
    """Give a text in the characters the built-in fonts have."""
    return text.encode("cp1252", "replace").decode("cp1252")
