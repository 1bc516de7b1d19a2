"""`python -m verify --dsn DSN [--files DIR]... [--packs DIR]...` says whether the event log is what was hashed.

Exit code 0: every hash was recomputed and agrees, with the heads outside too. 1: something was changed; each finding is
a line. 2: it could not be verified.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from verify.verifier import WORKERS, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.findings import Verdict

INTACT, BROKEN, NOT_VERIFIED = 0, 1, 2
_SHOWN = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify, print the verdict, give the exit code."""
    chosen = _parser().parse_args(arguments)
    missing = [path for path in (*chosen.files, *chosen.packs) if not path.exists()]
    if missing:
        _fail(f"RS-189 published heads are not where they should be; record: {missing[0]}; next step: correct the path")
        return NOT_VERIFIED
    begin = time.monotonic()
    try:
        verdict = verify(chosen.dsn, chosen.files, chosen.packs, chosen.workers)
    except psycopg.Error as error:
        _fail(
            f"RS-990 event log cannot be read; found: {str(error).strip().splitlines()[0]}; next step: check that the "
            "warehouse runs and that the login may read ledger and audit, then verify again"
        )
        return NOT_VERIFIED
    _print(verdict, time.monotonic() - begin)
    if verdict.is_intact:
        return INTACT
    _fail(
        f"RS-456 event log is not what was hashed; record: {verdict.findings[0]}; found: {verdict.wrong} findings; "
        "next step: stop sending, keep the database as it is, go by docs/runbooks/chain-broken.md"
    )
    return BROKEN


def _print(verdict: Verdict, seconds: float) -> None:
    events = sum(chain.events for chain in verdict.chains.values())
    for company_id, chain in sorted(verdict.chains.items()):
        head = f"head {chain.head} of batch {chain.last_batch}" if chain.head else "no head"
        print(f"verify: {company_id}: {chain.events:,} events in {chain.batches:,} batches, {head}")
    print(
        f"verify: {verdict.published_heads:,} heads compared with {verdict.published_files:,} published files and "
        f"{verdict.evidence_packs:,} evidence packs; {verdict.unpublished_heads:,} newer heads are in no file yet"
    )
    for finding in verdict.findings[:_SHOWN]:
        print(f"verify: BROKEN {finding}")
    if verdict.wrong > _SHOWN:
        print(f"verify: BROKEN and {verdict.wrong - _SHOWN:,} findings more")
    outside = "" if verdict.published_heads else "; compared with NO head outside: a full rewrite would not show"
    word = "intact" if verdict.is_intact else "BROKEN"
    print(f"verify: {word}: {events:,} events recomputed in {seconds:.1f} s{outside}", flush=True)


def _fail(sentence: str) -> None:
    print(f"\n{sentence}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verify", description=__doc__)
    parser.add_argument("--dsn", required=True, help="libpq connection string of the warehouse")
    parser.add_argument("--files", type=Path, action="append", default=[], help="folder with published heads")
    parser.add_argument("--packs", type=Path, action="append", default=[], help="evidence pack, or folder with packs")
    parser.add_argument("--workers", type=int, default=WORKERS, help="processes that recompute")
    return parser


if __name__ == "__main__":
    sys.exit(main())
