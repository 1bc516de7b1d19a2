"""What somebody with all rights could do to the event log: six attacks on its structure, and changes of single bytes.

Triggers and foreign keys are off. Each change is made in a transaction, judged by the verifier, and rolled back.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from ops.tamper_log import TABLES
from verify.chain import Range, verify_range
from verify.statements import configure
from verify.verifier import compare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from verify.findings import Verdict
    from verify.statements import Connection

ATTACKS = {
    "changed byte": """
        update ledger.material_event set quantity = quantity + 0.0001
        where batch = %(batch)s and batch_position = 1
    """,
    "deleted row": "delete from ledger.material_event where batch = %(batch)s and batch_position = 2",
    "inserted row": """
        create temporary table twin on commit drop as
        select * from ledger.material_event where batch = %(batch)s and batch_position = 1;
        update twin set event_id = 'forged', batch_position = (
            select max(batch_position) + 1 from ledger.material_event where batch = %(batch)s
        );
        insert into ledger.material_event select * from twin;
        update ledger.material_event as e set leaf_hash = ledger.event_leaf(e) where event_id = 'forged'
    """,
    "swapped rows": """
        update ledger.material_event set batch_position = batch_position + 1000000 where batch = %(batch)s;
        update ledger.material_event
        set batch_position = case batch_position
            when 1000001 then 2 when 1000002 then 1 else batch_position - 1000000
        end
        where batch = %(batch)s
    """,
    "cut tail": """
        delete from ledger.material_event where batch > %(batch)s;
        delete from audit.chain_head where batch > %(batch)s
    """,
    "full rewrite": "update ledger.material_event set quantity = quantity + 1",
}
"""Statements of each attack; `batch` is the batch that is attacked."""

REHASH = """
    update ledger.material_event set batch_position = batch_position + 1000000;
    update ledger.material_event as e set batch_position = n.place from (
        select company_id, event_id, row_number() over (partition by batch order by batch_position) as place
        from ledger.material_event
    ) as n where n.company_id = e.company_id and n.event_id = e.event_id;
    update ledger.material_event as e set leaf_hash = ledger.event_leaf(e);
    delete from audit.chain_head;
    alter table audit.chain_head alter column batch add generated always as identity;
    select ledger.append_chain_heads(c.company_id) from core.company as c;
    update audit.chain_head as h set created_at = (
        select max(e.landed_at) from ledger.material_event as e where e.batch = h.batch
    )
"""
"""How an attacker with time makes the database agree with itself again: every position, leaf and head anew."""

_UNLOCK = (
    b"set session_replication_role = replica",
    b"alter table ledger.material_event disable trigger user",
    b"alter table audit.chain_head disable trigger user",
    # Nobody but the sequence could number a batch otherwise.
    b"alter table audit.chain_head alter column batch drop identity if exists",
)
_HEADS_SHARE = 0.1
"""Share of the changes that hit heads, not events."""
_NOT_HASHED = frozenset({"published_at", "published_as"})
"""Columns of a head that say where it went; they are no part of the log."""
_PRINTABLE = bytes(range(0x20, 0x7F))


@dataclass(frozen=True, slots=True)
class Change:
    """A byte that was changed: where, what stood there, what stands there now."""

    table: str
    column: str
    key: str
    before: str | None
    after: str

    def __str__(self) -> str:
        """Give it as a line."""
        return f"{self.table}.{self.column} of {self.key}: {self.before!r} -> {self.after!r}"


class Tamperer:
    """Works on a database as its superuser; `files` is the folder with the published heads."""

    def __init__(self, dsn: str, files: Path) -> None:
        """Open the database and switch off, for good, whatever guards the log: nobody else should need it."""
        self._files = files
        self.connection: Connection = psycopg.connect(dsn, autocommit=True)
        configure(self.connection)
        for statement in _UNLOCK:
            self.connection.execute(statement)
        rows = self.connection.execute("select batch from audit.chain_head order by batch").fetchall()
        self.middle = int(rows[len(rows) // 2][0])
        self._columns = {
            table: [(str(name), str(kind)) for name, kind in self._described(table) if name not in _NOT_HASHED]
            for table in TABLES
        }

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    @contextmanager
    def tampering(self) -> Iterator[None]:
        """Take back at the end what is done within."""
        with self.connection.transaction(force_rollback=True):
            yield

    def attack(self, name: str, *, is_rehashed: bool = False) -> None:
        """Do one of the attacks; `is_rehashed` makes the database agree with itself afterwards."""
        statements = f"{ATTACKS[name]};{REHASH}" if is_rehashed else ATTACKS[name]
        for statement in statements.split(";"):
            self.connection.execute(statement.encode(), {"batch": self.middle})

    def judge(self, *, with_published: bool = True) -> Verdict:
        """Have the verifier look at what stands in the transaction now."""
        verdict = verify_range(self.connection, Range())
        if with_published:
            compare(self.connection, [self._files], [], verdict)
        return verdict

    def change_a_byte(self, random: Random) -> Change:
        """Change one byte of one value of one row, all chosen by chance; tried until the database takes a change."""
        while True:
            table = TABLES[random.random() < _HEADS_SHARE]
            column, kind = random.choice(self._columns[table])
            with suppress(psycopg.DataError, psycopg.IntegrityError, UnicodeDecodeError), self.connection.transaction():
                change = self._change(random, table, column, kind)
                if change is not None:
                    return change

    def _change(self, random: Random, table: str, column: str, kind: str) -> Change | None:
        names = {"table": sql.SQL(table), "column": sql.Identifier(column), "kind": sql.SQL(kind)}
        row = self.connection.execute(
            sql.SQL("select ctid::text, {column}::text from {table} offset %s limit 1").format(**names),
            (random.randrange(self._count(table)),),
        ).fetchone()
        if row is None:
            return None
        place, before = row
        wanted = _with_other_byte(random, before).decode("utf-8", "strict")
        after = self.connection.execute(
            sql.SQL(
                "update {table} set {column} = %s::text::{kind} where ctid = %s::tid returning {column}::text"
            ).format(**names),
            (wanted, place),
        ).fetchone()
        if after is None or after[0] == before:
            return None
        return Change(table, column, place, before, after[0])

    def _count(self, table: str) -> int:
        row = self.connection.execute(sql.SQL("select count(*) from {}").format(sql.SQL(table))).fetchone()
        return int(row[0]) if row else 0

    def _described(self, table: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute "
            "where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
            (table,),
        ).fetchall()


def _with_other_byte(random: Random, text: str | None) -> bytes:
    """Give a value with one byte changed; where there is none, one byte is put."""
    if not text:
        return bytes([random.choice(b"\x1e\x1f" + _PRINTABLE)])
    content = bytearray(text.encode())
    place = random.randrange(len(content))
    old = content[place]
    while content[place] == old:
        content[place] = random.choice(_PRINTABLE)
    try:
        content.decode()
    except UnicodeDecodeError:
        # A byte within a letter of several bytes: its last byte may take any continuation.
        content[place] = 0x80 | random.randrange(0x40)
    return bytes(content)
