"""The diagram of the data flows: which lanes there are, and how each one stands by the files it carried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

Health = Literal["good", "stopped", "late", "empty"]


@dataclass(frozen=True, slots=True)
class Lane:
    """One data flow of the company profile: between whom, which feeds it carries, and the DAG that moves it."""

    title: str
    party: Literal["Sage 300 CRE", "RunBlu"]
    arrow: Literal["in", "out"]
    feeds: tuple[str, ...]
    dag_id: str

    @property
    def flow(self) -> str:
        """Give its name in the company's profile: the DAG's without its direction."""
        return self.dag_id.partition("__")[2]


LANES = (
    Lane(
        "Jobs and cost codes",
        "Sage 300 CRE",
        "in",
        ("JOB", "EXTRA", "COSTCODE", "CATEGORY", "STDCODE", "STDCAT"),
        "sage_to_core__jobs",
    ),
    Lane("Vendors and items", "Sage 300 CRE", "in", ("VENDOR", "ITEM"), "sage_to_core__vendors_and_items"),
    Lane(
        "Commitments and change orders",
        "Sage 300 CRE",
        "in",
        ("COMMIT", "COMITEM", "COMCO", "COMCOITM"),
        "sage_to_core__commitments",
    ),
    Lane("Job cost", "Sage 300 CRE", "in", ("PERIOD", "JCH", "JCT", "JCN"), "sage_to_core__job_cost"),
    Lane("General ledger", "Sage 300 CRE", "in", ("GLT",), "sage_to_core__ledger"),
    Lane("Receiving confirmations", "Sage 300 CRE", "out", ("RCV",), "core_to_sage__receipts"),
    Lane("Material costs", "Sage 300 CRE", "out", ("DC",), "core_to_sage__material_costs"),
    Lane("Adjustments", "Sage 300 CRE", "out", ("ADJ",), "core_to_sage__adjustments"),
    Lane("Period-end journals", "Sage 300 CRE", "out", ("GLJ",), "core_to_sage__journals"),
    Lane("Commitment changes", "Sage 300 CRE", "out", ("CMT",), "core_to_sage__commitment_changes"),
    Lane("Material events", "RunBlu", "in", ("EVENT",), "runblu_to_core__material_events"),
    Lane(
        "Master data and exceptions",
        "RunBlu",
        "out",
        ("MASTER", "EXCEPT", "PROPOSAL"),
        "core_to_runblu__master_data",
    ),
)


@dataclass(frozen=True, slots=True)
class LaneState:
    """How one lane of one company stands: newest success of its feeds, what stopped in them, what lateness means."""

    lane: Lane
    health: Health
    succeeded_at: datetime | None
    since_success: timedelta | None
    files: int
    rows_of_a_day: int
    stopped: tuple[Mapping[str, Any], ...]
    late: str


@dataclass(frozen=True, slots=True)
class CompanyDiagram:
    """All lanes of one company, by the party on their other end."""

    company_id: str
    company_name: str
    sage: tuple[LaneState, ...]
    runblu: tuple[LaneState, ...]


def diagram(flows: Sequence[Mapping[str, Any]], late: Sequence[Mapping[str, Any]] = ()) -> list[CompanyDiagram]:
    """Give the diagrams of all companies.

    Args:
        flows: rows of `pages/select_flows`: one per company, direction and feed that ever carried a file.
        late: rows of `pages/select_flow_health`: one per company and flow that is late.
    """
    effects = {(row["company_id"], row["flow"]): row["effect"] for row in late}
    names = {row["company_id"]: row["company_name"] for row in flows}
    diagrams = []
    for company_id, name in sorted(names.items()):
        feeds = {(row["direction"], row["flow"]): row for row in flows if row["company_id"] == company_id}
        states = [_state(lane, feeds, effects.get((company_id, lane.flow), "")) for lane in LANES]
        diagrams.append(
            CompanyDiagram(
                company_id,
                name,
                sage=tuple(one for one in states if one.lane.party == "Sage 300 CRE"),
                runblu=tuple(one for one in states if one.lane.party == "RunBlu"),
            )
        )
    return diagrams


def _state(lane: Lane, feeds: Mapping[tuple[str, str], Mapping[str, Any]], late: str) -> LaneState:
    mine = [feeds[lane.arrow, feed] for feed in lane.feeds if (lane.arrow, feed) in feeds]
    stopped = tuple(row for row in mine if row["files_stopped"])
    newest = max((row for row in mine if row["succeeded_at"]), key=lambda row: row["succeeded_at"], default=None)
    return LaneState(
        lane,
        "stopped" if stopped else "late" if late else "good" if newest else "empty",
        newest["succeeded_at"] if newest else None,
        newest["since_success"] if newest else None,
        sum(row["files"] for row in mine),
        sum(row["rows_of_a_day"] for row in mine),
        stopped,
        late,
    )
