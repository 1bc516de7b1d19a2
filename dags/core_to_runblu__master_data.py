"""Tell RunBlu what changed: master data of Sage, exceptions, events that reconciliation proposes.

Moves:   `core.*` (jobs, codes, vendors, items, commitments, change orders), `audit.exception`, `recon.proposed_event`
         -> ndjson files MASTER, EXCEPT and PROPOSAL with manifests in `<company>/to_runblu/`.
Starts:  when the mirror or an approved proposal changed, and every 15 minutes for exceptions and acknowledgements,
         where data flow `master_data` is continuous; else by its rhythm.
Grain:   one task per company; a record is told once per version, a file is sealed before it is sent.
Fails:   RS-551: RunBlu refused a file; RS-552: another file lies under its name. Nothing more goes to
         RunBlu for that company until it is settled: docs/runbooks/runblu-refuses.md.
         RS-9xx: warehouse or file server away; tried twice more, then by the next run.
Rerun:   safe at any time; what was told is not told again, a sealed file is sent with the same bytes.
Never:   delete rows of `outbox.runblu_record`: everything would be told anew.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from dag_defaults import (
    ADJUSTMENT,
    COMMITMENTS,
    DEFAULT_ARGS,
    JOBS,
    PROPOSED_EVENT,
    VENDORS_AND_ITEMS,
    Tag,
    either,
    rhythm,
    show_company,
)


@dag(
    schedule=either(rhythm("master_data"), JOBS, COMMITMENTS, VENDORS_AND_ITEMS, ADJUSTMENT, PROPOSED_EVENT),
    catchup=False,
    max_active_runs=1,
    tags=[Tag.TO_RUNBLU],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    params={
        "company_id": Param(
            None, type=["null", "string"], pattern="^[A-Z0-9]{1,10}$", description="Only this company; empty = all"
        ),
    },
)
def core_to_runblu__master_data() -> None:
    """Wire companies and deliveries."""

    @task
    def list_companies(params: Any = None, dag_run: Any = None) -> list[str]:
        """Give the companies whose profile has the flow on."""
        from sage_hooks import inbound_company

        return inbound_company.companies_of_flow("master_data", params["company_id"], dag_run.run_type)

    @task(map_index_template="{{ company }}")
    def deliver_files(company_id: str) -> dict[str, int]:
        """Seal what is due, send it, take RunBlu's acknowledgements; gives the counts."""
        from dataclasses import asdict

        from sage_hooks import runblu_files
        from sage_hooks.company_files import exchange_of
        from sage_hooks.warehouse import warehouse

        show_company(company_id)
        with warehouse() as connection, exchange_of(company_id) as exchange:
            return asdict(runblu_files.deliver_files(connection, exchange, company_id))

    deliver_files.expand(company_id=list_companies())


core_to_runblu__master_data()
