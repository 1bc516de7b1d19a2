"""What is written is checked: generated pages are fresh, links lead somewhere, the README's commands exist."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from ops import schemas
from ops.documentation import PAGES, errors
from ops.paths import REPOSITORY

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_fresh(name: str) -> None:
    assert (REPOSITORY / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "run make docs"


def test_the_page_of_the_schemas_is_fresh(warehouse: Connection) -> None:
    assert (REPOSITORY / "docs" / schemas.PAGE).read_text(encoding="utf-8") == schemas.page(warehouse), "run make docs"


def test_every_dag_has_a_whole_manual() -> None:
    """The words a person paged at night looks for stand in every manual."""
    page = PAGES["dags.md"]()
    for manual in page.split("\n## ")[1:]:
        name = manual.partition("\n")[0]
        missing = [word for word in ("Moves:", "Starts:", "Grain:", "Fails:", "Rerun:", "Never:") if word not in manual]
        assert missing == [], name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: object) -> None:
    from pathlib import Path

    path = Path(str(document))
    missing = [link for link in _LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / link).exists()]
    assert missing == []


def test_the_commands_of_the_readme_exist() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    wanted = set(re.findall(r"`make ([a-z-]+)", readme)) | set(re.findall(r"^make ([a-z-]+)", readme, re.MULTILINE))
    assert {"demo", "test"} <= wanted
    assert [name for name in wanted if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_every_error_says_what_and_belongs_to_a_group() -> None:
    found = list(errors())
    assert len({error.code for error in found}) > 50
    assert [error for error in found if not error.what] == []
    groups = defaultdict(set)
    for error in found:
        groups[error.code[:4]].add(error.code)
    assert set(groups) <= {f"RS-{digit}" for digit in "1234569"}


# Words every reader knows, and names of places in a record rather than of things.
_PLAIN = frozenset(
    {
        *("created", "decided", "description", "explanation", "finished", "first seen", "last attempt", "opened"),
        *("period end", "proposed", "rows landed", "rows quarantined", "seconds event to sent", "sha256"),
        *("chain batch", "commitment type", "corrects reference", "event type", "receipt event", "reverses event"),
        *("published as", "sage transaction"),
    }
)


def test_every_word_of_the_marts_is_in_the_glossary(warehouse: Connection) -> None:
    rows = warehouse.execute(
        "select distinct column_name from information_schema.columns where table_schema = 'mart'"
    ).fetchall()
    glossary = (REPOSITORY / "docs" / "glossary.md").read_text(encoding="utf-8").lower().replace("*", "")
    missing = []
    for row in rows:
        word = re.sub(r"^(amount|units|is)_", "", row["column_name"])
        word = re.sub(r"_(id|no|number|at|by|date|name|text|key|kind|days)$", "", word).replace("_", " ")
        if word not in glossary and word not in _PLAIN:
            missing.append(row["column_name"])
    assert sorted(missing) == []
