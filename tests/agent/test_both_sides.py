"""The two sides of the exchange understand each other: the bridge's writers and readers against the agent's."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from agent.layouts import DIRECT_COST
from agent.loop import Agent
from sage_bridge.answers import ACK_SUFFIX, RESULT_SUFFIX, Sealed, check_proof, read_ack, read_result
from sage_bridge.profiles import DirectCost
from sage_bridge.sage_files import DirectCostLayout, DirectCostLine, ReceiptLine, receipt_header, write_receipt

if TYPE_CHECKING:
    from tests.agent.exchange_place import Place

LAYOUT = DirectCostLayout(DirectCost(DIRECT_COST.records["DC"], "DC", 2, "mm/dd/yyyy", "RB"), "cp1252")
CODES = ("1001", "", "05 05 23", "M", "2024-05-01", "2024-05-31")
ACCOUNTS = ("1-5000", "1-2950", "RB00000001")
LINES = [
    DirectCostLine(*CODES, "Rebar, 20\u00b5m", "2.0000", "62.750000", "125.50", *ACCOUNTS, "R000000001", "A"),
    DirectCostLine(*CODES, "Pipe 3 in., #2", "-1.0000", "", "-0.01", *ACCOUNTS, "R000000002", "A"),
    DirectCostLine(*CODES, "Anchor", "1.0000", "1.000000", "999999999.99", *ACCOUNTS, "R000000003", "A"),
]


def sealed(name: str, flow: str, content: bytes, rows: int) -> Sealed:
    return Sealed(name, flow, "AW", "PROD", 1, 1, hashlib.sha256(content).hexdigest(), len(content), rows)


def check_answers(place: Place, name: str, what: Sealed, references: list[str]) -> list[str]:
    folder = place.folder("ack")
    for suffix, rows in ((ACK_SUFFIX, None), (RESULT_SUFFIX, len(references))):
        answer = folder / f"{name}{suffix}"
        check_proof(answer.read_bytes(), folder.joinpath(f"{answer.name}.ok").read_bytes(), answer.name, rows)
    assert read_ack((folder / f"{name}{ACK_SUFFIX}").read_bytes(), what).status == "received"
    results = read_result((folder / f"{name}{RESULT_SUFFIX}").read_bytes(), what, references)
    return [result.result for result in results]


def test_direct_cost_lines_of_the_bridge_pass_and_are_answered(place: Place) -> None:
    bad = LINES[0]._replace(job="BAD", ref_1="R000000009")
    content = b"".join(LAYOUT.write(line) for line in [*LINES, bad])
    name = place.send("DC", content)
    with Agent(place.config()) as agent:
        agent.settle()
    references = [line.ref_1 for line in [*LINES, bad]]
    answers = check_answers(place, name, sealed(name, "DC", content, 4), references)
    assert answers == ["ACCEPTED", "ACCEPTED", "ACCEPTED", "REJECTED"]


def test_receipts_of_the_bridge_pass_and_are_answered(place: Place) -> None:
    receipts = [
        ReceiptLine(
            "9f0c9a6e-3c1d-4a62-9d2e-0f3f6f1f7a11", "PO-1", "1", "2024-05-01", "4.0000", "EA", "I1", "V1", "1001"
        ),
        ReceiptLine('E "2", \u00d6', "PO-1", "2", "2024-05-01", "-1.5000", "LF", "", "", ""),
    ]
    content = receipt_header() + b"".join(write_receipt(line) for line in receipts)
    name = place.send("RCV", content)
    with Agent(place.config()) as agent:
        agent.settle()
    references = [line.event_id for line in receipts]
    assert check_answers(place, name, sealed(name, "RCV", content, 2), references) == ["ACCEPTED", "ACCEPTED"]


def test_a_refusal_is_understood(place: Place) -> None:
    content = b"".join(LAYOUT.write(line) for line in LINES)
    name = place.send("DC", content, net="0.00")
    with Agent(place.config()) as agent:
        agent.settle()
    ack = read_ack(place.folder("ack").joinpath(f"{name}{ACK_SUFFIX}").read_bytes(), sealed(name, "DC", content, 3))
    assert ack.status == "refused"
    assert ack.reason.startswith("RS-271 net differs from the manifest")
