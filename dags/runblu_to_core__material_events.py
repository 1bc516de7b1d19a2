"""Take material events from RunBlu, give them their Sage codes and value them.

Moves:   `ledger.event_inbox` (live) and EVENT files in `<company>/from_runblu/` (bulk)
         -> `ledger.material_event` (append-only, hash-chained) -> `ledger.event_tag`, `ledger.value_entry`
Starts:  seconds after an insert into the inbox or the arrival of a file, every 5 minutes as a net, or by hand.
Grain:   one run takes everything that waits, for all companies. A run that events started goes on listening in
         `listen_for_events`: what comes next is landed, valued and confirmed to Sage within a second or two, without a
         run of its own, until no event has come for half a minute or five minutes are over. A second run beside it
         takes bulk files.
Fails:   RS-2xx in `extract_events`: a bulk file breaks its promise; nothing of it landed, the log names file, row and
         rule. The live inbox has landed all the same, and `match_events` values it: docs/runbooks/transfer-refused.md.
         RS-9xx: database or file server away; tried twice more, then by the next run. A failed `listen_for_events`
         loses nothing: what it left lies in the inbox or the outbox, and the next run starts within half a minute.
Holds:   an event without codes, receipt or stock does not fail the run: it waits as a row of `mart.open_exception`
         with its remedy and is valued by the next run after the cause is cured (docs/runbooks/exceptions-open.md).
Rerun:   safe at any time: an event held already has no effect, the valuation records differences only.
Never:   change or delete rows of `ledger.material_event` or `ledger.value_entry`; a correction is a new event.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from airflow.sdk import Asset, AssetWatcher, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from dag_defaults import DEFAULT_ARGS, EVENT_TAG, Tag, arrival, either, rhythm
from sage_hooks.triggers import InboxTrigger

INBOX = Asset("ledger.event_inbox", watchers=[AssetWatcher(name="event_inbox", trigger=InboxTrigger())])


@dag(
    schedule=either(rhythm("material_events", 5), INBOX, arrival("from_runblu", "EVENT")),
    catchup=False,
    # One may listen; the next takes what the listening one does not, bulk files.
    max_active_runs=2,
    tags=[Tag.FROM_RUNBLU, Tag.NEAR_REAL_TIME],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
)
def runblu_to_core__material_events() -> None:
    """Wire landing and valuation."""

    @task
    def extract_events() -> int:
        """Land bulk files and the inbox; gives the number of new events."""
        from sage_hooks import ledger
        from sage_hooks.exchange import Exchange
        from sage_hooks.inbound import take_event_files
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection, Exchange.from_airflow() as exchange:
            # The live inbox first: a bulk file that is refused must not keep it waiting.
            landed = sum(one.landed for one in ledger.land_inbox(connection).values())
            return landed + take_event_files(connection, exchange)

    @task(outlets=[EVENT_TAG], trigger_rule="all_done")
    def match_events() -> int:
        """Tag and value what is new, touched by a change order or cured; gives the number of entries recorded."""
        from sage_hooks import ledger
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection:
            return ledger.value_events(connection).entries

    @task
    def check_landed() -> None:
        """Stay undone where a bulk file was refused, so that the run shows it; what landed is valued all the same."""

    @task(outlets=[EVENT_TAG])
    def listen_for_events(events: Any, dag_run: Any = None) -> dict[str, Any]:
        """Go on with what comes meanwhile; gives events, confirmations, files and why it ended."""
        from sage_hooks import inbound_company, receiving
        from sage_hooks.warehouse import warehouse

        if not events or dag_run.run_type == "manual":
            raise AirflowSkipException("no event started this run")
        companies = inbound_company.companies_of_flow("receipts", None, "asset_triggered")
        with warehouse() as connection, warehouse() as ear:
            return asdict(receiving.listen(connection, ear, companies))

    extracted, matched = extract_events(), match_events()
    extracted >> matched >> check_landed() << extracted
    matched >> listen_for_events(extracted)


runblu_to_core__material_events()
