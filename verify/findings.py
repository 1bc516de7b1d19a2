"""What the verifier found, in words and figures; small enough to travel between processes."""

from __future__ import annotations

from dataclasses import dataclass, field

KEPT = 1_000
"""Findings kept in words; all are counted. A rewritten log breaks every batch, and a person reads the first ones."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: whose, in which batch, what; `record` names the event or file."""

    company_id: str
    batch: int
    what: str
    record: str = ""

    def __str__(self) -> str:
        """Give it as a line."""
        named = f", {self.record}" if self.record else ""
        return f"{self.company_id} batch {self.batch}{named}: {self.what}"


@dataclass(slots=True)
class Chain:
    """What was recomputed of one company: events, batches, and the newest head."""

    events: int = 0
    batches: int = 0
    last_batch: int = 0
    head: str = ""


@dataclass(slots=True)
class Verdict:
    """All findings and what they rest on."""

    chains: dict[str, Chain] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    wrong: int = 0
    published_files: int = 0
    published_heads: int = 0
    evidence_packs: int = 0
    unpublished_heads: int = 0

    @property
    def is_intact(self) -> bool:
        """Tell whether nothing was found."""
        return self.wrong == 0

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it while there are few."""
        self.wrong += 1
        if len(self.findings) < KEPT:
            self.findings.append(finding)

    def chain(self, company_id: str) -> Chain:
        """Give the figures of a company, empty at first."""
        return self.chains.setdefault(company_id, Chain())

    def join(self, later: Verdict) -> None:
        """Take over what another process found in later batches."""
        for company_id, chain in later.chains.items():
            own = self.chain(company_id)
            own.events += chain.events
            own.batches += chain.batches
            if chain.last_batch:
                own.last_batch, own.head = chain.last_batch, chain.head
        for finding in later.findings:
            self.add(finding)
        self.wrong += later.wrong - len(later.findings)
