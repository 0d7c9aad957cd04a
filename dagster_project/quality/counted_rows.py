"""Great Expectations' SQL expectation, its query run once. Importing this takes seconds, as Great Expectations does."""

from __future__ import annotations

from typing import Any, ClassVar

from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation


class CountUnexpectedRows(UnexpectedRowsExpectation):
    """A query that finds the rows that break a promise; its result is their number.

    Great Expectations runs the query twice, for the number and for up to 200 rows that a summary leaves out again.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> Any:
        return super()._validate(
            metrics | {"unexpected_rows_query.table": None}, runtime_configuration, execution_engine
        )
