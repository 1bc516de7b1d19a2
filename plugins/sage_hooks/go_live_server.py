"""What the file server of a company says before go-live: key, login, folders, clock, and the agent's own self-test."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sage_bridge import go_live as rules
from sage_bridge.answers import PROOF_SUFFIX, check_proof
from sage_bridge.errors import BadConfig, BridgeError, RefusedTransfer, Transient
from sage_bridge.self_test import FOLDER, SUFFIX, read_self_test
from sage_bridge.transfers import READ_FOLDERS, WRITTEN_FOLDERS
from sage_hooks.files_hook import check_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sage_bridge.go_live import Check
    from sage_hooks.exchange import Exchange

ENTRANCE = ("server.reached", "server.host_key", "server.login")
_LIMIT = 1024 * 1024


def server_checks(exchange: Exchange, company_id: str, now: Callable[[], float]) -> list[Check]:
    """Try the server of a company; what cannot be tried for an earlier reason says so.

    Args:
        exchange: its server.
        company_id: whose folders.
        now: our clock, seconds since 1970.
    """
    checks = _entrance(exchange)
    if rules.reds(checks):
        return checks
    for folder in (*READ_FOLDERS, *WRITTEN_FOLDERS):
        name = f"server.folder {folder}"
        try:
            check_folder(exchange, f"{company_id}/{folder}", is_written=folder in WRITTEN_FOLDERS)
        except BadConfig as error:
            checks.append(rules.failed(name, error))
        else:
            done = "read, written, renamed, removed" if folder in WRITTEN_FOLDERS else "read"
            checks.append(rules.Check(name, "passed", done, "usable by our login"))
    return [*checks, _clock(exchange, company_id, now)]


def agent_checks(exchange: Exchange, company_id: str, environment: str, now: datetime) -> list[Check]:
    """Read the newest self-test the agent has left: what it reaches in Sage and on its own host, line by line."""
    place = f"{company_id}/{FOLDER}"
    start = f"self_test_{company_id}_{environment}_"
    try:
        names = [entry.name for entry in exchange.listing(place) if entry.is_regular]
        complete = sorted(
            name for name in names if name.startswith(start) and name.endswith(SUFFIX) and name + PROOF_SUFFIX in names
        )
        if not complete:
            return [
                rules.Check(
                    "agent.self_test",
                    "failed",
                    "no report",
                    f"a report in {place}",
                    "start the agent, or run it with self-test --publish on the Sage host",
                )
            ]
        content, proof = (exchange.read(f"{place}/{complete[-1]}{end}", _LIMIT) for end in ("", PROOF_SUFFIX))
        check_proof(content, proof, complete[-1])
        return read_self_test(content, complete[-1], company_id, now)
    except (RefusedTransfer, Transient) as error:
        return [rules.failed("agent.self_test", error)]


def _entrance(exchange: Exchange) -> list[Check]:
    error: BridgeError | None = None
    try:
        exchange.stat(".")
    except (BadConfig, Transient) as found:
        error = found
    good = {"RS-121": 1, "RS-122": 2, "RS-123": 0}.get(error.code, 0) if error else len(ENTRANCE)
    if error and error.code == "RS-123":
        return [rules.failed("server.login", error)]
    checks = [rules.Check(name, "passed", "as expected") for name in ENTRANCE[:good]]
    if error:
        checks.append(rules.failed(ENTRANCE[good], error))
        checks += [rules.not_applicable(name, f"not tried: {ENTRANCE[good]} is red") for name in ENTRANCE[good + 1 :]]
    return checks


def _clock(exchange: Exchange, company_id: str, now: Callable[[], float]) -> Check:
    """Let the server give a file of ours its time, under a name nobody reads."""
    probe = f"{company_id}/{WRITTEN_FOLDERS[0]}/clock_test.part.{secrets.token_hex(8)}"
    try:
        before = now()
        exchange.write(probe, b"clock test\n")
        entry = exchange.stat(probe)
        after = now()
        exchange.remove(probe)
    except Transient as error:
        return rules.failed("server.clock", error)
    if entry is None:
        return rules.Check("server.clock", "failed", "the probe vanished", "a file stays", "see who empties the folder")
    # A stamp has whole seconds: one within the time the write took is right.
    within = min(max(entry.mtime, before - 1), after)
    is_right = abs(within - entry.mtime) < 1
    return rules.clock(0 if is_right else round(entry.mtime - (before + after) / 2))
