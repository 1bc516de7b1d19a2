"""What demo, up and down share: ports from the environment, and whether services are kept running on purpose."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ops import airflow, postgres, sftp_server
from ops.processes import Process
from ops.stack import Ports
from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from ops.state import State

KEPT = "kept_running"


def ports_from_environment(*, ui: int) -> Ports:
    """Give the ports: of the environment where set (0 = any free one), else `ui` for the UI and free ones."""
    return Ports(
        ui=_port(airflow.PORT_VARIABLE, ui),
        postgres=_port(postgres.PORT_VARIABLE, 0),
        sftp=_port(sftp_server.PORT_VARIABLE, 0),
    )


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise BadConfig(
            "RS-172",
            f"{variable} is not a port",
            found=text,
            expected="a number from 1 to 65535, or 0 for any free port",
            do=f"set {variable} to a number, or unset it",
        )
    return int(text)


def is_kept_running(state: State) -> bool:
    """Tell whether `make up` keeps the services of this state running."""
    process = Process.read(state.runs / "airflow-api-server.pid")
    return bool(state.marked(KEPT)) and process is not None and process.living() is not None


def ended_services(state: State) -> list[str]:
    """Give the services of this state that were started and have ended, killed or broken, since."""
    known = {file.stem: Process.read(file) for file in sorted(state.runs.glob("*.pid"))}
    ended = [name for name, process in known.items() if process is None or process.living() is None]
    is_away = postgres.Server(state.folder / "postgres").running() is None
    return [*ended, *["Postgres"][:is_away]]


def refuse_if_kept_running(state: State) -> None:
    """Raise BadConfig RS-187 when the services of this state run for somebody."""
    if is_kept_running(state):
        raise BadConfig(
            "RS-187",
            "the services of this scenario are kept running by make up",
            record=str(state.folder),
            do="run make down first",
        )
