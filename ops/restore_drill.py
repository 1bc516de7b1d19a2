"""`make restore-drill`: lose the database of an ended demo and bring it back to a moment, on copies.

    base backup -> work that is kept -> the moment -> work that will be lost, its files sent -> the server is killed ->
    restored from backup and archived WAL to the moment -> every law, the chain to its published heads, the books
    against Sage's -> lanes locked -> re-adopted by two people -> RunBlu sends again -> nothing is sent a second time

A scenario whose demo has not ended yet has it run first; the demo's own state is read only. Figures go to
`var/drill/<scenario>/report.json` (docs/restore.md).
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ops import demo, outcome, processes, sftp_server
from ops.databases import Databases
from ops.demo import VERDICT
from ops.paths import var_dir, write_private
from ops.pitr import archive_words, base_backup, finish_archive, recover_words
from ops.postgres import Server
from ops.processes import LOOPBACK
from ops.progress import Progress, fail
from ops.restore_work import LANES, Work, broken, require
from ops.scenario import Scenario, open_scenario
from ops.sftp_server import Keys
from ops.state import State
from ops.verify import FOUND, verify
from sage_bridge.errors import BadConfig, BridgeError
from sage_hooks import laws, warehouse
from sage_hooks.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COPIED = ("postgres", "secrets", "sftp", "sftp-keys")
SFTP_STOP_SECONDS = 5.0


class _WithKeptWork:
    """The scenario as RunBlu has recorded it by the moment: its own events and those of the drill that are kept."""

    def __init__(self, scenario: Scenario, kept: int) -> None:
        self.company_id = scenario.company_id
        self._scenario = scenario
        self._kept = kept

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        """Give the rows of a table, with an empty one for each kept event."""
        yield from self._scenario.rows(name)
        yield from ({} for _ in range(self._kept if name == "material_events" else 0))


class Drill:
    """One drill on copies in `folder`; `figures` is what the report will hold."""

    def __init__(self, scenario: Scenario, folder: Path, progress: Progress) -> None:
        """Name the place."""
        self.scenario = scenario
        self.source = State.of(scenario.name)
        self.copy = State(folder)
        self.archive = folder / "archive"
        self.progress = progress
        self.figures: dict[str, Any] = {}
        self._keys = Keys(folder / "sftp-keys")

    def run(self) -> None:
        """Do all of it.

        Raises:
            BadConfig: RS-196 the services of the demo run, or its database is gone.
            BrokenLaw: RS-463 the restored database is not what it has to be; RS-455 a law does not hold.
        """
        self._copy_state()
        with ExitStack() as stack:
            exchange = stack.enter_context(self._file_server())
            sent = self._lose(exchange)
            server = Server(self.copy.folder / "restored", options=recover_words(self.archive, sent.moment))
            stack.callback(server.stop)
            began = time.monotonic()
            with self.progress.phase("restore to the moment") as phase:
                databases = Databases(server.start(), self.copy.secret)
                self.figures["restore_seconds"] = round(time.monotonic() - began, 1)
                phase.count(moment=sent.moment)
            self._check(databases, sent)
            self._adopt(databases, exchange, sent)

    def _copy_state(self) -> None:
        data = self.source.folder / "postgres" / "data"
        if not data.is_dir() or Server(self.source.folder / "postgres").running() is not None:
            raise BadConfig(
                "RS-196",
                "there is no ended demo to drill on",
                record=str(self.source.folder),
                expected="the database of a demo that ended, its services down",
                found="its services run" if data.is_dir() else "no database",
                do="run make down or make demo with the same SCENARIO, then again",
            )
        with self.progress.phase("copy the ended demo"), self.source.lock():
            for left in (self.copy.folder / "postgres", self.copy.folder / "restored"):
                Server(left).stop()
            shutil.rmtree(self.copy.folder, ignore_errors=True)
            self.copy.folder.mkdir(parents=True)
            for name in COPIED:
                # Owners of the files have to stay.
                subprocess.run(["cp", "-a", str(self.source.folder / name), str(self.copy.folder)], check=True)

    @contextmanager
    def _file_server(self) -> Iterator[Exchange]:
        ready = self.copy.folder / "sftp.port"
        process = sftp_server.start(
            self.copy.sftp_root, self._keys, 0, log=self.copy.folder / "sftp.log",
            command=[sys.executable, "-m", "ops.sftp_server"], ready=ready,
        )  # fmt: skip
        port = int(ready.read_text(encoding="ascii"))
        try:
            key = str(self._keys.key_file("bridge"))
            with Exchange(LOOPBACK, port, "bridge", key, self._keys.host_key) as exchange:
                yield exchange
        finally:
            processes.stop([process], patience=SFTP_STOP_SECONDS)

    def _lose(self, exchange: Exchange) -> Work:
        """Back up, work, and lose the database; gives what was done when."""
        server = Server(self.copy.folder / "postgres", options=archive_words(self.archive))
        try:
            with self.progress.phase("start Postgres with an archive"):
                databases = Databases(server.start(), self.copy.secret)
            with self.progress.phase("base backup") as phase:
                size = base_backup(databases.server, self.copy.folder / "restored")
                phase.count(megabytes=size)
            self.figures["base_backup_megabytes"] = size
            work = Work(databases, exchange, self.scenario.company_id, self.copy.sftp_root)
            with self.progress.phase("work that is kept") as phase:
                phase.count(files=len(work.do("kept")))
            work.pass_the_moment()
            with self.progress.phase("work that is lost") as phase:
                lost = work.do("lost")
                phase.count(files=len(lost))
                require({name.split("_", 1)[0] for name in lost} == set(LANES), "each lane sent a file", lost)
            finish_archive(databases.server, self.archive)
        finally:
            self._kill(server)
        shutil.rmtree(server.data)
        return work

    def _kill(self, server: Server) -> None:
        process = server.running()
        if process is not None:
            processes.stop([process], patience=0.0, signal_number=signal.SIGQUIT)

    def _check(self, databases: Databases, work: Work) -> None:
        company = self.scenario.company_id
        dsn = databases.url(databases.server.user)
        with self.progress.phase("laws and tie-out") as phase, warehouse.connect(dsn) as connection:
            recorded = cast("Scenario", _WithKeptWork(self.scenario, work.kept_events))
            found = outcome.tie_out(connection, recorded, self.source.folder / "sage")
            laws.require(company, found["laws"])
            off = found["totals"].get("amount_difference")
            require(off == "0.00", "our books equal Sage's to the cent", off)
            phase.count(laws=len(found["laws"]), difference=off)
        with self.progress.phase("kept and lost") as phase, warehouse.connect(dsn) as connection:
            there = work.events_there(connection)
            require(there == work.of("kept"), "what was before the moment is there, what was after it is not", there)
            phase.count(events_kept=len(there))
        with self.progress.phase("chain to the published heads"):
            require(
                verify(dsn, [self.copy.sftp_root], [self.source.folder]) == FOUND, "the chain is whole", "it is not"
            )
        self.figures |= {"laws": found["laws"], "totals": found["totals"]}

    def _adopt(self, databases: Databases, exchange: Exchange, before: Work) -> None:
        work = Work(databases, exchange, self.scenario.company_id, self.copy.sftp_root)
        files = work.files()
        with self.progress.phase("lanes are locked") as phase:
            phase.count(lanes=", ".join(work.require_locked()))
        with self.progress.phase("two people re-adopt") as phase:
            adopted = work.adopt()
            phase.count(files=len(adopted))
            require(adopted == before.sent["lost"], "the files that were sent after the moment are adopted", adopted)
        with self.progress.phase("RunBlu sends again") as phase:
            again = work.do("lost")
            require(again == [] and work.files() == files, "nothing is sent a second time", again)
            phase.count(files=0, lines=work.require_taken_over())
        with warehouse.connect(databases.url(databases.server.user)) as connection:
            verdict = laws.laws(connection, self.scenario.company_id)
            # RunBlu's and Sage's counts are what the drill has moved; our own sums have to hold again.
            wrong = {name: law for name, law in verdict.items() if not law["holds"]}
            if wrong:
                raise broken("every law after the lanes are free", wrong)
        self.figures |= {"lanes_locked": list(LANES), "files_adopted": adopted, "files_sent_twice": 0}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the drill; gives the exit code."""
    parser = argparse.ArgumentParser(prog="ops.restore_drill")
    parser.add_argument("scenario", nargs="?", type=Path, default=Path("include/scenario"))
    chosen = parser.parse_args(arguments)
    progress = Progress()
    try:
        scenario = open_scenario(chosen.scenario)
        if not (State.of(scenario.name).folder / VERDICT).is_file():
            progress.say(f"no demo of scenario {scenario.name} has ended yet: it runs first")
            code = demo.main([str(chosen.scenario)])
            if code:
                return code
        folder = var_dir() / "drill" / scenario.name
        drill = Drill(scenario, folder, progress)
        drill.run()
        for name in ("postgres", "restored", "archive", "sftp", "sftp-keys", "secrets"):
            shutil.rmtree(folder / name, ignore_errors=True)
        phases = {phase.name: round(phase.seconds, 1) for phase in progress.phases}
        report = json.dumps({**drill.figures, "seconds": phases}, indent=2, default=str)
        write_private(folder / "report.json", report + "\n")
    except BridgeError as error:
        fail(error)
        return 1
    progress.say(f"restored, checked, re-adopted; nothing sent twice; figures in {folder / 'report.json'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
