"""How tables for people are drawn."""

from __future__ import annotations

from dagster_project.markdown import markdown_records, markdown_table


def test_a_table_is_drawn_with_its_cells_escaped() -> None:
    rows = [("Guide | part 1\nof 2", 3), (None, 0)]
    assert markdown_table(["title", "visits"], rows) == (
        "| title | visits |\n| --- | --- |\n| Guide \\| part 1 of 2 | 3 |\n|  | 0 |"
    )


def test_records_are_drawn_in_the_order_of_the_first_one_s_columns() -> None:
    assert markdown_records([{"a": 1, "b": 2}, {"b": 3}]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n|  | 3 |"


def test_no_rows_are_said_in_words() -> None:
    assert markdown_table(["title"], []) == markdown_records([]) == "No rows."


def test_a_long_cell_is_cut() -> None:
    (line,) = markdown_table(["text"], [["x" * 1000]]).splitlines()[2:]
    assert len(line) == len("|  |") + 300 and line.endswith("x… |")
