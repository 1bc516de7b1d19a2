"""The commands as an operator types them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.__main__ import main
from agent.state import InstanceLock
from sage_bridge.self_test import read_self_test
from tests.agent.exchange_place import COMPANY, dc_file, macro, rcv_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.agent.exchange_place import Place, SageFile

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def command(place: Place, *words: str) -> int:
    place.config()
    return main(["--config", str(place.file), *words])


def start(place: Place, *words: str) -> subprocess.Popen[str]:
    place.config()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'plugins'}"}
    return subprocess.Popen(
        [sys.executable, "-m", "agent", "--config", str(place.file), *words],
        env=environment, stderr=subprocess.PIPE, text=True, cwd=place.host,
    )  # fmt: skip


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_once_imports_and_extracts_everything(place: Place) -> None:
    name = place.send("DC", dc_file("R1"))
    assert command(place, "once") == 0
    assert place.ack(name)["status"] == "received"
    assert f"JCN_{COMPANY}_PROD_00000001_v1.csv.ok" in place.names("from_sage")
    assert len(place.names("from_sage")) == 34


def test_extract_takes_the_flows_that_are_asked_for(place: Place) -> None:
    assert command(place, "extract", "--flows", "JOB, vendor") == 0
    assert place.names("from_sage")[::2] == ["JOB_AW_PROD_00000001_v1.csv", "VENDOR_AW_PROD_00000001_v1.csv"]
    assert command(place, "extract", "--flows", "DC") == 2


def test_self_test_tells_every_trouble(place: Place, sage: SageFile, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(place, "self-test") == 0
    report = capsys.readouterr().out.splitlines()
    assert report[-1] == "self-test passed"
    assert "ok   Sage table of flow JCT can be read" in report
    assert f"ok   server folder {COMPANY}/ack can be written, read and cleared" in report
    assert place.names("ack") == []
    with sage.open() as connection:
        connection.execute('drop table "JCM_MASTER__COMMITMENT_ITEM"')
    place.document["sftp"]["port"] = 1
    assert command(place, "self-test") == 2
    report = capsys.readouterr().out.splitlines()
    assert report[-1] == "self-test failed: 2 findings"
    troubles = [line for line in report if line.startswith("FAIL")]
    assert troubles[0].startswith("FAIL Sage table of flow COMITEM can be read: RS-163 flow COMITEM cannot be read")
    assert "RS-960 the file server does not answer" in troubles[1]


def test_self_test_tells_a_clock_that_is_wrong(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent import selftest

    real = time.time
    monkeypatch.setattr(selftest.time, "time", lambda: real() - 300)
    assert command(place, "self-test") == 2
    [trouble] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    assert trouble.startswith("FAIL clock of this host agrees with the file server's: RS-190")
    assert re.search(r"this host is (299|30[0-2]) s behind", trouble)
    assert place.names("from_sage") == []


def test_a_self_test_is_left_on_the_server_with_its_proof(place: Place, sage: SageFile) -> None:
    with sage.open() as connection:
        connection.execute('drop table "JCM_MASTER__COMMITMENT_ITEM"')
    assert command(place, "self-test", "--publish") == 2
    report, proof = place.names("health")
    assert proof == f"{report}.ok"
    content = place.folder("health").joinpath(report).read_bytes()
    checks = read_self_test(content, report, COMPANY, datetime.now(UTC))
    red = [check for check in checks if check.state == "failed"]
    assert [check.name for check in red] == ["agent.Sage table of flow COMITEM can be read"]
    assert red[0].found.startswith("RS-163")


def test_a_wrong_configuration_and_a_missing_server_have_their_exit_codes(place: Place) -> None:
    place.config(sftp__port=1)
    assert main(["--config", str(place.file), "once"]) == 3
    place.file.write_text("{", encoding="utf-8")
    assert main(["--config", str(place.file), "once"]) == 2


def test_one_agent_per_state_folder(place: Place) -> None:
    config = place.config()
    lock = InstanceLock(config.state_dir)
    assert command(place, "once") == 2
    lock.release()
    assert command(place, "status") == 0


def test_a_state_folder_belongs_to_one_company(place: Place) -> None:
    assert command(place, "extract", "--flows", "JOB") == 0
    place.document["environment"] = "TEST"
    assert command(place, "once") == 2


def test_run_works_until_it_is_told_to_stop(place: Place, sage: SageFile) -> None:
    sage.insert("JOB", Job="1001")
    place.document |= {"schedule": {"JOB": 0.1}, "extract_after_import": ["JCN"]}
    with start(place, "run") as agent:
        wait_for(lambda: "JOB_AW_PROD_00000001_v1.csv.ok" in place.names("from_sage"))
        name = place.send("DC", dc_file("R1"))
        wait_for(lambda: f"{name}.res.csv.ok" in place.names("ack"))
        wait_for(lambda: "JCN_AW_PROD_00000001_v1.csv.ok" in place.names("from_sage"))
        sage.insert("JOB", Job="1002")
        wait_for(lambda: "JOB_AW_PROD_00000002_v1.csv.ok" in place.names("from_sage"))
        sage.insert("VENDOR", Vendor="V1")
        assert command(place, "extract", "--flows", "VENDOR", "--timeout", "20") == 0
        assert "VENDOR_AW_PROD_00000001_v1.csv.ok" in place.names("from_sage")
        with sage.open() as connection:
            connection.execute('drop table "STANDARD_ITEM"')
        assert command(place, "extract", "--flows", "ITEM", "--timeout", "20") == 1
        agent.send_signal(signal.SIGTERM)
        _, log = agent.communicate(timeout=20)
    assert agent.returncode == 0
    assert log.splitlines()[0].endswith("INFO started company=AW environment=PROD source=sqlite")
    assert log.splitlines()[-1].endswith("INFO stopped company=AW")
    assert "INFO extracted flow=JOB seq=1 rows=1 bytes=" in log
    assert "asyncssh" not in log


def test_run_comes_back_when_the_server_does(place: Place) -> None:
    place.document["sftp"]["timeout_seconds"] = 5
    place.root.rename(place.root.with_name("away"))
    place.root.write_bytes(b"a file where the folder should be")
    with start(place, "run") as agent:
        time.sleep(0.5)
        place.root.unlink()
        place.root.with_name("away").rename(place.root)
        name = place.send("RCV", rcv_file("E-1"))
        wait_for(lambda: f"{name}.res.csv.ok" in place.names("ack"), seconds=30)
        agent.terminate()
        assert agent.wait(timeout=20) == 0


def test_a_stop_in_the_middle_of_an_import_leaves_the_import_alone(place: Place, sage: SageFile) -> None:
    place.config(import__macro=macro("--sleep", "1.5", sage=sage.path), import__stop_seconds=0.1)
    name = place.send("DC", dc_file("R1"))
    with start(place, "run") as agent:
        wait_for(place.host.joinpath("state", "runs", f"{name}.log").exists)
        agent.terminate()
        _, log = agent.communicate(timeout=20)
    assert agent.returncode == 0
    assert "macro_left_running" in log
    assert sage.rows("select * from STAND_IN_RUN") == []
    assert command(place, "once") == 0
    assert len(sage.rows("select * from STAND_IN_RUN")) == 1
    assert place.results(name)[1:] == ["1,R1,ACCEPTED,,"]
