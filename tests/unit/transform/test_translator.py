"""What a person reads about a dbt test in the Dagster UI."""

from __future__ import annotations

import pytest

from dagster_project.transform.translator import check_description

SINGULAR = "{{ config(severity='warn') }}\n-- Fails if money\n-- is lost.\nselect 1 -- not this\n"


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ({"description": "In words.", "raw_code": SINGULAR}, "In words."),
        ({"description": "", "raw_code": SINGULAR}, "Fails if money is lost."),
        (
            {
                "description": "",
                "raw_code": "{{ test_not_null(**kwargs) }}",
                "test_metadata": {"name": "not_null", "kwargs": {"column_name": "amount", "model": "{{ ref('x') }}"}},
            },
            "not_null: column_name amount",
        ),
    ],
    ids=["its description", "the comment above its SQL", "its rule and arguments"],
)
def test_a_check_says_what_it_checks(test: dict, words: str) -> None:
    assert check_description(test) == words
