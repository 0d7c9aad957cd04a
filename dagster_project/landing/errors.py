"""The one error of the landing folder: something there can't be used."""

from __future__ import annotations


class LandingError(Exception):
    """A landing folder can't be used. The message is one line: source, file, column, what was expected, the mend."""

    def __init__(self, problem: str, *more: str) -> None:
        suffix = f" (and {len(more)} more: {' | '.join(more)})" if more else ""
        super().__init__(" ".join(f"{problem}{suffix}".split()))
        self.problems = (problem, *more)
