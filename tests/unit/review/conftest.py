"""A company on which every card of the review page has something to say, as a file such as is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.company import Company
from tests.review import ready_file, small_company


@pytest.fixture(scope="session")
def review_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ready_file(small_company(Company(tmp_path_factory.mktemp("review"))))
