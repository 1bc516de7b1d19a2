"""A hosted company for tests: the sandbox serving over real HTTP, the warehouse, and our side of the link."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from ops.paths import REPOSITORY
from sage_hooks.hosted_api import HostedApi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRETS = {"api_key": "key", "api_secret": "secret", "username": "bridge", "password": "word"}


@dataclass
class Hosted:
    """The service at `url` and the company folder behind it."""

    data: Path
    url: str

    def api(self, *, seconds: float = 10, **changes: str) -> HostedApi:
        """Give our side of the link."""
        return HostedApi(self.url, **(SECRETS | changes), seconds=seconds, longest_wait=0.2)

    def fault(self, **fault: object) -> None:
        """Switch a fault on."""
        httpx.post(f"{self.url}/sandbox/faults", json=fault, trust_env=False).raise_for_status()

    def faults_left(self) -> int:
        """Give how many requests will still have a fault."""
        left: int = httpx.get(f"{self.url}/sandbox/faults", trust_env=False).json()["left"]
        return left

    def lacks(self, *resources: str) -> None:
        """Let the link serve everything but these inferred resources."""
        httpx.put(f"{self.url}/sandbox/lacks", json=resources, trust_env=False).raise_for_status()

    def do(self, *words: str) -> str:
        """Run a command of the sandbox on the company folder."""
        command = [sys.executable, "-m", "sandbox", "--data", str(self.data), *words]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def served(folder: Path, scenario: Path, company: str, *, page_size: int = 5) -> Iterator[Hosted]:
    """Make a company of a scenario, unless the folder holds it, and serve it until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    secrets, ready = folder / "secrets.json", folder / "port"
    secrets.write_text(json.dumps(SECRETS), encoding="utf-8")
    hosted = Hosted(folder / "sage", "")
    if not hosted.data.exists():
        hosted.do("create", "--company", company, "--scenario", str(scenario))
    words = ["serve", "--secrets", str(secrets), "--ready", str(ready), "--page-size", str(page_size)]
    command = [sys.executable, "-m", "sandbox", "--data", str(hosted.data), *words]
    server = subprocess.Popen(command, cwd=REPOSITORY)
    try:
        until = time.monotonic() + 30
        while not ready.exists() and server.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        hosted.url = f"http://127.0.0.1:{ready.read_text(encoding='ascii')}"
        yield hosted
    finally:
        server.terminate()
        server.wait(20)
