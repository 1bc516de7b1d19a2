"""RunBlu's commands: `python -m sandbox.runblu <command>`; exit 2 with one sentence when one cannot be done."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import values
from sandbox.errors import SandboxError
from sandbox.runblu import inbox
from sandbox.runblu.documents import Window, as_line, documents
from sandbox.runblu.sealing import ROWS_PER_FILE, Outgoing
from sandbox.runblu.server import Server, take, upload
from sandbox.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sandbox.runblu.documents import Document

REFUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    options = _parser().parse_args(arguments)
    try:
        for line in COMMANDS[options.command](options):
            print(line)
    except (SandboxError, OSError) as refused:
        print(f"runblu: {refused}", file=sys.stderr)
        return REFUSED
    return 0


def _events(options: argparse.Namespace) -> Iterator[str]:
    part = options.out.with_name(f"{options.out.name}.part")
    count = 0
    try:
        with part.open("wb") as stream:
            for made in _documents(options):
                stream.write(as_line(made))
                count += 1
        part.replace(options.out)
    finally:
        part.unlink(missing_ok=True)
    yield f"wrote {count} events to {options.out}"


def _push(options: argparse.Namespace) -> Iterator[str]:
    count = inbox.push(options.dsn, options.company, _documents(options), options.role)
    yield f"pushed {count} events"


def _upload(options: argparse.Namespace) -> Iterator[str]:
    outgoing = Outgoing(options.state, options.company, options.environment)
    sealed = outgoing.seal(_documents(options), datetime.now(UTC), options.rows_per_file)
    sent = upload(_server(options), outgoing)
    yield f"sealed {len(sealed)} files, sent {len(sent)}: {', '.join(sent) or 'nothing new'}"


def _take(options: argparse.Namespace) -> Iterator[str]:
    outcomes = take(_server(options), options.company, options.environment, options.out, datetime.now(UTC))
    for name, outcome in outcomes:
        yield f"{name}: {outcome}"
    yield f"took {sum(outcome == 'received' for _name, outcome in outcomes)} files"


def _documents(options: argparse.Namespace) -> Iterator[Document]:
    window = Window(options.from_posted, options.to_posted)
    return documents(Scenario.open(options.scenario), options.company, window)


def _server(options: argparse.Namespace) -> Server:
    return Server(options.host, options.port, options.user, options.key_file, options.host_key, options.root)


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m sandbox.runblu", description="RunBlu's side of a scenario.")
    commands = top.add_subparsers(dest="command", required=True, metavar="command")
    events = commands.add_parser("events", help="write event documents as ndjson")
    events.add_argument("--out", type=Path, required=True)
    push = commands.add_parser("push", help="insert event documents into the warehouse's inbox")
    push.add_argument("--dsn", required=True)
    push.add_argument("--role", default=inbox.ROLE, help="role to take on after connecting; '' = none")
    sending = commands.add_parser("upload", help="send event documents as files with manifests")
    sending.add_argument("--state", type=Path, required=True, help="folder with what is sealed and sent")
    sending.add_argument("--rows-per-file", type=int, default=ROWS_PER_FILE)
    taking = commands.add_parser("take", help="take and acknowledge what the integration has for RunBlu")
    taking.add_argument("--out", type=Path, required=True)
    for command in (events, push, sending, taking):
        command.add_argument("--company", required=True)
    for command in (events, push, sending):
        command.add_argument("--scenario", type=Path, required=True)
        command.add_argument("--from-posted", type=_bound, help="ISO time with offset, or date: from here on")
        command.add_argument("--to-posted", type=_bound, help="ISO time with offset, or date: before here")
    for command in (sending, taking):
        command.add_argument("--environment", choices=("PROD", "TEST"), default="PROD")
        command.add_argument("--host", default="127.0.0.1")
        command.add_argument("--port", type=int, required=True)
        command.add_argument("--user", required=True)
        command.add_argument("--key-file", type=Path, required=True)
        command.add_argument("--host-key", required=True, help="the server's public key, or a file that holds it")
        command.add_argument("--root", default="", help="the exchange's folder on the server")
    return top


def _bound(text: str) -> datetime | str:
    moment = values.instant(text)
    if moment is not None:
        return moment
    if values.day(text) is None:
        message = f"{text!r} is neither an ISO time with offset nor a date"
        raise argparse.ArgumentTypeError(message)
    return text


COMMANDS: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "events": _events,
    "push": _push,
    "upload": _upload,
    "take": _take,
}
