"""Fixtures that the rooms share: real services, started once, each test with a fresh state of its own."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import itertools
import os
import shutil
import subprocess
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

    from sage_hooks.warehouse import Connection

TEMPLATE = "warehouse_template"
# Many runs one after another, as the hunt for defects makes, share a server that only they use.
SERVER_VARIABLE = "SAGE_BRIDGE_TEST_POSTGRES"
# A demo that one tier has run is what a later one goes on from.
DEMO_VARIABLE = "SAGE_BRIDGE_TEST_DEMO"
# The product ships without it; a test says loudly that it could not look.
ALLOWED_SKIP = "foreign data are not here:"
MEMORY = Path("/dev/shm")  # noqa: S108  # only tests write there, in a folder of their own
ROOM = 6 * 2**30
# What a test writes need not survive a power cut.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "shared_buffers": "128MB", "max_wal_size": "1GB"}
# Files that go on from where another one ended; they run after it, in its process.
DEMO = "tests/ops/test_demo.py"
CONTINUATIONS = {
    "tests/ops/test_restore_drill.py": DEMO,
    "tests/pages/test_browser.py": DEMO,
    "tests/pages/test_closing.py": DEMO,
    "tests/pages/test_late_event.py": DEMO,
    "tests/pages/test_up.py": DEMO,
}
# Begun first, so that none of them is left over when the others have ended.
LONGEST = (
    DEMO,
    "tests/ops/test_demo_deaths.py",
    "tests/ops/test_demo_hosted.py",
    "tests/crash/test_crash.py",
    "tests/laws/test_worked_cases.py",
    "tests/agent/test_crash.py",
)
_numbers = itertools.count(1)

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")


@dataclass(frozen=True)
class SftpPlace:
    """A running SFTP server: `root` is what clients see as `/`, `host_key` the line to pin."""

    root: Path
    host: str
    port: int
    user: str
    key_file: Path
    host_key: str


@pytest.fixture(scope="session")
def test_var() -> Iterator[Path]:
    """A folder under `var/` that this test run alone uses; gone afterwards."""
    from ops.paths import var_dir

    yield from _folder_of_this_run(var_dir() / "tests")


@pytest.fixture(scope="session")
def demo_var(test_var: Path) -> Path:
    """The folder in which tests/ops/test_demo.py runs the demo, for the files that go on from it."""
    return Path(os.environ.get(DEMO_VARIABLE) or test_var / "demo-var")


@pytest.fixture(scope="session")
def test_memory(test_var: Path) -> Iterator[Path]:
    """The same for data that each test makes anew, in memory where there is room: a database is hundreds of files."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    yield from _folder_of_this_run(MEMORY / "sage-bridge-tests") if has_room else iter([test_var])


def _folder_of_this_run(runs: Path) -> Iterator[Path]:
    _sweep(runs)
    folder = runs / str(os.getpid())
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _sweep(runs: Path) -> None:
    """Stop and remove what test runs that were killed have left; their folders are named by their pids."""
    import psutil

    from ops.postgres import Server

    for left in runs.glob("[0-9]*"):
        if not psutil.pid_exists(int(left.name)):
            for data in left.rglob("PG_VERSION"):
                if data.parent.name == "data":
                    Server(data.parents[1]).stop()
            shutil.rmtree(left, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(test_memory: Path) -> Iterator[str]:
    """The superuser's DSN, without a database, of this test run's Postgres server, or of the one it is told to use."""
    from ops.postgres import Server

    if os.environ.get(SERVER_VARIABLE):
        yield os.environ[SERVER_VARIABLE]
        return
    subprocess.run(["cp", "-a", _prepared_cluster(), test_memory / "postgres"], check=True)
    server = Server(test_memory / "postgres", options=CARELESS)
    yield str(server.start())
    server.stop()


def _prepared_cluster() -> Path:
    """Give the folder of a cluster that holds the template; the first who needs it makes it for all."""
    from ops import postgres, postgres_settings, unprivileged
    from ops.paths import var_dir
    from ops.postgres import Server, binaries, server_version
    from sage_hooks import warehouse
    from sage_hooks.sql_files import SQL_DIR

    sources = [*sorted((SQL_DIR / "migrations").glob("*.sql")), Path(__file__)]
    sources += [Path(module.__file__ or "") for module in (postgres, postgres_settings, unprivileged, warehouse)]
    digest = hashlib.sha256(server_version(binaries()).encode())
    for source in sources:
        digest.update(source.read_bytes())
    cache = var_dir() / "cache" / "postgres"
    cache.mkdir(parents=True, exist_ok=True)
    made = cache / digest.hexdigest()[:16]
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.is_dir():
            for older in cache.glob("*/"):
                shutil.rmtree(older)
            server = Server(made.with_suffix(".new"), options=CARELESS)
            _make_template(str(server.start()))
            server.stop()
            server.folder.rename(made)
    return made


@pytest.fixture(scope="session")
def warehouse_template(postgres_server: str) -> str:
    """The name of a migrated database nobody is connected to, to clone from."""
    if os.environ.get(SERVER_VARIABLE):
        _make_template(postgres_server)
    return TEMPLATE


def _make_template(postgres_server: str) -> None:
    import psycopg
    from psycopg import sql

    from sage_hooks import warehouse

    with psycopg.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        # What a run that was ended left on a server that several share.
        left = admin.execute("select datname from pg_database where not datistemplate and datname <> 'postgres'")
        for (name,) in left.fetchall():
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
    with warehouse.connect(f"{postgres_server} dbname={TEMPLATE}") as connection:
        warehouse.migrate(connection)


@pytest.fixture
def warehouse_dsn(postgres_server: str, warehouse_template: str) -> Iterator[str]:
    """The DSN of a fresh migrated database; dropped after the test, open connections or not."""
    import psycopg
    from psycopg import sql

    name = f"warehouse_{next(_numbers)}"
    with psycopg.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        admin.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(warehouse_template)
            )
        )
        yield f"{postgres_server} dbname={name}"
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def warehouse(warehouse_dsn: str) -> Iterator[Connection]:
    """A connection of `sage_hooks.warehouse` to a fresh migrated database."""
    from sage_hooks import warehouse as hook

    connection = hook.connect(warehouse_dsn)
    yield connection
    connection.close()


@pytest.fixture
def company(warehouse: Connection) -> str:
    """The company `AW` with the default profile in `core.company`; gives its id."""
    from ops.companies import default_profile, store_profile

    store_profile(warehouse, default_profile("AW"))
    warehouse.commit()
    return "AW"


@pytest.fixture(scope="session")
def _sftp_keys(test_var: Path) -> Path:
    from ops.sftp_server import Keys

    keys = Keys(test_var / "sftp-keys")
    keys.make()
    return keys.folder


@pytest.fixture
def sftp_server(tmp_path: Path, _sftp_keys: Path) -> Iterator[SftpPlace]:
    """A real SFTP server on a root folder of this test."""
    from ops.processes import LOOPBACK
    from ops.sftp_server import Keys, listen

    keys, root = Keys(_sftp_keys), tmp_path / "sftp"
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(listen(root, keys, 0), loop).result(timeout=20)
    yield SftpPlace(root, LOOPBACK, server.get_port(), "bridge", keys.key_file("bridge"), keys.host_key)

    async def close() -> None:
        server.close()
        await server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    with warnings.catch_warnings():
        # A download that a client broke off may still have its file open in the server when that is ended.
        warnings.simplefilter("ignore", ResourceWarning)
        asyncio.run_coroutine_threadsafe(close(), loop).result(timeout=20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=20)
        loop.close()


@pytest.fixture(scope="session")
def foreign_data() -> Path:
    """The folder of data nobody here wrote, beside the repository; tests that need it say so where it is not there."""
    from ops.paths import REPOSITORY

    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"{ALLOWED_SKIP} {folder}")
    return folder


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """With several processes a file stays together, and stories of more than one file do, too."""
    from xdist.scheduler import LoadFileScheduling

    class StoriesTogether(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return CONTINUATIONS.get(file, file)

    return StoriesTogether(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the longest files to the front; the others keep their order."""

    def place(item: pytest.Item) -> int:
        file = item.nodeid.partition("::")[0]
        file = CONTINUATIONS.get(file, file)
        return LONGEST.index(file) if file in LONGEST else len(LONGEST)

    items.sort(key=place)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A skip is a failure where nothing may be skipped (`CI` or `SAGE_BRIDGE_TEST_STRICT`), but for foreign data."""
    if report.skipped and not hasattr(report, "wasxfail") and _is_strict() and ALLOWED_SKIP not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, which counts as a failure here: {report.longrepr}"


def _is_strict() -> bool:
    return any(os.environ.get(name, "") not in {"", "0", "false"} for name in ("CI", "SAGE_BRIDGE_TEST_STRICT"))


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """No test inherits connections or settings of the person who runs it."""
    for name in tuple(os.environ):
        if name.startswith(("PG", "AIRFLOW_CONN_")) and name != "PG_BIN_DIR":
            monkeypatch.delenv(name)
    return lambda: None
