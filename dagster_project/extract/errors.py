"""The one error of a pull: an API or a database can't be pulled as it should."""

from __future__ import annotations

from collections.abc import Collection


class PullError(Exception):
    """A pull stopped. The message is one line: source, object, what was expected, the mend; never a secret.

    `passing` means that another try may succeed, such as after a page that repeated itself.
    """

    def __init__(self, problem: str, *, passing: bool = False) -> None:
        super().__init__(" ".join(problem.split()))
        self.passing = passing


def scrubbed(text: str, secrets: Collection[str]) -> str:
    """The text without the secrets, which some APIs repeat in what they answer."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def found_in(error: BaseException) -> PullError | None:
    """The PullError that a library wrapped in errors of its own."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, PullError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None
