"""OpenLineage events of a transfer: which file became rows of which table, and how many (specification 2-0-2).

An event is a JSON document. A run is one file in one flow; its id is made from its name, so that an event written twice
is seen to be the same. The first state ends the run, a later one (`accepted`, then `posted`) is told as `OTHER`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PRODUCER = "https://sage-bridge.invalid/lineage"
_SPEC = "https://openlineage.io/spec"
_SCHEMA = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FAILED = frozenset({"refused", "quarantined", "rejected"})
_SENT_FROM = {
    "DC": "outbox.cost_posting",
    "ADJ": "outbox.cost_posting",
    "RCV": "outbox.receiving_confirmation",
    "GLJ": "outbox.journal_line",
    "CMT": "outbox.change_order",
}


def events(row: Mapping[str, Any], landed_in: Mapping[str, str], warehouse: str) -> list[dict[str, Any]]:
    """Give the events of one file in one state.

    Args:
        row: company_id, direction, flow, seq, rev, state, file_name, row_count, rows_landed, rows_quarantined,
            byte_count, sha256, reason, started_at, finished_at, is_first; counts may be None.
        landed_in: flow of Sage -> table its rows land in; other flows inwards are RunBlu's events.
        warehouse: namespace of the tables, `postgres://host:port/database`.

    Returns:
        `START` and its end for the first state of a file, `OTHER` for a later one.
    """
    if not row["is_first"]:
        return [_event(row, "OTHER", row["finished_at"], landed_in, warehouse)]
    end = "FAIL" if row["state"] in _FAILED else "COMPLETE"
    return [
        _event(row, "START", row["started_at"], landed_in, warehouse),
        _event(row, end, row["finished_at"], landed_in, warehouse),
    ]


def _event(
    row: Mapping[str, Any], kind: str, at: datetime, landed_in: Mapping[str, str], warehouse: str
) -> dict[str, Any]:
    inputs, outputs = _datasets(row, landed_in, warehouse)
    name = f"{row['company_id']}/{row['direction']}/{row['file_name']}"
    return {
        "eventTime": at.isoformat(),
        "producer": PRODUCER,
        "schemaURL": _SCHEMA,
        "eventType": kind,
        "run": {
            "runId": str(uuid5(NAMESPACE_URL, f"{PRODUCER}/{name}")),
            "facets": _run_facets(row, kind),
        },
        "job": {
            "namespace": f"sage-bridge/{row['company_id']}",
            "name": f"{row['direction']}.{row['flow']}",
            "facets": {
                "jobType": _facet(
                    "2-0-4/JobTypeJobFacet", processingType="BATCH", integration="SAGE_BRIDGE", jobType="TRANSFER"
                )
            },
        },
        "inputs": inputs,
        "outputs": outputs,
    }


def _datasets(
    row: Mapping[str, Any], landed_in: Mapping[str, str], warehouse: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    is_inward, flow = row["direction"] == "in", row["flow"]
    is_sage = flow in landed_in or flow in _SENT_FROM
    folder = f"{'from' if is_inward else 'to'}_{'sage' if is_sage else 'runblu'}"
    file = {"namespace": "sage-bridge-exchange", "name": f"{row['company_id']}/{folder}/{row['file_name']}"}
    name = landed_in.get(flow, "ledger.material_event") if is_inward else _SENT_FROM.get(flow, "outbox.runblu_file")
    table = {"namespace": warehouse, "name": name}
    whole = _statistics("Input", row["row_count"], row["byte_count"])
    taken = _statistics("Output", row["rows_landed"], None)
    source, target = (file, table) if is_inward else (table, file)
    return [{**source, "inputFacets": whole}], [{**target, "outputFacets": taken}]


def _statistics(side: str, rows: int | None, size: int | None) -> dict[str, Any]:
    counts = {name: value for name, value in (("rowCount", rows), ("size", size)) if value is not None}
    name = f"{side.lower()}Statistics"
    version = "1-0-0" if side == "Input" else "1-0-2"
    return {name: _facet(f"{version}/{side}Statistics{side}DatasetFacet", **counts)}


def _run_facets(row: Mapping[str, Any], kind: str) -> dict[str, Any]:
    facets = {
        "sageBridge_transfer": {
            "_producer": PRODUCER,
            "_schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunFacet",
            "state": row["state"],
            "seq": row["seq"],
            "rev": row["rev"],
            "sha256": row["sha256"],
            "rowsQuarantined": row["rows_quarantined"] or 0,
        }
    }
    if kind == "FAIL":
        # The specification asks for the language of the program that failed.
        facets["errorMessage"] = _facet(
            "1-0-1/ErrorMessageRunFacet", message=row["reason"] or row["state"], programmingLanguage="SQL"
        )
    return facets


def _facet(schema: str, **content: object) -> dict[str, Any]:
    version, _, name = schema.partition("/")
    return {"_producer": PRODUCER, "_schemaURL": f"{_SPEC}/facets/{version}/{name}.json#/$defs/{name}", **content}
