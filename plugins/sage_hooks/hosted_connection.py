"""The Airflow connection of a hosted company; its form in the UI is declared in `provider.py`."""

from __future__ import annotations

from sage_hooks.hosted_api import CALLS_AT_ONCE, HostedApi
from sage_hooks.tls import require_tls


class SageApiHook:
    """Opens the hosted service that an Airflow connection names."""

    conn_name_attr = "conn_id"
    default_conn_name = "sage_api"
    conn_type = "sage_api"
    hook_name = "Sage 300 CRE (hosted)"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        """Name the connection."""
        self.conn_id = conn_id

    def get_conn(self) -> HostedApi:
        """Give the service; nothing is opened before its first call.

        Raises:
            BadConfig: RS-198 the file of the authority cannot be read; RS-199 it would be called without TLS.
        """
        from airflow.sdk import BaseHook

        found = BaseHook.get_connection(self.conn_id)
        extra = found.extra_dejson
        scheme = str(extra.get("scheme") or "https")
        require_tls(scheme, found.host or "")
        port = f":{found.port}" if found.port else ""
        return HostedApi(
            f"{scheme}://{found.host}{port}",
            api_key=str(extra.get("api_key") or ""),
            api_secret=str(extra.get("api_secret") or ""),
            username=found.login or "",
            password=found.password or "",
            ca_file=str(extra.get("ca_file") or ""),
            calls_at_once=int(extra.get("calls_at_once") or CALLS_AT_ONCE),
        )

    def test_connection(self) -> tuple[bool, str]:
        """Log in and read the accounts, for the button of the UI; the sentence says what is wrong."""
        from sage_bridge.errors import BridgeError
        from sage_bridge.hosted_documents import RESOURCES

        try:
            with self.get_conn() as api:
                count = len(api.pages(RESOURCES["accounts"].path, 0, is_paged=False))
        except BridgeError as error:
            return False, str(error)
        return True, f"logged in; {count} accounts are shown"
