"""What every DAG shares: retry policy, tags, assets. The only module DAG files import from each other's folder.

Assets are named like the tables they stand for; a DAG that changes a table emits its asset, a DAG that lives on the
table is scheduled on it. Errors say themselves whether a retry can help (`sage_bridge.errors`): Terminal fails at once,
Transient and whatever nobody foresaw are tried twice more, ten seconds apart; after that the next run of the DAG finds
the work where it was left.

No DAG has a start date: its first run by the clock is the next tick, never one for hours before it was deployed.
"""

from __future__ import annotations

import os
from datetime import timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import (
    Asset,
    AssetOrTimeSchedule,
    AssetWatcher,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
    get_current_context,
)

from sage_bridge import rhythms
from sage_bridge.errors import Terminal, Transient
from sage_hooks.alarms import task_failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage_hooks.warehouse import Connection

_CONFIG = Path(__file__).parents[1] / "include" / "config"


class Tag(StrEnum):
    """The vocabulary of tags; the UI filters by them."""

    FROM_SAGE = "from-sage"
    TO_SAGE = "to-sage"
    FROM_RUNBLU = "from-runblu"
    TO_RUNBLU = "to-runblu"
    FINANCE = "finance"
    CHECK = "check"
    NEAR_REAL_TIME = "near-real-time"


RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=Terminal, action=RetryAction.FAIL, reason="a repair is needed; trying again changes nothing"
        ),
        RetryRule(exception=Transient, action=RetryAction.RETRY, retry_delay=timedelta(seconds=10)),
    ]
)


DEFAULT_ARGS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 2,
    "retry_delay": timedelta(seconds=10),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(hours=1),
    "on_failure_callback": task_failed,
}

JOBS = Asset("core.job")
COMMITMENTS = Asset("core.commitment")
VENDORS_AND_ITEMS = Asset("core.vendor")
JOB_COST = Asset("core.job_cost_transaction")
LEDGER_TRANSACTIONS = Asset("core.ledger_transaction")
EVENT_TAG = Asset("ledger.event_tag")
BATCH = Asset("outbox.batch")
ADJUSTMENT = Asset("recon.adjustment")
JOURNAL = Asset("recon.journal")
RUN = Asset("recon.run")
PROPOSED_EVENT = Asset("recon.proposed_event")


class RunApproval(HITLOperator):
    """Asks a person about a run; what is asked and whom is known only when its figures are, so both are read then.

    `ApprovalOperator` would skip what follows a refusal, and a refusal has to be written down as well.
    """

    def __init__(self, *, made_by: str, question: Callable[[Connection, int], tuple[str, str]], **named: Any) -> None:
        """Ask of the run that task `made_by` gives, as `run_no` with `approvers`; `question` gives subject and body."""
        super().__init__(**named)
        self._made_by, self._question = made_by, question

    def execute(self, context: Any) -> Any:
        """Show the run to those who may answer and wait."""
        from sage_hooks.warehouse import warehouse

        run = context["ti"].xcom_pull(task_ids=self._made_by)
        with warehouse() as connection:
            self.subject, self.body = self._question(connection, run["run_no"])
        self.assigned_users = [{"id": name, "name": name} for name in run["approvers"]]
        return super().execute(context)


def show_company(company_id: str) -> None:
    """Name a mapped task after its company: its `map_index_template` reads it here when the task has ended."""
    context: Any = get_current_context()
    context["company"] = company_id


def arrival(folder: str, *flows: str) -> Asset:
    """Give the asset that changes when complete files of the flows arrive in a folder of any company."""
    from sage_hooks.triggers import ArrivalTrigger

    name = f"{folder}.{'_'.join(flows)}".lower()
    return Asset(name, watchers=[AssetWatcher(name=name, trigger=ArrivalTrigger(folder, flows))])


def rhythm(flow: str, net: int = rhythms.SLOWEST_TICK) -> str:
    """Give the cron times (UTC) at which a DAG looks which companies are due, from the profiles of all companies.

    The company's own rhythm decides in the task, so one DAG serves all; what is changed in the tables counts from the
    next look on.

    Args:
        flow: data flow of the profiles.
        net: minutes between two looks of a continuous flow.
    """
    return rhythms.tick((flows.get(flow, "") for flows in _rhythms()), net)


@cache
def _rhythms() -> tuple[dict[str, str], ...]:
    """Read the rhythms of all profiles; a file that cannot be read is left out, its load refuses it by name."""
    import yaml

    folder = _CONFIG.parents[1] / os.environ.get("SAGE_BRIDGE_PROFILES", "include/config/companies")
    found = []
    for file in sorted(folder.glob("*.yaml")) or [_CONFIG / "company.yaml"]:
        try:
            flows = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["flows"]
            found.append({name: str(one["rhythm"]) for name, one in flows.items()})
        except (OSError, ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError):
            continue
    return tuple(found)


def either(cron: str, *assets: Asset) -> AssetOrTimeSchedule:
    """Give a schedule that starts at the cron times (UTC) and also when any of the assets changed."""
    changed: Any = assets[0]
    for asset in assets[1:]:
        changed = changed | asset
    return AssetOrTimeSchedule(timetable=CronTriggerTimetable(cron, timezone="UTC"), assets=changed)
