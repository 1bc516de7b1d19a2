"""Every code and every rule that can call a person leads to a page, and every page has its five parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ops.documentation import errors
from ops.paths import REPOSITORY
from ops.runbooks import FOLDER, PARTS, Runbook, runbooks

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

PAGES = list(runbooks())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_its_parts_in_order(page: Runbook) -> None:
    assert [part for part in page.parts if part in PARTS] == list(PARTS)
    assert [part for part in PARTS if not page.parts[part].strip()] == []


def test_every_code_leads_to_a_page() -> None:
    raised = {error.code for error in errors()}
    named = {code for page in PAGES for code in page.codes}
    assert sorted(raised - named) == [], "name the code in the part Sign of a page in docs/runbooks"
    assert sorted(named - raised) == [], "no source raises the code any more"


def test_every_rule_of_an_exception_leads_to_a_page(warehouse: Connection) -> None:
    from sage_hooks.outbox_findings import _CHECKS

    waiting = {row["rule"] for row in warehouse.execute("select rule from ledger.waiting_rule").fetchall()}
    opened = waiting | {rule for _, rules in _CHECKS.values() for rule in rules}
    named = {rule for page in PAGES for rule in page.rules}
    assert sorted(opened - named) == [], "name the rule in a line `Exceptions:` of the part Sign of a page"


def test_the_pages_that_messages_speak_of_exist() -> None:
    sources = [path for folder in ("plugins", "dags", "include/sql") for path in (REPOSITORY / folder).rglob("*.*")]
    texts = [path.read_text(encoding="utf-8") for path in sources if path.suffix in {".py", ".sql"}]
    spoken_of = {name for text in texts for name in re.findall(r"by the runbook ([a-z-]+)|\(runbook ([a-z-]+)\)", text)}
    names = {one or other for one, other in spoken_of}
    assert names
    assert [name for name in names if not (FOLDER / f"{name}.md").is_file()] == []
