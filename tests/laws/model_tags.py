"""Tagging: on which codes an event counts, or the rule for which it waits (domain 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.laws.model_records import ZERO, CodeRule, Codes, Event, Tag, Waits
from tests.laws.model_state import LineState, Spot, total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction


@dataclass(frozen=True)
class Tagger:
    """The Sage mirror's codes and the controller's rules; `valid_codes` gives '' or the rule a code breaks."""

    valid_codes: Mapping[Codes, str]
    code_rules: Sequence[CodeRule]
    material_classes: Mapping[str, str]

    def checked(self, codes: Codes) -> Codes:
        """Give the codes back when the mirror lets cost onto them."""
        rule = self.valid_codes.get(codes)
        if rule is None:
            rule = "cost_code_unknown" if any(one.job == codes.job for one in self.valid_codes) else "job_unknown"
        if rule:
            raise Waits(rule)
        return codes

    def own_tag(self, event: Event, state: LineState) -> Tag | None:
        """Give the codes on the event itself, checked; None without job and cost code.

        A category not said is the PO line's: the material is of one kind wherever it goes.
        """
        codes = event.codes
        if not codes.job or not codes.cost_code:
            return None
        return Tag("event", (self.checked(codes._replace(category=codes.category or state.line.codes.category)),))

    def fallback_tag(self, event: Event, state: LineState) -> Tag:
        """Give the PO line's codes, else those of the mapping in force; raises Waits untagged."""
        if state.line.codes.job and state.line.codes.cost_code and agrees(event, state.line.codes):
            return Tag("commitment_item", (self.checked(state.line.codes),))
        job = event.codes.job or state.line.codes.job
        material_class = self.material_classes.get(event.standard_item or state.line.standard_item)
        found = [rule for rule in self.code_rules if job and rule.covers(material_class, job, event.occurred_at[:10])]
        if not found:
            raise Waits("untagged")
        rule = max(found, key=lambda rule: (rule.job != "", rule.effective_from))
        codes = rule.codes._replace(job=job)
        if not agrees(event, codes):
            raise Waits("untagged")
        return Tag("mapping", (self.checked(codes),))

    def at_receiver(self, event: Event, spot: Spot) -> Codes:
        """Give the codes that what a transfer takes from a place counts on afterwards.

        Those it says; else, at another job, those the mapping gives there; else the same as before.
        """
        line, to = spot.layer.state.line, event.to
        if to.cost_code:
            job = to.job or event.codes.job or line.codes.job
            return self.checked(to._replace(job=job, category=to.category or line.codes.category))
        if to.job:
            material_class = self.material_classes.get(event.standard_item or line.standard_item)
            rules = [one for one in self.code_rules if one.covers(material_class, to.job, event.occurred_at[:10])]
            if rules:
                rule = max(rules, key=lambda rule: (rule.job != "", rule.effective_from))
                return self.checked(rule.codes._replace(job=to.job))
        if to.job not in ("", spot.codes.job):
            raise Waits("untagged")
        return spot.codes

    def parts(self, event: Event, spot: Spot, units: Fraction) -> list[tuple[Codes, Fraction, str]]:
        """Say on which codes units drawn from a layer count, and why.

        Codes of the event; else, for consumption, those the layer is allocated to, first allocated first, as
        far as they are not yet consumed; what is left over goes to the codes a transfer brought it to, else to the PO
        line's codes or the mapping's; codes that contradict what the event says are not for it.
        """
        layer = spot.layer
        own = self.own_tag(event, layer.state)
        if own is not None:
            return [(own.codes[0], units, own.source)]
        parts: list[tuple[Codes, Fraction, str]] = []
        here = spot.drawn(layer.allocated)
        allocated = [] if event.event_type == "allocated" else here
        for codes in dict.fromkeys(draw.codes for draw in allocated if agrees(event, draw.codes)):
            open_units = total(draw for draw in here if draw.codes == codes) - total(
                draw for draw in spot.drawn(layer.consumed) if draw.codes == codes
            )
            part = min(max(open_units, ZERO), units)
            if part > 0:
                parts.append((self.checked(codes), part, "allocation"))
                units -= part
        if spot.origin is not None and units > 0 and agrees(event, spot.codes):
            return [*parts, (spot.codes, units, "transfer")]
        if units > 0 or not parts:
            rest = self.fallback_tag(event, layer.state)
            parts.append((rest.codes[0], units, rest.source))
        return parts


def agrees(event: Event, codes: Codes) -> bool:
    """Tell whether codes found elsewhere contradict nothing the event says itself."""
    return all(own in ("", other) for own, other in zip(event.codes, codes, strict=True))
