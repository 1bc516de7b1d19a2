"""Good transfers: every feed lands with watermark, audit row, raw bytes and answer; the same again changes nothing."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from sage_bridge.errors import BadConfig, RefusedTransfer, Transient
from sage_hooks import inbound, inbound_staging
from sage_hooks import warehouse as hook
from tests.hooks.inbound_sender import EVENT, GOOD, JOB, VENDOR, csv_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hooks.inbound_sender import Sender


def test_every_feed_lands(sender: Sender) -> None:
    names = [sender.put(flow) for flow in GOOD]

    outcomes = sender.take()

    assert [(one.flow, one.state, one.rows_landed, one.rows_quarantined, one.reason) for one in outcomes] == [
        (flow, "landed", 1, 0, "") for flow in inbound.ORDER
    ]
    assert sender.exceptions() == []
    assert sender.count("audit.watermark") == len(GOOD)
    assert sorted(sender.answer(name)["status"] for name in names) == ["received"] * len(GOOD)
    validated = sender.rows("select validation from audit.transfer")
    assert all(row["validation"]["success"] and row["validation"]["great_expectations"] for row in validated)


def test_the_record_of_a_transfer_says_everything(sender: Sender) -> None:
    name = sender.put("JOB", [JOB, {**JOB, "Job": "24-002"}])

    outcome = sender.take_one("JOB")

    (row,) = sender.rows("select * from audit.transfer")
    content = (sender.folder("from_sage") / name).read_bytes()
    assert row["transfer_id"] == outcome.transfer_id
    assert (row["row_count"], row["rows_landed"], row["rows_changed"], row["rows_quarantined"]) == (2, 2, 2, 0)
    assert (row["sha256"], row["byte_count"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (row["state"], row["reason"], row["attempts"]) == ("landed", "", 1)
    assert row["manifest"]["seq"] == 1
    assert row["acknowledged_at"] >= row["finished_at"]
    (raw,) = sender.rows("select * from landing.raw_file")
    assert (bytes(raw["content"]), raw["byte_count"], raw["file_path"]) == (content, len(content), None)
    answer = sender.answer(name)
    assert (answer["file"], answer["sha256"], answer["bytes"], answer["rows"], answer["rows_landed"]) == (
        name,
        row["sha256"],
        len(content),
        2,
        2,
    )


def test_a_large_file_is_kept_in_the_raw_folder(
    sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGE_BRIDGE_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(inbound_staging, "KEPT_IN_ROW", 50)
    name = sender.put("JOB")

    assert sender.take_one("JOB").state == "landed"

    (raw,) = sender.rows("select * from landing.raw_file")
    content = (sender.folder("from_sage") / name).read_bytes()
    kept = tmp_path / "var" / "raw" / raw["sha256"][:2] / raw["sha256"]
    assert (raw["content"], raw["file_path"]) == (None, str(kept))
    assert kept.read_bytes() == content
    assert [path for path in (tmp_path / "var" / "raw").iterdir() if path.name.startswith(".part")] == []


def test_what_has_landed_is_not_read_again(sender: Sender) -> None:
    sender.put("JOB")
    assert sender.take_one("JOB").state == "landed"

    assert sender.take("JOB") == []


def test_the_same_content_again_touches_no_row(sender: Sender) -> None:
    flows = [flow for flow in inbound.ORDER if flow != "EVENT"]
    sender.land(*flows)
    before = {flow: sender.rows("select count(*) as n from core.row_history") for flow in flows}
    marks = sender.rows("select * from ledger.touched_line order by touch_id")
    assert len({(row["commitment"], row["item_number"]) for row in marks}) == 1
    for flow in flows:
        sender.put(flow)

    outcomes = sender.take(*flows)

    assert [(one.state, one.rows_landed, one.rows_changed) for one in outcomes] == [("landed", 1, 0)] * len(flows)
    assert before == {flow: sender.rows("select count(*) as n from core.row_history") for flow in flows}
    assert sender.rows("select * from ledger.touched_line order by touch_id") == marks


def test_utf8_and_cp1252_are_read_as_declared(sender: Sender) -> None:
    for encoding, vendor in (("utf-8", "U"), ("cp1252", "W")):
        rows = [{**VENDOR, "Vendor": vendor, "Name": "Bétön & Co “Süd” €"}]
        sender.put("VENDOR", rows, csv_bytes("VENDOR", rows, encoding), encoding=encoding, extent="delta")

    assert [one.state for one in sender.take("VENDOR")] == ["landed", "landed"]

    assert {row["vendor_name"] for row in sender.rows("select vendor_name from core.vendor")} == {"Bétön & Co “Süd” €"}


def test_a_byte_order_mark_is_understood(sender: Sender) -> None:
    content = csv_bytes("JOB", [JOB], "utf-8-sig")
    sender.put("JOB", [JOB], content, encoding="utf-8")

    assert sender.take_one("JOB").state == "landed"
    assert sender.count("core.job") == 1


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_both_agreed_line_ends_are_read(sender: Sender, line_end: str) -> None:
    sender.put("JOB", [JOB], csv_bytes("JOB", [JOB]).replace(b"\n", line_end.encode()))

    assert sender.take_one("JOB").state == "landed"


def test_commas_quotes_and_breaks_stay_inside_their_field(sender: Sender) -> None:
    rows = [{**VENDOR, "Name": 'Smith, "Sons" & Co'}]
    sender.put("VENDOR", rows)

    assert sender.take_one("VENDOR").state == "landed"
    assert sender.rows("select vendor_name from core.vendor")[0]["vendor_name"] == 'Smith, "Sons" & Co'


def test_an_event_twice_counts_once(sender: Sender) -> None:
    sender.put("EVENT", [EVENT, {**EVENT, "event_id": "0a1c"}])
    sender.put("EVENT", [{**EVENT, "event_id": "0a1c"}, {**EVENT, "event_id": "0a1d"}])

    first, second = sender.take("EVENT")

    assert (first.rows_changed, second.rows_changed) == (2, 1)
    assert sender.count("ledger.material_event") == 3


def test_event_files_of_all_companies_are_taken(sender: Sender) -> None:
    sender.put("EVENT")
    with sender.exchange() as exchange:
        assert inbound.take_event_files(sender.connection, exchange) == 1
        assert inbound.take_event_files(sender.connection, exchange) == 0


def test_a_refused_event_file_says_so_at_the_end(sender: Sender) -> None:
    sender.put("EVENT", [EVENT] * 30, b"no json\n" * 30)
    with sender.exchange() as exchange, pytest.raises(RefusedTransfer, match=r"RS-20[78] .*EVENT_AW_PROD_00000001"):
        inbound.take_event_files(sender.connection, exchange)
    assert sender.count("ledger.material_event") == 0


def test_an_unknown_flow_or_company_is_named(sender: Sender) -> None:
    with sender.exchange() as exchange:
        with pytest.raises(BadConfig, match=r"RS-125 .*JOBS"):
            inbound.take_transfers(sender.connection, exchange, "AW", ["JOBS"], "PROD")
        with pytest.raises(BadConfig, match=r"RS-125 .*XX"):
            inbound.take_transfers(sender.connection, exchange, "XX", ["JOB"], "PROD")


def test_a_warehouse_that_goes_away_can_be_tried_again(sender: Sender) -> None:
    sender.put("JOB")
    sender.connection.execute(
        "create function core.be_slow() returns trigger language plpgsql as "
        "$$ begin perform pg_sleep(5); return new; end $$"
    )
    sender.connection.execute("create trigger slow before insert on core.job execute function core.be_slow()")
    sender.connection.execute("set statement_timeout = 200")
    sender.connection.commit()
    with sender.exchange() as exchange, pytest.raises(Transient, match="RS-902"):
        inbound.take_transfers(sender.connection, exchange, "AW", ["JOB"], "PROD")

    sender.connection.execute("reset statement_timeout")
    sender.connection.execute("drop trigger slow on core.job")
    sender.connection.commit()
    assert sender.take_one("JOB").state == "landed"


def test_two_runs_at_once_land_once(sender: Sender, warehouse_dsn: str) -> None:
    rows = [{**JOB, "Job": f"{number:05d}"} for number in range(3000)]
    sender.put("JOB", rows)
    sender.put("JOB", [*rows, JOB])

    def run(_: int) -> list[str]:
        with hook.connect(warehouse_dsn) as connection, sender.exchange() as exchange:
            outcomes = inbound.take_transfers(connection, exchange, "AW", ["JOB"], "PROD")
        return [outcome.state for outcome in outcomes]

    with ThreadPoolExecutor(3) as pool:
        states = [state for run_states in pool.map(run, range(3)) for state in run_states]

    assert states == ["landed", "landed"]
    assert sender.count("core.job") == 3001
    assert {row["attempts"] for row in sender.rows("select attempts from audit.transfer")} == {1}


def test_a_landing_whose_connection_is_cut_leaves_nothing(sender: Sender, warehouse_dsn: str) -> None:
    sender.connection.execute(
        "create function core.cut() returns trigger language plpgsql as "
        "$$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$"
    )
    sender.connection.execute("create trigger cut after insert on core.job execute function core.cut()")
    sender.connection.commit()
    sender.put("JOB")
    with (
        hook.connect(warehouse_dsn) as connection,
        sender.exchange() as exchange,
        pytest.raises(Transient, match="RS-902"),
    ):
        inbound.take_transfers(connection, exchange, "AW", ["JOB"], "PROD")

    assert sender.count("core.job") == 0
    assert [row["state"] for row in sender.rows("select state from audit.transfer")] == ["arrived"]
    sender.connection.execute("drop trigger cut on core.job")
    sender.connection.commit()
    assert sender.take_one("JOB").state == "landed"
    assert sender.count("core.job") == 1


def test_an_answer_that_was_not_written_is_written_later(sender: Sender) -> None:
    name = sender.put("JOB")
    (sender.server.root / "AW" / "ack").write_text("a file where a folder should be")
    with pytest.raises(Transient, match="RS-901"):
        sender.take("JOB")
    assert sender.count("core.job") == 1

    (sender.server.root / "AW" / "ack").unlink()
    assert sender.take("JOB") == []
    assert sender.answer(name)["status"] == "received"


def test_the_pipeline_role_is_enough(sender: Sender) -> None:
    for flow in GOOD:
        sender.put(flow)
    sender.connection.execute("set role pipeline")
    sender.connection.commit()

    assert {one.state for one in sender.take()} == {"landed"}
