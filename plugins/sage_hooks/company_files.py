"""Which file server a company's files go over: its own where there is one, else the one all share."""

from __future__ import annotations

from sage_hooks.exchange import Exchange

SHARED = "sage_files"


def exchange_of(company_id: str) -> Exchange:
    """Give the exchange of the Airflow connection `sage_files_<company>` in small letters, else of `sage_files`.

    A company on a server of its own loses nothing when another company's server is away. Errors as `Exchange`.
    """
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    own = f"{SHARED}_{company_id.lower()}"
    try:
        BaseHook.get_connection(own)
    except AirflowNotFoundException:
        return Exchange.from_airflow(SHARED)
    return Exchange.from_airflow(own)
