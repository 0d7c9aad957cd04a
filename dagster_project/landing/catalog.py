"""The catalog of landing objects: `sources/*.yml` as frozen dataclasses.

What lives here: names, spellings, types, keys. What doesn't: files (files.py) and SQL (casts.py, loader.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SOURCES_DIR = Path(__file__).parent / "sources"

# The catalog's types and how raw stores them. Six decimals hold ad costs in millionths; 22 digits before them hold any
# amount.
SQL_TYPES = {
    # A name, a status, a source: a word that stands for nothing is nothing here.
    "text": "VARCHAR",
    # What people wrote: kept as it is.
    "free_text": "VARCHAR",
    # A CRM record, another system's record, an ad account or campaign.
    "id": "VARCHAR",
    "key": "VARCHAR",
    "ad_id": "VARCHAR",
    # An e-mail address; an e-mail address or a record's key; a website or URL.
    "email": "VARCHAR",
    "user_key": "VARCHAR",
    "url": "VARCHAR",
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "decimal": "DECIMAL(28,6)",
    # An exchange rate: a strong currency against a weak corporate one needs every digit (0.000041 of it to one of it).
    "rate": "DECIMAL(28,12)",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}

TEXT_TYPES = tuple(name for name, sql_type in SQL_TYPES.items() if sql_type == "VARCHAR")

# The columns that say which of two versions of a record is the later one; the first is the stricter clock.
STAMP_COLUMNS = ("SystemModstamp", "LastModifiedDate")


class CatalogError(ValueError):
    """A catalog file is wrong. The message is one line: file, what, and what was expected."""


@dataclass(frozen=True)
class Column:
    """A column that Throughline reads; `required` means that a file without it can't be used.

    `decisive` means that money or identity needs its value: one that can't be read costs the record, elsewhere the
    cell. Required columns are.
    """

    name: str
    type: str
    required: bool
    decisive: bool = False

    @property
    def sql_type(self) -> str:
        """The column's type in raw."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class LandingObject:
    """One kind of record of a source: a file, or a folder of files, in the source's landing folder."""

    source: str
    name: str
    description: str
    required: bool
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    # The part of the key that some exports leave out; a version without it stands for every version with it.
    optional_key: tuple[str, ...] = ()
    # The measures of a report: rows of a finer report are added up, and its total rows are recognised.
    sums: tuple[str, ...] = ()

    @property
    def snake_name(self) -> str:
        """`OpportunityFieldHistory` → `opportunity_field_history`."""
        return snake(self.name)

    @property
    def schema(self) -> str:
        """The raw schema that holds the object's table."""
        return f"raw_{self.source}"

    @property
    def raw_table(self) -> str:
        """`raw_salesforce.opportunity_field_history`; also the object's name in results."""
        return f"{self.schema}.{self.snake_name}"

    @property
    def label(self) -> str:
        """`salesforce.OpportunityFieldHistory`, the way settings name an object."""
        return f"{self.source}.{self.name}"

    @property
    def stamps(self) -> tuple[str, ...]:
        """The columns that decide which version of a record is the later one, strictest first; may be empty."""
        names = {column.name for column in self.columns}
        return tuple(stamp for stamp in STAMP_COLUMNS if stamp in names)

    @property
    def moments(self) -> tuple[str, ...]:
        """Time columns in the order in which they answer "how new is the newest record?"."""
        known = [*self.stamps, "CreatedDate"]
        columns = [c for c in self.columns if c.type in ("timestamp", "date")]
        columns.sort(
            key=lambda c: (known.index(c.name) if c.name in known else len(known), not c.required, c.type == "date")
        )
        return tuple(column.name for column in columns)

    def column(self, name: str) -> Column:
        """The catalogued column of that exact name."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True)
class Source:
    """A system that exports files, with its objects."""

    name: str
    system: str
    description: str
    objects: tuple[LandingObject, ...]

    @property
    def kind(self) -> str:
        """The label that the Dagster UI shows for the system: `google_ads` → `googleads`."""
        return self.name.replace("_", "")


@dataclass(frozen=True)
class Catalog:
    """Every source Throughline can read."""

    sources: tuple[Source, ...]

    @property
    def objects(self) -> tuple[LandingObject, ...]:
        """All objects, by source and then in catalog order."""
        return tuple(landing_object for source in self.sources for landing_object in source.objects)

    def find_source(self, name: str) -> Source | None:
        """The source of that name, in any spelling."""
        return next((source for source in self.sources if flat(source.name) == flat(name)), None)

    def find_object(self, source: str, name: str) -> LandingObject | None:
        """The object of that name, in any spelling."""
        found = self.find_source(source)
        return next((o for o in found.objects if flat(o.name) == flat(name)), None) if found else None


def flat(name: str) -> str:
    """Equal for the three spellings: `ConvertedContactId`, `converted_contact_id`, `convertedcontactid`."""
    return name.strip().lower().replace("_", "")


def snake(name: str) -> str:
    """`OpportunityContactRole` → `opportunity_contact_role`; a snake-case name stays."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@cache
def catalog() -> Catalog:
    """The project's catalog, read once per process."""
    return read_catalog(SOURCES_DIR)


def read_catalog(folder: Path) -> Catalog:
    """Read and validate every `*.yml` of a folder, in file-name order. Raises CatalogError for the first wrong one."""
    return Catalog(tuple(_read_source(path) for path in sorted(folder.glob("*.yml"))))


def _read_source(path: Path) -> Source:
    try:
        entry = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise CatalogError(f"{path.name}: is not valid YAML: {' '.join(str(error).split())}") from None
    _require(path, entry, "the file", {"source", "system", "description", "objects"})
    if entry["source"] != path.stem:
        raise CatalogError(f"{path.name}: source is {entry['source']!r}; expected the file's name, {path.stem!r}")
    objects = tuple(_read_object(path, entry["source"], name, body) for name, body in entry["objects"].items())
    _unique(path, "object", (o.name for o in objects))
    return Source(entry["source"], entry["system"], entry["description"], objects)


def _read_object(path: Path, source: str, name: str, entry: Any) -> LandingObject:
    _require(path, entry, f"object {name}", {"description", "key", "columns"}, {"required", "optional_key", "sums"})
    columns = tuple(_read_column(path, name, column, spec, entry["key"]) for column, spec in entry["columns"].items())
    _unique(path, f"column of {name}", (column.name for column in columns))
    known = {column.name for column in columns}
    for key in entry["key"]:
        if key not in known:
            raise CatalogError(f"{path.name}: object {name}: key column {key!r} is not among its columns")
    if not any(column.required for column in columns if column.name in entry["key"]):
        raise CatalogError(
            f"{path.name}: object {name}: at least one key column must be required, else no record has an identity"
        )
    for wanted, allowed in (("optional_key", set(entry["key"])), ("sums", known)):
        for column in entry.get(wanted, ()):
            if column not in allowed:
                raise CatalogError(f"{path.name}: object {name}: {wanted} names {column!r}, which it can't")
    return LandingObject(
        source,
        name,
        entry["description"],
        bool(entry.get("required", False)),
        tuple(entry["key"]),
        columns,
        tuple(entry.get("optional_key", ())),
        tuple(entry.get("sums", ())),
    )


def _read_column(path: Path, object_name: str, name: str, spec: Any, key: Collection[str]) -> Column:
    words = str(spec).split()
    if not words or words[0] not in SQL_TYPES or words[1:] not in ([], ["required"], ["decisive"]):
        raise CatalogError(
            f"{path.name}: object {object_name}: column {name}: {spec!r} is not a column; "
            f"expected one of {', '.join(SQL_TYPES)}, optionally followed by `required` or `decisive`"
        )
    required = words[1:] == ["required"]
    return Column(name, words[0], required, decisive=len(words) == 2 or name in key)


def _require(path: Path, entry: Any, where: str, needed: set[str], optional: Iterable[str] = ()) -> None:
    if not isinstance(entry, Mapping):
        raise CatalogError(f"{path.name}: {where} is not a mapping; expected {', '.join(sorted(needed))}")
    if missing := sorted(needed - set(entry)):
        raise CatalogError(f"{path.name}: {where} lacks {', '.join(missing)}")
    if unknown := sorted(set(entry) - needed - set(optional)):
        raise CatalogError(
            f"{path.name}: {where} has unknown {', '.join(unknown)}; expected {', '.join(sorted(needed))}"
        )


def _unique(path: Path, what: str, names: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if other := seen.get(flat(name)):
            raise CatalogError(
                f"{path.name}: {what} {name!r} and {other!r} can't be told apart in a header; rename one"
            )
        seen[flat(name)] = name
