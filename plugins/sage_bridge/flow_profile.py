"""The data flows of a company, as its profile has them: whether each runs, how often, over what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast, get_args

from sage_bridge import rhythms

if TYPE_CHECKING:
    from sage_bridge.profile_reader import Reader

FILES_ONLY = frozenset({"journals", "commitment_changes"})
Transport = Literal["files", "api"]
Direction = Literal["sage_to_core", "runblu_to_core", "core_to_sage", "core_to_runblu"]
FLOWS: dict[str, Direction] = {
    "jobs": "sage_to_core",
    "commitments": "sage_to_core",
    "vendors_and_items": "sage_to_core",
    "job_cost": "sage_to_core",
    "results": "sage_to_core",
    "material_events": "runblu_to_core",
    "receipts": "core_to_sage",
    "material_costs": "core_to_sage",
    "adjustments": "core_to_sage",
    "journals": "core_to_sage",
    "commitment_changes": "core_to_sage",
    "master_data": "core_to_runblu",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow of this company: whether it runs, which way, how often, over what.

    `every_seconds` is the time between two runs by the clock; 0 = continuous, None = on demand only.
    """

    name: str
    is_on: bool
    direction: Direction
    rhythm: str
    every_seconds: int | None
    transport: Transport


def read_flows(reader: Reader) -> tuple[Flow, ...]:
    """Check the section `flows` of a profile; raises BadConfig RS-113 to RS-118 as `read_profile`."""
    found = tuple(_flow(name, direction, reader.section(name)) for name, direction in FLOWS.items())
    reader.finish()
    # Answers are looked for where the lines went; a lane in two places could not be judged.
    outbound = [flow for flow in found if flow.direction == "core_to_sage" or flow.name == "results"]
    if len({flow.transport for flow in outbound}) > 1:
        names = ", ".join(flow.name for flow in outbound)
        reader.refuse(names, ", ".join(flow.transport for flow in outbound), "one transport for all of them")
    return found


def _flow(name: str, direction: Direction, reader: Reader) -> Flow:
    rhythm = reader.text("rhythm", most=40)
    if not rhythms.is_rhythm(rhythm):
        reader.refuse("rhythm", rhythm, rhythms.ALLOWED)
    flow = Flow(
        name=name,
        is_on=reader.flag("is_on"),
        direction=direction,
        rhythm=rhythm,
        every_seconds=rhythms.seconds_between(rhythm),
        transport=cast("Transport", reader.choice("transport", get_args(Transport))),
    )
    reader.finish()
    # The hosted service has nothing that takes or shows the general ledger, nor one that takes change orders.
    if name in FILES_ONLY and flow.is_on and flow.transport == "api":
        reader.refuse("transport", flow.transport, "files, or is_on: false")
    return flow
