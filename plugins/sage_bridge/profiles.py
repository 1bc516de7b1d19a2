"""What is agreed with one company: accounts, file layout, tolerances, limits, rules and rhythms.

A profile is read from a YAML file by transport code and checked here, whole, before anything runs by it. Money and
shares are written as quoted text, since YAML would read them as floats. `document` turns a profile back into the
mapping it was read from; the warehouse keeps that mapping in `core.company.profile`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, cast, get_args

from sage_bridge.accrual_profile import Accruals, read_accruals
from sage_bridge.change_profile import CommitmentChange, read_commitment_change
from sage_bridge.flow_profile import Flow, read_flows
from sage_bridge.go_live_profile import GoLive, read_go_live
from sage_bridge.hosted_profile import Hosted, read_hosted
from sage_bridge.journal_profile import DateFormat, Journal, read_journal
from sage_bridge.mappings import CodeMapping, read_mappings
from sage_bridge.profile_reader import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

Environment = Literal["PROD", "TEST"]
Policy = Literal["installation", "receipt", "invoice"]
PriceVariance = Literal["posted", "in clearing"]
Freight = Literal["at its date", "by value"]
OpeningEntry = Literal["posted", "by hand"]
Encoding = Literal["cp1252", "utf-8"]
CommitmentType = Literal["", "Purchase order", "Subcontract"]
ApKind = Literal["tax", "freight", "unmanaged"]
DirectCostColumn = Literal[
    "record_id", "job", "extra", "cost_code", "category", "transaction_type", "transaction_date", "accounting_date",
    "description", "units", "unit_cost", "amount", "debit_account", "credit_account", "batch", "ref_1", "ref_2",
]  # fmt: skip
DIRECT_COST_COLUMNS: tuple[str, ...] = get_args(DirectCostColumn)
# Without these a line in Sage could not be led back to ours, or would not be a cost.
NEEDED_COLUMNS = frozenset(
    {"record_id", "job", "cost_code", "category", "transaction_date", "accounting_date", "amount", "ref_1"}
)


@dataclass(frozen=True, slots=True)
class Accounts:
    """General ledger accounts of the company, as Sage writes them (25 characters at most).

    `cost` is debited where neither category nor cost code of a job names an account of its own.
    """

    clearing: str
    cost: str
    stored_materials: str
    received_not_invoiced: str
    vendor_claims: str


@dataclass(frozen=True, slots=True)
class DirectCost:
    """Layout of the direct-cost import of this company's Sage: columns in file order and how dates are written."""

    columns: tuple[str, ...]
    record_id: str
    transaction_type: int
    date_format: DateFormat
    batch_prefix: str


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What passes without a person: shares in percent, differences in money."""

    over_receipt_pct: Decimal
    amount_materiality: Decimal
    extract_shrink_pct: Decimal
    rejected_lines_pct: Decimal
    amount_subsequent: Decimal


@dataclass(frozen=True, slots=True)
class Limits:
    """Greatest sizes: outbound batch in lines and money, line in money, inbound file in bytes, rows and seconds."""

    batch_lines: int
    amount_batch: Decimal
    amount_line: Decimal
    file_bytes: int
    file_rows: int
    file_seconds: int


@dataclass(frozen=True, slots=True)
class ApRule:
    """Names AP rows without a managed line tax, freight or unmanaged; empty conditions match everything, all must hold.

    `description_pattern` is a regular expression on the row's description, upper and lower case alike.
    """

    kind: ApKind
    tax_id: str
    debit_account: str
    cost_code: str
    description_pattern: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """Another policy from a day on, the cutover; `job` '' means every job without a change of its own."""

    job: str
    effective_from: date
    policy: Policy
    approved_by: str


@dataclass(frozen=True, slots=True)
class CostPlusJob:
    """A job billed at cost plus a fee, from a day on: what its owner is billed is what AP posted."""

    job: str
    effective_from: date
    approved_by: str


@dataclass(frozen=True, slots=True)
class ManagedRule:
    """Which PO lines are managed, and from which day on; the first rule that fits counts, '' fits everything."""

    commitment_type: CommitmentType
    material_class: str
    cutover: date
    approved_by: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything agreed with one company; whole and consistent by construction (`read_profile`)."""

    company_id: str
    company_name: str
    environment: Environment
    time_zone: str
    file_encoding: Encoding
    policy: Policy
    policy_changes: tuple[PolicyChange, ...]
    cost_plus_jobs: tuple[CostPlusJob, ...]
    price_variance: PriceVariance
    freight: Freight
    tax_on_lines: bool
    managed_lines: tuple[ManagedRule, ...]
    opening_entry: OpeningEntry
    access: tuple[str, ...]
    accounts: Accounts
    direct_cost: DirectCost
    journal: Journal
    commitment_change: CommitmentChange
    accruals: Accruals
    tolerances: Tolerances
    limits: Limits
    ap_rules: tuple[ApRule, ...]
    mappings: tuple[CodeMapping, ...]
    hosted: Hosted
    go_live: GoLive
    flows: tuple[Flow, ...]

    def flow(self, name: str) -> Flow:
        """Give a flow by name; KeyError for a name that is not in FLOWS."""
        return next(flow for flow in self.flows if flow.name == name)

    def policies(self) -> tuple[PolicyChange, ...]:
        """Give all changes of policy: a cost-plus job defaults to `invoice`, one of its own on that day goes first."""
        own = {(change.job, change.effective_from) for change in self.policy_changes}
        defaults = (
            PolicyChange(one.job, one.effective_from, "invoice", one.approved_by)
            for one in self.cost_plus_jobs
            if (one.job, one.effective_from) not in own
        )
        return (*self.policy_changes, *defaults)


def read_profile(values: object, file: str, places: Mapping[str, str] | None = None) -> Profile:
    """Check a mapping and give the profile it describes.

    Args:
        values: what a YAML or JSON reader gave for the file.
        file: name of the file, for the sentence of an error.
        places: of keys, where they stand: `aw.yaml line 12`.

    Raises:
        BadConfig: RS-111 to RS-118, naming file, line, key, value and what is allowed.
    """
    reader = Reader(values, file, places=places)
    profile = Profile(
        company_id=reader.text("company_id", most=10, pattern="[A-Z0-9]{1,10}"),
        company_name=reader.text("company_name", most=60),
        environment=cast("Environment", reader.choice("environment", get_args(Environment))),
        time_zone=reader.text("time_zone", most=40, pattern="[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"),
        file_encoding=cast("Encoding", reader.choice("file_encoding", get_args(Encoding))),
        policy=cast("Policy", reader.choice("policy", get_args(Policy))),
        policy_changes=_policy_changes(reader),
        cost_plus_jobs=_cost_plus_jobs(reader),
        price_variance=cast("PriceVariance", reader.choice("price_variance", get_args(PriceVariance))),
        freight=cast("Freight", reader.choice("freight", get_args(Freight))),
        tax_on_lines=reader.flag("tax_on_lines"),
        managed_lines=tuple(_managed_rule(part) for part in reader.sections("managed_lines")),
        opening_entry=cast("OpeningEntry", reader.choice("opening_entry", get_args(OpeningEntry))),
        access=reader.names("access", most=63, pattern="[a-z_][a-z0-9_]*"),
        accounts=_accounts(reader.section("accounts")),
        direct_cost=_direct_cost(reader.section("direct_cost")),
        journal=read_journal(reader.section("journal")),
        commitment_change=read_commitment_change(reader.section("commitment_change")),
        accruals=read_accruals(reader.section("accruals")),
        tolerances=_tolerances(reader.section("tolerances")),
        limits=_limits(reader.section("limits")),
        ap_rules=tuple(_ap_rule(part) for part in reader.sections("ap_rules")),
        mappings=read_mappings(reader),
        hosted=read_hosted(reader.section("hosted")),
        go_live=read_go_live(reader.section("go_live")),
        flows=read_flows(reader.section("flows")),
    )
    reader.finish()
    if profile.freight == "by value" and profile.price_variance != "posted":
        reader.refuse("freight", profile.freight, "at its date, or price_variance: posted")
    return profile


def document(profile: Profile) -> dict[str, object]:
    """Give the mapping a profile was read from, fit for JSON; `read_profile` of it gives an equal profile."""
    values = cast("dict[str, object]", _plain(asdict(profile)))
    for mapping in cast("list[dict[str, object]]", values["mappings"]):
        del mapping["place"]
    values["flows"] = {
        flow.name: {"is_on": flow.is_on, "rhythm": flow.rhythm, "transport": flow.transport} for flow in profile.flows
    }
    return values


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, (Decimal, date)) else value


def _policy_changes(reader: Reader) -> tuple[PolicyChange, ...]:
    found = tuple(_policy_change(part) for part in reader.sections("policy_changes"))
    for number, change in enumerate(found):
        if any((change.job, change.effective_from) == (other.job, other.effective_from) for other in found[:number]):
            reader.refuse("policy_changes", f"{change.job} {change.effective_from}", "one change per job and day")
    return found


def _policy_change(reader: Reader) -> PolicyChange:
    found = PolicyChange(
        job=reader.text("job", most=12, least=0),
        effective_from=reader.day("effective_from"),
        policy=cast("Policy", reader.choice("policy", get_args(Policy))),
        approved_by=reader.text("approved_by", most=60),
    )
    reader.finish()
    return found


def _cost_plus_jobs(reader: Reader) -> tuple[CostPlusJob, ...]:
    found = tuple(_cost_plus_job(part) for part in reader.sections("cost_plus_jobs"))
    for number, one in enumerate(found):
        if any(one.job == other.job for other in found[:number]):
            reader.refuse("cost_plus_jobs", one.job, "every job once")
    return found


def _cost_plus_job(reader: Reader) -> CostPlusJob:
    found = CostPlusJob(
        job=reader.text("job", most=12),
        effective_from=reader.day("effective_from"),
        approved_by=reader.text("approved_by", most=60),
    )
    reader.finish()
    return found


def _managed_rule(reader: Reader) -> ManagedRule:
    found = ManagedRule(
        commitment_type=cast("CommitmentType", reader.choice("commitment_type", get_args(CommitmentType))),
        material_class=reader.text("material_class", most=20, least=0),
        cutover=reader.day("cutover"),
        approved_by=reader.text("approved_by", most=60),
    )
    reader.finish()
    return found


def _accounts(reader: Reader) -> Accounts:
    names = ("clearing", "cost", "stored_materials", "received_not_invoiced", "vendor_claims")
    found = Accounts(*(reader.text(name, most=25, pattern="[0-9A-Za-z.-]+") for name in names))
    reader.finish()
    if found.clearing == found.cost:
        reader.refuse("clearing", found.clearing, "another account than the cost account")
    return found


def _direct_cost(reader: Reader) -> DirectCost:
    found = DirectCost(
        columns=reader.choices("columns", DIRECT_COST_COLUMNS, NEEDED_COLUMNS),
        record_id=reader.text("record_id", most=6, pattern="[A-Z]+"),
        transaction_type=reader.whole("transaction_type", least=1, most=99),
        date_format=cast("DateFormat", reader.choice("date_format", get_args(DateFormat))),
        batch_prefix=reader.text("batch_prefix", most=2, pattern="[A-Z0-9]*", least=0),
    )
    reader.finish()
    if found.columns[0] != "record_id":
        reader.refuse("columns", found.columns[0], "record_id first, as in every import of Sage")
    return found


def _tolerances(reader: Reader) -> Tolerances:
    found = Tolerances(
        over_receipt_pct=reader.decimal("over_receipt_pct", least="0", most="100", places=2),
        amount_materiality=reader.decimal("amount_materiality", least="0", most="99999999.99", places=2),
        extract_shrink_pct=reader.decimal("extract_shrink_pct", least="0", most="100", places=2),
        rejected_lines_pct=reader.decimal("rejected_lines_pct", least="0", most="100", places=2),
        amount_subsequent=reader.decimal("amount_subsequent", least="0", most="99999999.99", places=2),
    )
    reader.finish()
    return found


def _limits(reader: Reader) -> Limits:
    found = Limits(
        batch_lines=reader.whole("batch_lines", least=1, most=100_000),
        amount_batch=reader.decimal("amount_batch", least="0.01", most="999999999999.99", places=2),
        amount_line=reader.decimal("amount_line", least="0.01", most="999999999.99", places=2),
        file_bytes=reader.whole("file_bytes", least=1, most=10_000_000_000),
        file_rows=reader.whole("file_rows", least=1, most=100_000_000),
        file_seconds=reader.whole("file_seconds", least=1, most=86_400),
    )
    reader.finish()
    return found


def _ap_rule(reader: Reader) -> ApRule:
    found = ApRule(
        kind=cast("ApKind", reader.choice("kind", get_args(ApKind))),
        tax_id=reader.text("tax_id", most=6, least=0),
        debit_account=reader.text("debit_account", most=25, least=0),
        cost_code=reader.text("cost_code", most=13, least=0),
        description_pattern=reader.regular_expression("description_pattern"),
        approved_by=reader.text("approved_by", most=60),
    )
    reader.finish()
    if not (found.tax_id or found.debit_account or found.cost_code or found.description_pattern):
        reader.refuse("description_pattern", "", "at least one condition, else the rule would match every row")
    return found
