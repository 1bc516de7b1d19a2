"""Secrets that can be told everywhere: planted into a state before its first start, looked for in all that it wrote.

Every canary holds one word, so that a few needles find any of them in any form: as it is, in an address, in a document,
as base64 at each of its three places, as the hexadecimal text of a database's dump.
"""

from __future__ import annotations

import base64
import io
import json
import secrets
import subprocess
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from pypdf import PdfReader

from ops.airflow_settings import USERS
from ops.paths import private_dir, write_private
from ops.postgres import Server, binaries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORD = "kAn4rY/vOg3l+w8%Zq"
"""The word of every canary whose place takes any sign; `PLAIN` where it becomes part of an address."""
PLAIN = "kAn4rY_vOg3l-w8_Zq"
_ANY_SIGN = ("hosted_password", "hosted_api_key", "hosted_api_secret", "pipeline", "finance", "analyst")
_ADDRESS = ("airflow", "auditor", "oncall", "runblu_inbox", "redis")
# Where a secret is kept so that programs can read it; everything else is searched.
KEPT = (
    *("secrets/", "sftp-keys/", "warehouse.dsn", "redis/redis.conf", "postgres/superuser.password", "postgres/data/"),
    *("airflow/jwt.key", "airflow/api.key", "airflow/fernet.key", "airflow/passwords.json"),
)


def plant(folder: Path) -> None:
    """Put a canary wherever a state would make a secret of its own."""
    for name in (*_ANY_SIGN, *_ADDRESS):
        word = WORD if name in _ANY_SIGN else PLAIN
        write_private(private_dir(folder / "secrets") / name, f"{word}.{name}.{secrets.token_hex(4)}")
    home = private_dir(folder / "airflow")
    for name in ("jwt", "api"):
        write_private(home / f"{name}.key", f"{PLAIN}.{name}.{secrets.token_hex(16)}")
    # The key of exactly 32 bytes that Airflow wants; as base64 it holds the word as well.
    write_private(home / "fernet.key", base64.urlsafe_b64encode(PLAIN.encode().ljust(32, b"."))[:44].decode())
    write_private(home / "passwords.json", json.dumps({user: f"{PLAIN}.{user}" for user in USERS}))
    postgres = folder / "postgres"
    postgres.mkdir(parents=True, exist_ok=True)
    write_private(postgres / "superuser.password", f"{PLAIN}.superuser")


def needles(folder: Path | None = None) -> set[bytes]:
    """Give every form of the word, and a line out of the middle of each private key below the folder."""
    found = {form for word in (WORD, PLAIN) for form in forms(word)}
    for key in (folder / "sftp-keys").iterdir() if folder else ():
        if not key.name.endswith(".pub"):
            found.add(key.read_bytes().splitlines()[3])
    return found


def forms(word: str) -> Iterator[bytes]:
    """Give the texts by which a word would show."""
    yield word.encode()
    yield quote(word, safe="").encode()
    yield quote_plus(word).encode()
    yield quote(quote(word, safe=""), safe="").encode()
    yield word.encode().hex().encode()
    for before in range(3):
        encoded = base64.b64encode(b"." * before + word.encode() + b"..")
        # The first and last signs depend on what stands beside the word.
        inner = encoded[-(-before * 4 // 3) + (before > 0) : -6]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def leaks(folder: Path) -> list[str]:
    """Give what of a state's files and databases holds a secret outside of where it is kept; starts its Postgres."""
    wanted = needles(folder)
    found = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and not name.startswith(KEPT):
            found += holders(name, path.read_bytes(), wanted)
    server = Server(folder / "postgres")
    try:
        dsn = server.start()
        for database in ("airflow", "warehouse"):
            found += holders(f"database {database}", dump(f"{dsn} dbname={database}"), wanted)
    finally:
        server.stop()
    return found


def dump(dsn: str) -> bytes:
    """Give everything a database holds, as text: XComs, rendered templates, logs of Airflow, our tables."""
    command = [binaries() / "pg_dump", "--dbname", dsn, "--no-owner", "--encoding", "UTF8"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def holders(name: str, content: bytes, wanted: set[bytes]) -> list[str]:
    """Give where in a file, or in the members of a pack, a needle stands: place, and the needle's first signs."""
    found = [f"{name}: {needle[:12].decode()}..." for needle in sorted(wanted) if needle in content]
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            for member in pack.namelist():
                found += holders(f"{name}/{member}", pack.read(member), wanted)
    elif content[:5] == b"%PDF-":
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        found += holders(f"{name} as text", text.encode(), wanted)
    return found
