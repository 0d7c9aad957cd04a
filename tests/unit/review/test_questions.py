"""docs/questions.md: every question has a card that exists and a query that works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dagster_project.engine import connected
from dagster_project.review.cards import cards
from dagster_project.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"^### (\d+)\. (.+?)\n\n(.+?)\n\n```sql\n(.+?)```", PAGE, re.MULTILINE | re.DOTALL)


def test_there_are_twenty_questions_and_the_one_of_a_deal() -> None:
    assert [int(number) for number, *_ in QUESTIONS] == list(range(1, 22))
    assert PAGE.count("```sql") == len(QUESTIONS)


@pytest.mark.parametrize(("number", "question", "where", "query"), QUESTIONS, ids=[q[0] for q in QUESTIONS])
def test_a_question_has_an_answer(review_file: Path, number: str, question: str, where: str, query: str) -> None:
    named = set(re.findall(r"`(\w+)`", where))
    assert named or number == "21", question
    assert named <= {card.name for card in cards()}, question
    with connected(review_file, read_only=True) as connection:
        assert connection.execute(query).fetchall(), f"nothing answers: {question}"
