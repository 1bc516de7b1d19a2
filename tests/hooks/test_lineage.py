"""Lineage: an event per file and state, with file, table and rows, in OpenLineage's shape; each told once."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import jsonschema
import pytest

from sage_hooks import lineage

if TYPE_CHECKING:
    from pathlib import Path

    from sage_hooks.warehouse import Connection

# What specification 2-0-2 asks of a run event and of each facet, in words of our own.
FACETS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["_producer", "_schemaURL"],
        "properties": {"_producer": {"format": "uri"}, "_schemaURL": {"format": "uri"}},
    },
}
DATASETS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["namespace", "name"],
        "properties": {"facets": FACETS, "inputFacets": FACETS, "outputFacets": FACETS},
    },
}
RUN_EVENT = {
    "type": "object",
    "required": ["eventTime", "producer", "schemaURL", "run", "job"],
    "properties": {
        "eventTime": {"type": "string", "format": "date-time"},
        "producer": {"type": "string", "format": "uri"},
        "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "run": {"type": "object", "required": ["runId"], "properties": {"facets": FACETS}},
        "job": {"type": "object", "required": ["namespace", "name"], "properties": {"facets": FACETS}},
        "inputs": DATASETS,
        "outputs": DATASETS,
    },
}
TRANSFER = """
insert into audit.transfer (
    company_id, flow, direction, environment, seq, rev, file_name, state, row_count, rows_landed, rows_quarantined,
    byte_count, sha256, reason, found_at, finished_at
) values ('AW', %(flow)s, 'in', 'PROD', 1, 1, %(name)s, %(state)s, 10, 8, 2, 900, 'ab', %(reason)s,
    '2026-05-01T10:00Z', '2026-05-01T10:01Z')
"""
BATCH = """
insert into outbox.batch (
    company_id, flow, environment, seq, file_name, content, manifest, sha256, row_count, amount_debit, amount_credit,
    state, sealed_at, answered_at
) values ('AW', 'DC', 'PROD', 1, 'DC_1.csv', 'x', 'x', 'cd', 3, 0, 0, 'accepted', '2026-05-01T11:00Z',
    '2026-05-01T11:05Z')
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(lineage.FOLDER_VARIABLE, str(tmp_path / "lineage"))
    return tmp_path / "lineage"


def told(folder: Path) -> list[dict[str, Any]]:
    [file] = folder.iterdir()
    assert re.fullmatch(r"openlineage_\d{4}-\d\d\.jsonl", file.name)
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for event in found:
        jsonschema.validate(event, RUN_EVENT, format_checker=jsonschema.FormatChecker())
        UUID(event["run"]["runId"])
        assert datetime.fromisoformat(event["eventTime"]).tzinfo
    return found


def test_a_file_is_told_with_its_table_and_rows_and_only_once(
    warehouse: Connection, company: str, folder: Path
) -> None:
    values = {"flow": "JCT", "name": "JCT_1.csv", "state": "landed", "reason": ""}
    warehouse.execute(TRANSFER, values)
    warehouse.execute(TRANSFER, values | {"flow": "VENDOR", "name": "V.csv", "state": "refused", "reason": "RS-201 no"})
    warehouse.execute(BATCH)
    warehouse.execute("set session authorization pipeline")
    warehouse.commit()
    assert lineage.publish(warehouse) == 6
    assert lineage.publish(warehouse) == 0
    events = told(folder)
    assert [event["eventType"] for event in events] == ["START", "COMPLETE", "START", "FAIL", "START", "COMPLETE"]
    landed, refused, sent = events[1], events[3], events[5]
    assert landed["job"]["name"] == "in.JCT"
    assert (landed["inputs"][0]["name"], landed["outputs"][0]["name"]) == (
        f"{company}/from_sage/JCT_1.csv", "core.job_cost_transaction",
    )  # fmt: skip
    assert landed["inputs"][0]["inputFacets"]["inputStatistics"]["rowCount"] == 10
    assert landed["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 8
    assert landed["run"]["facets"]["sageBridge_transfer"]["rowsQuarantined"] == 2
    assert refused["run"]["facets"]["errorMessage"]["message"] == "RS-201 no"
    assert sent["inputs"][0]["name"] == "outbox.cost_posting"
    assert sent["outputs"][0]["name"] == "AW/to_sage/DC_1.csv"
    # Posted later: the same run, told once more.
    warehouse.execute("set session authorization postgres")
    warehouse.execute("update outbox.batch set state = 'posted', posted_at = '2026-05-02T09:00Z'")
    warehouse.execute("update audit.lineage set written_at = '2026-05-01T12:00Z'")
    warehouse.commit()
    assert lineage.publish(warehouse) == 1
    last = told(folder)[-1]
    assert (last["eventType"], last["run"]["runId"]) == ("OTHER", sent["run"]["runId"])
    assert last["run"]["facets"]["sageBridge_transfer"]["state"] == "posted"


def test_what_could_not_be_written_is_written_the_next_time(warehouse: Connection, company: str, folder: Path) -> None:
    assert company == "AW"
    warehouse.execute(TRANSFER, {"flow": "JOB", "name": "J.csv", "state": "landed", "reason": ""})
    warehouse.commit()
    folder.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(OSError, match="exists"):
        lineage.publish(warehouse)
    folder.unlink()
    assert lineage.publish(warehouse) == 2


def test_nothing_is_written_where_no_folder_is_named(warehouse: Connection, company: str) -> None:
    assert company == "AW"
    warehouse.execute(TRANSFER, {"flow": "JOB", "name": "J.csv", "state": "landed", "reason": ""})
    assert lineage.publish(warehouse) == 0
    assert warehouse.execute("select count(*) as told from audit.lineage").fetchall() == [{"told": 0}]
