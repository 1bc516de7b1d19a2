"""The agent's command line: `python -m agent --config FILE COMMAND`.

Exit codes: 0 done · 1 something waits for a person · 2 the configuration is wrong · 3 the other side is away.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from agent import __version__, decisions, logs, selftest
from agent.config import load
from agent.loop import Agent, utc_now
from agent.state import Head, InstanceLock, State
from sage_bridge.errors import BadConfig, BridgeError, Transient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config import Config

DONE, PERSON, WRONG, AWAY = 0, 1, 2, 3
_ASK_SECONDS = 0.1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    chosen = _parser().parse_args(arguments)
    logs.configure(verbose=chosen.verbose)
    try:
        return _run(chosen, load(chosen.config))
    except BadConfig as wrong:
        logs.error("failed", reason=wrong)
        return WRONG
    except (Transient, OSError) as away:
        logs.error("failed", reason=away)
        return AWAY
    except BridgeError as broken:
        logs.error("failed", reason=broken)
        return PERSON


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="agent", description="Exchange agent beside Sage 300 CRE")
    parser.add_argument("--config", type=Path, required=True, help="configuration file (docs/agent.md)")
    parser.add_argument("--verbose", action="store_true", help="log more")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="work until stopped")
    commands.add_parser("once", help="take what is there to its end, then extract")
    extract = commands.add_parser("extract", help="extract now, by itself or through a running agent")
    extract.add_argument("--flows", default="", help="comma-separated; all where left out")
    extract.add_argument("--timeout", type=float, default=300.0, help="seconds to wait for a running agent")
    test = commands.add_parser("self-test", help="try folders, Sage's tables and the file server")
    test.add_argument("--publish", action="store_true", help="also leave the findings on the server, for go-live")
    commands.add_parser("status", help="show lanes, files and extracts")
    decide = commands.add_parser("decide", help="free an import whose outcome is unknown")
    decide.add_argument("--file", required=True)
    decide.add_argument("--outcome", required=True, choices=decisions.OUTCOMES)
    adopt = commands.add_parser("adopt", help="set the last answered file of an import lane")
    adopt.add_argument("--flow", required=True)
    adopt.add_argument("--seq", type=int, required=True)
    adopt.add_argument("--sha256", default="", help="of that file; empty for seq 0")
    for command in (decide, adopt):
        command.add_argument("--by", required=True, help="who decides")
        command.add_argument("--reason", required=True)
    return parser


def _run(chosen: argparse.Namespace, config: Config) -> int:
    if chosen.command == "run":
        return _work(config)
    if chosen.command == "once":
        with Agent(config) as agent:
            agent.once()
            return PERSON if agent.failures or agent.importer.waits_for_a_person() else DONE
    if chosen.command == "extract":
        return _extract(config, _flows(chosen.flows, config), chosen.timeout)
    if chosen.command == "self-test":
        return _self_test(config, is_published=chosen.publish)
    if chosen.command == "status":
        return _status(config)
    return _decide(chosen, config)


def _work(config: Config) -> int:
    with Agent(config) as agent:
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            if hasattr(signal, name):  # SIGBREAK is how Windows ends a console process
                signal.signal(getattr(signal, name), lambda *_: agent.stop())
        _leave_self_test(config)
        agent.run()
    return DONE


def _leave_self_test(config: Config) -> None:
    """Let the bridge know at every start what can be reached from here; the work does not wait for it."""
    try:
        selftest.publish(config, selftest.findings(config))
    except (BridgeError, OSError) as away:
        logs.warning("self_test_not_published", reason=away)


def _flows(text: str, config: Config) -> list[str]:
    asked = [flow.strip().upper() for flow in text.split(",") if flow.strip()] or list(config.flows)
    for flow in asked:
        if flow not in config.flows:
            raise BadConfig("RS-160", "this flow is not extracted here", record=flow, expected=", ".join(config.flows))
    return asked


def _extract(config: Config, flows: list[str], timeout: float) -> int:
    try:
        InstanceLock(config.state_dir).release()
    except BadConfig:
        return _ask_running_agent(config, flows, timeout)
    with Agent(config) as agent:
        agent.extract(agent.extractor.waiting())
        agent.extract(flows)
        return PERSON if agent.failures else DONE


def _ask_running_agent(config: Config, flows: list[str], timeout: float) -> int:
    """Leave the request in the state file, where the running agent finds it, and wait until it is fulfilled."""
    state = State(config.state_dir / "state.db")
    try:
        with state.transaction():
            for flow in flows:
                state.add_duty("extract", flow, utc_now().isoformat())
        deadline = time.monotonic() + timeout
        while open_flows := [flow for flow in flows if state.duty_failure("extract", flow) is not None]:
            failed = [flow for flow in open_flows if state.duty_failure("extract", flow)]
            if failed:
                logs.error("not_extracted", flow=failed[0], reason=state.duty_failure("extract", failed[0]) or "")
                return PERSON
            if time.monotonic() > deadline:
                raise Transient(
                    "RS-962",
                    "the running agent has not extracted in time",
                    record=", ".join(open_flows),
                    do="read its log",
                )
            time.sleep(_ASK_SECONDS)
    finally:
        state.close()
    return DONE


def _self_test(config: Config, *, is_published: bool) -> int:
    found = []
    for finding in selftest.findings(config):
        print(finding, flush=True)
        found.append(finding)
    trouble = sum(bool(finding.trouble) for finding in found)
    if is_published:
        print(f"published as {selftest.publish(config, found)}")
    print("self-test passed" if not trouble else f"self-test failed: {trouble} findings")
    return WRONG if trouble else DONE


def _status(config: Config) -> int:
    state = State(config.state_dir / "state.db")
    stopped = 0
    for flow in config.imports.flows:
        head = state.head(flow)
        print(f"lane {flow}: last answered seq {head.seq}")
        for delivery in state.open_deliveries(flow):
            stopped += delivery.state == "stopped"
            print(f"  {delivery.name}: {delivery.state} {delivery.reason}".rstrip())
    for flow in config.flows:
        last = state.last_extract(flow)
        if last is not None:
            print(f"extract {flow}: seq {last.seq}, {last.rows} rows, {last.sealed_at}, {last.state}")
    for kind in ("post", "extract"):
        for subject in state.duties(kind):
            print(f"due: {kind} {subject} {state.duty_failure(kind, subject) or ''}".rstrip())
    state.close()
    return PERSON if stopped else DONE


def _decide(chosen: argparse.Namespace, config: Config) -> int:
    lock = InstanceLock(config.state_dir)
    state = State(config.state_dir / "state.db")
    try:
        state.claim(config)
        if chosen.command == "decide":
            decisions.decide(
                config, state, chosen.file, chosen.outcome, by=chosen.by, reason=chosen.reason, now=utc_now()
            )
        else:
            head = Head(chosen.seq, chosen.sha256)
            decisions.adopt(state, chosen.flow, head, by=chosen.by, reason=chosen.reason, now=utc_now())
    finally:
        state.close()
        lock.release()
    return DONE


if __name__ == "__main__":
    sys.exit(main())
