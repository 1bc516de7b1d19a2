"""A file's way into Sage: guarded, imported once, answered line by line, put away."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from agent import __main__ as command_line
from agent.loop import Agent, utc_now
from tests.agent.exchange_place import COMPANY, dc_file, dc_line, macro, rcv_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.agent.exchange_place import Place, SageFile

pytestmark = pytest.mark.slow

NOON = dt.datetime(2024, 5, 1, 12, 0, tzinfo=dt.UTC)


def settle(place: Place, now: Callable[[], dt.datetime] = utc_now, **changes: object) -> list[str]:
    """Run an agent until nothing moves; gives what waits for a person."""
    with Agent(place.config(**changes), now=now) as agent:
        agent.settle()
        return agent.importer.waits_for_a_person()


def entered(sage: SageFile) -> list[str]:
    return [row[0] for row in sage.rows('select "Ref_1" from "JCT_NEW__TRANSACTION" order by "Ref_1"')]


def runs(sage: SageFile) -> int:
    return int(sage.rows("select count(*) from STAND_IN_RUN")[0][0])


def stopped_reason(place: Place, name: str) -> str:
    connection = sqlite3.connect(place.host / "state" / "state.db")
    try:
        return str(connection.execute("select reason from delivery where name = ?", (name,)).fetchone()[0])
    finally:
        connection.close()


def test_a_direct_cost_file_is_imported_once_and_answered(place: Place, sage: SageFile) -> None:
    name = place.send("DC", dc_file("R1", "R2"))
    assert settle(place) == []
    assert entered(sage) == ["R1", "R2"]
    assert place.ack(name)["status"] == "received"
    assert place.results(name) == ["line,reference,result,code,message", "1,R1,ACCEPTED,,", "2,R2,ACCEPTED,,"]
    assert place.names("to_sage") == []
    assert place.names("processed") == [name, f"{name}.ok"]
    assert place.names("ack") == [f"{name}.{kind}{ok}" for kind in ("ack.json", "res.csv") for ok in ("", ".ok")]
    assert list((place.host / "inbox").iterdir()) == []
    assert settle(place) == []
    assert runs(sage) == 1


def test_rejected_lines_come_back_with_sages_reason(
    place: Place, sage: SageFile, golden: Callable[[str, bytes], None]
) -> None:
    content = dc_file("R1") + dc_line("R2", job="BAD-7").encode() + dc_line("R3", amount="-40.25").encode()
    name = place.send("DC", content)
    settle(place, now=lambda: NOON)
    assert entered(sage) == ["R1", "R3"]
    ack = place.folder("ack")
    for answer in ("ack.json", "ack.json.ok", "res.csv", "res.csv.ok"):
        golden(f"{name}.{answer}", ack.joinpath(f"{name}.{answer}").read_bytes())
    kept = sorted(path.name for path in (place.host / "state" / "evidence" / name).iterdir())
    assert kept == [f"{name}.log", f"{name}.print", f"{name}.reject"]


def test_all_lines_rejected_is_an_answer_too(place: Place, sage: SageFile) -> None:
    name = place.send("DC", dc_file("R1", "R2", job="BAD"))
    settle(place)
    assert entered(sage) == []
    assert [line.split(",")[2] for line in place.results(name)[1:]] == ["REJECTED", "REJECTED"]


def test_receipts_are_laid_down_for_the_clerk(place: Place) -> None:
    first, second = place.send("RCV", rcv_file("E-1", "E-2")), place.send("RCV", rcv_file("E-3"))
    settle(place)
    assert sorted(path.name for path in (place.host / "receipts").iterdir()) == [first, second]
    assert place.results(first)[1:] == ["1,E-1,ACCEPTED,,", "2,E-2,ACCEPTED,,"]
    assert place.names("processed") == [first, f"{first}.ok", second, f"{second}.ok"]


def test_lanes_do_not_wait_for_each_other(place: Place, sage: SageFile) -> None:
    cost = place.send("DC", dc_file("R1"), previous_sha256="0" * 64)
    receipt = place.send("RCV", rcv_file("E-1"))
    slow = place.send("ADJ", dc_file("A1"))
    settle(place)
    assert place.ack(cost)["status"] == "refused"
    assert place.results(receipt)[1:] == ["1,E-1,ACCEPTED,,"]
    assert place.results(slow)[1:] == ["1,A1,ACCEPTED,,"]
    assert entered(sage) == ["A1"]


def test_a_file_without_manifest_stays_untouched(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    name = place.send("DC", dc_file("R1"), ok=False)
    settle(place)
    assert place.names("to_sage") == [name]
    assert "no_manifest" in caplog.text
    assert place.names("ack") == []


def test_half_a_manifest_is_given_time(place: Place) -> None:
    name = place.send("DC", dc_file("R1"))
    ok = place.folder("to_sage") / f"{name}.ok"
    whole = ok.read_bytes()
    ok.write_bytes(whole[:40])
    assert settle(place, import__settle_seconds=3600) == []
    assert place.names("to_sage") == [name, f"{name}.ok"]
    ok.write_bytes(whole)
    settle(place)
    assert place.ack(name)["status"] == "received"


def test_a_manifest_that_stays_broken_is_refused_and_the_next_file_goes_on(place: Place) -> None:
    first = place.send("DC", dc_file("R1"))
    place.folder("to_sage").joinpath(f"{first}.ok").write_bytes(b"{")
    second = place.send("DC", dc_file("R2"))
    settle(place)
    assert "RS-201" in place.ack(first)["reason"]
    assert place.ack(second)["status"] == "received"
    assert place.names("rejected") == [first, f"{first}.ok"]


def test_names_off_the_allow_list_are_put_away_unopened(place: Place) -> None:
    folder = place.folder("to_sage")
    folder.mkdir()
    for name in ("invoice.xls", "DC_AW_PROD_1_v1.txt", "..hidden"):
        folder.joinpath(name).write_bytes(b"x")
    folder.joinpath("DC_AW_PROD_00000001_v1.txt.part.ab12").write_bytes(b"under way")
    settle(place)
    assert place.names("to_sage") == ["DC_AW_PROD_00000001_v1.txt.part.ab12"]
    assert [name.partition(".again.")[0] for name in place.names("rejected")] == [
        "..hidden", "DC_AW_PROD_1_v1.txt", "invoice.xls"
    ]  # fmt: skip


def test_flows_that_are_not_configured_stay_for_others(place: Place) -> None:
    folder = place.folder("to_sage")
    folder.mkdir()
    for name in ("GLJ_AW_PROD_00000001_v1.txt", "GLJ_AW_PROD_00000001_v1.txt.ok"):
        folder.joinpath(name).write_bytes(b"{}")
    settle(place)
    assert place.names("to_sage") == ["GLJ_AW_PROD_00000001_v1.txt", "GLJ_AW_PROD_00000001_v1.txt.ok"]


def test_a_gap_is_parked_until_it_closes(place: Place, sage: SageFile) -> None:
    first = place.send("DC", dc_file("R1"), ok=False)
    second = place.send("DC", dc_file("R2"))
    held = place.folder("to_sage") / first
    settle(place)
    assert place.names("ack") == []
    assert held.exists()
    place.sent.clear()
    place.send("DC", dc_file("R1"))
    settle(place)
    assert entered(sage) == ["R1", "R2"]
    assert place.ack(second)["status"] == "received"


def test_a_gap_that_stays_is_refused(place: Place, sage: SageFile) -> None:
    place.send("DC", dc_file("R1"), ok=False)
    second = place.send("DC", dc_file("R2"))
    settle(place, import__gap_patience_seconds=0)
    assert "RS-270 files before this one did not arrive within 0.0 hours" in place.ack(second)["reason"]
    assert entered(sage) == []


@pytest.mark.parametrize("same", [True, False])
def test_a_second_copy_has_no_effect(
    place: Place, sage: SageFile, same: bool, caplog: pytest.LogCaptureFixture
) -> None:
    name = place.send("DC", dc_file("R1"))
    settle(place)
    ack = place.folder("ack").joinpath(f"{name}.ack.json").read_bytes()
    place.sent.clear()
    place.send("DC", dc_file("R1") if same else dc_file("R9"))
    settle(place)
    assert runs(sage) == 1
    assert place.names("to_sage") == []
    assert place.folder("ack").joinpath(f"{name}.ack.json").read_bytes() == ack
    assert all(".again." in entry for entry in place.names("rejected"))
    assert len(place.names("rejected")) == 2
    assert ("second_copy" if same else "other_content") in caplog.text


def test_lines_that_stand_in_sage_are_refused_even_when_the_agents_memory_is_gone(place: Place, sage: SageFile) -> None:
    sage.insert("JCT", Row_ID="1", Ref_1="  R2 ", Amount="125.50")
    name = place.send("DC", dc_file("R1", "R2"))
    settle(place)
    assert "RS-273 1 of its lines stand in Sage already" in place.ack(name)["reason"]
    assert entered(sage) == []
    following = place.send("DC", dc_file("R3"))
    settle(place)
    assert place.ack(following)["status"] == "received"


def test_sage_away_halts_direct_costs_only(place: Place, sage: SageFile, caplog: pytest.LogCaptureFixture) -> None:
    place.send("DC", dc_file("R1"))
    receipt = place.send("RCV", rcv_file("E-1"))
    waits = settle(place, source__path=str(sage.path.with_name("gone.db")))
    assert waits == ["DC"]
    assert "RS-961 the Sage data source does not answer" in caplog.text
    assert place.results(receipt)[1:] == ["1,E-1,ACCEPTED,,"]
    settle(place, source__path=str(sage.path))
    assert entered(sage) == ["R1"]


def test_a_busy_sage_is_tried_again(place: Place, sage: SageFile, tmp_path: Path) -> None:
    name = place.send("DC", dc_file("R1"))
    settle(place, import__macro=macro("--fail-once", str(tmp_path / "failed"), sage=sage.path))
    assert entered(sage) == ["R1"]
    assert place.results(name)[1:] == ["1,R1,ACCEPTED,,"]


def test_a_sage_that_stays_busy_stops_the_lane(place: Place, sage: SageFile) -> None:
    name = place.send("DC", dc_file("R1"))
    assert settle(place, import__macro=macro("--fail", "5", sage=sage.path)) == [name]
    assert stopped_reason(place, name) == (
        f"RS-560 the outcome of an import is unknown; record: {name}; found: the macro imported nothing in 3 attempts;"
        " its last words: Sage is busy Sage is busy Sage is busy; next step: look into Sage for its batch, then tell"
        " the agent with `decide`"
    )
    assert place.names("to_sage") == [name, f"{name}.ok"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--lie", "1"], "the print file counts 3 accepted and 1 rejected lines, the reject file leaves 2 and 1"),
        (["--silent"], "2 of 3 lines are in Sage, 0 are rejected, the rest is nowhere"),
        (["--die", "after-commit"], "2 of 3 lines are in Sage, 0 are rejected, the rest is nowhere"),
    ],
    ids=["lying print file", "no traces", "died after half of its work"],
)
def test_contradictions_stop_the_lane(place: Place, sage: SageFile, options: list[str], reason: str) -> None:
    name = place.send("DC", dc_file("R1", "R2") + dc_line("R3", job="BAD").encode())
    following = place.send("DC", dc_file("R4"))
    assert settle(place, import__macro=macro(*options, sage=sage.path)) == [name]
    assert reason in stopped_reason(place, name)
    assert settle(place) == [name]
    assert runs(sage) == 1
    assert following in place.names("to_sage")


def test_a_hanging_macro_is_ended_and_looked_after(place: Place, sage: SageFile) -> None:
    name = place.send("DC", dc_file("R1"))
    options = macro("--sleep", "30", sage=sage.path)
    waits = settle(place, import__macro=options, import__timeout_seconds=0.2, import__max_attempts=1)
    assert waits == [name]
    assert "the macro imported nothing in 1 attempts" in stopped_reason(place, name)
    assert entered(sage) == []


def test_a_macro_that_cannot_start_stops_the_lane(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.send("DC", dc_file("R1"))
    assert settle(place, import__macro=["/no/such/program"]) == ["DC"]
    assert "RS-167 the macro cannot be started" in caplog.text


def test_an_import_by_hand_is_noticed(place: Place, sage: SageFile) -> None:
    name = place.send("DC", dc_file("R1") + dc_line("R2", job="BAD").encode())
    settle(place, import__macro=[])
    inbox = place.host / "inbox"
    assert [path.name for path in inbox.iterdir()] == [name]
    assert place.ack(name)["status"] == "received"
    assert f"{name}.res.csv" not in place.names("ack")
    sage.insert("JCN", Row_ID="1", Ref_1="R1")
    inbox.joinpath(f"{name}.reject").write_bytes(dc_line("R2", job="BAD").encode())
    settle(place)
    assert place.results(name)[1:] == [
        "1,R1,ACCEPTED,,", "2,R2,REJECTED,SAGE,rejected by Sage's import; the print file gives no reason"
    ]  # fmt: skip
    assert list(inbox.iterdir()) == []


def test_a_fixed_file_name_for_a_recorded_macro(place: Place, sage: SageFile) -> None:
    names = [place.send("DC", dc_file("R1")), place.send("ADJ", dc_file("A1")), place.send("DC", dc_file("R2"))]
    settle(place, import__file_name="runblu.dc", import__reject_name="runblu.rej", import__print_name="runblu.prn")
    assert entered(sage) == ["A1", "R1", "R2"]
    assert all(place.ack(name)["status"] == "received" for name in names)


def test_a_strangers_file_in_the_way_is_not_overwritten(place: Place, sage: SageFile) -> None:
    place.send("DC", dc_file("R1"))
    place.host.joinpath("inbox").mkdir()
    place.host.joinpath("inbox", "runblu.dc").write_bytes(b"somebody's")
    assert settle(place, import__file_name="runblu.dc") == ["DC"]
    assert place.host.joinpath("inbox", "runblu.dc").read_bytes() == b"somebody's"
    assert runs(sage) == 0


def test_posting_is_kept_as_a_duty_until_it_is_done(place: Place, sage: SageFile, tmp_path: Path) -> None:
    place.send("DC", dc_file("R1"))
    post = [*macro(sage=sage.path)[:6], "--post", "--fail-once", str(tmp_path / "posting failed")]
    settle(place, post__macro=post, post__retry_seconds=3)
    assert entered(sage) == ["R1"]
    with Agent(place.config(extract_after_import=["JCT"])) as agent:
        while agent.poster.tick() or sage.rows('select 1 from "JCT_NEW__TRANSACTION"'):
            pass
        agent.settle()
        agent.tick()
    assert sage.rows('select "Ref_1" from "JCT_CURRENT__TRANSACTION"') == [("R1",)]
    assert place.names("from_sage") == ["JCT_AW_PROD_00000001_v1.csv", "JCT_AW_PROD_00000001_v1.csv.ok"]


@pytest.mark.parametrize(
    ("outcome", "results", "run_count"),
    [
        ("imported", ["1,R1,ACCEPTED,,", "2,R2,ACCEPTED,,"], 1),
        ("rejected", ["1,R1,REJECTED,DECIDED,not in Sage", "2,R2,REJECTED,DECIDED,not in Sage"], 1),
        ("run-again", ["1,R1,ACCEPTED,,", "2,R2,ACCEPTED,,"], 2),
    ],
)
def test_a_person_decides_on_a_stopped_import(
    place: Place, sage: SageFile, outcome: str, results: list[str], run_count: int
) -> None:
    name = place.send("DC", dc_file("R1", "R2"))
    settle(place, import__macro=macro("--lie", "1", sage=sage.path))
    if outcome != "imported":
        with sage.open() as connection:
            connection.execute('delete from "JCT_NEW__TRANSACTION"')
    place.config(import__macro=macro(sage=sage.path))
    words = ["--file", name, "--outcome", outcome, "--by", "controller", "--reason", "not in Sage"]
    assert command_line.main(["--config", str(place.file), "status"]) == 1
    assert command_line.main(["--config", str(place.file), "decide", *words]) == 0
    assert settle(place) == []
    assert place.results(name)[1:] == results
    assert runs(sage) == run_count
    assert command_line.main(["--config", str(place.file), "decide", *words]) == 2


def test_a_lane_is_adopted_after_a_loss_of_state(place: Place, sage: SageFile) -> None:
    place.send("DC", dc_file("R1"), seq=41)
    (place.folder("to_sage") / "DC_AW_PROD_00000041_v1.txt").unlink()
    (place.folder("to_sage") / "DC_AW_PROD_00000041_v1.txt.ok").unlink()
    name = place.send("DC", dc_file("R2"))
    settle(place)
    assert name in place.names("to_sage")
    words = ["--flow", "DC", "--seq", "41", "--sha256", place.sent_before(name), "--by", "me", "--reason", "new disk"]
    assert command_line.main(["--config", str(place.file), "adopt", *words]) == 0
    settle(place)
    assert entered(sage) == ["R2"]
    assert json.loads(place.folder("processed").joinpath(f"{name}.ok").read_text())["company"] == COMPANY
