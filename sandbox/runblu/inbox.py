"""The live way: documents into the warehouse's inbox table, as the role that may do nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.errors import SandboxError
from sandbox.runblu.documents import as_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.runblu.documents import Document

CHUNK = 2000
ROLE = "runblu_inbox"
# Inserting is all the role may do; with row-level security COPY would be refused, an insert is not. The documents
# travel as lines of one text: JSON has no line break inside, and one parameter is far quicker to send than an array.
_INSERT = """
insert into ledger.event_inbox (company_id, event_id, document)
select %(company)s, d.document ->> 'event_id', d.document
from (select line::jsonb as document from string_to_table(%(lines)s, chr(10)) as line) as d
"""


def push(dsn: str, company: str, made: Iterable[Document], role: str = ROLE) -> int:
    """Insert the documents in one transaction; gives their number. Raises SandboxError when the warehouse refuses."""
    # Imported where it is used: Sage's side of the sandbox needs the standard library only.
    import psycopg  # noqa: PLC0415
    from psycopg import sql  # noqa: PLC0415

    count = 0
    try:
        with psycopg.connect(dsn, application_name="runblu") as connection:
            if role:
                connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
            for chunk in _chunks(made):
                lines = b"".join(map(as_line, chunk)).decode().rstrip("\n")
                connection.execute(_INSERT, {"company": company, "lines": lines})
                count += len(chunk)
    except psycopg.Error as refused:
        what = str(refused).strip().splitlines()[0]
        raise SandboxError(
            f"the warehouse did not take the events ({what})",
            expected="ledger.event_inbox and insert as " + (role or "its user"),
            do="nothing was inserted; check --dsn and the role, then push again",
        ) from None
    return count


def _chunks(made: Iterable[Document]) -> Iterator[list[Document]]:
    chunk: list[Document] = []
    for one in made:
        chunk.append(one)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
