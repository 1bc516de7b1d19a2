"""The whole embedded stack of one state, up and down again.

Up: Postgres, databases and profile, SFTP, Airflow, beside them the loading of the sandbox; then the agent. Down: in
reverse. Both may be called in any state of things, also after a kill in the middle.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ops import airflow, openpgp_keys, processes, sftp_server
from ops.airflow import PORT_VARIABLE as UI_PORT_VARIABLE
from ops.airflow import Airflow
from ops.airflow_settings import Place, passwords
from ops.broker import Broker
from ops.companies import default_profile, hosted_profile, journaling_profile
from ops.databases import Databases
from ops.hosted_service import HostedService
from ops.paths import private_dir, write_private
from ops.postgres import Server
from ops.processes import LOOPBACK, Process
from ops.rest import RestApi
from ops.sage_side import SageSide
from sage_bridge.errors import Transient
from sage_bridge.transfers import READ_FOLDERS, WRITTEN_FOLDERS
from sage_hooks import warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from ops.progress import Progress
    from ops.scenario import Scenario
    from ops.state import State
    from sage_bridge.profiles import Profile

SFTP_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports; 0 = any free one."""

    ui: int = 0
    postgres: int = 0
    sftp: int = 0


class Stack:
    """The services of one state; `sage` runs the commands of Sage's and RunBlu's side."""

    def __init__(
        self,
        state: State,
        scenario: Scenario,
        ports: Ports,
        *,
        unattended: bool = False,
        is_hosted: bool = False,
        workers: int = 0,
    ) -> None:
        """Name state, scenario and ports; `unattended` lets Airflow and the agent work by the clock.

        A hosted company has a service in the place of the agent; RunBlu's files stay on the SFTP server. With `workers`
        tasks go through a broker to as many processes of their own.
        """
        self.state = state
        self.scenario = scenario
        self.sage = SageSide(state, scenario.company_id)
        self.keys = sftp_server.Keys(state.folder / "sftp-keys")
        self._ports = ports
        self._unattended = unattended
        self.is_hosted = is_hosted
        self._hosted = HostedService(state)
        self._workers, self._broker = workers, Broker(state)
        self._server = Server(state.folder / "postgres", port=ports.postgres)
        self._ready_file = state.runs / "sftp.port"
        self._watched: dict[str, Process] = {}
        self._airflow: Airflow | None = None
        self._say: Callable[[str], None] = print
        self.databases: Databases | None = None
        self.sftp_port = 0

    @property
    def warehouse_url(self) -> str:
        """Give the address of the warehouse for its superuser; valid while the services run."""
        return self._running_databases().url(self._running_databases().server.user)

    def api(self, user: str) -> RestApi:
        """Give Airflow's API as a user sees it."""
        place = self._running_airflow().place
        return RestApi(f"http://{LOOPBACK}:{place.port}", user, passwords(place.home)[user], self.require_alive)

    @property
    def url(self) -> str:
        """Give the address of Airflow's UI."""
        return self._running_airflow().place.url

    @property
    def hosted_url(self) -> str:
        """Give the address of the hosted service; valid while it runs."""
        return f"http://{LOOPBACK}:{self._hosted.connection()['port']}"

    @property
    def inbox_url(self) -> str:
        """Give the address of the warehouse for RunBlu's field devices, which may insert events and nothing else."""
        return self._running_databases().url("runblu_inbox")

    def fetch(self, statement: str, **parameters: object) -> list[dict[str, Any]]:
        """Give the rows of a statement of `include/sql` in the warehouse."""
        with warehouse.connect(self.warehouse_url) as connection:
            return warehouse.fetch_file(connection, statement, parameters)

    def credentials(self) -> dict[str, str]:
        """Give the users of the UI with their passwords."""
        return passwords(self._running_airflow().place.home)

    def up(self, progress: Progress) -> None:
        """Start everything and wait until it answers.

        Raises:
            BadConfig: a port is taken, or programs are missing (RS-17x).
            Transient: a service did not start (RS-98x).
        """
        self._say = progress.say
        for folder in (self.state.runs, self.state.logs):
            private_dir(folder)
        # Asked before anything is started: a wrong port number should cost nobody a minute.
        airflow.stop(self.state.runs)
        ui_port = processes.require_port(self._ports.ui, "the UI", UI_PORT_VARIABLE)
        with ThreadPoolExecutor(max_workers=1) as beside:
            # Loaded first, as a scenario may be malformed: Airflow's start is given up as soon as that is known.
            loading = beside.submit(self._load_sage, progress)
            profile = self._start_databases(progress)
            self._start_sftp(progress)
            if self.is_hosted:
                loading.result()
                self._start_hosted(progress, profile)
            else:
                self.sage.configure(profile, self.keys, self.sftp_port, unattended=self._unattended)
            self._start_airflow(progress, ui_port, loading)
            loading.result()
        if not self.is_hosted:
            with progress.phase("start agent"):
                self._watched |= {"agent": self.sage.start_agent()}

    def down(self, progress: Progress) -> None:
        """Stop everything that runs of this state, whoever started it."""
        with progress.phase("stop services") as phase:
            with ThreadPoolExecutor(max_workers=3) as beside:
                scheduler = beside.submit(airflow.stop, self.state.runs)
                agent = beside.submit(self.sage.stop_agent)
                hosted = beside.submit(self._hosted.stop)
            stopped = {
                "airflow": scheduler.result(),
                "agent": agent.result(),
                "hosted service": hosted.result(),
                "broker": self._broker.stop(),
                "sftp": processes.stop_left_over(self.state.runs / "sftp.pid", patience=SFTP_STOP_SECONDS),
                "postgres": self._server.stop(),
            }
            self._watched.clear()
            if self._airflow is not None:
                self._airflow.close()
            phase.count(stopped=", ".join(name for name, was in stopped.items() if was) or "nothing ran")

    def peak_megabytes(self) -> dict[str, int]:
        """Give the greatest memory of our own processes so far, by name; Airflow's and Postgres's are left out."""
        ours = {name: process for name, process in self._watched.items() if name in {"agent", "hosted service", "sftp"}}
        return {
            "conductor": processes.peak_megabytes(Process.of(os.getpid())),
            **{name: processes.peak_megabytes(process) for name, process in ours.items()},
            **{f"{name} commands": peak for name, peak in self.sage.peak_megabytes.items()},
        }

    def require_alive(self) -> None:
        """Look whether a service has gone away; Airflow's are started again, as a service manager does in production.

        Raises:
            Transient: RS-987 another one has, RS-984 one of Airflow's too often; named with the last line of its log.
        """
        if self._airflow is not None:
            revived = self._airflow.revive()
            for name in revived:
                self._say(f"{name} had ended and was started again; its log is {self.state.logs / f'{name}.log'}")
            self._watched |= revived
        for name, process in self._watched.items():
            # One of Airflow's that dies between the two looks is started again by the next.
            if process.living() is None and not name.startswith("airflow-"):
                log = self._server.log if name == "Postgres" else self.state.logs / f"{name}.log"
                raise Transient(
                    "RS-987",
                    f"{name} has ended in the middle of the work",
                    record=f"pid {process.pid}",
                    expected="running until the end",
                    found=processes.last_line(log),
                    do="run the same command again; what was committed stays, what was not is done again",
                )

    def _start_databases(self, progress: Progress) -> Profile:
        with progress.phase("start Postgres") as phase:
            self.databases = Databases(self._server.start(), self.state.secret)
            phase.count(port=str(self._server.port))
        with progress.phase("prepare databases") as phase:
            phase.count(migrations=len(self.databases.prepare()))
            profile = default_profile(self.scenario.company_id, overlay=self.scenario.overlay)
            profile = hosted_profile(profile) if self.is_hosted else journaling_profile(profile)
            self.databases.store_profile(profile)
            write_private(self.state.folder / "warehouse.dsn", self.warehouse_url + "\n")
        return profile

    def _start_sftp(self, progress: Progress) -> None:
        pid_file = self.state.runs / "sftp.pid"
        processes.stop_left_over(pid_file, patience=SFTP_STOP_SECONDS)
        with progress.phase("start SFTP") as phase:
            # Whoever hosts the server makes them: the agent knows Sage's folders only, and RunBlu may send nothing yet.
            for folder in (*READ_FOLDERS, *WRITTEN_FOLDERS):
                (self.state.sftp_root / self.scenario.company_id / folder).mkdir(parents=True, exist_ok=True)
            process = sftp_server.start(
                self.state.sftp_root, self.keys, self._ports.sftp, log=self.state.logs / "sftp.log",
                command=[sys.executable, "-m", "ops.sftp_server"], ready=self._ready_file,
            )  # fmt: skip
            process.write(pid_file)
            self.sftp_port = int(self._ready_file.read_text(encoding="ascii"))
            phase.count(port=str(self.sftp_port))
        self._watched |= {"sftp": process}
        postgres = self._server.running()
        if postgres is not None:
            self._watched |= {"Postgres": postgres}

    def _load_sage(self, progress: Progress) -> None:
        with progress.phase("load Sage sandbox"):
            self.sage.create(self.scenario)

    def _start_hosted(self, progress: Progress, profile: Profile) -> None:
        with progress.phase("start hosted service") as phase:
            # A line names its accounts by the service's ids, so they have to stand in Sage's chart of accounts.
            for account in (profile.accounts.clearing, profile.accounts.cost):
                self.sage.sandbox("add-account", "--account", account)
            self._watched |= {"hosted service": self._hosted.start()}
            phase.count(port=str(self._hosted.connection()["port"]))

    def _start_airflow(self, progress: Progress, port: int, loading: Future[None]) -> None:
        databases = self._running_databases()
        if self._workers:
            with progress.phase("start broker"):
                self._watched |= {"redis": self._broker.start()}
        place = Place(
            home=self.state.folder / "airflow",
            metadata_dsn=databases.metadata_url,
            port=port,
            evidence=self.state.folder,
            starts_by_itself=self._unattended,
            broker_url=self._broker.url if self._workers else "",
            workers=self._workers,
        )
        self._airflow = Airflow(place, self._connections(databases), runs=self.state.runs, logs=self.state.logs)
        airflow_version = version("apache-airflow")
        _give_up_if_failed(loading)
        if self.state.marked("airflow_tables") != airflow_version:
            with progress.phase("migrate Airflow"):
                self._airflow.migrate()
            self.state.mark("airflow_tables", airflow_version)
        _give_up_if_failed(loading)
        with progress.phase("start Airflow") as phase:

            def waiting(words: str) -> None:
                _give_up_if_failed(loading)
                phase.say(words)

            self._watched |= self._airflow.launch()
            self._airflow.wait_healthy(waiting)
            phase.say("")
            phase.count(ui=place.url)

    def _connections(self, databases: Databases) -> dict[str, str]:
        warehouse = {
            "conn_type": "postgres",
            "host": LOOPBACK,
            "port": databases.server.port,
            "login": "pipeline",
            "password": databases.secret("pipeline"),
            "schema": "warehouse",
        }
        extra = {"key_file": str(self.keys.key_file("bridge")), "host_key": self.keys.host_key}
        if openpgp_keys.is_wanted():
            bridge, _agent = openpgp_keys.make_both(self.state.folder / "openpgp")
            extra |= {"openpgp_flows": "sage", "openpgp_folder": str(bridge)}
        sage_files = {
            "conn_type": "sage_files",
            "host": LOOPBACK,
            "port": self.sftp_port,
            "login": "bridge",
            "extra": extra,
        }
        found = {"warehouse": warehouse, "sage_files": sage_files}
        if self.is_hosted:
            found["sage_api"] = self._hosted.connection()
        return {name: json.dumps(connection) for name, connection in found.items()}

    def _running_airflow(self) -> Airflow:
        if self._airflow is None:
            raise RuntimeError("Airflow is asked for before it was started")
        return self._airflow

    def _running_databases(self) -> Databases:
        if self.databases is None:
            raise RuntimeError("the databases are asked for before they were made")
        return self.databases


def _give_up_if_failed(work: Future[None]) -> None:
    if work.done():
        work.result()
