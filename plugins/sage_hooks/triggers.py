"""Event triggers that wake DAGs: new material events in the warehouse inbox, answers of Sage on the exchange server.

A trigger only says "look"; the DAG it wakes takes its work from the tables and folders themselves, so that a wake-up
lost or repeated changes nothing but the moment.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from sage_bridge.errors import BadConfig
from sage_hooks.sql_files import statement

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sage_hooks.exchange import Exchange

RECONNECT_SECONDS = 2.0
LOOK_SECONDS = 1.0
LOOKS_AFTER_CHANGE = 3
FILES_TOLD = 20
LOOK_AGAIN_SECONDS = 30.0
"""A notice can be lost while the triggerer restarts, and a run can fail: the table is looked at again this often."""
HEARD_SECONDS = 5
"""So long a task that listens (`sage_hooks.receiving`) has time to take what came before a run is started as well."""


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
            except (OSError, BadConfig, _driver_error()) as broken:
                self.log.warning("inbox listener lost its connection (%s); trying again", broken)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> AsyncIterator[int]:
        import asyncpg
        from airflow.sdk import BaseHook
        from asgiref.sync import sync_to_async

        from sage_hooks.tls import asyncpg_words

        found = await sync_to_async(BaseHook.get_connection)(self.conn_id)
        woken = asyncio.Event()
        connection = await asyncpg.connect(
            host=found.host,
            port=found.port,
            user=found.login,
            password=found.password,
            database=found.schema,
            **asyncpg_words(found.extra_dejson),
        )
        try:
            connection.add_termination_listener(lambda _connection: woken.set())
            await connection.add_listener("ledger_event_inbox", lambda *_notice: woken.set())
            fired_for, waiting = 0, statement("ledger/select_waiting_documents")
            while not connection.is_closed():
                newest, is_heard = await connection.fetchrow(waiting)
                if newest and not is_heard and (newest > fired_for or not woken.is_set()):
                    fired_for = newest
                    yield newest
                woken.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), HEARD_SECONDS if is_heard else LOOK_AGAIN_SECONDS)
        finally:
            if not connection.is_closed():
                await connection.close()


class ArrivalTrigger(BaseEventTrigger):
    """Fires when files of given flows are complete (their `.ok` is there) in a folder of any company.

    What lay there before is told once after every start; the DAG it wakes knows what it has taken.
    """

    def __init__(self, folder: str, flows: Sequence[str], conn_id: str = "sage_files") -> None:
        """Keep the folder's name under each company and the flows; nothing is opened before `run`."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.folder, self.flows, self.conn_id = folder, list(flows), conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give the importable path and arguments, as the triggerer stores them."""
        arguments = {"folder": self.folder, "flows": self.flows, "conn_id": self.conn_id}
        return "sage_hooks.triggers.ArrivalTrigger", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look every second; a server that is away is looked for again for as long as the triggerer lives."""
        from asgiref.sync import sync_to_async

        from sage_bridge.errors import BridgeError
        from sage_hooks.exchange import Exchange

        watch = Watch(self.folder, self.flows)
        while True:
            try:
                with await sync_to_async(Exchange.from_airflow)(self.conn_id) as exchange:
                    while True:
                        if arrived := await asyncio.to_thread(watch.look, exchange):
                            # Airflow leaves it untyped.
                            yield TriggerEvent({"files": arrived[:FILES_TOLD]})  # type: ignore[no-untyped-call]
                        await asyncio.sleep(LOOK_SECONDS)
            except BridgeError as broken:
                self.log.warning("cannot look for arrivals (%s); trying again", broken)
            await asyncio.sleep(RECONNECT_SECONDS)


class Watch:
    """Remembers what was seen in one folder of every company; a folder is listed only after it changed."""

    def __init__(self, folder: str, flows: Sequence[str]) -> None:
        """Start with nothing seen."""
        self._folder, self._flows = folder, frozenset(flows)
        self._seen: dict[str, frozenset[str]] = {}
        self._changed: dict[str, tuple[int, int]] = {}

    def look(self, exchange: Exchange) -> list[str]:
        """Give the manifests that came since the last look, sorted."""
        arrived: list[str] = []
        for company in exchange.listing("."):
            if company.is_regular:
                continue
            path = f"{company.name}/{self._folder}"
            place = exchange.stat(path)
            if place is None:
                continue
            mtime, looks = self._changed.get(path, (-1, 0))
            # A folder's time has whole seconds: what comes later within the second shows at one of the next looks.
            looks = LOOKS_AFTER_CHANGE if place.mtime != mtime else looks - 1
            self._changed[path] = (place.mtime, max(looks, 0))
            if looks > 0:
                arrived += self._new(path, exchange)
        return sorted(arrived)

    def _new(self, path: str, exchange: Exchange) -> list[str]:
        names = frozenset(
            entry.name
            for entry in exchange.listing(path)
            if entry.name.endswith(".ok") and entry.name.split("_", 1)[0] in self._flows
        )
        new = names - self._seen.get(path, frozenset())
        self._seen[path] = names
        return [f"{path}/{name}" for name in new]


def _driver_error() -> type[Exception]:
    import asyncpg

    error: type[Exception] = asyncpg.PostgresError
    return error
