"""The canary: a worker that does what seems enough - select the unmarked, upload, mark - under the same kills.

It reads the same ledger, uses the same server and the same stand-in of Sage. It must come out with doubled cost; if it
does not, the harness has gone blind.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from sage_bridge.sage_files import DirectCostLayout, DirectCostLine
from sage_hooks.checkpoint import checkpoint
from tests.crash import company, steps
from tests.crash.check import Verdict, check_costs, check_references, expect, imported
from tests.crash.history import CATEGORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.crash.rounds import Stage
    from tests.crash.world import World

FOLDER = "naive"
POINTS = ("naive.selected", "naive.uploaded", "naive.marked")
_LINES = 3
_TABLE = "create table public.naive_mark (entry_id bigint primary key)"
_UNMARKED = """
    select e.entry_id, e.job, e.cost_code, e.entry_date, e.amount
    from ledger.value_entry as e
    where e.measure in ('installed', 'wasted') and e.amount <> 0
        and not exists (select from public.naive_mark as m where m.entry_id = e.entry_id)
    order by e.entry_id
    limit %(lines)s
"""


def set_up(world: World) -> None:
    """Make the table of marks."""
    with world.connection() as connection:
        connection.execute(_TABLE)


def post(world: World) -> None:
    """Select, upload, mark, until nothing is unmarked."""
    profile = company.profile()
    layout = DirectCostLayout(profile.direct_cost, profile.file_encoding)
    with world.connection() as connection, world.exchange() as exchange:
        exchange.make_folder(FOLDER)
        while rows := connection.execute(_UNMARKED.encode(), {"lines": _LINES}).fetchall():
            checkpoint("naive.selected")
            # A name of its own every time, as one with the time of day in it would be.
            name = f"{FOLDER}/{uuid.uuid4().hex}.txt"
            exchange.write(name, b"".join(layout.write(_line(row)) for row in rows))
            checkpoint("naive.uploaded")
            with connection.cursor() as cursor:
                cursor.executemany(
                    "insert into public.naive_mark values (%s) on conflict do nothing",
                    [(row["entry_id"],) for row in rows],
                )
            connection.commit()
            checkpoint("naive.marked")


def _line(row: dict[str, object]) -> DirectCostLine:
    reference = f"N{row['entry_id']:09d}"
    day = f"{row['entry_date']}"
    empty = DirectCostLine(*[""] * len(DirectCostLine._fields))
    return empty._replace(
        job=str(row["job"]), cost_code=str(row["cost_code"]), category=CATEGORY, transaction_date=day,
        accounting_date=day, description="Naive", units="0.0000", amount=str(row["amount"]), batch="NAIVE",
        debit_account="1-5-0001.01", credit_account="1-2-0200.00", ref_1=reference, ref_2="NAIVE",
    )  # fmt: skip


def take(world: World) -> None:
    """Let Sage import every file that came, once, and post."""
    for number, path in enumerate(sorted((world.files.root / FOLDER).glob("*.txt"))):
        results = [f"--{kind}={world.folder / f'{number}.{kind}'}" for kind in ("reject", "print")]
        steps.sandbox(world, "import", "--file", str(path), *results)
    steps.post_entries(world)


def run(stage: Stage, rounds: int, seconds: float) -> Verdict:
    """Kill the naive worker at each of its points and at random moments, let it finish, make the same check."""
    world = stage.world
    set_up(world)
    killed = 0
    for point in (*POINTS, *[""] * rounds):
        stage.feed(receipts=6, uses=6, ap_rows=0)
        ended = stage.attempt([post], point, 1) if point else stage.attempt_at_random([post], seconds)
        killed += sum(one.how == "killed" for one in ended)
    stage.do(post)
    stage.do(take)
    stage.do(steps.export)
    assert killed >= len(POINTS), "kills were not delivered; the canary proves nothing"
    return verdict_of(world.folder)


def verdict_of(folder: Path) -> Verdict:
    """Check costs and references as for the product; confirmations and offsets are not the canary's."""
    verdict = Verdict()
    ours = imported(folder / "export")
    check_references(verdict, ours)
    check_costs(verdict, replace(expect(folder / "source"), ap_rows=[]), ours)
    return verdict
