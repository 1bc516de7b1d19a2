"""The self-test report of the exchange agent: how the agent writes it, and what it says for go-live.

A JSON document in `<company>/health/`, named `self_test_<company>_<PROD|TEST>_<YYYYmmddTHHMMSSZ>.json`, complete once
its `.ok` lies beside it: format, company, environment, agent (its version), tested_at (ISO, UTC), findings, each with
subject and trouble ('' = all is well).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from sage_bridge.errors import RefusedTransfer
from sage_bridge.go_live import SELF_TEST_SECONDS, Check, judged

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT = 1
FOLDER = "health"
SUFFIX = ".json"


def file_name(company: str, environment: str, at: datetime) -> str:
    """Give the name of a report made at a time (UTC)."""
    return f"self_test_{company}_{environment}_{at:%Y%m%dT%H%M%SZ}{SUFFIX}"


def write_self_test(
    company: str, environment: str, agent: str, at: datetime, findings: Iterable[tuple[str, str]]
) -> bytes:
    """Give the report's bytes; findings are pairs of subject and trouble."""
    document = {
        "format": FORMAT,
        "company": company,
        "environment": environment,
        "agent": agent,
        "tested_at": at.isoformat(),
        "findings": [{"subject": subject, "trouble": trouble} for subject, trouble in findings],
    }
    return (json.dumps(document, sort_keys=True) + "\n").encode()


def read_self_test(content: bytes, name: str, company: str, now: datetime) -> list[Check]:
    """Give one check for the report's age and one for each line of it.

    Raises:
        RefusedTransfer: RS-244 it is no report of this company.
    """
    try:
        document = json.loads(content)
        tested_at = datetime.fromisoformat(document["tested_at"])
        findings = [(str(one["subject"]), str(one["trouble"])) for one in document["findings"]]
        is_ours = document["format"] == FORMAT and document["company"] == company
        age = round((now - tested_at).total_seconds())
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(name, f"{type(error).__name__}: {error}") from error
    if not is_ours:
        raise _broken(name, f"format {document['format']} of company {document['company']}")
    report = judged(
        "agent.self_test",
        f"agent {document.get('agent', '')}, {len(findings)} lines, {age // 3600} hours old",
        f"lines, not older than {SELF_TEST_SECONDS // 86_400} days",
        "run the agent with self-test --publish on the Sage host",
        is_good=bool(findings) and age <= SELF_TEST_SECONDS,
    )
    return [
        report,
        *(
            judged(f"agent.{subject}", trouble or "ok", "ok", "repair it on the Sage host", is_good=not trouble)
            for subject, trouble in findings
        ),
    ]


def _broken(name: str, found: str) -> RefusedTransfer:
    return RefusedTransfer(
        "RS-244",
        "self-test of the agent cannot be understood",
        record=name,
        expected=f"a report of format {FORMAT} of this company",
        found=found,
        do="bring agent and bridge to the same release, then run the agent with self-test --publish",
    )
