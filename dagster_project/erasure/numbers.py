"""Ids that are short numbers: in which columns they name people, and what stands for them there.

What lives here: the one list of those columns, and what becomes of a number, of a list of numbers and of a key made of
them. What doesn't: ids that are told from anything else by themselves, which are looked for in every text (texts.py).

`51` is a contact in one column and a deal, an amount or somebody else's user in another. So a number is looked for in
these columns alone; with its system and kind before it, `hubspot:contact:51`, it is an id like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import duckdb

from dagster_project.engine import identifier, literal
from dagster_project.erasure.pseudonyms import for_records
from dagster_project.erasure.texts import EMAIL

HUBSPOT, MARKETO, WEB = "hubspot", "marketo", "web"

# By system what stands before the number of a person. Models know HubSpot's contacts as leads as well, of one number.
# Users of trackers have no qualified id in the build file; here they have one, so that they can be remembered.
PEOPLE = {HUBSPOT: ("hubspot:contact:", "hubspot:lead:"), MARKETO: ("marketo:lead:",), WEB: ("web:user:",)}

# What a column that tells of what kind an id is says of people.
_KINDS = {HUBSPOT: ("0-1", "contact", "contacts", "person"), WEB: ("user_id",)}

# Keys of models that are made of numbers. They aren't delivered, so that the door needn't know them.
_KEYS = "keys"

_RAW = "(kept_)?raw_"
_TRACKERS = "segment|rudderstack|ga4|snowplow"


@dataclass(frozen=True)
class _Rule:
    """Columns that name people of a system, by patterns; `told_by` is the column that says of what kind an id is."""

    system: str
    schema: str
    table: str
    column: str
    is_list: bool = False
    told_by: str | None = None


# The columns of ids of people. `test_erasure_of_numbers.py` proves that none is missing: with numbers that mean nothing
# else, an erasure leaves them in no column.
_RULES = (
    _Rule(HUBSPOT, f"{_RAW}hubspot", "contacts", "id"),
    _Rule(HUBSPOT, f"{_RAW}hubspot", "contacts", "hs_merged_object_ids|identity_profiles", is_list=True),
    _Rule(HUBSPOT, f"{_RAW}hubspot", ".*", "contact_id|canonical_vid|vid_to_merge"),
    _Rule(HUBSPOT, f"{_RAW}hubspot", "deals|engagement.*", "contacts", is_list=True),
    # Outside the landing list: what the API tells with a company.
    _Rule(HUBSPOT, f"{_RAW}hubspot", "companies", "contacts|associations(_contacts)?", is_list=True),
    _Rule(HUBSPOT, f"{_RAW}hubspot", "property_history", "object_id", told_by="object_type"),
    _Rule(HUBSPOT, f"{_RAW}hubspot|intermediate", "(int_hubspot__)?associations", "from_id", told_by="from_type"),
    _Rule(HUBSPOT, f"{_RAW}hubspot|intermediate", "(int_hubspot__)?associations", "to_id", told_by="to_type"),
    _Rule(HUBSPOT, "intermediate", "int_hubspot__.*", "contact_id"),
    _Rule(HUBSPOT, "intermediate", "int_hubspot__.*", "record_id|survivor_id", told_by="record_type"),
    _Rule(HUBSPOT, "intermediate", "int_crm__given_ids", "given_id", told_by="record_type"),
    _Rule(MARKETO, f"{_RAW}marketo", "leads", "id"),
    _Rule(MARKETO, f"{_RAW}marketo", ".*", "leadid"),
    _Rule(MARKETO, f"{_RAW}marketo", "activities.*", "merge_ids", is_list=True),
    _Rule(MARKETO, "intermediate", "int_marketo__.*", "lead_id|survivor_id"),
    _Rule(WEB, f"{_RAW}({_TRACKERS})", ".*", "user_id"),
    _Rule(WEB, f"{_RAW}ga4", ".*", "user_properties", is_list=True),
    _Rule(WEB, "intermediate", "int_(web|identity|touchpoints)__(?!user_).*", "user_id"),
    _Rule(WEB, "intermediate|marts", ".*", "user_key", told_by="user_key_type"),
    _Rule(WEB, "intermediate|marts", ".*", "identifier", told_by="identifier_type"),
    _Rule(WEB, "intermediate|marts", ".*", "identifier", told_by="key_type"),
    _Rule(WEB, "intermediate|marts", ".*", "left_identifier", told_by="left_type"),
    _Rule(WEB, "intermediate|marts", ".*", "right_identifier", told_by="right_type"),
    _Rule(WEB, "intermediate|marts", ".*", "visitor_id", told_by="visitor_id_type"),
    _Rule(_KEYS, "intermediate|marts", ".*", ".*_(id|key)"),
)

# Cells that quote records of a system.
_QUOTES = (
    *((system, "audit", "rejected_rows", "record|reason", "t.source_system = {}") for system in (HUBSPOT, MARKETO)),
    *((system, "audit", "check_results", "sample_rows", "contains(t.table_name, {})") for system in (HUBSPOT, MARKETO)),
    *((system, "", "landing_rejects", "record|reason", None) for system in (HUBSPOT, MARKETO)),
)

# Properties and fields whose history models read; names, addresses and numbers of phones are among the others.
_READ = frozenset(
    {"createdate", "email", "lifecyclestage", "hsleadstatus", "hsanalyticssource", "hubspotownerid"}
    | {"emailaddress", "leadstatus", "personstatus", "revenuestage", "leadrevenuestage", "leadsource", "personsource"}
)
# By table of raw, the column that names the property and those that hold its values.
_HISTORIES = {
    ("hubspot", "contact_property_history"): ("property", ("value",)),
    ("hubspot", "property_history"): ("property", ("value",)),
    ("marketo", "activities"): ("primaryAttributeValue", ("old_value", "new_value")),
    ("marketo", "activities_change_data_value"): ("primaryAttributeValue", ("old_value", "new_value")),
}
# The columns of a contact that hold its history.
HISTORY_COLUMNS = ("propertieswithhistory", "propertiesversions")

# By model, a key that holds a number or an address, and where in it.
_DERIVED = (
    (HUBSPOT, "int_hubspot__property_changes", "history_id", "hubspot:change:contact:([^:]+):.*"),
    (HUBSPOT, "int_hubspot__status_changes", "history_id", "hubspot:(?:change:contact|stage):([^:]+):.*"),
    (HUBSPOT, "int_hubspot__engagements", "activity_key", "hubspot:engagement:[^:]+:([^:]+)"),
    (HUBSPOT, "int_crm__opportunity_contact_roles", "contact_role_id", "hubspot:opportunity:[^:]+:([^:]+)"),
    (HUBSPOT, "int_marketing__responses", "response_id", "([^:]+):(?:first|recent)_conversion"),
    (HUBSPOT, "int_marketing__responses", "response_id", r"[^:]+:([^:]+):\d{4}-.*"),
    # A form without a contact goes by the address.
    (EMAIL, "int_marketing__responses", "response_id", r"[^:]+:([^:]+@[^:]+):\d{4}-.*"),
    (MARKETO, "int_crm__campaign_members", "campaign_member_id", "[^:]+:([^:]+)"),
    (WEB, "int_web__identifies", "identify_id", r"[^|]*\|([^|]+)(?:\|property)?"),
)

# In a list of ids, as models read it: what says of what kind an association is, is no id.
_NO_IDS = r'"(?:type|label|category|typeId|type_id|associationTypeId)"\s*:\s*(?:"[^"]*"|\d+|null)|"[^"]*"\s*:'
_WORD = "[0-9A-Za-z_-]+"
# Names of a user's properties that may be the CRM's ids.
_USER_KEY = re.compile("id|user|crm|contact|lead|number|key", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A column in which numbers of a system name people, where the condition holds."""

    system: str
    column: str
    is_list: bool
    condition: str | None


def places(schema: str, table: str, columns: Iterable[str]) -> list[Place]:
    """Where a table names people by numbers. Conditions name the table `t`."""
    given = {name.lower(): name for name in columns}
    found = []
    for rule, column, told_by in _matching(schema, table, tuple(given)):
        kinds = ", ".join(map(literal, _KINDS.get(rule.system, ())))
        condition = f"lower(t.{identifier(given[told_by])}) in ({kinds})" if told_by else None
        found.append(Place(rule.system, given[column], rule.is_list, condition))
    for system, of_schema, of_table, pattern, condition in _QUOTES:
        if (schema, table) == (of_schema, of_table):
            condition = condition.format(literal(system)) if condition else None
            found += [Place(system, given[name], True, condition) for name in pattern.split("|") if name in given]
    return found


@cache
def _matching(schema: str, table: str, columns: tuple[str, ...]) -> tuple[tuple[_Rule, str, str | None], ...]:
    return tuple(
        (rule, column, rule.told_by)
        for rule in _RULES
        if re.fullmatch(rule.schema, schema) and re.fullmatch(rule.table, table)
        for column in columns
        if re.fullmatch(rule.column, column) and (rule.told_by is None or rule.told_by in columns)
    )


def history_of(schema: str, table: str) -> tuple[str, tuple[str, ...]] | None:
    """Of a table of raw with the history of people: the column of the property's name, and those of its values."""
    return _HISTORIES.get((re.sub("^(kept_)?raw_", "", schema), table))


def is_read(property_column: str) -> str:
    """SQL for whether models read the property that a cell names."""
    names = ", ".join(map(literal, sorted(_READ)))
    return f"coalesce(regexp_replace(lower({property_column}), '[^a-z]', '', 'g') in ({names}), false)"


def history_without(cell: str) -> str | None:
    """A contact's history in JSON, by property or in one list, without the properties that models don't read."""
    try:
        told = json.loads(cell)
    except ValueError:
        return None
    if isinstance(told, dict):
        return json.dumps({name: values for name, values in told.items() if _is_read(name)})
    if isinstance(told, list):
        return json.dumps([one for one in told if isinstance(one, dict) and _is_read(str(one.get("name")))])
    return None


def _is_read(name: str) -> bool:
    return re.sub("[^a-z]", "", name.lower()) in _READ


def system_of(record: str) -> str | None:
    """The system of a record that is known by a number, by its qualified id."""
    return next((system for system, starts in PEOPLE.items() if record.startswith(starts)), None)


def number_of(record: str) -> str:
    """`51` of `hubspot:contact:51`."""
    return record.rpartition(":")[2]


def forms(record: str) -> list[str]:
    """Every qualified id that the number of a record has; another record has its own alone."""
    system = system_of(record)
    return [start + number_of(record) for start in PEOPLE[system]] if system else [record]


def pseudonyms(wanted: Collection[str], known: Iterable[str]) -> dict[str, dict[str, str]]:
    """By system a pseudonym for each number of the wanted ids, at its place among the numbers of the known ones."""
    known = list(known)
    found = {}
    for system in (HUBSPOT, MARKETO):
        start = PEOPLE[system][0]
        mine = {start + number_of(record) for record in wanted if system_of(record) == system}
        new = for_records(mine, {start + number_of(record) for record in known if system_of(record) == system})
        found[system] = {number_of(record): number_of(pseudonym) for record, pseudonym in new.items()}
    return found


def qualified(numbers: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The qualified ids of numbers, with those of their pseudonyms."""
    return {
        start + number: start + new
        for system, starts in PEOPLE.items()
        for number, new in numbers.get(system, {}).items()
        for start in starts
    }


def by_system(ids: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The numbers of qualified ids, with those of their pseudonyms: what `qualified` is of."""
    found: dict[str, dict[str, str]] = {}
    for record, new in ids.items():
        if system := system_of(record):
            found.setdefault(system, {})[number_of(record)] = number_of(new)
    return found


@dataclass(frozen=True)
class Key:
    """A key of a model that holds a number or an address of a person, with what stands around it."""

    system: str
    number: str
    before: str
    after: str

    def with_number(self, number: str) -> str:
        """The key that the next night makes of another number."""
        return self.before + number + self.after


def keys(
    connection: duckdb.DuckDBPyConnection, numbers: Mapping[str, Mapping[str, str]], present: Collection[str]
) -> dict[str, Key]:
    """Keys of models that hold one of the numbers or addresses."""
    found: dict[str, Key] = {}
    for system, table, column, pattern in _DERIVED:
        if table not in present or not numbers.get(system):
            continue
        wanted = ", ".join(map(literal, numbers[system]))
        for (key,) in connection.execute(
            f"select distinct {column} from intermediate.{table} "
            f"where regexp_full_match({column}, {literal(pattern)}) "
            f"and regexp_extract({column}, {literal(f'^{pattern}$')}, 1) in ({wanted})"
        ).fetchall():
            match = re.fullmatch(pattern, key)
            if match and match[1] in numbers[system]:
                found[key] = Key(system, match[1], key[: match.start(1)], key[match.end(1) :])
    return found


def lookups(numbers: Mapping[str, Mapping[str, str]], derived: Mapping[str, Key]) -> dict[str, Mapping[str, str]]:
    """Everything that is replaced in the columns of `places`, by system."""
    new = {name: key.with_number(numbers[key.system][key.number]) for name, key in derived.items()}
    return {system: found for system, found in {**numbers, _KEYS: new}.items() if found and system != EMAIL}


def list_without(cell: str, numbers: Mapping[str, str]) -> str:
    """A list of ids in any spelling, with pseudonyms; in JSON a number becomes a text.

    Of a user's properties, those that may be ids by their names.
    """
    if '"key"' in cell:
        properties = json.loads(cell)
        for one in properties:
            if _USER_KEY.search(str(one.get("key"))):
                one["value"] = json.loads(list_without(json.dumps(one.get("value")), numbers))
        return json.dumps(properties)
    is_json = cell.lstrip()[:1] in ("[", "{")

    def replaced(match: re.Match[str]) -> str:
        new = numbers.get(match[0])
        if new is None:
            return match[0]
        is_quoted = cell[: match.start()].endswith('"')
        return f'"{new}"' if is_json and not is_quoted else new

    return re.sub(f"{_NO_IDS}|{_WORD}", replaced, cell)


def has_number(column: str, numbers: Collection[str]) -> str:
    """SQL for whether a cell holds one of the numbers as a word of its own."""
    listed = ", ".join(map(literal, numbers))
    return f"list_has_any(regexp_extract_all(cast({column} as varchar), '{_WORD}'), [{listed}])"


def delivered(relation_places: Iterable[Place], query: str) -> Iterator[str]:
    """SQL for the qualified ids that a query's columns may name, one column `part` each."""
    for place in relation_places:
        if place.system not in PEOPLE:
            continue
        start = literal(PEOPLE[place.system][0])
        column = f"cast(t.{identifier(place.column)} as varchar)"
        where = f"where {place.condition}" if place.condition else ""
        word = f"unnest(regexp_extract_all({column}, '{_WORD}'))" if place.is_list else f"trim({column})"
        yield f"select {start} || {word} as part from ({query}) as t {where}"
