"""A second person approves what a run proposes, through the REST API, as they would in the UI."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ops.rest import ANSWER_DELAY_SECONDS

if TYPE_CHECKING:
    from ops.rest import RestApi, Run

DECISION_TASK = "store_decision"


class Approval:
    """The approval of one run: `is_stored` is asked again and again and answers the question when it is time."""

    def __init__(self, api: RestApi, run: Run) -> None:
        """Name the run and the user who approves."""
        self._api = api
        self._run = run
        self._asked_at: float | None = None
        self.is_given = False
        self._is_told = False

    def is_stored(self) -> bool:
        """Answer the question once it has stood for a few seconds; true exactly once, when the decision is written."""
        self._answer()
        if self.is_given and not self._is_told and self._state_of(DECISION_TASK) == "success":
            self._is_told = True
            return True
        return False

    @property
    def is_asked(self) -> bool:
        """Tell whether a question waits for the answer."""
        return self._asked_at is not None

    def _answer(self) -> None:
        questions = self._api.questions(self._run)
        if not questions:
            # Where the asking task was tried again, its question is a new one and waits anew.
            self._asked_at = None
            return
        now = time.monotonic()
        self._asked_at = now if self._asked_at is None else self._asked_at
        if now - self._asked_at >= ANSWER_DELAY_SECONDS:
            for question in questions:
                self._api.answer(self._run, question["task_instance"], "Approve", _params(question))
            self.is_given = True
            self._asked_at = None

    def _state_of(self, task_id: str) -> str:
        states = {task["task_id"]: str(task["state"]) for task in self._api.tasks(self._run)}
        return states.get(task_id, "")


def _params(question: dict[str, Any]) -> dict[str, object]:
    """Airflow wants an answer to every parameter of the question."""
    said: dict[str, object] = {"comment": "tied out", "refuse": []}
    return {name: said[name] for name in question.get("params") or {} if name in said}
