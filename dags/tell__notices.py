"""Tell people what they have to know: decisions that wait, lapsed sign-offs, stopped lanes, late flows, failed runs.

Moves:   the state of the warehouse -> `audit.notice` (`mart.notice`) -> the notifiers of
         `include/config/notifications.yaml` (mail, or any other notifier of Airflow).
Also:    the flows' figures -> Airflow's metrics, and files that ended -> lineage events, each where it is on
         (docs/observability.md).
Starts:  every five minutes.
Grain:   one notice per thing, told once, closed when it is over; one message per company and route.
Fails:   RS-138: the file of notifications is wrong; nothing is lost, `mart.notice` holds it. RS-906: a message could
         not be sent (mail server away); tried again at the next run. Page: docs/runbooks/notice-not-sent.md.
Rerun:   safe at any time; what was told is not told again, unless a route failed half-way: twice rather than never.
Never:   close notices by hand: they close when the thing itself is over.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from dag_defaults import DEFAULT_ARGS, Tag


@dag(
    schedule="*/5 * * * *",
    catchup=False,
    max_active_runs=1,
    tags=[Tag.CHECK],
    # A failure to tell cannot be told; it shows in Airflow and at the next run.
    default_args={**DEFAULT_ARGS, "on_failure_callback": None},
    doc_md=__doc__,
)
def tell__notices() -> None:
    """Wire looking and telling."""

    @task
    def find_notices() -> int:
        """Note what is so now; gives how many notices are new."""
        from sage_hooks import notices
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection:
            return notices.find(connection)

    @task
    def tell_notices() -> int:
        """Tell what nobody was told of yet; gives how many notices."""
        from sage_hooks import notices
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection:
            return notices.tell(connection, notices.routes())

    @task
    def publish_metrics() -> int:
        """Set the gauges of all flows and write the lineage of files that ended; gives the number of gauges."""
        from sage_hooks import lineage, metrics
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection:
            gauges = metrics.publish(connection)
            lineage.publish(connection)
            return gauges

    find_notices() >> [tell_notices(), publish_metrics()]


tell__notices()
