"""What only a person may decide: the outcome of an import that nobody saw end, and where a lane goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent import answers, evidence, logs
from agent.handover import Places
from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    import datetime as dt

    from agent.config import Config
    from agent.state import Head, State

OUTCOMES = ("imported", "run-again", "rejected")


def decide(config: Config, state: State, name: str, outcome: str, *, by: str, reason: str, now: dt.datetime) -> None:
    """Free a stopped import.

    `imported`: every line that the reject file does not hold is in Sage. `run-again`: no line is in
    Sage. `rejected`: no line is in Sage and none shall be; the sender gets all of them back.

    Raises:
        BadConfig: RS-168 there is no such stopped file, or its reject file holds strangers.
    """
    delivery = state.delivery(name)
    if delivery is None or delivery.state not in ("stopped", "handed_over"):
        found = "no such file" if delivery is None else delivery.state
        raise BadConfig(
            "RS-168",
            "only a stopped import can be decided on",
            record=name,
            expected="stopped",
            found=found,
            do="see `status`",
        )
    stamp = now.isoformat()
    places = Places(config, delivery)
    layout = config.imports.layouts[delivery.flow]
    lines = tuple(layout.lines(places.guarded.read_bytes().decode(delivery.encoding), name))
    rejects: frozenset[int] = frozenset(line.number for line in lines) if outcome == "rejected" else frozenset()
    reasons = {number: evidence.Message("DECIDED", reason) for number in rejects}
    if outcome == "imported":
        found_rejects, strangers = evidence.read_rejects(places.reject, delivery.encoding, layout, lines)
        if strangers:
            raise BadConfig(
                "RS-168", "the reject file holds lines that are not in the import file", record=str(places.reject)
            )
        rejects = found_rejects or frozenset()
        reasons = evidence.messages(
            evidence.read_print(places.print, config.imports.prints), config.imports.prints, lines
        )
    with state.transaction():
        state.decide(name, outcome, by, reason, stamp)
        if outcome == "run-again":
            places.clear_traces()
            state.advance(name, "received", stamp, f"{by}: {reason}", attempts=0, reason="")
        else:
            result = answers.results(lines, rejects, reasons)
            state.advance(
                name, "imported", stamp, f"{by}: {reason}",
                accepted=len(lines) - len(rejects), rejected=len(rejects), result=result, reason="",
            )  # fmt: skip
    logs.warning("decided", file=name, outcome=outcome, by=by, reason=reason)


def adopt(state: State, flow: str, head: Head, *, by: str, reason: str, now: dt.datetime) -> None:
    """Set the last answered file of a lane, after a loss of state on either side."""
    before = state.head(flow)
    with state.transaction():
        state.decide(
            f"lane {flow}", f"{before.seq} {before.sha256} -> {head.seq} {head.sha256}", by, reason, now.isoformat()
        )
        state.set_head(flow, head)
    logs.warning("adopted", flow=flow, seq=head.seq, before=before.seq, by=by, reason=reason)
