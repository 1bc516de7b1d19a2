"""Publish the heads of the event chain outside the database, clear what died half-way, refresh statistics.

Moves:   `audit.chain_head` -> files HEAD with manifests in `<company>/audit/`; marks `mart.audit_chain.published_at`.
Starts:  nightly, or by hand.
Grain:   one task per company; every head is published once, files are numbered without a gap and never replaced.
Fails:   RS-457: the chain does not go on from the last published head; RS-458: the last published file is gone or
         changed. Either means tampering or a restored database: docs/runbooks/chain-broken.md.
         RS-552: another file lies under a sealed name: docs/runbooks/runblu-refuses.md.
         RS-9xx: warehouse or file server away; tried twice more, then by the next run.
Also:    removes unfinished uploads and raw files older than a day, which no record points to, and the bridges of
         previews that a later run of their month replaced more than 35 days ago; nothing else, and `to_sage/` is not
         touched.
Rerun:   safe at any time; what is published is not published again, a sealed file is sent with the same bytes.
Never:   edit, replace or tidy away files in `<company>/audit/`: they are what shows that the log was rewritten.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from dag_defaults import DEFAULT_ARGS, Tag, show_company


@dag(
    schedule="45 1 * * *",
    catchup=False,
    max_active_runs=1,
    tags=[Tag.CHECK],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    params={
        "company_id": Param(
            None, type=["null", "string"], pattern="^[A-Z0-9]{1,10}$", description="Only this company; empty = all"
        ),
    },
)
def maintain__warehouse() -> None:
    """Wire companies, publication and upkeep."""

    @task
    def list_companies(params: Any = None) -> list[str]:
        """Give all companies, or the one asked for."""
        from sage_hooks.warehouse import fetch_file, warehouse

        with warehouse() as connection:
            rows = fetch_file(connection, "laws/select_companies", {"company_id": params["company_id"]})
            return [row["company_id"] for row in rows]

    @task(map_index_template="{{ company }}")
    def publish_heads(company_id: str) -> dict[str, int]:
        """Send the heads that are in no file yet; gives files and heads."""
        from dataclasses import asdict

        from sage_hooks import head_files
        from sage_hooks.company_files import exchange_of
        from sage_hooks.warehouse import warehouse

        show_company(company_id)
        with warehouse() as connection, exchange_of(company_id) as exchange:
            return asdict(head_files.publish_heads(connection, exchange, company_id))

    @task
    def remove_leftovers(company_ids: Any) -> dict[str, int]:
        """Remove unfinished uploads and raw files older than a day, and replaced bridges; gives the counts."""
        from sage_hooks import maintenance
        from sage_hooks.company_files import exchange_of
        from sage_hooks.warehouse import warehouse

        uploads = 0
        for company_id in company_ids:
            with exchange_of(company_id) as exchange:
                uploads += maintenance.remove_upload_leftovers(exchange, company_id)
        with warehouse() as connection:
            figures = maintenance.remove_replaced_figures(connection)
        return {"uploads": uploads, "raw_files": maintenance.remove_raw_leftovers(), "figures": figures}

    @task
    def refresh_statistics() -> None:
        """Let the planner see how the tables grew."""
        from sage_hooks.warehouse import run_file, warehouse

        with warehouse() as connection:
            run_file(connection, "audit/refresh_statistics")

    companies = list_companies()
    publish_heads.expand(company_id=companies)
    remove_leftovers(companies)
    refresh_statistics()


maintain__warehouse()
