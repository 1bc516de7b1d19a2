"""What Great Expectations said of a transfer, as the page of the transfer and its Data Docs show it."""

from __future__ import annotations

import html
import importlib
import json
import os
import re
import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sage_hooks.inbound_gate import SUITES_DIR

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORST_FIRST = ("critical", "warning", "info")
_NONE = {"min_value": 0, "max_value": 0}
# Elements of the library's template; a navbar holds one nav more, the others never nest.
_FOREIGN = re.compile(
    r"<script\b.*?</script>|<style\b.*?</style>|<footer\b.*?</footer>|<link\b[^>]*>|"
    r"<nav class=\"navbar.*?</nav>.*?</nav>|\son[a-z]+=\"[^\"]*\"",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Check:
    """One promise of a suite and what was found: `violations` counts rows, or is the count `bounds` are set for."""

    rule: str
    promise: str
    kind: str
    severity: str
    is_kept: bool
    violations: object
    bounds: Mapping[str, Any]


def checks(validation: Mapping[str, Any] | None) -> list[Check]:
    """Give the checks of a transfer from the result kept in `audit.transfer.validation`, broken and worst ones first.

    What came in has a result per rule, a sealed file the counts its suite judged. A transfer without a result has none.
    """
    if not validation:
        return []
    promises = _promises(validation["suite"])
    if "results" in validation:
        found = [
            Check(
                one["rule"],
                promises.get(one["rule"], {}).get("promise", one["rule"]),
                one["type"],
                one["severity"],
                one["success"],
                one["violations"],
                _NONE,
            )
            for one in validation["results"]
        ]
    else:
        broken = {words.split(" ", 1)[0] for words in validation["broken"]}
        found = [
            Check(
                name,
                promise["promise"],
                promise["type"],
                promise["severity"],
                name not in broken,
                validation["counts"].get(promise["kwargs"]["column"], ""),
                {key: bound for key, bound in promise["kwargs"].items() if key != "column"},
            )
            for name, promise in promises.items()
        ]
    return sorted(found, key=lambda check: (check.is_kept, _WORST_FIRST.index(check.severity)))


def data_docs(transfer: Mapping[str, Any], dress: str) -> str:
    """Give the page that Great Expectations' own Data Docs make of a transfer's result, dressed like the other pages.

    The library's page asks other hosts for scripts, style sheets and pictures, and people to subscribe; all that stays
    out, and `dress` goes into its head. The library is imported at the first call, which takes seconds.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        core = importlib.import_module("great_expectations.core")
        configuration = importlib.import_module("great_expectations.expectations.expectation_configuration")
        renderer = importlib.import_module("great_expectations.render.renderer")
        view = importlib.import_module("great_expectations.render.view")
    found = checks(transfer["validation"])
    results = [
        core.ExpectationValidationResult(
            success=check.is_kept,
            expectation_config=configuration.ExpectationConfiguration(
                type="expect_column_max_to_be_between",
                kwargs={"column": check.rule, **check.bounds},
                severity=check.severity,
                meta={"notes": {"format": "string", "content": [f"{check.promise} ({check.kind})"]}},
            ),
            result={"observed_value": check.violations},
        )
        for check in found
    ]
    kept = sum(check.is_kept for check in found)
    statistics = {
        "evaluated_expectations": len(found),
        "successful_expectations": kept,
        "unsuccessful_expectations": len(found) - kept,
        "success_percent": 100 * kept / len(found) if found else None,
    }
    at = transfer["finished_at"] or transfer["found_at"]
    # The library puts words into its page as they are.
    run = {"run_name": html.escape(transfer["file_name"]), "run_time": at.isoformat()}
    version = transfer["validation"].get(
        "great_expectations", importlib.import_module("great_expectations").__version__
    )
    meta = {"run_id": run, "validation_time": at.isoformat(), "great_expectations_version": version}
    told = core.ExpectationSuiteValidationResult(
        success=kept == len(found), results=results, suite_name=transfer["flow"], statistics=statistics, meta=meta
    )
    page: str = view.DefaultJinjaPageView().render(renderer.ValidationResultsPageRenderer().render(told))
    return _for_everybody(_FOREIGN.sub("", page).replace("</head>", f"{dress}</head>", 1), transfer["file_name"])


def _for_everybody(page: str, file_name: str) -> str:
    """Give the library's page what a screen reader goes by: language, title, main part, headings that begin at one."""
    name = html.escape(file_name)
    page = re.sub(r"(</?h)([456])\b", lambda found: f"{found[1]}{int(found[2]) - 2}", page)
    page = re.sub(r"<title>.*?</title>", "", page, flags=re.DOTALL)
    # It leads to pages of the library's site that are not there.
    page = re.sub(r'<a href="\.\./[^"]*"[^>]*>(.*?)</a>', r"\1", page, flags=re.DOTALL)
    for old, new in (
        ("<html>", '<html lang="en">'),
        ("</head>", f"<title>{name} - Data Docs</title></head>"),
        ("<body>", f"<body><main><h1>{name}</h1>"),
        ("</body>", "</main></body>"),
    ):
        page = page.replace(old, new, 1)
    return page


@cache
def _promises(flow: str) -> dict[str, dict[str, Any]]:
    """Give promise, kind, severity and arguments of every rule of a suite by its name."""
    document = json.loads((SUITES_DIR / f"{flow}.json").read_text(encoding="utf-8"))
    entries = [(entry, entry["meta"]) for entry in document["expectations"]]
    entries += [(entry, entry) for entry in document.get("meta", {}).get("rules", [])]
    return {
        words["rule"]: {
            "promise": words.get("promise") or words.get("why", ""),
            "type": entry.get("type") or entry.get("kind", ""),
            "severity": entry.get("severity", "critical"),
            "kwargs": entry.get("kwargs", {}),
        }
        for entry, words in entries
    }
