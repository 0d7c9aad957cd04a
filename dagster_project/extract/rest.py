"""dlt's `rest_api` as the sources use it: one declared endpoint becomes one resource.

What lives here: making the resource, and what several APIs share in paging. What doesn't: any API's addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import dlt
from dlt.extract import DltResource
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator, SinglePagePaginator
from dlt.sources.rest_api import rest_api_resources
from requests import Request, Response

from dagster_project.extract.declared import Connection
from dagster_project.extract.errors import PullError

# What the API gives, as it lands.
Row = Callable[[Mapping[str, Any]], dict[str, Any]]


# Headers of a request that may be sent again in one pull, such as whether a report is done. They aren't sent on.
REPEATABLE = {"X-May-Repeat": "yes"}


def resources(connection: Connection, *declared: dict[str, Any]) -> dict[str, DltResource]:
    """The declared endpoints as resources, by name; later ones may refer to earlier ones."""
    config: Any = {
        "client": {"base_url": connection.base_url, "session": connection.session},
        "resource_defaults": {"max_table_nesting": 0, "write_disposition": "append"},
        "resources": list(declared),
    }
    made = rest_api_resources(config)
    return {resource.name: resource for resource in made}


def pages(connection: Connection, path: str, **options: Any) -> Iterator[list[Any]]:
    """The pages of an endpoint outside a resource."""
    options.setdefault("paginator", SinglePagePaginator())
    yield from client(connection).paginate(path, **options)


def chained(
    connection: Connection, name: str, endpoints: Iterable[dict[str, Any]], row: Row | None = None
) -> DltResource:
    """One resource of several declared endpoints, asked one after the other, such as a month or an account each.

    `row` makes a landed record of what the API gives.
    """

    @dlt.resource(name=name, max_table_nesting=0)
    def records() -> Iterator[list[Any]]:
        for endpoint in endpoints:
            for page in pages(connection, **endpoint):
                yield [row(record) for record in page] if row else page

    return records()


def client(connection: Connection) -> RESTClient:
    """A client that speaks through the connection's session."""
    return RESTClient(base_url=connection.base_url, session=connection.session)


def notes_total(connection: Connection, read: Callable[[dict[str, Any]], int | None]) -> Callable[..., None]:
    """A response action: what the API says in the first page that it has is remembered."""

    def note(response: Response, *_: Any, **__: Any) -> None:
        total = read(response.json())
        if total is not None:
            connection.said.setdefault("total", int(total))

    return note


def adds_total(connection: Connection, read: Callable[[dict[str, Any]], int | str | None]) -> dict[str, Any]:
    """Hooks of an endpoint: what the API says in its first page that it has is added to what it said of others."""
    is_noted = [False]

    def note(response: Response, *_: Any, **__: Any) -> None:
        total = read(response.json())
        if total is not None and not is_noted[0]:
            is_noted[0] = True
            connection.said["total"] = connection.said.get("total", 0) + int(total)

    return {"response": [note]}


class ByIdPaginator(BasePaginator):
    """Asks for what follows the last id, so that what is changed, added or deleted meanwhile moves no page.

    `place` puts the id into the request's body. The API must sort by id.
    """

    def __init__(self, limit: int, place: Callable[[dict[str, Any], int], None]) -> None:
        super().__init__()
        self._limit = limit
        self._place = place
        self._last = 0

    def init_request(self, request: Request) -> None:
        """Every pull begins before the first id."""
        self._last, self._has_next_page = 0, True
        body: Any = deepcopy(request.json)
        self._place(body, 0)
        request.json = body

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """The page's ids must follow those before it."""
        ids = [int(record["id"]) for record in data or []]
        if ids and min(ids) <= self._last:
            raise PullError(
                f"{response.url.split('?')[0]}: the API gives a page again (id {min(ids)} after {self._last}); "
                "expected records in the order of their ids, each once; run again, and tell the API's support when it "
                "stays so",
                passing=True,
            )
        remaining = response.json().get("total")
        self._has_next_page = bool(ids) and (len(ids) >= self._limit or (remaining or 0) > len(ids))
        self._last = max(ids, default=self._last)

    def update_request(self, request: Request) -> None:
        """The next page begins after the last id."""
        body: Any = request.json
        self._place(body, self._last)


class LastIdPaginator(BasePaginator):
    """Asks for what follows the last record, as long as the API says that there is more."""

    def __init__(self, param: str, more: str) -> None:
        super().__init__()
        self._param = param
        self._more = more
        self._last = ""

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        """The last record of the page, if another page follows."""
        self._has_next_page = bool(response.json().get(self._more)) and bool(data)
        self._last = str(data[-1]["id"]) if data else ""

    def update_request(self, request: Request) -> None:
        """The next page begins after the last record."""
        params: Any = request.params or {}
        request.params = {**params, self._param: self._last}
