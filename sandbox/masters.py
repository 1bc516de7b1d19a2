"""The master files of Job Cost, Accounts Payable and the catalog, from a scenario.

Invented here and stated in docs/sandbox.md: the account mask `1-5-NNNN.NN` (NNNN = running number of
the cost code, NN = of the job), the roll-up code of each division (`05 00 00` over `05 12 00`), and
the unit of a code (the unit most of its purchase order lines use).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox import values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.content import Content
    from sandbox.records import JobCode
    from sandbox.store import Step

PAYABLE_ACCOUNT = "1-2-0100.00"
DEFAULT_CREDIT_ACCOUNT = "1-2-0200.00"
APPLICATIONS = ("JC", "AP", "GL")
OPEN_MONTHS_AHEAD = 3
_SECTIONED = re.compile(r"(?P<division>[0-9A-Za-z]+)(?P<rest>[ .-].+)")


def group_of(cost_code: str) -> str | None:
    """Give the roll-up code above a sectioned code (`05 12 00` -> `05 00 00`); None for free forms and roll-ups."""
    match = _SECTIONED.fullmatch(cost_code)
    if match is None:
        return None
    group = match["division"] + re.sub(r"[0-9A-Za-z]", "0", match["rest"])
    return group if group != cost_code else None


def cost_account(code_number: int, job_number: int) -> str:
    """Give the cost account of the n-th cost code on the n-th job; numbers wrap at the mask's width."""
    return f"1-5-{code_number % 10_000:04d}.{job_number % 100:02d}"


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is derived once for all jobs: units and accounts per code, roll-ups, how codes accumulate."""

    units: dict[tuple[str, ...], str]
    code_numbers: dict[str, int]
    job_numbers: dict[str, int]
    groups: frozenset[str]

    def account(self, job_id: str, cost_code: str) -> str:
        return cost_account(self.code_numbers[cost_code], self.job_numbers[job_id])


def write_masters(step: Step, content: Content) -> None:
    """Set up jobs, codes, categories, vendors, items and accounts."""
    shape = _shape(content)
    step.run_many(
        "insert_standard_category",
        (
            {"Category": category, "Description": values.descriptive(description, 30), "Accumulate_As": accumulate_as}
            for category, (description, accumulate_as) in sorted(content.categories.items())
        ),
    )
    step.run_many("insert_standard_cost_code", _standard_codes(content, shape))
    step.run_many(
        "insert_job",
        (
            {"Job": job.job_id, "Description": values.descriptive(job.name, 30), "Status": job.status,
             "On_Hold": int(job.is_on_hold)}
            for job in content.jobs.values()
        ),
    )  # fmt: skip
    step.run_many("insert_cost_code", _cost_codes(content, shape))
    step.run_many("insert_category", _categories(content, shape))
    _write_catalog(step, content)
    _write_accounts(step, content, shape)


def open_months(step: Step, first: str, last: str) -> None:
    """Make sure that every month from `first` to three after `last` is known; new ones are open."""
    stop = values.month_after(last, OPEN_MONTHS_AHEAD)
    period = first
    while period <= stop:
        step.run_many("insert_period", ({"Period": period, "Application": name} for name in APPLICATIONS))
        period = values.month_after(period)


def accumulation(content: Content, codes: Iterable[JobCode]) -> str:
    """Give what a code accumulates as: its categories' class where they agree, else ''."""
    classes = {content.categories[code.category][1] for code in codes}
    return classes.pop() if len(classes) == 1 else ""


def _shape(content: Content) -> _Shape:
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for line in content.lines.values():
        for key in ((line.cost_code,), (line.job_id, line.cost_code), (line.job_id, line.cost_code, line.category)):
            counts.setdefault(key, Counter())[line.unit] += 1
    units = {key: min((-many, unit) for unit, many in count.items())[1] for key, count in counts.items()}
    posted = {cost_code for _job, cost_code in content.codes}
    return _Shape(
        units,
        {cost_code: number for number, cost_code in enumerate(sorted(content.titles), 1)},
        {job_id: number for number, job_id in enumerate(sorted(content.jobs), 1)},
        frozenset(group for code in content.titles if (group := group_of(code)) and group not in posted),
    )


def _group_title(content: Content, group: str) -> str:
    return values.descriptive(content.titles.get(group) or f"Division {group[:2]}", 30)


def _standard_codes(content: Content, shape: _Shape) -> Iterable[dict[str, object]]:
    on_jobs: dict[str, list[JobCode]] = {}
    for (_job, cost_code), codes in content.codes.items():
        on_jobs.setdefault(cost_code, []).extend(codes.values())
    for cost_code in sorted(set(content.titles) | shape.groups):
        is_group = cost_code in shape.groups
        title = _group_title(content, cost_code) if is_group else values.descriptive(content.titles[cost_code], 30)
        yield {
            "Cost_Code": cost_code, "Description": title, "Group_Cost_Code": int(is_group),
            "Accumulate_As": accumulation(content, on_jobs.get(cost_code, ())),
            "Cost_Unit_Description": shape.units.get((cost_code,), ""),
        }  # fmt: skip


def _cost_codes(content: Content, shape: _Shape) -> Iterable[dict[str, object]]:
    revised: dict[tuple[str, str], Decimal] = {}
    where = {(line.commitment, line.number): (line.job_id, line.cost_code) for line in content.lines.values()}
    for line in content.lines.values():
        revised[line.job_id, line.cost_code] = revised.get((line.job_id, line.cost_code), Decimal(0)) + line.amount
    for change in content.changes:
        revised[where[change.commitment, change.number]] += change.amount
    groups = sorted({(job, group) for job, code in content.codes if (group := group_of(code)) in shape.groups if group})
    for job, group in groups:
        yield {
            "Job": job, "Cost_Code": group, "Description": _group_title(content, group), "Group_Cost_Code": 1,
            "Status": "In progress", "Accumulate_As": "", "Cost_Unit_Description": "", "Cost_Account": "",
            "Original_Estimate": "0.00", "Revised_Commitment": "0.00",
        }  # fmt: skip
    for (job, cost_code), codes in content.codes.items():
        statuses = {code.status for code in codes.values()}
        budget = sum((code.budget for code in codes.values()), Decimal(0))
        yield {
            "Job": job, "Cost_Code": cost_code, "Description": values.descriptive(content.titles[cost_code], 30),
            "Group_Cost_Code": 0, "Status": statuses.pop() if len(statuses) == 1 else "In progress",
            "Accumulate_As": accumulation(content, codes.values()),
            "Cost_Unit_Description": shape.units.get((job, cost_code), ""),
            "Cost_Account": shape.account(job, cost_code), "Original_Estimate": values.fixed(budget, values.AMOUNT),
            "Revised_Commitment": values.fixed(revised.get((job, cost_code), Decimal(0)), values.AMOUNT),
        }  # fmt: skip


def _categories(content: Content, shape: _Shape) -> Iterable[dict[str, object]]:
    for (job, cost_code), codes in content.codes.items():
        for category, code in codes.items():
            description, accumulate_as = content.categories[category]
            yield {
                "Job": job, "Cost_Code": cost_code, "Category": category,
                "Description": values.descriptive(description, 30), "Status": code.status,
                "Accumulate_As": accumulate_as,
                "Cost_Unit_Description": shape.units.get((job, cost_code, category), ""),
                "Cost_Account": shape.account(job, cost_code),
                "Original_Estimate": values.fixed(code.budget, values.AMOUNT),
            }  # fmt: skip


def _write_catalog(step: Step, content: Content) -> None:
    cut = values.descriptive
    step.run_many(
        "insert_vendor",
        (
            {"Vendor": vendor.vendor, "Name": cut(vendor.name, 60), "Address_1": cut(vendor.address, 33),
             "City": cut(vendor.city, 30), "State": cut(vendor.state, 4), "ZIP": cut(vendor.postal_code, 10),
             "Is_Active": int(vendor.is_active)}
            for vendor in content.vendors.values()
        ),
    )  # fmt: skip
    step.run_many(
        "insert_standard_item",
        (
            {"Standard_Item": item.standard_item, "Description": cut(item.description, 60), "Stocking_Unit": item.unit,
             "Material_Class": item.material_class, "Standard_Cost": values.fixed(item.standard_cost, values.UNIT_COST)}
            for item in content.items.values()
        ),
    )  # fmt: skip


def _write_accounts(step: Step, content: Content, shape: _Shape) -> None:
    accounts = [
        (PAYABLE_ACCOUNT, "Accounts payable", "Liability"),
        (DEFAULT_CREDIT_ACCOUNT, "Job cost clearing", "Liability"),
    ]
    accounts += [(shape.account(job, code), f"Job cost {code} {job}", "Expense") for job, code in content.codes]
    step.run_many(
        "insert_account",
        (
            {"Account": account, "Account_Title": values.descriptive(title, 40), "Account_Type": kind}
            for account, title, kind in accounts
        ),
    )
