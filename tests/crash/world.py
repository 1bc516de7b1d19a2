"""A company with everything around it: Postgres, a file server, Sage's stand-in with its agent, a history to come.

A `Home` makes it once, or several side by side; `Home.world(seed)` gives a fresh copy of it in less than a second. All
work of the product runs in forked processes (`World.start`), by the functions of `tests.crash.steps`: what the DAGs
call.
"""

from __future__ import annotations

import itertools
import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.crash import company, processes
from tests.crash.history import BEGIN, COMPANY, History
from tests.crash.servers import Databases, FileServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from agent.config import Config
    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace
    from tests.crash.processes import Ended, Kill, Worker


@dataclass(frozen=True)
class World:
    """A company at work. `folder` holds `sage/` (the stand-in's store), `agent/`, `sftp/`, `runblu/`, `source/`.

    What workers print is in `workers.log`.
    """

    folder: Path
    dsn: str
    files: FileServer
    history: History
    company: str = COMPANY

    @property
    def server(self) -> SftpPlace:
        """Give what clients of the file server need, as the bridge."""
        return self.files.place

    @property
    def exchange_root(self) -> Path:
        """Give the company's folders on the server's disk."""
        return self.files.root / self.company

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Open the warehouse."""
        from sage_hooks import warehouse

        with warehouse.connect(self.dsn) as connection:
            yield connection

    def exchange(self) -> Exchange:
        """Give a client of the file server, as the bridge; it connects at the first call."""
        from sage_hooks.exchange import Exchange

        place = self.server
        return Exchange(place.host, place.port, place.user, key_file=str(place.key_file), host_key=place.host_key)

    def agent_config(self) -> Config:
        """Write the agent's configuration for where the server is now, and load it."""
        from agent.config import load

        path = self.folder / "agent" / "agent.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            json.dumps(company.agent_document(self.server, self.folder / "sage", self.company)), encoding="utf-8"
        )
        return load(path)

    def start(self, step: Callable[[World], object], kill: Kill | None = None) -> Worker:
        """Start a step in a process of its own, killed where `kill` says."""
        return processes.start(step.__name__, lambda: step(self), self.folder / "workers.log", kill)

    def run(self, step: Callable[[World], object]) -> Ended:
        """Run a step in a process of its own to its end.

        Raises:
            AssertionError: it ended with an error that is not to be expected of an undisturbed step.
        """
        ended = self.start(step).wait()
        assert ended.how == "done", f"{step.__name__}: {ended.words}"
        return ended

    def rows(self, statement: str, **values: object) -> list[dict[str, object]]:
        """Give the rows of a statement, for a test that wants to look inside."""
        with self.connection() as connection:
            return connection.execute(statement.encode(), values).fetchall()


class Home:
    """A file server and companies as they begin; gives worlds one after another, of one database never two at once."""

    def __init__(
        self,
        folder: Path,
        databases: Databases,
        template: str,
        files: FileServer,
        *,
        companies: Sequence[str] = (COMPANY,),
        begin: datetime = BEGIN,
    ) -> None:
        """Take started services; `template` is a migrated database, `begin` the day on which all was ordered."""
        self._folder, self._databases, self._files = folder, databases, files
        self._companies, self._begin = companies, begin
        self._base = ""
        self._template = template
        self._numbers = itertools.count(1)

    @contextmanager
    def world(self, seed: int) -> Iterator[World]:
        """Give a fresh copy of the first company with a history of that seed; its database goes at the end."""
        with self.worlds(seed) as (world, *_):
            yield world

    @contextmanager
    def worlds(self, seed: int) -> Iterator[list[World]]:
        """Give fresh copies of all companies, side by side in one database and on one file server."""
        if not self._base:
            self._make()
        shutil.rmtree(self._folder / "world", ignore_errors=True)
        shutil.copytree(self._folder / "base", self._folder / "world")
        name = self._databases.clone(self._base)
        try:
            yield [self._world(name, number, seed + number) for number in range(len(self._companies))]
        finally:
            self._databases.drop(name)

    def close(self) -> None:
        """Drop the companies' database."""
        if self._base:
            self._databases.drop(self._base)

    def _world(self, database: str, number: int, seed: int) -> World:
        """Give a company's world; the first one's folder holds those of the others and the file server's."""
        company_id = self._companies[number]
        place = self._folder / "world" / (company_id if number else "")
        history = History(place / "source", seed, company_id, self._begin)
        return World(place, self._databases.of(database), self._files, history, company_id)

    def _make(self) -> None:
        """Load the companies into sandboxes, let the agents extract them and the product land them."""
        from ops.companies import store_profile
        from tests.crash import steps

        name = self._databases.clone(self._template)
        company.write_scenario(self._folder / "scenario", self._begin)
        for number, company_id in enumerate(self._companies):
            world = self._world(name, number, 0)
            for words in (("seal-scenario",), ("create", "--company", company_id)):
                steps.sandbox(world, *words, "--scenario", str(self._folder / "scenario"))
            with world.connection() as connection:
                store_profile(connection, company.profile(company_id))
            steps.warm_up()
            for step in (steps.extract_all, steps.land_all):
                world.run(step)
            shutil.rmtree(world.folder / "source")
        shutil.copytree(self._folder / "world", self._folder / "base")
        self._base = name


@contextmanager
def home(
    folder: Path,
    dsn: str,
    template: str,
    keys: Path,
    *,
    companies: Sequence[str] = (COMPANY,),
    begin: datetime = BEGIN,
) -> Iterator[Home]:
    """Give a home on a running Postgres server; a file server of its own is started and ended."""
    (folder / "world" / "sftp").mkdir(parents=True, exist_ok=True)
    files = FileServer(folder / "world" / "sftp", keys)
    files.start()
    made = Home(folder, Databases(dsn), template, files, companies=companies, begin=begin)
    try:
        yield made
    finally:
        files.kill()
        made.close()
