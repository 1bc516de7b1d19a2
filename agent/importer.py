"""The way of a file into Sage, as a state machine that survives being killed at any point.

    seen ──> guarded ──> received ──> handed_over ──> imported ──> answered ──> moved
     │ └──> parked (numbers before it are missing)    │                 ▲
     └────> refused ──────────────────────────────────┼─────────────────┘
                                         stopped <────┘ (a person decides)

`handed_over` is committed before the import may start. Found in that state after a crash, the import
is not run again blindly: print file, reject file and Sage's own rows are looked at (`evidence.py`).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from agent import answers, evidence, logs
from agent.handover import Places, start_macro
from agent.lookup import count_in_sage
from agent.macro import last_words
from agent.source import AWAY
from sage_bridge.errors import BridgeError, Terminal, Transient

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.inbox import Inbox
    from agent.layouts import Line
    from agent.reception import Reception
    from agent.state import Delivery
    from agent.tools import Tools

_HAND_LOOK_SECONDS = 30.0
_HALT_SECONDS = 60.0
_AWAY_SECONDS = 5.0
RECEIPTS = "RCV"


class Importer:
    """Moves every delivery as far as it will go, lane by lane in order of their numbers."""

    def __init__(self, tools: Tools, inbox: Inbox, reception: Reception) -> None:
        """Use the given parts."""
        self._config = tools.config
        self._state = tools.state
        self._publisher = tools.publisher
        self._source = tools.source
        self._slot = tools.slot
        self._now = tools.now
        self._at = tools.at
        self._inbox = inbox
        self._halted: dict[str, dt.datetime] = {}
        self._looked: dict[str, dt.datetime] = {}
        self._started = tools.now()
        self._steps: dict[str, Callable[[Delivery], bool]] = {
            "seen": reception.receive,
            "parked": reception.receive,
            "guarded": self._acknowledge,
            "received": self._hand_over,
            "handed_over": self._watch,
            "imported": self._answer,
            "answered": self._put_away,
            "refused": self._acknowledge_refusal,
            "stopped": lambda _: False,
        }

    def tick(self) -> bool:
        """Look for new files and move all lanes on; tells whether anything changed.

        Errors of one lane leave the others alone.

        Raises:
            Transient: the server or the source is away.
        """
        self._inbox.look()
        progressed = False
        for flow in self._config.imports.flows:
            progressed |= self._advance_lane(flow)
        return progressed

    def waits_for_a_person(self) -> list[str]:
        """Give the lanes that are halted and the files that are stopped."""
        stopped = [
            delivery.name
            for flow in self._config.imports.flows
            for delivery in self._state.open_deliveries(flow)
            if delivery.state == "stopped"
        ]
        return [*self._halted, *stopped]

    def is_busy(self) -> bool:
        """Tell whether a file is under way that needs no person and nothing from outside to go on."""
        waiting = {"seen", "parked", "stopped"}
        return any(
            delivery.state not in waiting and (delivery.state != "handed_over" or bool(self._macro(delivery)))
            for flow in self._config.imports.flows
            if flow not in self._halted
            for delivery in self._state.open_deliveries(flow)[:1]
        )

    def _advance_lane(self, flow: str) -> bool:
        until = self._halted.get(flow)
        if until is not None and self._now() < until:
            return False
        self._halted.pop(flow, None)
        progressed = False
        try:
            for delivery in self._state.open_deliveries(flow):
                current = delivery
                while current.state != "moved" and self._steps[current.state](current):
                    progressed = True
                    self._at(f"after_{current.state}")
                    current = self._state.delivery(current.name) or current
                if current.state != "moved":
                    break
        except Transient as away:
            # Without Sage's data a direct-cost file cannot be judged; receipts can.
            if away.code != AWAY:
                raise
            self._halt(flow, _AWAY_SECONDS, away)
        except Terminal as broken:
            self._halt(flow, _HALT_SECONDS, broken)
        return progressed

    def _halt(self, flow: str, seconds: float, reason: BridgeError) -> None:
        self._halted[flow] = self._now() + dt.timedelta(seconds=seconds)
        logs.error("lane_halted", flow=flow, retry_seconds=seconds, reason=reason)

    def _acknowledge(self, delivery: Delivery) -> bool:
        self._send_ack(delivery)
        self._commit(delivery, "received")
        logs.info("acknowledged", file=delivery.name, flow=delivery.flow, seq=delivery.seq, rows=delivery.rows)
        return True

    def _acknowledge_refusal(self, delivery: Delivery) -> bool:
        self._send_ack(delivery)
        self._commit(delivery, "answered")
        return True

    def _send_ack(self, delivery: Delivery) -> None:
        target = f"{self._config.company}/ack/{delivery.name}.ack.json"
        self._publisher.put_answer(delivery.ack or b"", 1, target)

    def _hand_over(self, delivery: Delivery) -> bool:
        if self._macro(delivery) and not self._slot.is_free:
            return False
        if delivery.attempts and self._since(delivery.handed_over_at) < self._config.imports.retry_seconds:
            return False
        places = Places(self._config, delivery)
        places.clear_traces()
        places.stage()
        self._at("staged")
        now = self._now().isoformat()
        with self._state.transaction():
            self._state.advance(
                delivery.name, "handed_over", now, f"attempt {delivery.attempts + 1}",
                attempts=delivery.attempts + 1, handed_over_at=now,
            )  # fmt: skip
        self._at("handed_over_committed")
        places.place(delivery.sha256)
        self._at("placed")
        if self._macro(delivery):
            self._slot.start(delivery.name, start_macro(self._macro(delivery), self._config, delivery, places))
            self._at("macro_started")
        logs.info(
            "handed_over", file=delivery.name, flow=delivery.flow, seq=delivery.seq, attempt=delivery.attempts + 1
        )
        return True

    def _watch(self, delivery: Delivery) -> bool:
        places = Places(self._config, delivery)
        if delivery.flow == RECEIPTS:
            places.place(delivery.sha256)
            self._at("placed_again")
            lines = self._lines(delivery, places)
            return self._imported(delivery, lines, frozenset(), {})
        run = self._slot.of(delivery.name)
        if run is None:
            return self._recover(delivery, places)
        exit_code = run.poll()
        if exit_code is None and not run.is_overdue:
            return False
        if exit_code is None:
            run.kill()
            logs.error("macro_overdue", file=delivery.name, seconds=run.seconds)
        self._slot.clear()
        self._at("macro_ended")
        logs.info(
            "macro_ended", file=delivery.name, exit_code="none" if exit_code is None else exit_code, seconds=run.seconds
        )
        return self._conclude(delivery, places, exit_code)

    def _recover(self, delivery: Delivery, places: Places) -> bool:
        """Nobody watched this import: the agent died meanwhile, or a person imports by hand."""
        places.place(delivery.sha256)
        if not self._macro(delivery):
            return self._look_for_hand_import(delivery, places)
        if places.is_running():
            if self._since(delivery.handed_over_at) > self._config.imports.timeout_seconds:
                return self._stop(delivery, "the import macro of an agent that died still runs beyond its time")
            return False
        # What the macro handed to another program may still be on its way into Sage.
        quiet = min(self._since(delivery.handed_over_at), (self._now() - self._started).total_seconds())
        return quiet >= self._config.imports.quiet_seconds and self._conclude(delivery, places, None)

    def _look_for_hand_import(self, delivery: Delivery, places: Places) -> bool:
        is_traced = places.print.exists() or places.reject.exists()
        last = self._looked.get(delivery.name)
        if last is not None and not is_traced and (self._now() - last).total_seconds() < _HAND_LOOK_SECONDS:
            return False
        self._looked[delivery.name] = self._now()
        found, lines = self._gather(delivery, places, None)
        verdict = evidence.judge(found)
        if isinstance(verdict, evidence.Imported):
            return self._imported(delivery, lines, verdict.rejects, self._reasons(found, lines))
        return False

    def _conclude(self, delivery: Delivery, places: Places, exit_code: int | None) -> bool:
        found, lines = self._gather(delivery, places, exit_code)
        verdict = evidence.judge(found)
        if isinstance(verdict, evidence.Imported):
            return self._imported(delivery, lines, verdict.rejects, self._reasons(found, lines))
        said = last_words(places.log)
        if isinstance(verdict, evidence.Unclear):
            return self._stop(delivery, f"{verdict.reason}; the macro's last words: {said}")
        if delivery.attempts >= self._config.imports.max_attempts:
            return self._stop(
                delivery, f"the macro imported nothing in {delivery.attempts} attempts; its last words: {said}"
            )
        places.clear_traces()
        logs.warning("nothing_imported", file=delivery.name, attempt=delivery.attempts, macro_said=said)
        self._commit(delivery, "received", f"attempt {delivery.attempts} imported nothing: {said}")
        return True

    def _gather(
        self, delivery: Delivery, places: Places, exit_code: int | None
    ) -> tuple[evidence.Evidence, tuple[Line, ...]]:
        imports = self._config.imports
        layout = imports.layouts[delivery.flow]
        lines = self._lines(delivery, places)
        rejects, strangers = evidence.read_rejects(places.reject, delivery.encoding, layout, lines)
        in_sage = None
        if imports.can_look(delivery.flow, layout):
            in_sage = count_in_sage(self._source, [line.reference for line in lines])
        printed = evidence.read_print(places.print, imports.prints)
        return evidence.Evidence(lines, exit_code, rejects, strangers, printed, in_sage), lines

    def _reasons(self, found: evidence.Evidence, lines: tuple[Line, ...]) -> dict[int, evidence.Message]:
        return evidence.messages(found.printed, self._config.imports.prints, lines)

    def _imported(
        self,
        delivery: Delivery,
        lines: tuple[Line, ...],
        rejects: frozenset[int],
        reasons: dict[int, evidence.Message],
    ) -> bool:
        now = self._now().isoformat()
        accepted = [line for line in lines if line.number not in rejects]
        with self._state.transaction():
            self._state.advance(
                delivery.name, "imported", now, f"{len(accepted)} accepted, {len(rejects)} rejected",
                accepted=len(accepted), rejected=len(rejects), result=answers.results(lines, rejects, reasons),
            )  # fmt: skip
            if accepted and delivery.flow != RECEIPTS:
                self._plan_follow_up(delivery, accepted, now)
        logs.info(
            "imported",
            file=delivery.name,
            flow=delivery.flow,
            seq=delivery.seq,
            accepted=len(accepted),
            rejected=len(rejects),
            seconds=self._since(delivery.handed_over_at),
        )
        return True

    def _plan_follow_up(self, delivery: Delivery, accepted: list[Line], now: str) -> None:
        """Note the posting, or where a person posts, the extracts that show what was entered."""
        if self._config.post.macro:
            layout = self._config.imports.layouts[delivery.flow]
            is_by_batch = any("{batch}" in word for word in self._config.post.macro)
            batches = {layout.column(line.fields, "batch") for line in accepted} if is_by_batch else {""}
            for batch in batches:
                self._state.add_duty("post", batch, now)
        else:
            for flow in self._config.extract_after_import:
                self._state.add_duty("extract", flow, now)

    def _answer(self, delivery: Delivery) -> bool:
        if delivery.flow != RECEIPTS:
            Places(self._config, delivery).keep_evidence()
        self._at("evidence_kept")
        target = f"{self._config.company}/ack/{delivery.name}.res.csv"
        self._publisher.put_answer(delivery.result or b"", delivery.rows, target)
        self._commit(delivery, "answered")
        return True

    def _put_away(self, delivery: Delivery) -> bool:
        folder = "rejected" if delivery.outcome == "refused" else "processed"
        self._inbox.put_away(delivery.name, folder)
        self._at("put_away")
        with self._state.transaction():
            self._state.advance(
                delivery.name, "moved", self._now().isoformat(), folder, moved_at=self._now().isoformat()
            )
        Places(self._config, delivery).guarded.unlink(missing_ok=True)
        age = self._since(delivery.first_seen_at)
        logs.info("done", file=delivery.name, flow=delivery.flow, seq=delivery.seq, folder=folder, seconds=age)
        return True

    def _stop(self, delivery: Delivery, reason: str) -> bool:
        sentence = (
            f"RS-560 the outcome of an import is unknown; record: {delivery.name}; found: {reason};"
            " next step: look into Sage for its batch, then tell the agent with `decide`"
        )
        with self._state.transaction():
            self._state.advance(delivery.name, "stopped", self._now().isoformat(), sentence, reason=sentence)
        logs.error("stopped", file=delivery.name, flow=delivery.flow, seq=delivery.seq, reason=sentence)
        return True

    def _commit(self, delivery: Delivery, state: str, detail: str = "") -> None:
        with self._state.transaction():
            self._state.advance(delivery.name, state, self._now().isoformat(), detail)

    def _lines(self, delivery: Delivery, places: Places) -> tuple[Line, ...]:
        text = places.guarded.read_bytes().decode(delivery.encoding)
        return tuple(self._config.imports.layouts[delivery.flow].lines(text, delivery.name))

    def _macro(self, delivery: Delivery) -> tuple[str, ...]:
        return () if delivery.flow == RECEIPTS else self._config.imports.macro_of(delivery.flow)

    def _since(self, instant: str | None) -> float:
        return (self._now() - dt.datetime.fromisoformat(instant)).total_seconds() if instant else 0.0
