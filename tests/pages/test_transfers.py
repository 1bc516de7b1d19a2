"""The page of one transfer: what was promised, what was found, and the same as Great Expectations' Data Docs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sage_hooks.inbound_gate import judge, suite
from sage_hooks.outbox_gate import judge_counts
from tests.pages.test_guard import client, connection_of, signed_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi.testclient import TestClient

    from sage_hooks.warehouse import Connection

__all__ = ["client", "signed_in"]

pytestmark = [
    pytest.mark.usefixtures("company"),
    pytest.mark.airflow,
    pytest.mark.filterwarnings("ignore:Using .httpx. with .starlette.testclient."),
]


def keep(warehouse: Connection, direction: str, flow: str, validation: Mapping[str, object] | None) -> int:
    (row,) = warehouse.execute(
        "insert into audit.transfer (company_id, flow, direction, environment, seq, rev, file_name, state, row_count, "
        "manifest, validation, sha256) "
        "values ('AW', %s, %s, 'PROD', 7, 1, '<b>file</b>.txt', 'landed', 12, %s, %s, 'ab') returning transfer_id",
        (flow, direction, json.dumps({"rows": 12, "net": "1.00"}), json.dumps(validation) if validation else None),
    ).fetchall()
    return int(row["transfer_id"])


def test_broken_promises_of_what_came_stand_first_with_what_was_kept_out(
    signed_in: TestClient, warehouse: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection_of(warehouse))
    transfer = keep(warehouse, "in", "JOB", judge(suite("JOB"), {"JOB.Status.known": 3}, 12).result)
    warehouse.execute(
        "insert into audit.exception (company_id, record_kind, record_key, rule, reason, remedy, owner, transfer_id) "
        "values ('AW', 'job', 'J-9', 'JOB.Status.known', 'status Sleeping', 'correct it', 'clerk', %s)",
        (transfer,),
    )
    warehouse.commit()
    answer = signed_in.get("/transfers/AW/in/JOB/7/1")
    assert answer.status_code == 200, answer.text
    words = answer.text
    assert "the status of a job is one Sage knows" in words
    assert words.index("the status of a job is one Sage knows") < words.index("Job is given once")
    assert "J-9" in words
    assert "status Sleeping" in words
    assert "<b>file</b>" not in words
    docs = signed_in.get("/transfers/AW/in/JOB/7/1/data-docs")
    assert docs.status_code == 200
    assert "JOB.Status.known" in docs.text
    assert "<b>file</b>" not in docs.text
    assert '<html lang="en">' in docs.text
    assert docs.text.count("<main>") == docs.text.count("</main>") == docs.text.count("<h1>") == 1
    assert docs.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert not [word for word in ("<script", "https://", "newsletter", 'href="../') if word in docs.text]


def test_a_sealed_file_shows_the_counts_it_was_judged_by(
    signed_in: TestClient, warehouse: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection_of(warehouse))
    names = [one["kwargs"]["column"] for one in _document("DC")["expectations"]]
    _, result = judge_counts("DC", {**dict.fromkeys(names, 0), "rows_sealed": 5, "line_number_gaps": 2})
    keep(warehouse, "out", "DC", result)
    warehouse.commit()
    answer = signed_in.get("/transfers/AW/out/DC/7/1")
    assert answer.status_code == 200, answer.text
    assert answer.text.count(">broken<") == 1
    assert f"{len(names) - 1} of {len(names)} promises" in answer.text
    assert "DC-00" in signed_in.get("/transfers/AW/out/DC/7/1/data-docs").text


def test_what_nobody_judged_says_so(
    signed_in: TestClient, warehouse: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection_of(warehouse))
    keep(warehouse, "out", "MASTER", None)
    warehouse.commit()
    assert "Great Expectations has not judged it" in signed_in.get("/transfers/AW/out/MASTER/7/1").text
    assert signed_in.get("/transfers/AW/out/MASTER/7/1/data-docs").status_code == 404
    assert signed_in.get("/transfers/AW/out/MASTER/99999999999999999999/1").status_code == 422


def _document(flow: str) -> dict[str, list[dict[str, dict[str, str]]]]:
    from sage_hooks.outbox_gate import SUITES

    found: dict[str, list[dict[str, dict[str, str]]]] = json.loads(
        (SUITES / f"{flow}.json").read_text(encoding="utf-8")
    )
    return found
