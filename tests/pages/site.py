"""Services kept running after a demo of the own scenario, for the browser and for what `make up` promises."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg

from ops.paths import REPOSITORY
from ops.processes import free_port, python_environment
from ops.rest import RestApi
from ops.state import State

PICTURES = REPOSITORY / "var" / "artifacts" / "pages"

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.ops.demo_runs import Demo


class Site:
    """A running Airflow with the pages, after a demo."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.state = State(demo.folder)
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.pages = f"{self.url}/sage-bridge"
        self.told = ""
        self._environment = python_environment(SAGE_BRIDGE_VAR=str(demo.var), SAGE_BRIDGE_PORT=str(self.port))

    def run(self, module: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of our commands on this state."""
        return subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=REPOSITORY,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def up(self) -> None:
        """Start everything; what the command says is kept in `told`."""
        done = self.run("ops.up", str(self.demo.scenario.folder))
        assert done.returncode == 0, done.stdout + done.stderr
        self.told = done.stdout

    def password(self, user: str) -> str:
        """Give a user's password, as `make up` told it."""
        found = re.search(rf"\b{user} +(\S+)", self.told)
        assert found
        return found[1]

    def api(self, user: str) -> RestApi:
        """Give Airflow's API as a user sees it."""
        return RestApi(self.url, user, self.password(user))

    def sign_in(self, page: Page, user: str = "finance") -> None:
        """Enter with the password that `make up` told."""
        page.get_by_label(re.compile("username", re.IGNORECASE)).fill(user)
        page.get_by_label(re.compile("password", re.IGNORECASE)).fill(self.password(user))
        page.get_by_role("button", name=re.compile("sign in", re.IGNORECASE)).click()

    def warehouse(self, role: str = "") -> psycopg.Connection:
        """Enter the warehouse as its superuser, or as a role of the contract."""
        dsn = (self.state.folder / "warehouse.dsn").read_text(encoding="utf-8").strip()
        entry = {"user": role, "password": self.state.secret(role)} if role else {}
        return psycopg.connect(dsn, autocommit=True, **entry)


def keep(page: Page, name: str) -> None:
    """Keep a picture of the whole page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
