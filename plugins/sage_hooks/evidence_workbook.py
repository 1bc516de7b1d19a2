"""The workbook of an evidence pack: what a controller opens first, with formulas that tie and nothing that runs.

Written row after row in constant memory. Every formula carries its value, so that a viewer that does not compute shows
the same figures; a test recomputes them with other software.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from sage_bridge.reconcile import COMPONENTS
from sage_bridge.reports import defused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Rows = Callable[[str], Iterator[tuple[Any, ...]]]

_CODE_COLUMNS = 4
_MOST_WIDTH = 40
_ZERO = Decimal("0.00")
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_SHEETS = (
    "Summary",
    "Variance bridge",
    "Roll-forward",
    "Per job and code",
    "Per commitment",
    "Change orders",
    "Received not invoiced",
    "Differences",
    "Adjustments",
    "Exceptions",
    "Approvals",
)
_TITLES = {
    "quantity": "From the order to consumption, at PO cost",
    "cost": "From consumption to job cost in Sage",
}


@dataclass(frozen=True, slots=True)
class Formats:
    """Cell formats of the workbook."""

    title: Any
    header: Any
    amount: Any
    units: Any
    date: Any
    total: Any
    good: Any


def write_workbook(target: IO[bytes], head: Mapping[str, Any], rows: Rows) -> None:
    """Write the workbook of a signed month.

    Args:
        target: receives the bytes.
        head: the sign-off (`recon/select_evidence_head`).
        rows: gives the header and the rows of an evidence list by name.
    """
    workbook = xlsxwriter.Workbook(target, _OPTIONS)
    signed_at = head["signed_at"].replace(tzinfo=None, microsecond=0)
    workbook.set_properties({"title": f"Reconciliation {head['company_id']} {head['period']}", "created": signed_at})
    formats = _formats(workbook)
    # Sheets stand in reading order, but the first is written last: it points at totals of the others.
    sheets = {name: _add_sheet(workbook, name) for name in _SHEETS}
    bridges = _write_bridges(sheets["Variance bridge"], formats, rows("bridge"))
    closings = _write_roll_forward(sheets["Roll-forward"], formats, rows("roll_forward"))
    totals = {
        sheet: _write_list(sheets[sheet], formats, rows(data), has_totals=True)
        for sheet, data in (
            ("Per job and code", "job_cost"),
            ("Per commitment", "commitments"),
            ("Change orders", "change_orders"),
            ("Received not invoiced", "received_not_invoiced"),
        )
    }
    for sheet, data in (
        ("Differences", "differences"),
        ("Adjustments", "adjustments"),
        ("Exceptions", "exceptions"),
        ("Approvals", "approvals"),
    ):
        _write_list(sheets[sheet], formats, rows(data))
    _write_summary(sheets["Summary"], formats, head, bridges, totals, closings)
    workbook.close()


def write_lists(
    target: IO[bytes], title: str, created: datetime, lists: Mapping[str, Sequence[tuple[Any, ...]]]
) -> None:
    """Write a workbook of plain lists.

    Args:
        target: receives the bytes.
        title: of the workbook.
        created: the time it bears.
        lists: rows by name of their sheet, the header first.
    """
    workbook = xlsxwriter.Workbook(target, _OPTIONS)
    workbook.set_properties({"title": title, "created": created.replace(tzinfo=None, microsecond=0)})
    formats = _formats(workbook)
    for name, rows in lists.items():
        _write_list(_add_sheet(workbook, name), formats, iter(rows))
    workbook.close()


def _add_sheet(workbook: Any, name: str) -> Any:
    """Add a sheet whose columns stand beside each other on paper, too."""
    sheet = workbook.add_worksheet(name)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return sheet


def _formats(workbook: Any) -> Formats:
    amount = "#,##0.00;[Red]-#,##0.00"
    return Formats(
        title=workbook.add_format({"bold": True, "font_size": 14}),
        header=workbook.add_format({"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "text_wrap": True}),
        amount=workbook.add_format({"num_format": amount}),
        units=workbook.add_format({"num_format": "#,##0.####;[Red]-#,##0.####"}),
        date=workbook.add_format({"num_format": "yyyy-mm-dd"}),
        total=workbook.add_format({"num_format": amount, "bold": True, "top": 1}),
        good=workbook.add_format({"bold": True, "font_color": "#1E7B34"}),
    )


def _write_cell(sheet: Any, place: tuple[int, int], value: object, formats: Formats, name: str) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(*place, value)
    elif isinstance(value, Decimal):
        sheet.write_number(*place, value, formats.units if name.startswith("units") else formats.amount)
    elif isinstance(value, int):
        sheet.write_number(*place, value)
    elif isinstance(value, datetime):
        sheet.write_string(*place, value.isoformat(sep=" ", timespec="seconds"))
    elif isinstance(value, date):
        sheet.write_datetime(*place, value, formats.date)
    else:
        sheet.write_string(*place, defused(str(value)))


def _write_header(sheet: Any, row: int, names: Sequence[str], formats: Formats) -> None:
    for column, name in enumerate(names):
        sheet.write_string(row, column, name.replace("_", " "), formats.header)


def _set_up(sheet: Any, names: Sequence[str], frozen_row: int) -> None:
    for column, name in enumerate(names):
        sheet.set_column(column, column, min(_MOST_WIDTH, max(12, len(name))))
    sheet.freeze_panes(frozen_row, 0)
    sheet.repeat_rows(frozen_row - 1)


def _write_list(
    sheet: Any, formats: Formats, rows: Iterator[tuple[Any, ...]], *, has_totals: bool = False
) -> dict[str, tuple[str, Decimal]]:
    """Write a list with its header, and with totals a last row of sums; gives cell and value of each sum by column."""
    names = next(rows)
    _set_up(sheet, names, 1)
    _write_header(sheet, 0, names, formats)
    sums = {name: _ZERO for name in names if has_totals and name.startswith("amount_")}
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, (name, value) in enumerate(zip(names, row, strict=True)):
            _write_cell(sheet, (last, column), value, formats, name)
            if name in sums:
                sums[name] += value
    sheet.autofilter(0, 0, max(last, 1), len(names) - 1)
    cells = {}
    bottom = max(last, 1) + 1
    if has_totals:
        sheet.write_string(bottom, 0, "Total", formats.header)
        for column, name in enumerate(names):
            if name in sums:
                # The row below the header is there even when the list is empty: a sum must not hold its own cell.
                first, end = xl_rowcol_to_cell(1, column), xl_rowcol_to_cell(bottom - 1, column)
                sheet.write_formula(bottom, column, f"=SUM({first}:{end})", formats.total, sums[name])
                cells[name] = (f"'{sheet.get_name()}'!{xl_rowcol_to_cell(bottom, column)}", sums[name])
    return cells


def _write_bridges(
    sheet: Any, formats: Formats, rows: Iterator[tuple[Any, ...]]
) -> dict[str, list[tuple[str, str, str, Decimal]]]:
    """Write both bridges by codes, components across; gives cell and total of each component (role, name, cell, total).

    The residual of each row is a formula over the row's own cells.
    """
    next(rows)
    found: dict[str, dict[tuple[str, ...], dict[tuple[str, str], Decimal]]] = {}
    for bridge, job, extra, cost_code, category, role, component, amount in rows:
        by_codes = found.setdefault(bridge, {}).setdefault((job, extra, cost_code, category), {})
        by_codes[role, component] = by_codes.get((role, component), _ZERO) + amount
    sheet.freeze_panes(0, _CODE_COLUMNS)
    sheet.set_column(0, 20, 14)
    totals = {}
    row = 0
    for bridge, amounts in found.items():
        row, totals[bridge] = _write_bridge(sheet, formats, row, bridge, amounts)
    return totals


def _write_bridge(
    sheet: Any,
    formats: Formats,
    row: int,
    bridge: str,
    by_codes: Mapping[tuple[str, ...], Mapping[tuple[str, str], Decimal]],
) -> tuple[int, list[tuple[str, str, str, Decimal]]]:
    seen = {key for amounts in by_codes.values() for key in amounts if key[0] != "residual"}
    components = sorted(seen, key=_reading_order)
    names = ["job", "extra", "cost_code", "category", *(name for _, name in components), "residual"]
    sheet.write_string(row, 0, _TITLES[bridge], formats.title)
    _write_header(sheet, row + 1, names, formats)
    first = row = row + 2
    for code, amounts in by_codes.items():
        for column, text in enumerate(code):
            sheet.write_string(row, column, defused(text))
        for column, key in enumerate(components, start=_CODE_COLUMNS):
            sheet.write_number(row, column, amounts.get(key, _ZERO), formats.amount)
        _write_residual(sheet, formats.amount, row, components, amounts.get(("residual", "residual"), _ZERO))
        row += 1
    sheet.write_string(row, 0, "Total", formats.header)
    totals = []
    for column, (role, name) in enumerate(components, start=_CODE_COLUMNS):
        total = sum((amounts.get((role, name), _ZERO) for amounts in by_codes.values()), _ZERO)
        cells = f"{xl_rowcol_to_cell(first, column)}:{xl_rowcol_to_cell(row - 1, column)}"
        sheet.write_formula(row, column, f"=SUM({cells})", formats.total, total)
        totals.append((role, name, f"'{sheet.get_name()}'!{xl_rowcol_to_cell(row, column)}", total))
    residual = sum((amounts.get(("residual", "residual"), _ZERO) for amounts in by_codes.values()), _ZERO)
    _write_residual(sheet, formats.total, row, components, residual)
    return row + 3, totals


def _write_residual(sheet: Any, form: Any, row: int, components: Sequence[tuple[str, str]], residual: Decimal) -> None:
    signs = ["+" if role == "end" else "-" for role, _ in components]
    cells = [xl_rowcol_to_cell(row, column) for column in range(_CODE_COLUMNS, _CODE_COLUMNS + len(components))]
    terms = "".join(f"{sign}{cell}" for sign, cell in zip(signs, cells, strict=True))
    sheet.write_formula(row, _CODE_COLUMNS + len(components), f"=ROUND({terms},2)", form, residual)


def _write_roll_forward(
    sheet: Any, formats: Formats, rows: Iterator[tuple[Any, ...]]
) -> dict[str, tuple[str, Decimal]]:
    """Write opening, movements and closing of each statement, the residual as a formula over them; gives closings."""
    names = next(rows)
    _set_up(sheet, names, 1)
    _write_header(sheet, 0, names, formats)
    closings = {}
    first = 1
    for number, row in enumerate(rows, start=1):
        statement, _, component, _, amount = row
        for column, (name, value) in enumerate(zip(names, row, strict=True)):
            _write_cell(sheet, (number, column), value, formats, name)
        cell = xl_rowcol_to_cell(number, len(names) - 1)
        if component == "opening":
            first = number
        elif component == "closing":
            closings[statement] = (f"'{sheet.get_name()}'!{cell}", amount)
        elif component == "residual":
            cells = [xl_rowcol_to_cell(place, len(names) - 1) for place in (first, number - 2, number - 1)]
            sheet.write_formula(*(number, len(names) - 1), f"=ROUND({cells[2]}-SUM({cells[0]}:{cells[1]}),2)",
                                formats.total, amount)  # fmt: skip
    return closings


def _reading_order(key: tuple[str, str]) -> tuple[int, int]:
    return ("start", "step", "end").index(key[0]), COMPONENTS.index(key[1])


def _write_summary(
    sheet: Any,
    formats: Formats,
    head: Mapping[str, Any],
    bridges: Mapping[str, Sequence[tuple[str, str, str, Decimal]]],
    totals: Mapping[str, Mapping[str, tuple[str, Decimal]]],
    closings: Mapping[str, tuple[str, Decimal]],
) -> None:
    sheet.set_column(0, 0, 60)
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, 2, 60)
    sheet.freeze_panes(1, 0)
    sheet.write_string(0, 0, defused(f"{head['company_name']}: reconciliation of {head['period']}"), formats.title)
    facts = {
        "Signed off by": head["signed_by"],
        "Signed off at (UTC)": head["signed_at"],
        "Version, close number": f"{head['version_no']}, {head['close_no']}",
        "Prepared by": head["prepared_by"],
        "Comment": head["comment"],
        "Sign-off hash": head["sign_off_hash"],
        "Materiality": head["materiality"],
    }
    row = 1
    for name, value in facts.items():
        sheet.write_string(row, 0, name)
        _write_cell(sheet, (row, 1), value, formats, name)
        row += 1
    for bridge, title in (("quantity", "From the order to consumption"), ("cost", "From consumption to job cost")):
        row += 1
        sheet.write_string(row, 0, title, formats.header)
        sheet.write_string(row, 1, "amount", formats.header)
        for _, name, cell, total in bridges.get(bridge, ()):
            row += 1
            sheet.write_string(row, 0, name.replace("_", " "))
            sheet.write_formula(row, 1, f"={cell}", formats.amount, total)
        row += 1
    _write_agreements(sheet, formats, row + 1, bridges, totals, closings)


def _write_agreements(
    sheet: Any,
    formats: Formats,
    row: int,
    bridges: Mapping[str, Sequence[tuple[str, str, str, Decimal]]],
    totals: Mapping[str, Mapping[str, tuple[str, Decimal]]],
    closings: Mapping[str, tuple[str, Decimal]],
) -> None:
    """Write the figures that must be equal on different sheets, each with a formula that says whether they are."""
    ends = {bridge: parts[-1] for bridge, parts in bridges.items() if parts}
    sheet.write_string(row, 0, "These agree", formats.header)
    sheet.write_string(row, 1, "difference", formats.header)
    pairs = []
    if "quantity" in ends and "cost" in bridges:
        starts = [part for part in bridges["cost"] if part[0] == "start"]
        pairs.append(("consumed at the end of one bridge and the start of the other", ends["quantity"], starts))
    for bridge, (cell, total) in closings.items():
        if bridge in ends:
            name = f"closing of the roll-forward and end of the {bridge} bridge"
            pairs.append((name, ("end", bridge, cell, total), [ends[bridge]]))
    changes = ("step", "change_orders", *totals["Change orders"]["amount_approved"])
    committed = ("step", "commitments", *totals["Per commitment"]["amount_approved_changes"])
    pairs.append(("approved change orders, one by one and per commitment", changes, [committed]))
    # A step of zero has no column.
    of_bridge = [part for part in bridges.get("quantity", ()) if part[1] == "change_orders"]
    pairs.append(("approved change orders and their step of the quantity bridge", changes, of_bridge))
    for name, (_, _, cell, total), others in pairs:
        row += 1
        other = " - ".join(part[2] for part in others) or "0"
        difference = total - sum((part[3] for part in others), _ZERO)
        sheet.write_string(row, 0, name)
        sheet.write_formula(row, 1, f"=ROUND({cell}-({other}),2)", formats.good, difference)
    cell, total = totals["Per job and code"]["amount_difference"]
    row += 1
    sheet.write_string(row, 0, "Sage job cost + in flight - expected")
    sheet.write_formula(row, 1, f"=ROUND({cell},2)", formats.good, total)
