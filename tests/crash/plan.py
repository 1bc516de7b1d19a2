"""What is killed where: every named point with the work that comes to it and what must lie ready for that.

A group is a stretch of the loop. `stock` prepares, undisturbed, enough for the wanted visit; `work` is what the workers
do. Where one run passes a point once only, a worker does the step as often as the visit wants (`again`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.crash import runblu_side, steps
from tests.crash.company import LINES_PER_FILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.crash.history import Feed, Row
    from tests.crash.rounds import Stage, Step
    from tests.crash.world import World

_INVOICED, _CHANGED = 0.4, 0.25
"""Shares of feeds with an invoice and with a change of price."""

MONTHS = ("2026-03", "2026-04", "2026-05", "2026-06", "2026-07")


@dataclass(frozen=True)
class Group:
    """Points that one kind of work passes; `work` gives the steps of the first worker and of a second beside it."""

    name: str
    points: tuple[str, ...]
    stock: Callable[[Stage, int], None]
    work: Callable[[Stage, int], tuple[Step, Step]]
    needs_agent: bool = False


def nothing(stage: Stage, visit: int) -> None:
    """Prepare nothing."""


def again(step: Step, times: int) -> Step:
    """Make a step of doing another several times."""

    def repeated(world: World) -> None:
        for _ in range(times):
            step(world)

    repeated.__name__ = getattr(step, "__name__", "step")
    return repeated


def both(step: Step) -> tuple[Step, Step]:
    """Let both workers do the same."""
    return step, step


# Inbound.


def files_to_land(stage: Stage, visit: int) -> None:
    """Have three files of job cost lie there, and as many of events as are to be visited."""
    feeds = [stage.draw() for _ in range(visit)]

    def send(world: World) -> None:
        steps.extract_job_cost(world)
        for feed in feeds:
            runblu_side.upload(world, [*feed.live, *feed.bulk])

    stage.do(send)


def land(stage: Stage, visit: int) -> tuple[Step, Step]:  # noqa: ARG001 - as all of a group
    """Land files: job cost or events first, by chance."""
    order = [steps.land_job_cost, steps.land_events]
    stage.chance.shuffle(order)

    def landing(world: World) -> None:
        for step in order:
            step(world)

    return both(landing)


def land_late_codes(stage: Stage, visit: int) -> tuple[Step, Step]:
    """Land AP rows whose cost code comes with a later file: they wait in quarantine and are replayed."""
    invoices: list[Row] = []
    for _ in range(visit):
        stage.codes += 1
        invoices.append(stage.world.history.invoice_on(f"09 {stage.codes // 100:02d} {stage.codes % 100:02d}"))
    for invoice in invoices:
        stage.doubtful_invoice(invoice)

    def landing(world: World) -> None:
        for invoice in invoices:
            steps.enter_late_invoice(world, invoice)
            steps.extract_job_cost(world)
            steps.land_job_cost(world)
            steps.extract_codes(world)
            steps.land_codes(world)
            steps.land_job_cost(world)

    return landing, again(steps.land_job_cost, 2)


# Ledger.


def land_and_value(stage: Stage, visit: int) -> tuple[Step, Step]:
    """Take events as they come and value them."""
    feeds: list[Feed] = [stage.draw() for _ in range(visit)]

    def working(world: World) -> None:
        for feed in feeds:
            runblu_side.push(world, [*feed.live, *feed.bulk])
            steps.land_events(world)
            steps.value_events(world)

    def beside(world: World) -> None:
        steps.land_events(world)
        steps.value_events(world)

    return working, beside


# Outbound.


def lines_to_send(stage: Stage, visit: int) -> None:
    """Have receipts for as many files as are to be visited, some costs, now and then a change of price.

    A lane of costs has one file under way until it is answered, so costs stay few: each file needs a turn of its own.
    """
    has_invoice, has_order = stage.chance.random() < _INVOICED, stage.chance.random() < _CHANGED
    stage.feed(
        receipts=visit * LINES_PER_FILE, uses=LINES_PER_FILE, ap_rows=int(has_invoice), change_orders=int(has_order)
    )


def send(stage: Stage, visit: int) -> tuple[Step, Step]:
    """Seal and deliver receipts and costs, in either order."""
    costs = steps.send_costs_and_wait if stage.conditions.acks == "now" else steps.send_costs
    order = [steps.send_receipts, costs]
    stage.chance.shuffle(order)

    def sending(world: World) -> None:
        for step in order:
            step(world)

    # One run makes lines twice, for receipts and for costs.
    return both(again(sending, (visit + 1) // 2))


def answers_to_take(stage: Stage, visit: int) -> None:
    """Have answered files lie there: some lines rejected, or the answers come after Sage has shown the lines."""
    lines_to_send(stage, visit)
    acks = stage.conditions.acks
    stage.reject_some(yes=acks == "partial")
    stage.do(steps.send_receipts, steps.send_costs, steps.agent_takes)
    stage.reject_some(yes=False)
    if acks == "lost":
        stage.do(steps.hide_answers, steps.post_entries, steps.extract_job_cost, steps.read_back)
        stage.do(steps.bring_back_answers)
    if acks == "late":
        stage.do(steps.post_entries, steps.extract_job_cost)


def take_answers(stage: Stage, visit: int) -> tuple[Step, Step]:  # noqa: ARG001 - as all of a group
    """Take answers, as often as the visit wants."""
    return both(again(steps.take_answers, visit))


def rows_to_confirm(stage: Stage, visit: int) -> None:  # noqa: ARG001 - as all of a group
    """Have posted lines lie there, their answers taken, lost or still to come."""
    answers_to_take(stage, 1)
    acks = stage.conditions.acks
    if acks == "now":
        stage.do(steps.take_answers)
    stage.do(steps.post_entries, steps.extract_job_cost)


def confirm(stage: Stage, visit: int) -> tuple[Step, Step]:  # noqa: ARG001 - as all of a group
    """Land job cost and confirm."""
    return both(again(steps.read_back, visit))


# RunBlu.


def tell_runblu(stage: Stage, visit: int) -> tuple[Step, Step]:
    """Tell RunBlu of an exception after another."""
    events = [stage.world.history.overdrawn() for _ in range(visit)]
    stage.doubtful(events)

    def telling(world: World) -> None:
        for event in events:
            runblu_side.push(world, [event])
            steps.land_events(world)
            steps.value_events(world)
            steps.tell_runblu(world)

    return telling, again(steps.tell_runblu, visit)


def answered_by_runblu(stage: Stage, visit: int) -> None:
    """Have as many files answered by RunBlu as are to be visited."""
    telling, _ = tell_runblu(stage, visit)
    stage.do(telling, runblu_side.take_files)


def hear_runblu(stage: Stage, visit: int) -> tuple[Step, Step]:  # noqa: ARG001 - as all of a group
    """Take RunBlu's answers."""
    return both(steps.tell_runblu)


# A month's end.


def month_ends(stage: Stage, visit: int) -> None:  # noqa: ARG001 - as all of a group
    """Let everything of the world come to its end, so that months can be signed off."""
    if not stage.signed:
        stage.converge()
        stage.signed.append("")


def reconcile_month(stage: Stage, visit: int) -> tuple[Step, Step]:
    """Propose and approve a month, as often as the visit wants."""
    month = _open_months(stage)[0]

    def deciding(world: World) -> None:
        for _ in range(visit):
            steps.decide(world, steps.reconcile(world, month))

    return both(deciding)


def sign_months(stage: Stage, visit: int) -> tuple[Step, Step]:
    """Sign as many months off as the visit wants; a month that is signed already is passed over."""
    months = _open_months(stage)[:visit]

    def signing(world: World) -> None:
        from sage_bridge.errors import BrokenLaw

        for month in months:
            run_no = steps.reconcile(world, month)
            if run_no:
                steps.decide(world, run_no)
                try:
                    steps.sign_off(world, run_no)
                except BrokenLaw:
                    # Beside this one another worker may have signed the month: the refusal is right then.
                    if not world.rows("select from ledger.period_close where period = %(month)s", month=month):
                        raise

    return both(signing)


def _open_months(stage: Stage) -> list[str]:
    signed = {str(row["period"]) for row in stage.world.rows("select period from ledger.period_close")}
    return [month for month in MONTHS if month not in signed]


GROUPS = (
    Group(
        "inbound",
        ("inbound.noted", "inbound.received", "inbound.before_commit", "inbound.landed", "inbound.ack_cleared",
         "inbound.ack_content_written", "inbound.ack_written", "inbound.acknowledged"),
        files_to_land, land,
    ),
    Group("replay", ("inbound.replay_before_commit", "inbound.replayed"), nothing, land_late_codes),
    Group(
        "ledger",
        ("ledger.inbox_taken", "ledger.landing_before_commit", "ledger.landed", "ledger.valuation_walked",
         "ledger.valuation_entered", "ledger.valuation_before_commit", "ledger.valued"),
        nothing, land_and_value,
    ),
    Group(
        "send",
        ("postings.before_commit", "postings.committed", "seal.before_commit", "seal.committed", "deliver.claimed",
         "deliver.looked", "deliver.part_written", "deliver.part_read_back", "deliver.renaming_noted",
         "deliver.looked_again", "deliver.renamed", "deliver.manifest_part_written", "deliver.manifest_written",
         "deliver.sent_before_commit", "deliver.sent"),
        lines_to_send, send, needs_agent=True,
    ),
    Group(
        "answers",
        ("answers.ack_read", "answers.ack_before_commit", "answers.ack_committed", "answers.result_read",
         "answers.result_before_commit", "answers.result_committed", "answers.settled_before_commit",
         "answers.settled"),
        answers_to_take, take_answers,
    ),
    Group("confirm", ("confirm.before_commit", "confirm.committed"), rows_to_confirm, confirm),
    Group(
        "runblu",
        ("runblu.seal_before_commit", "runblu.sealed", "runblu.part_written", "runblu.renamed",
         "runblu.manifest_written", "runblu.sent_before_commit", "runblu.sent"),
        nothing, tell_runblu,
    ),
    Group(
        "runblu answers", ("runblu.answer_read", "runblu.answer_before_commit", "runblu.answered"),
        answered_by_runblu, hear_runblu,
    ),
    Group(
        "decision",
        ("reconcile.before_commit", "reconcile.committed", "decision.before_commit", "decision.committed"),
        month_ends, reconcile_month,
    ),
    Group("sign-off", ("sign_off.before_commit", "sign_off.committed"), month_ends, sign_months),
)  # fmt: skip
