"""Files for RunBlu over a real SFTP server: told once, sealed before sent, acknowledged."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from sage_bridge.errors import BadConfig, LaneStopped
from sage_bridge.transfers import FileName, Manifest
from sage_hooks import runblu_files
from sage_hooks.exchange import Exchange
from tests.sql.recon.month import books, month_template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import SftpPlace
    from tests.sql.recon.books import Books

__all__ = ["books", "month_template"]
NAME = "MASTER_AW_PROD_00000001_v1.ndjson"


@pytest.fixture
def exchange(sftp_server: SftpPlace) -> Iterator[Exchange]:
    place = sftp_server
    with Exchange(place.host, place.port, place.user, str(place.key_file), place.host_key) as opened:
        yield opened


def deliver(books: Books, exchange: Exchange) -> runblu_files.Delivery:
    return runblu_files.deliver_files(books.connection, exchange, "AW")


def folder(sftp_server: SftpPlace) -> Path:
    return sftp_server.root / "AW" / "to_runblu"


def documents(sftp_server: SftpPlace, name: str = NAME) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder(sftp_server) / name).read_text(encoding="utf-8").splitlines()]


def answer(sftp_server: SftpPlace, status: str = "received", reason: str = "") -> None:
    """Acknowledge the first file as RunBlu does."""
    manifest = Manifest.from_bytes((folder(sftp_server) / f"{NAME}.ok").read_bytes(), NAME)
    content = json.dumps(
        {
            "format": 1, "file": NAME, "flow": "MASTER", "company": "AW", "environment": "PROD", "seq": 1, "rev": 1,
            "sha256": manifest.sha256, "bytes": manifest.bytes, "rows": manifest.rows, "importer": "runblu",
            "received_at": "2024-12-02T00:00:00+00:00", "status": status, "reason": reason,
        }
    ).encode()  # fmt: skip
    acks = sftp_server.root / "AW" / "ack"
    acks.mkdir(parents=True, exist_ok=True)
    (acks / f"{NAME}.ack.json").write_bytes(content)
    proof = {"format": 1, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "rows": 1}
    (acks / f"{NAME}.ack.json.ok").write_text(json.dumps(proof), encoding="utf-8")


def test_all_master_data_is_told_once(books: Books, exchange: Exchange, sftp_server: SftpPlace) -> None:
    done = deliver(books, exchange)
    assert (done.files, done.sent, done.received) == (1, 1, 0)
    told = documents(sftp_server)
    assert len(told) == done.records
    assert {document["kind"] for document in told} == {
        "job", "cost_code", "category", "vendor", "item", "commitment", "commitment_item", "change_order",
        "change_order_item",
    }  # fmt: skip
    line = next(document["record"] for document in told if document["kind"] == "commitment_item")
    assert (line["units"], line["unit_cost"], line["item_number"]) == ("100.0000", "10.000000", "1")
    assert "transfer_id" not in line
    assert deliver(books, exchange) == runblu_files.Delivery(0, 0, 0, 0)


def test_the_manifest_ties_to_the_file(books: Books, exchange: Exchange, sftp_server: SftpPlace) -> None:
    deliver(books, exchange)
    content = (folder(sftp_server) / NAME).read_bytes()
    manifest = Manifest.from_bytes((folder(sftp_server) / f"{NAME}.ok").read_bytes(), NAME)
    assert (manifest.sha256, manifest.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (manifest.rows, manifest.previous_seq) == (content.count(b"\n"), 0)
    assert all(FileName.parse(path.name.removesuffix(".ok")) for path in folder(sftp_server).iterdir())


def test_a_changed_record_is_told_anew_and_alone(books: Books, exchange: Exchange, sftp_server: SftpPlace) -> None:
    deliver(books, exchange)
    books.connection.execute("update core.job set description = 'Runway', transfer_id = 2")
    assert deliver(books, exchange).records == 1
    told = documents(sftp_server, "MASTER_AW_PROD_00000002_v1.ndjson")
    assert [(document["record"]["description"], document["version"]) for document in told] == [("Runway", "2")]
    second = Manifest.from_bytes((folder(sftp_server) / "MASTER_AW_PROD_00000002_v1.ndjson.ok").read_bytes(), "x")
    assert second.previous_sha256 == hashlib.sha256((folder(sftp_server) / NAME).read_bytes()).hexdigest()


def test_exceptions_are_told_when_they_open_and_close(books: Books, exchange: Exchange, sftp_server: SftpPlace) -> None:
    books.happen("installed", "I9", "2024-11-07", "999", "PO-1", receipt_event_id="R1")
    books.value()
    deliver(books, exchange)
    opened = documents(sftp_server, "EXCEPT_AW_PROD_00000001_v1.ndjson")
    assert [(document["version"], document["record"]["record_key"]) for document in opened] == [("open", "I9")]
    assert opened[0]["record"]["remedy"]
    books.connection.execute("update audit.exception set closed_at = now()")
    deliver(books, exchange)
    closed = documents(sftp_server, "EXCEPT_AW_PROD_00000002_v1.ndjson")
    assert [document["version"] for document in closed] == ["closed"]


def test_only_approved_proposals_are_told(books: Books, exchange: Exchange, sftp_server: SftpPlace) -> None:
    books.connection.execute(
        """
        with run as (
            insert into recon.run (
                company_id, scope, period, mode, materiality, prepared_by, dag_run_id, state
            )
            values ('AW', 'period', '2024-11', 'propose', 0, 'finance', 'x', 'approved')
            returning run_no
        ), approval as (
            insert into audit.approval (
                company_id, subject_kind, subject_id, content_hash, prepared_by, decided_by, decision, dag_id, run_id
            )
            values ('AW', 'recon.run', '1', repeat('0', 64), 'finance', 'controller', 'approved', 'd', 'r')
            returning approval_id
        )
        insert into recon.proposed_event (
            run_no, company_id, period, event_type, commitment, item_number, standard_item, job, extra, cost_code,
            category, quantity, unit, reason, approval_id, state
        )
        select
            run_no, 'AW', '2024-11', event_type, 'PO-1', 1, 'REBAR', '22-101', '', '05 05 23', 'M', 2, 'EA', 'why',
            case state when 'approved' then approval_id end, state
        from run, approval, (values ('returned', 'approved'), ('counted', 'proposed')) as e (event_type, state)
        """
    )
    deliver(books, exchange)
    told = documents(sftp_server, "PROPOSAL_AW_PROD_00000001_v1.ndjson")
    assert [
        (document["record"]["event"]["event_type"], document["record"]["event"]["quantity"]) for document in told
    ] == [("returned", "2.0000")]


def test_a_delivery_that_broke_off_goes_on_with_the_same_bytes(
    books: Books, exchange: Exchange, sftp_server: SftpPlace
) -> None:
    deliver(books, exchange)
    content = (folder(sftp_server) / NAME).read_bytes()
    (folder(sftp_server) / f"{NAME}.ok").unlink()
    books.connection.execute("update outbox.runblu_file set state = 'sealed'")
    assert deliver(books, exchange).sent == 1
    assert (folder(sftp_server) / NAME).read_bytes() == content
    assert sorted(path.name for path in folder(sftp_server).iterdir()) == [NAME, f"{NAME}.ok"]


def test_another_file_under_a_sealed_name_stops_the_lane(
    books: Books, exchange: Exchange, sftp_server: SftpPlace
) -> None:
    folder(sftp_server).mkdir(parents=True)
    (folder(sftp_server) / NAME).write_text("forged\n", encoding="utf-8")
    with pytest.raises(LaneStopped, match=f"RS-552.*{NAME}"):
        deliver(books, exchange)
    assert (folder(sftp_server) / NAME).read_text(encoding="utf-8") == "forged\n"
    assert not (folder(sftp_server) / f"{NAME}.ok").exists()


def test_an_acknowledged_file_is_done(books: Books, exchange: Exchange, sftp_server: SftpPlace) -> None:
    deliver(books, exchange)
    answer(sftp_server)
    assert deliver(books, exchange).received == 1
    assert deliver(books, exchange).received == 0
    shown = books.connection.execute("select state, rows_landed from mart.transfer where flow = 'MASTER'").fetchone()
    assert shown is not None
    assert shown["state"] == "received"


def test_a_refused_file_stops_the_lane_until_it_is_taken(
    books: Books, exchange: Exchange, sftp_server: SftpPlace
) -> None:
    deliver(books, exchange)
    answer(sftp_server, "refused", "disk full")
    for _ in range(2):
        with pytest.raises(LaneStopped, match=f"RS-551.*{NAME}.*disk full"):
            deliver(books, exchange)
    answer(sftp_server)
    assert deliver(books, exchange).received == 1


def test_an_unknown_company_is_named(books: Books, exchange: Exchange) -> None:
    with pytest.raises(BadConfig, match=r"RS-155.*NOBODY"):
        runblu_files.deliver_files(books.connection, exchange, "NOBODY")
