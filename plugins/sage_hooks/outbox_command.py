"""What people decide about outbound lanes, from the command line (docs/outbound.md and the runbooks say when).

    python -m sage_hooks.outbox_command --dsn DSN status --company AW
    python -m sage_hooks.outbox_command --dsn DSN resolve --company AW --file NAME --arrived ...
    python -m sage_hooks.outbox_command --dsn DSN readopt --company AW --flow DC --host H --user U --key-file F ...
    python -m sage_hooks.outbox_command --dsn DSN release --company AW REFERENCE...

Run with `plugins` on PYTHONPATH. Exit code 0 done, 1 refused with the reason on standard error.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from sage_bridge.errors import BridgeError
from sage_hooks import outbox
from sage_hooks.exchange import Exchange
from sage_hooks.warehouse import connect, fetch_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sage_hooks.warehouse import Connection


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit code."""
    chosen = _parser().parse_args(arguments)
    with connect(chosen.dsn) as connection:
        try:
            lines = chosen.run(connection, chosen)
        except BridgeError as refused:
            sys.stderr.write(f"{refused}\n")
            return 1
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _status(connection: Connection, chosen: argparse.Namespace) -> list[str]:
    rows = fetch_file(connection, "outbox/select_lane_status", {"company_id": chosen.company})
    return [
        f"{row['flow']} {row['environment']}: last number {row['last_seq']}, "
        f"{row['sealed']} to send, {row['under_way']} under way, {row['unknown']} unknown"
        f"{', locked: ' + row['lock_reason'] if row['is_locked'] else ''}"
        for row in rows
    ]


def _resolve(connection: Connection, chosen: argparse.Namespace) -> list[str]:
    has_arrived = bool(chosen.arrived)
    outbox.resolve_unknown(connection, chosen.company, chosen.file, _decision(chosen), has_arrived=has_arrived)
    return [f"{chosen.file}: its answers are awaited" if has_arrived else f"{chosen.file}: will be sent again"]


def _readopt(connection: Connection, chosen: argparse.Namespace) -> list[str]:
    with Exchange(chosen.host, chosen.port, chosen.user, chosen.key_file, chosen.host_key) as exchange:
        names = outbox.readopt_lane(connection, exchange, chosen.company, chosen.flow, _decision(chosen))
    return [*names, f"lane {chosen.flow} is free, {len(names)} files adopted"]


def _release(connection: Connection, chosen: argparse.Namespace) -> list[str]:
    freed = outbox.release_rejected(connection, chosen.company, chosen.references)
    return [*freed, f"{len(freed)} of {len(chosen.references)} freed"]


def _decision(chosen: argparse.Namespace) -> outbox.Decision:
    return outbox.Decision(chosen.decided_by, chosen.confirmed_by, chosen.evidence)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sage_hooks.outbox_command", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--dsn", default="", help="warehouse, default from PGHOST, PGDATABASE and their like")
    commands = parser.add_subparsers(required=True, metavar="command")

    status = commands.add_parser("status", help="show the lanes of a company")
    status.set_defaults(run=_status)

    resolve = commands.add_parser("resolve", help="settle a file of unknown outcome")
    resolve.set_defaults(run=_resolve)
    resolve.add_argument("--file", required=True, help="name as the exception gives it")
    outcome = resolve.add_mutually_exclusive_group(required=True)
    outcome.add_argument("--arrived", action="store_true", help="Sage's side has it: wait for its answers")
    outcome.add_argument(
        "--not-arrived", action="store_true", help="Sage's side never got it: send the same bytes again"
    )

    readopt = commands.add_parser("readopt", help="take back files sent before our database was restored")
    readopt.set_defaults(run=_readopt)
    readopt.add_argument("--flow", required=True, choices=("DC", "ADJ", "RCV", "GLJ", "CMT"))
    for name, words in (("host", "file server"), ("user", "its login"), ("key-file", "its private key")):
        readopt.add_argument(f"--{name}", required=True, help=words)
    readopt.add_argument("--host-key", required=True, help="the server's public key, pinned")
    readopt.add_argument("--port", type=int, default=22)

    release = commands.add_parser("release", help="free rejected lines whose cause is repaired")
    release.set_defaults(run=_release)
    release.add_argument("references", nargs="+", help="posting references or event ids")

    for command in (status, resolve, readopt, release):
        command.add_argument("--company", required=True)
    for command in (resolve, readopt):
        command.add_argument("--decided-by", required=True)
        command.add_argument("--confirmed-by", required=True, help="a second person")
        command.add_argument("--evidence", required=True, help="what was found, and where")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
