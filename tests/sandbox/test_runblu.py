"""RunBlu's side: events as documents, into the inbox, as files, and what comes back."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from sage_bridge.transfers import Manifest, Totals
from sandbox.runblu.cli import main
from sandbox.runblu.sealing import Outgoing
from tests.sandbox.company_files import Answer, Tables, tables, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace

pytestmark = pytest.mark.slow


def runblu(*words: object) -> Answer:
    """Run a command of RunBlu's side."""
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        code = main([str(word) for word in words])
    return Answer(code, out.getvalue(), error.getvalue())


def documents(scenario: Path, *words: str) -> dict[str, dict[str, Any]]:
    """Give the documents of a scenario by event id."""
    out = scenario.parent / "events.ndjson"
    answer = runblu("events", "--scenario", scenario, "--company", "AW", "--out", out, *words)
    assert answer.code == 0, answer.error
    lines = out.read_bytes().splitlines()
    assert not list(scenario.parent.glob("*.part"))
    return {document["event_id"]: document for document in map(json.loads, lines)}


def test_documents_carry_what_the_device_wrote_under_sages_ids(scenario: Path) -> None:
    found = documents(scenario)
    assert found["E1"] == {
        "event_id": "E1", "company_id": "AW", "event_type": "received", "occurred_at": "2024-04-10T07:00:00-07:00",
        "recorded_at": "2024-04-10T07:30:00-07:00", "actor": "runblu", "device": "scenario", "commitment": "PO-1",
        "item_number": 1, "standard_item": "BEAM", "location": "24-101", "quantity": "500.00", "unit": "LB",
        "job": "24-101", "extra": "", "cost_code": "05 12 00", "category": "M",
    }  # fmt: skip
    assert [event["event_type"] for event in found.values()] == [
        "received", "allocated", "installed", "rejected", "reversed",
    ]  # fmt: skip
    assert {name: found[name].get("receipt_event_id") for name in found} == {
        "E1": None, "E2": "E1", "E3": "E1", "E4": "E1", "E5": None,
    }  # fmt: skip
    assert (found["E4"]["disposition"], found["E4"]["quantity"]) == ("credit", "5")
    assert (found["E5"]["reverses_event_id"], found["E5"]["quantity"]) == ("E1", "2")
    assert not any("amount" in event for event in found.values())


OPTIONAL: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "return": ({"event_kind": "return"}, {"event_type": "returned", "disposition": "credit", "receipt_event_id": "E1"}),
    "disposition": ({"event_kind": "reject", "disposition": "replace"}, {"disposition": "replace"}),
    "waste": ({"event_kind": "waste", "reason": "cut-offs"}, {"event_type": "wasted", "reason": "cut-offs"}),
    "uninstall": (
        {"event_kind": "uninstall", "ref_event_id": "E3"},
        {"event_type": "uninstalled", "reverses_event_id": "E3", "receipt_event_id": None},
    ),
    "transfer": (
        {"event_kind": "transfer", "to_job_id": "24-102"},
        {
            "event_type": "transferred",
            "to_job": "24-102",
            "to_extra": "",
            "to_location": "24-102",
            "location": "24-101",
        },
    ),
    "transfer in place": (
        {"event_kind": "transfer", "to_location": "Yard"},
        {"to_location": "Yard", "to_job": None, "to_extra": None},
    ),
    "count": (
        {"event_kind": "count", "qty": "-3.5", "ref_event_id": ""},
        {"event_type": "counted", "quantity": "-3.5"},
    ),
    "no codes": (
        {"job_id": "", "cost_code": ""},
        {"job": None, "extra": None, "cost_code": None, "category": None, "location": "24-101"},
    ),
    "no cost code": ({"cost_code": ""}, {"job": "24-101", "extra": "", "cost_code": None, "category": None}),
    "unknown cost code": ({"cost_code": "26 99 99"}, {"cost_code": "26 99 99", "category": None}),
    "several categories": ({"cost_code": "03 20 00"}, {"category": "M"}),
    "own category": ({"cost_code": "03 20 00", "category": "L"}, {"category": "L"}),
    "stock": (
        {"po_id": "", "line_no": "", "item_id": "REBAR-NUMBER-FOUR", "ref_event_id": ""},
        {"commitment": None, "item_number": None, "standard_item": "REBvsnbrg6", "receipt_event_id": None},
    ),
    "long commitment": (
        {"po_id": "BPI-2000000010", "item_id": ""},
        {"commitment": "2000000010", "standard_item": "BEAM"},
    ),
    "who and where": (
        {"actor": "d.reyes", "device": "tab-3", "location": "Yard", "evidence_hash": "ab12"},
        {"actor": "d.reyes", "device": "tab-3", "location": "Yard", "evidence_hash": "ab12"},
    ),
}


@pytest.mark.parametrize("case", OPTIONAL)
def test_optional_kinds_and_columns(tmp_path: Path, case: str) -> None:
    changes, expected = OPTIONAL[case]
    content = tables()
    content["material_events"].append({**content["material_events"][1], "event_id": "X", **changes})
    found = documents(write(tmp_path / "aw_more", content))["X"]
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"event_kind": "transfer"}, "the transfer names no receiver"),
        ({"event_kind": "transfer", "to_job_id": "24-3"}, "to_job_id is unknown"),
        ({"event_kind": "reject", "disposition": "keep"}, "disposition is unknown"),
        ({"event_kind": "uninstall"}, "ref_event_id is no install event"),
        ({"job_id": "24-3"}, "job_id is unknown"),
    ],
)
def test_events_that_cannot_be_are_refused_and_leave_no_file(
    tmp_path: Path, changes: dict[str, str], expected: str
) -> None:
    content = tables()
    content["material_events"].append({**content["material_events"][1], "event_id": "X", **changes})
    out = tmp_path / "events.ndjson"
    answer = runblu("events", "--scenario", write(tmp_path / "aw_bad", content), "--company", "AW", "--out", out)
    assert answer.code == 2
    assert expected in answer.error
    assert list(tmp_path.iterdir()) == [tmp_path / "aw_bad"]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ((), "E1 E2 E3 E4 E5"),
        (("--to-posted", "2024-06-01"), "E1 E2 E4 E5"),
        (("--from-posted", "2024-06-01"), "E3"),
        (("--from-posted", "2024-04-10T15:30:00Z", "--to-posted", "2024-04-11T15:30:00+00:00"), "E2"),
        (("--from-posted", "2024-04-10T15:30:01Z", "--to-posted", "2024-04-11"), ""),
    ],
)
def test_windows_go_by_the_time_an_event_reached_the_books(
    scenario: Path, window: tuple[str, ...], expected: str
) -> None:
    assert " ".join(documents(scenario, *window)) == expected


def test_a_bound_that_is_no_time_is_refused(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--scenario", str(scenario), "--company", "AW", "--out", "x", "--from-posted", "2024-06-01T00:00:00"]
    with pytest.raises(SystemExit):
        main(["events", *words])
    assert "neither an ISO time with offset nor a date" in capsys.readouterr().err


def test_push_inserts_whole_documents_as_the_inbox_role(
    warehouse: Connection, warehouse_dsn: str, scenario: Path
) -> None:
    warehouse.execute("grant usage on schema ledger to runblu_inbox")
    warehouse.execute("grant insert on ledger.event_inbox to runblu_inbox")
    warehouse.commit()
    answer = runblu(
        "push", "--dsn", warehouse_dsn, "--scenario", scenario, "--company", "AW", "--to-posted", "2024-06-01"
    )
    assert answer == Answer(0, "pushed 4 events\n", "")
    rows = warehouse.execute(
        "select company_id, event_id, document from ledger.event_inbox order by inbox_id"
    ).fetchall()
    wanted = [event for event in documents(scenario).values() if event["event_id"] != "E3"]
    assert rows == [{"company_id": "AW", "event_id": event["event_id"], "document": event} for event in wanted]


def test_a_push_that_fails_inserts_nothing(warehouse: Connection, warehouse_dsn: str, tmp_path: Path) -> None:
    content = tables()
    content["material_events"].append({**content["material_events"][1], "event_id": "X", "ref_event_id": "nothing"})
    words = ("--scenario", write(tmp_path / "aw_bad", content), "--company", "AW")
    answer = runblu("push", "--dsn", warehouse_dsn, "--role", "", *words)
    assert (answer.code, answer.out) == (2, "")
    assert warehouse.execute("select count(*) as n from ledger.event_inbox").fetchone() == {"n": 0}
    warehouse.execute("alter table ledger.event_inbox rename to gone")
    warehouse.commit()
    good = ("--scenario", write(tmp_path / "aw_good", tables()), "--company", "AW")
    answer = runblu("push", "--dsn", warehouse_dsn, "--role", "", *good)
    assert answer.code == 2
    assert "the warehouse did not take the events" in answer.error
    assert "nothing was inserted" in answer.error


def place_words(place: SftpPlace) -> tuple[object, ...]:
    """Give the options that reach a server."""
    return ("--host", place.host, "--port", place.port, "--user", place.user, "--key-file", place.key_file,
            "--host-key", place.host_key)  # fmt: skip


def upload(place: SftpPlace, scenario: Path, *words: object) -> str:
    """Upload a scenario's events."""
    state = scenario.parent / "state"
    answer = runblu("upload", "--scenario", scenario, "--company", "AW", "--state", state, *place_words(place), *words)
    assert answer.code == 0, answer.error
    return answer.out


def test_uploaded_files_carry_manifests_the_integration_reads(sftp_server: SftpPlace, scenario: Path) -> None:
    assert "sealed 2 files, sent 2" in upload(sftp_server, scenario, "--rows-per-file", 3)
    folder = sftp_server.root / "AW" / "from_runblu"
    names = [f"EVENT_AW_PROD_0000000{number}_v1.ndjson" for number in (1, 2)]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names + [f"{name}.ok" for name in names])
    previous = (0, "")
    for number, name in enumerate(names, 1):
        content = (folder / name).read_bytes()
        manifest = Manifest.from_bytes((folder / f"{name}.ok").read_bytes(), name)
        totals = Totals()
        for row in content.splitlines():
            totals.add([json.loads(row)["event_id"]])
        assert {key: getattr(manifest, key) for key in totals.fields()} == totals.fields()
        assert (manifest.seq, manifest.bytes, manifest.sha256) == (
            number,
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
        assert (manifest.previous_seq, manifest.previous_sha256) == previous
        previous = (manifest.seq, manifest.sha256)


def test_the_same_events_are_not_sent_again_and_new_ones_follow_in_the_chain(
    sftp_server: SftpPlace, scenario: Path
) -> None:
    upload(sftp_server, scenario, "--to-posted", "2024-06-01")
    assert "sealed 0 files, sent 0: nothing new" in upload(sftp_server, scenario, "--to-posted", "2024-06-01")
    assert "EVENT_AW_PROD_00000002_v1.ndjson" in upload(sftp_server, scenario, "--from-posted", "2024-06-01")


@pytest.mark.parametrize("moved_to", ["from_runblu", "processed", "rejected"])
def test_an_upload_that_died_sends_the_same_bytes_once(sftp_server: SftpPlace, scenario: Path, moved_to: str) -> None:
    upload(sftp_server, scenario)
    state, folder = scenario.parent / "state", sftp_server.root / "AW"
    name = "EVENT_AW_PROD_00000001_v1.ndjson"
    data, seal = (folder / "from_runblu" / name).read_bytes(), (folder / "from_runblu" / f"{name}.ok").read_bytes()
    (state / "sent" / f"{name}.ok").rename(state / "outgoing" / f"{name}.ok")
    (state / "outgoing" / name).write_bytes(data)
    (state / "outgoing" / "sealing").write_bytes(b"half")
    (folder / moved_to).mkdir(exist_ok=True)
    (folder / "from_runblu" / name).rename(folder / moved_to / name)
    (folder / "from_runblu" / f"{name}.ok").unlink()
    assert f"sealed 0 files, sent 1: {name}" in upload(sftp_server, scenario)
    assert (folder / moved_to / name).read_bytes() == data
    there = folder / "from_runblu" / f"{name}.ok"
    assert there.read_bytes() == seal if moved_to == "from_runblu" else not there.exists()
    assert not list((state / "outgoing").iterdir())


def test_another_file_of_the_same_name_stops_the_upload(sftp_server: SftpPlace, scenario: Path) -> None:
    folder = sftp_server.root / "AW" / "from_runblu"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "EVENT_AW_PROD_00000001_v1.ndjson").write_bytes(b"{}\n")
    state = scenario.parent / "state"
    answer = runblu("upload", "--scenario", scenario, "--company", "AW", "--state", state, *place_words(sftp_server))
    assert answer.code == 2
    assert "another file of this name is on the server" in answer.error
    assert [path.name for path in Outgoing(state, "AW", "PROD").waiting] == ["EVENT_AW_PROD_00000001_v1.ndjson"]


def test_a_server_with_another_key_or_none_is_one_sentence(sftp_server: SftpPlace, tmp_path: Path) -> None:
    import asyncssh

    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    words = list(place_words(sftp_server))
    for changed in ([*words[:-1], other], [*words[:3], 1, *words[4:]], [*words[:-1], "no key"]):
        answer = runblu("take", "--company", "AW", "--out", tmp_path / "in", *changed)
        assert answer.code == 2
        assert "the exchange server cannot be used" in answer.error


def offer(place: SftpPlace, seq: int, lines: list[str], previous: str = "", **bent: object) -> str:
    """Put a file into to_runblu/ as the integration would."""
    folder = place.root / "AW" / "to_runblu"
    folder.mkdir(parents=True, exist_ok=True)
    content = "".join(f"{row}\n" for row in lines).encode()
    name = f"MASTER_AW_PROD_{seq:08d}_v1.ndjson"
    facts: dict[str, Any] = {
        "flow": "MASTER", "company": "AW", "environment": "PROD", "seq": seq, "rev": 1, "previous_seq": seq - 1,
        "previous_sha256": previous, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content),
        "rows": len(lines), "debit": "0.00", "credit": "0.00", "net": "0.00", "key_hash_total": "0",
        "encoding": "utf-8", "extracted_at": "2024-07-01T00:00:00+00:00", "zone": "UTC", "extent": "delta",
    }  # fmt: skip
    (folder / name).write_bytes(content)
    (folder / f"{name}.ok").write_bytes(Manifest(**{**facts, **bent}).to_bytes())
    return str(facts["sha256"])


def take(place: SftpPlace, out: Path) -> str:
    """Take what is there."""
    answer = runblu("take", "--company", "AW", "--out", out, *place_words(place))
    assert answer.code == 0, answer.error
    return answer.out


def test_files_are_taken_once_checked_and_acknowledged(sftp_server: SftpPlace, tmp_path: Path) -> None:
    assert take(sftp_server, tmp_path / "in") == "took 0 files\n"
    first = offer(sftp_server, 1, ['{"job": "24-101"}', '{"job": "24-102"}'])
    offer(sftp_server, 2, ['{"job": "24-900"}'], previous=first)
    (sftp_server.root / "AW" / "to_runblu" / "MASTER_AW_PROD_00000003_v1.ndjson").write_text("no manifest yet\n")
    (sftp_server.root / "AW" / "to_runblu" / "evil name.ndjson").write_text("{}\n")
    assert take(sftp_server, tmp_path / "in").endswith("took 2 files\n")
    assert (tmp_path / "in" / "MASTER_AW_PROD_00000001_v1.ndjson").read_bytes().count(b"\n") == 2
    acks = sftp_server.root / "AW" / "ack"
    content = (acks / "MASTER_AW_PROD_00000001_v1.ndjson.ack.json").read_bytes()
    ack = json.loads(content)
    assert (ack["status"], ack["sha256"], ack["rows"], ack["reason"]) == ("received", first, 2, "")
    assert set(ack) == {
        "format", "file", "flow", "company", "environment", "seq", "rev", "sha256", "bytes", "rows", "importer",
        "received_at", "status", "reason",
    }  # fmt: skip
    seal = json.loads((acks / "MASTER_AW_PROD_00000001_v1.ndjson.ack.json.ok").read_bytes())
    assert seal == {"format": 1, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "rows": 1}
    assert take(sftp_server, tmp_path / "in") == "took 0 files\n"


BENT: dict[str, tuple[Callable[[SftpPlace], object], str]] = {
    "hash": (lambda place: offer(place, 1, ["{}"], sha256="0" * 64), "refused: sha256 is"),
    "rows": (lambda place: offer(place, 1, ["{}"], rows=2), "refused: rows is 1, the manifest says 2"),
    "longer": (lambda place: offer(place, 1, ["{}"], bytes=2), "refused: bytes exceed the manifest's 2"),
    "shorter": (lambda place: offer(place, 1, ["{}"], bytes=9), "refused: bytes is 3, the manifest says 9"),
    "other flow": (lambda place: offer(place, 1, ["{}"], flow="OTHER"), "refused: the manifest speaks of OTHER"),
    "format": (lambda place: offer(place, 1, ["{}"], format=2), "refused: manifest format 2 is unknown"),
    "gap": (lambda place: offer(place, 3, ["{}"]), "parked: number 2 has not arrived"),
}


@pytest.mark.parametrize("case", BENT)
def test_files_that_break_their_promise_are_not_taken(sftp_server: SftpPlace, tmp_path: Path, case: str) -> None:
    bend, expected = BENT[case]
    bend(sftp_server)
    assert expected in take(sftp_server, tmp_path / "in")
    assert not list((tmp_path / "in").iterdir())
    acks = [json.loads(path.read_bytes()) for path in (sftp_server.root / "AW" / "ack").glob("*.ack.json")]
    assert [ack["status"] for ack in acks] == ([] if case == "gap" else ["refused"])


def test_a_swapped_predecessor_parks_the_file(sftp_server: SftpPlace, tmp_path: Path) -> None:
    offer(sftp_server, 1, ["{}"])
    offer(sftp_server, 2, ["{}"], previous="f" * 64)
    assert "parked: its predecessor's hash is not that of number 1" in take(sftp_server, tmp_path / "in")


def test_large_windows_stream(tmp_path: Path) -> None:
    content: Tables = tables()
    first = content["material_events"][0]
    content["material_events"] = [{**first, "event_id": f"E{number}"} for number in range(5000)]
    assert len(documents(write(tmp_path / "aw_many", content))) == 5000
