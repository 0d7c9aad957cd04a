"""The catalog of landing objects: `sources/*.yml` as frozen dataclasses.

What lives here: names, spellings, types, keys. What doesn't: files (files.py) and SQL (casts.py, loader.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dagster_project.landing.paths import Path as ValuePath
from dagster_project.landing.paths import PathError, parse_digest, parse_path
from dagster_project.yaml_files import read_yaml

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
    # An amount as a whole number of its currency's smallest unit, and the code of such a currency.
    "minor_units": "BIGINT",
    "currency": "VARCHAR",
    # An exchange rate: a strong currency against a weak corporate one needs every digit (0.000041 of it to one of it).
    "rate": "DECIMAL(28,12)",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}

TEXT_TYPES = tuple(name for name, sql_type in SQL_TYPES.items() if sql_type == "VARCHAR")

# The columns that say which of two versions of a record is the later one; the first is the stricter clock.
STAMP_COLUMNS = ("SystemModstamp", "LastModifiedDate")

# What a pattern of names has in place of the name (families.py).
FAMILY_NAME = "{name}"


class CatalogError(ValueError):
    """A catalog file is wrong. The message is one line: file, what, and what was expected."""


@dataclass(frozen=True)
class Family:
    """The patterns of the members' names, the columns of which fields may be members, and the type of their values."""

    names: tuple[str, ...]
    type: str
    within: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column that Throughline reads; `required` means that a file without it can't be used.

    `decisive` means that money or identity needs its value: one that can't be read costs the record, elsewhere the
    cell. Required columns are. `aliases` are further headers that mean the column, the first of them before the others;
    `paths` say where its value stands inside another column of a file that has no such header. An alias with
    `{currency}` names the currency of its amounts; `micros` are headers and paths of amounts in millionths; `until` are
    pairs of aliases, of which the first names the first day of what a row sums up and the second its last. `mapped_in`
    is the reference table and column that say what its words mean. `named_by` is the setting in which the company names
    the column, which has no name of its own: until then no file has it. A `digest` is no value of the file but the
    fingerprint of the column it names, worked out where not all of `unless` are filled. A `family` is all columns whose
    names follow a pattern, as one JSON list. A text that `holds_json` and can't be parsed is told as a cell that can't
    be read.
    """

    name: str
    type: str
    required: bool
    decisive: bool = False
    aliases: tuple[str, ...] = ()
    paths: tuple[ValuePath, ...] = ()
    micros: tuple[str, ...] = ()
    until: tuple[tuple[str, str], ...] = ()
    mapped_in: str = ""
    named_by: str = ""
    digest: str | None = None
    unless: tuple[str, ...] = ()
    family: Family | None = None
    holds_json: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        """Everything that the column may be called in a file, for an error."""
        own = (self.name, snake(self.name), flat(self.name))
        family = (*self.family.names, *self.family.within, self.family.type) if self.family else ()
        return tuple(dict.fromkeys((*own, *self.aliases, *self.micros, *(path.text for path in self.paths), *family)))

    @property
    def sql_type(self) -> str:
        """The column's type in raw."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Lookup:
    """Where a user's department stands if not with the user: in the column `take` of the object `within`, in the row of
    which the column `where` has the value at hand; of several rows the `first` by that flag. `then` goes on from there.
    """

    within: str
    where: str
    take: str
    first: str | None = None
    then: Lookup | None = None


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
    # Further names under which files and folders of the object come; of two names in one folder only `parts` may be.
    aliases: tuple[str, ...] = ()
    # Names that together are one delivery, such as the records and the archived records.
    parts: tuple[str, ...] = ()
    # Of an object of users: which of its columns answer to the fields of the reference table teams.
    teams_by: tuple[tuple[str, str], ...] = ()
    # Further places of a user's department: one of its columns, and where to look that up; the first that is filled.
    departments: tuple[tuple[str, Lookup], ...] = ()
    # The object whose users are these users, too, with the columns that say so in both; they are looked at there.
    teams_unless: tuple[str, tuple[tuple[str, str], ...]] | None = None
    # What loaders put before a column's name, longest first.
    column_prefixes: tuple[str, ...] = ()
    # The column that holds a record's day, where a day's records come as a table that replaces the day (days.py).
    day_tables: str | None = None
    # The column whose smallest value decides which of a record's versions stays.
    earliest_by: str | None = None
    # Whether raw holds the listed columns only: of tables with hundreds of columns that nothing reads.
    leaves_out_unknown_columns: bool = False
    # What a file that lacks a required column mostly is, for the error.
    lacking: str | None = None
    # What the marts can't answer where the object wasn't delivered, and where some of its columns weren't.
    without: str | None = None
    without_columns: Mapping[str, str] = field(default_factory=dict)

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

    @property
    def listed_columns(self) -> tuple[Column, ...]:
        """The columns that every export could have: all but those that a company's setting names."""
        return tuple(column for column in self.columns if not column.named_by)

    def column(self, name: str) -> Column:
        """The catalogued column of that exact name."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True)
class Refusal:
    """Names of files and folders that look as if they belonged to a source and can't be used; they stop the run."""

    names: re.Pattern[str]
    because: str


@dataclass(frozen=True)
class Source:
    """A system that exports files, with its objects.

    `never` names what no export of it holds, with what the marts therefore can't answer.
    """

    name: str
    system: str
    description: str
    objects: tuple[LandingObject, ...]
    refused: tuple[Refusal, ...] = ()
    never: Mapping[str, str] = field(default_factory=dict)

    def refusal(self, name: str) -> str | None:
        """Why a name that no object claims can't be used, or None if it may lie there and is not loaded."""
        return next((r.because for r in self.refused if r.names.fullmatch(name.lower())), None)

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
        """The object of that name or alias, in any spelling."""
        found = self.find_source(source)
        objects = found.objects if found else ()
        named = (o for o in objects if flat(o.name) == flat(name))
        aliased = (o for o in objects if flat(name) in map(flat, o.aliases))
        return next(named, None) or next(aliased, None)


def flat(name: str) -> str:
    """Equal for `ConvertedContactId`, `converted_contact_id`, `converted-contact-id`, `convertedcontactid`."""
    return name.strip().lower().replace("_", "").replace("-", "")


def loose(name: str) -> str:
    """Equal for an alias however its words are joined: `segments.date`, `segments__date`, `Segments Date`."""
    return re.sub(r"[\s_.\-\u2010-\u2015]+", "", name.lower())


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
        entry = read_yaml(path)
    except yaml.YAMLError as error:
        raise CatalogError(f"{path.name}: is not valid YAML: {' '.join(str(error).split())}") from None
    _require(
        path, entry, "the file", {"source", "system", "description", "objects"}, {"column_prefixes", "refused", "never"}
    )
    if entry["source"] != path.stem:
        raise CatalogError(f"{path.name}: source is {entry['source']!r}; expected the file's name, {path.stem!r}")
    prefixes = _texts(path, "the file", "column_prefixes", entry)
    for prefix in prefixes:
        if not flat(prefix):
            raise CatalogError(f"{path.name}: column_prefixes holds {prefix!r}; expected letters before the underscore")
    objects = tuple(
        _read_object(path, entry["source"], name, body, prefixes) for name, body in entry["objects"].items()
    )
    _unique(path, "object", (name for o in objects for name in (o.name, *o.aliases)))
    refused = tuple(_read_refusal(path, body) for body in entry.get("refused", ()))
    never = entry.get("never", {})
    if not isinstance(never, Mapping) or not all(isinstance(text, str) and text.strip() for text in never.values()):
        raise CatalogError(f"{path.name}: never is {never!r}; expected names with what the marts can't answer for it")
    _unique(path, "object or never", (name for names in ([o.name for o in objects], never) for name in names))
    return Source(entry["source"], entry["system"], entry["description"], objects, refused, dict(never))


def _read_refusal(path: Path, entry: Any) -> Refusal:
    _require(path, entry, "refused", {"names", "because"})
    try:
        return Refusal(re.compile(entry["names"]), entry["because"])
    except re.error as error:
        raise CatalogError(f"{path.name}: refused names {entry['names']!r}, which is no pattern: {error}") from None


def _read_object(path: Path, source: str, name: str, entry: Any, prefixes: Collection[str]) -> LandingObject:
    optional = {"required", "optional_key", "sums", "aliases", "parts", "teams_by", "departments", "teams_unless"}
    optional |= {"day_tables", "earliest_by", "leaves_out_unknown_columns", "lacking", "without", "without_columns"}
    _require(path, entry, f"object {name}", {"description", "key", "columns"}, optional)
    columns = tuple(_read_column(path, name, column, spec, entry["key"]) for column, spec in entry["columns"].items())
    _unique(path, f"column of {name}", (column.name for column in columns))
    _unique_aliases(path, name, columns)
    known = {column.name for column in columns}
    for key in entry["key"]:
        if key not in known:
            raise CatalogError(f"{path.name}: object {name}: key column {key!r} is not among its columns")
    if not any(column.required for column in columns if column.name in entry["key"]):
        raise CatalogError(
            f"{path.name}: object {name}: at least one key column must be required, else no record has an identity"
        )
    for wanted, allowed in (("optional_key", set(entry["key"])), ("sums", known), ("without_columns", known)):
        for column in entry.get(wanted, ()):
            if column not in allowed:
                raise CatalogError(f"{path.name}: object {name}: {wanted} names {column!r}, which it can't")
    teams_by = entry.get("teams_by", {})
    by = {template_column(value) for value in teams_by.values()} if isinstance(teams_by, Mapping) else set()
    if not isinstance(teams_by, Mapping) or not by <= known:
        raise CatalogError(f"{path.name}: object {name}: teams_by is {teams_by!r}; expected fields with its columns")
    named = [(wanted, entry[wanted]) for wanted in ("day_tables", "earliest_by") if wanted in entry]
    for wanted, column in [*named, *(("unless", other) for c in columns for other in c.unless)]:
        if column not in known:
            raise CatalogError(f"{path.name}: object {name}: {wanted} names {column!r}, which is not among its columns")
    aliases = _texts(path, f"object {name}", "aliases", entry)
    parts = _texts(path, f"object {name}", "parts", entry)
    for part in parts:
        if flat(part) not in {flat(own) for own in (name, *aliases)}:
            raise CatalogError(
                f"{path.name}: object {name}: parts names {part!r}; expected its name or one of its aliases"
            )
    if len({flat(part) for part in parts}) == 1:
        raise CatalogError(f"{path.name}: object {name}: parts holds one name; expected two or more, or none")
    return LandingObject(
        source,
        name,
        entry["description"],
        bool(entry.get("required", False)),
        tuple(entry["key"]),
        columns,
        tuple(entry.get("optional_key", ())),
        tuple(entry.get("sums", ())),
        aliases,
        parts,
        tuple(teams_by.items()),
        tuple((body["of"], _read_lookup(path, name, body, {"of"})) for body in entry.get("departments", ())),
        _read_teams_unless(path, name, entry),
        tuple(sorted({flat(prefix) for prefix in prefixes}, key=lambda prefix: (-len(prefix), prefix))),
        entry.get("day_tables"),
        entry.get("earliest_by"),
        bool(entry.get("leaves_out_unknown_columns", False)),
        entry.get("lacking"),
        entry.get("without"),
        dict(entry.get("without_columns", {})),
    )


def template_column(text: str) -> str:
    """The column of `crm:user:{user_id}`, whose value stands in its place; a text without braces is a column itself."""
    found = re.fullmatch(r"[^{}]*[{]([^{}]+)[}]", text)
    return found[1] if found else text


def _read_lookup(path: Path, object_name: str, entry: Any, further: Collection[str] = ()) -> Lookup:
    _require(path, entry, f"object {object_name}: departments", {"in", "where", "take", *further}, {"first", "then"})
    then = _read_lookup(path, object_name, entry["then"]) if "then" in entry else None
    return Lookup(entry["in"], entry["where"], entry["take"], entry.get("first"), then)


def _read_teams_unless(
    path: Path, object_name: str, entry: Mapping[str, Any]
) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    if "teams_unless" not in entry:
        return None
    unless = entry["teams_unless"]
    _require(path, unless, f"object {object_name}: teams_unless", {"in", "same"})
    return unless["in"], tuple(unless["same"].items())


def _read_column(path: Path, object_name: str, name: str, spec: Any, key: Collection[str]) -> Column:
    where = f"object {object_name}: column {name}"
    aliases: tuple[str, ...] = ()
    micros: tuple[str, ...] = ()
    mapped_in = ""
    named_by = ""
    until: tuple[tuple[str, str], ...] = ()
    paths: tuple[ValuePath, ...] = ()
    digest: str | None = None
    unless: tuple[str, ...] = ()
    family: Family | None = None
    holds_json = False
    if isinstance(spec, Mapping):
        optional = {"aliases", "paths", "micros", "until", "mapped_in", "named_by"}
        optional |= {"digest", "unless", "family", "json"}
        _require(path, spec, where, {"type"}, optional)
        digest, unless = spec.get("digest"), _texts(path, where, "unless", spec)
        family = _read_family(path, where, spec) if "family" in spec else None
        holds_json = spec.get("json", False) is True
        aliases = _texts(path, where, "aliases", spec)
        micros = _texts(path, where, "micros", spec)
        mapped_in = str(spec.get("mapped_in", ""))
        named_by = str(spec.get("named_by", ""))
        until = _pairs(path, where, spec.get("until", {}), aliases)
        try:
            paths = tuple(parse_path(text) for text in _texts(path, where, "paths", spec))
            if digest is not None:
                parse_digest(digest)
        except PathError as error:
            raise CatalogError(f"{path.name}: {where}: {error}") from None
        spec = spec["type"]
    words = str(spec).split()
    if not words or words[0] not in SQL_TYPES or words[1:] not in ([], ["required"], ["decisive"]):
        raise CatalogError(
            f"{path.name}: {where}: {spec!r} is not a column; "
            f"expected one of {', '.join(SQL_TYPES)}, optionally followed by `required` or `decisive`"
        )
    if micros and words[0] != "decimal":
        raise CatalogError(f"{path.name}: {where}: micros of a column of type {words[0]}; expected a decimal")
    required = words[1:] == ["required"]
    is_decisive = len(words) == 2 or name in key
    return Column(
        *(name, words[0], required, is_decisive, aliases, paths, micros, until, mapped_in, named_by),
        *(digest, unless, family, holds_json),
    )


def _read_family(path: Path, where: str, spec: Mapping[str, Any]) -> Family:
    """The family that a column collects: of texts or timestamps, into JSON that nothing else may hold."""
    entry = spec["family"]
    _require(path, entry, f"{where}: family", {"names", "type"}, {"within"})
    names = _texts(path, f"{where}: family", "names", entry)
    if not names or any(name.count(FAMILY_NAME) != 1 or not flat(name.partition(FAMILY_NAME)[0]) for name in names):
        raise CatalogError(
            f"{path.name}: {where}: family names are {list(names)!r}; "
            f"expected patterns such as date_entered_{FAMILY_NAME}"
        )
    if entry["type"] not in ("text", "timestamp") or spec["type"] != "free_text":
        raise CatalogError(
            f"{path.name}: {where}: a family of type {entry['type']} in a column of type {spec['type']}; "
            "expected text or timestamp in free_text"
        )
    return Family(names, entry["type"], _texts(path, f"{where}: family", "within", entry))


def _pairs(path: Path, where: str, entry: Any, aliases: Collection[str]) -> tuple[tuple[str, str], ...]:
    """The first and last days that `until` names."""
    if not isinstance(entry, Mapping) or not all(first in aliases for first in entry):
        raise CatalogError(
            f"{path.name}: {where}: until is {entry!r}; expected an alias of the column with the header of the last day"
        )
    return tuple((str(first), str(last)) for first, last in entry.items())


def _texts(path: Path, where: str, what: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of an optional list."""
    listed = entry.get(what, [])
    if not isinstance(listed, list) or not all(isinstance(text, str) and text.strip() for text in listed):
        raise CatalogError(f"{path.name}: {where}: {what} is {listed!r}; expected a list of texts")
    return tuple(listed)


def _unique_aliases(path: Path, object_name: str, columns: Collection[Column]) -> None:
    """An alias means one column, and no other column is called so."""
    owners = {loose(column.name): column.name for column in columns}
    for column in columns:
        for alias in (*column.aliases, *column.micros):
            other = owners.setdefault(loose(alias), column.name)
            if other != column.name:
                raise CatalogError(
                    f"{path.name}: object {object_name}: alias {alias!r} of column {column.name} means {other}, too; "
                    "expected one column"
                )


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
