"""The page of worked queries holds what it says; a finished demo is asked all of them in tests/ops/test_demo.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.worked_queries import Question, ask, questions

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

QUESTIONS = questions()


def test_there_are_ten_with_an_answer_each() -> None:
    assert [question.title.split(".")[0] for question in QUESTIONS] == [str(number) for number in range(1, 11)]
    assert [question.title for question in QUESTIONS if len(question.answer) == 1] == []


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
def test_an_analyst_may_ask_it(warehouse: Connection, question: Question) -> None:
    assert ask(warehouse, question.query)[0] == question.answer[0]
