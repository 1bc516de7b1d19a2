"""The pages of the bridge inside Airflow's UI, and how its deadlines count; the only file the plugin manager loads."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from sage_hooks.alarms import RunDue
from sage_pages.app import app
from sage_pages.views import PREFIX

PAGES = (
    ("Data flows", "flows"),
    ("Commitments", "commitments"),
    ("Reconciliation", "reconciliation"),
    ("Exceptions", "exceptions"),
    ("Mappings", "mappings"),
    ("Set-up", "setup"),
)


class SageBridgePages(AirflowPlugin):
    """Serves the pages under `/sage-bridge` and shows each as an entry of the navigation."""

    name = "sage_bridge_pages"
    deadline_references = [RunDue]  # noqa: RUF012 - read by Airflow
    fastapi_apps = [{"app": app, "url_prefix": PREFIX, "name": "RunBlu Sage bridge"}]  # noqa: RUF012 - read by Airflow
    external_views = [  # noqa: RUF012 - read by Airflow
        {
            "name": title,
            "href": f"{PREFIX}/{page}",
            "destination": "nav",
            "category": "browse",
            "url_route": f"sage-bridge-{page}",
        }
        for title, page in PAGES
    ]
