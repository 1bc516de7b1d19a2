"""Check the laws that must hold whatever happened: no event lost, no cost twice, all sums equal, the past unchanged.

Moves:   nothing; reads every schema and values all events once more in a transaction that is rolled back.
Starts:  nightly, or by hand.
Grain:   one task per company, each law with its figures in the log.
Fails:   RS-455: laws are broken; the message names each with its figures. Nothing stops by itself: pause the
         `core_to_sage__*` DAGs and go by docs/runbooks/law-broken.md.
Also:    lets sign-offs lapse under which something booked moved; the task returns a sentence with the line and does
         not fail for it (docs/runbooks/proposal-lapsed.md).
Rerun:   safe at any time.
Never:   mark it successful: a broken law is the alarm everything else rests on.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from dag_defaults import DEFAULT_ARGS, Tag, show_company


@dag(
    schedule="30 2 * * *",
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
def check__laws() -> None:
    """Wire companies and checks."""

    @task
    def list_companies(params: Any = None) -> list[str]:
        """Give all companies, or the one asked for."""
        from sage_hooks.warehouse import fetch_file, warehouse

        with warehouse() as connection:
            rows = fetch_file(connection, "laws/select_companies", {"company_id": params["company_id"]})
            return [row["company_id"] for row in rows]

    @task(map_index_template="{{ company }}")
    def check_company(company_id: str) -> list[str]:
        """Check every law of a company; gives the sign-offs that lapsed, in words."""
        from sage_hooks import laws, sign_off
        from sage_hooks.warehouse import warehouse

        show_company(company_id)
        with warehouse() as connection:
            lapsed = sign_off.lapse_sign_offs(connection, company_id)
            laws.require(company_id, laws.laws(connection, company_id))
        return lapsed

    check_company.expand(company_id=list_companies())


check__laws()
