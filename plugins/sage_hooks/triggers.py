"""Event triggers that wake DAGs: new material events in the warehouse inbox, answers of Sage on the exchange server.

A trigger only says "look"; the DAG it wakes takes its work from the tables and folders themselves, so that a wake-up
lost or repeated changes nothing but the moment.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RECONNECT_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 30.0
"""A notice can be lost while the triggerer restarts, and a run can fail: the table is looked at again this often."""


class InboxTrigger(BaseEventTrigger):
    """Fires when `ledger.event_inbox` holds documents newer than those it fired for."""

    def __init__(self, conn_id: str = "warehouse") -> None:
        """Keep the Airflow connection id; nothing is opened before `run`."""
        # Airflow leaves it untyped.
        super().__init__()  # type: ignore[no-untyped-call]
        self.conn_id = conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give the importable path and arguments, as the triggerer stores them."""
        return "sage_hooks.triggers.InboxTrigger", {"conn_id": self.conn_id}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Listen on the channel of the inbox; reconnects by itself for as long as the triggerer lives."""
        while True:
            try:
                async for newest in self._listen():
                    # Airflow leaves it untyped.
                    yield TriggerEvent({"newest_inbox_id": newest})  # type: ignore[no-untyped-call]
            except (OSError, _driver_error()) as broken:
                self.log.warning("inbox listener lost its connection (%s); trying again", broken)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> AsyncIterator[int]:
        import asyncpg
        from airflow.sdk import BaseHook
        from asgiref.sync import sync_to_async

        found = await sync_to_async(BaseHook.get_connection)(self.conn_id)
        woken = asyncio.Event()
        connection = await asyncpg.connect(
            host=found.host, port=found.port, user=found.login, password=found.password, database=found.schema
        )
        try:
            connection.add_termination_listener(lambda _connection: woken.set())
            await connection.add_listener("ledger_event_inbox", lambda *_notice: woken.set())
            fired_for = 0
            while not connection.is_closed():
                newest = await connection.fetchval(
                    "select coalesce(max(inbox_id), 0) from ledger.event_inbox where taken_at is null"
                )
                if newest and (newest > fired_for or not woken.is_set()):
                    fired_for = newest
                    yield newest
                woken.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), LOOK_AGAIN_SECONDS)
        finally:
            if not connection.is_closed():
                await connection.close()


def _driver_error() -> type[Exception]:
    import asyncpg

    error: type[Exception] = asyncpg.PostgresError
    return error
