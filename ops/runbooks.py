"""The runbooks and their index: which page helps with which error code, and with which rule of an exception.

A page names its codes and rules in the part `Sign`; the index is made from that, so it cannot differ from the pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FOLDER = REPOSITORY / "docs" / "runbooks"
PARTS = ("Sign", "Meaning", "Check", "Act", "Never")
_CODE = re.compile(r"RS-[0-9]{3}")
_RULE = re.compile(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)*)`")


@dataclass(frozen=True, slots=True)
class Runbook:
    """One page: its file name, its heading, its parts by name."""

    name: str
    title: str
    parts: dict[str, str]

    @property
    def codes(self) -> tuple[str, ...]:
        """Give the error codes its sign names, in order."""
        return tuple(sorted(set(_CODE.findall(self.parts.get("Sign", "")))))

    @property
    def rules(self) -> tuple[str, ...]:
        """Give the rules of exceptions its sign names: words in code type on lines that begin with `Exceptions:`."""
        lines = [line for line in self.parts.get("Sign", "").splitlines() if line.startswith("Exceptions:")]
        return tuple(sorted({rule for line in lines for rule in _RULE.findall(line)}))


def read(path: Path) -> Runbook:
    """Read one page; a part begins with its name as a heading of the second order."""
    text = path.read_text(encoding="utf-8")
    title = text.partition("\n")[0].removeprefix("# ").strip()
    pieces = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return Runbook(path.name, title, dict(zip(pieces[1::2], pieces[2::2], strict=True)))


def runbooks() -> Iterator[Runbook]:
    """Give all pages by name."""
    yield from (read(path) for path in sorted(FOLDER.glob("*.md")) if path.name != "README.md")


def index(errors: Iterable[tuple[str, str]]) -> str:
    """Give the index: signs that are seen, codes with what they say, rules of exceptions, each with its page.

    Args:
        errors: code and first words of every error of the sources.
    """
    pages = list(runbooks())
    said: dict[str, str] = {}
    for code, what in sorted(errors):
        said.setdefault(code, what)
    lines = [
        "# Runbooks",
        "",
        "Made by `make docs` from the pages. Each has five parts: sign, meaning, check, act, never. Find the page by",
        "the code in the sentence of a failed task, or by the rule of an open exception:",
        "",
        "```sql",
        "select rule, owner, count(*) as records, min(opened_at) as oldest from mart.open_exception",
        "group by rule, owner order by oldest",
        "```",
        "",
        "| page | codes |",
        "|---|---|",
        *(f"| [{page.title}]({page.name}) | {', '.join(page.codes) or '-'} |" for page in pages),
        "",
        "## By code",
        "",
        "| code | says | page |",
        "|---|---|---|",
    ]
    for code, what in said.items():
        links = ", ".join(f"[{page.name.removesuffix('.md')}]({page.name})" for page in pages if code in page.codes)
        lines.append(f"| {code} | {' '.join(what.split())} | {links or '-'} |")
    lines += ["", "## By rule of an open exception", "", "| rule | page |", "|---|---|"]
    for rule in sorted({rule for page in pages for rule in page.rules}):
        links = ", ".join(f"[{page.name.removesuffix('.md')}]({page.name})" for page in pages if rule in page.rules)
        lines.append(f"| `{rule}` | {links} |")
    return "\n".join(lines) + "\n"
