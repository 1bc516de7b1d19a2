"""The database derives the same references as the rule, or a line would get two."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from sage_bridge.identity import KIND_LETTERS, NaturalKey, posting_reference

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

STATEMENT = """
select outbox.reference_text(k.kind, outbox.reference_number(
    outbox.natural_key('AW', k.kind, k.day, k.job, k.extra, k.code, k.category, k.commitment, k.item, k.source, k.no),
    k.salt
)) as reference
from unnest(
    %(kind)s::text[], %(day)s::date[], %(job)s::text[], %(extra)s::text[], %(code)s::text[], %(category)s::text[],
    %(commitment)s::text[], %(item)s::integer[], %(source)s::text[], %(no)s::integer[], %(salt)s::integer[]
) with ordinality as k (kind, day, job, extra, code, category, commitment, item, source, no, salt, place)
order by k.place
"""
LETTERS = "AZaz09 -/.'\"\\éłß漢%|"


def test_sql_and_rule_give_the_same_references(warehouse: Connection) -> None:
    from datetime import date

    random = Random(5)

    def text() -> str:
        return "".join(random.choice(LETTERS) for _ in range(random.randrange(0, 12)))

    columns: dict[str, list[object]] = {
        name: []
        for name in ("kind", "day", "job", "extra", "code", "category", "commitment", "item", "source", "no", "salt")
    }
    wanted = []
    for _ in range(2_000):
        key = NaturalKey(
            "AW",
            random.choice(sorted(KIND_LETTERS)),
            date(1999, 1, 1) + timedelta(random.randrange(20_000)),
            text(),
            text(),
            text(),
            text(),
            text(),
            random.randrange(0, 99_999),
            text(),
            random.randrange(1, 90),
        )
        salt = random.randrange(0, 70)
        wanted.append(posting_reference(key, salt))
        values = (
            key.kind,
            key.transaction_date,
            key.job,
            key.extra,
            key.cost_code,
            key.category,
            key.commitment,
            key.item_number,
            key.source_key,
            key.difference_no,
            salt,
        )
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    found = [row["reference"] for row in warehouse.execute(STATEMENT, columns).fetchall()]
    assert found == wanted


def test_a_line_without_item_has_item_zero(warehouse: Connection) -> None:
    row = warehouse.execute(
        "select outbox.natural_key('AW', 'x', '2026-03-02', 'j', '', 'c', 'm', '', null, 's', 1) = "
        "outbox.natural_key('AW', 'x', '2026-03-02', 'j', '', 'c', 'm', '', 0, 's', 1) as is_equal"
    ).fetchone()
    assert row == {"is_equal": True}
