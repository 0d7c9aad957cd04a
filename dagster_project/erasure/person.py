"""Whose a value is, and everything else by which the build file knows that person.

What lives here: looking up and refusing. What doesn't: what stands for the values (pseudonyms.py). Identity decides who
is one person: it is asked, not worked out again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import duckdb

from dagster_project.engine import identifier, literal
from dagster_project.erasure import numbers
from dagster_project.erasure.pseudonyms import is_long_id, long_id
from dagster_project.publish.masking import name_sequences

# The objects whose records are people, with what stands before their ids to make them qualified.
OWN_RECORDS = {
    ("salesforce", "lead"): "",
    ("salesforce", "contact"): "",
    ("hubspot", "contacts"): numbers.PEOPLE[numbers.HUBSPOT][0],
    ("marketo", "leads"): numbers.PEOPLE[numbers.MARKETO][0],
}
_OF_RECORDS = re.compile("(salesforce|hubspot|marketo)_(lead|contact)")

# The company's own people, whose names are theirs.
_STAFF = (("raw_salesforce", "user"), ("raw_hubspot", "users"), ("raw_hubspot", "owners"))

# Columns of further addresses, lists or JSON, and what an address in them is.
_MORE_EMAILS = ("hsadditionalemails", "identityprofiles")
_ADDRESS = r"[^][{}<>\";:, |]+@[^][{}<>\";:, |]+"
# Browsers by which HubSpot knows a contact.
_BROWSER = re.compile(r'"type"\s*:\s*"LEAD_GUID"[^{}]*?"value"\s*:\s*"([^"]+)"')

_PHONE_COLUMN = re.compile(r"phone|mobile|fax")
_FEWEST_DIGITS = 7


class CannotErase(RuntimeError):
    """A person can't be forgotten; the message is one line: why, and what to do. Nothing was changed.

    `reason` leaves out the value, which no log may hold.
    """

    def __init__(self, value: str, reason: str) -> None:
        super().__init__(f"{value} {reason}".strip())
        self.reason = reason


class UnknownPerson(CannotErase):
    """Nobody in the build file is known by the value."""


class AlreadyForgotten(CannotErase):
    """The person was forgotten before."""


@dataclass
class Person:
    """What a person is known by. Names are pairs of first and last; a record's surname is None where it has none."""

    person_ids: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    # Qualified ids of records.
    records: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    # Ids of a tracker's user that are numbers.
    users: set[str] = field(default_factory=set)
    # `identifier_type|identifier`, of which keys are made.
    identifiers: set[str] = field(default_factory=set)
    names: set[tuple[str, str]] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)


def find(connection: duckdb.DuckDBPyConnection, value: str) -> Person:
    """The person of an address or id. Raises CannotErase if it is nobody's, an employee's, or not one person's."""
    wanted = long_id(value.strip())
    if not wanted:
        raise CannotErase("", "no person is named; expected an e-mail address or an id, as in make erase PERSON=jane@…")
    if not _has(connection, "intermediate", "int_identity__person_identifiers"):
        raise UnknownPerson(
            "",
            "the build file has no people yet; expected a warehouse that a night has built; run make run first",
        )
    _refuse_staff(connection, wanted)
    if wanted.isdecimal():
        _refuse_number(connection, wanted)
    lowered = wanted.lower()
    found = connection.execute(
        "select distinct person_id from intermediate.int_identity__person_identifiers "
        "where lower(identifier) = ? or lower(split_part(identifier, ':', 3)) = ? or person_id = ?",
        [lowered, None if lowered.isdecimal() else lowered, lowered],
    ).fetchall()
    refused = connection.execute(
        "select key_type, reason, people from intermediate.int_identity__refused_keys "
        "where lower(identifier) = ? and key_type <> 'deal_conversion' limit 1",
        [lowered],
    ).fetchone()
    if len(found) > 1 or (refused and not found):
        why = f"{refused[1]}, {refused[2] or 'several'} people" if refused else f"{len(found)} people"
        raise CannotErase(
            value.strip(),
            f"is shared ({why}), so that nobody can tell whom it means; expected a value of one "
            "person; name their own address or the id of their record",
        )
    if not found:
        raise UnknownPerson(
            value.strip(),
            "is no value of a person in the build file; expected an e-mail address, or the id of a "
            "lead, contact or browser, that a night has seen; correct it, or run the night that delivers it first",
        )
    return _everything_of(connection, found[0][0])


def _everything_of(connection: duckdb.DuckDBPyConnection, person_id: str) -> Person:
    person = Person({person_id})
    for identifier_type, known_as in connection.execute(
        "select identifier_type, identifier from intermediate.int_identity__person_identifiers where person_id = ?",
        [person_id],
    ).fetchall():
        person.identifiers.add(f"{identifier_type}|{known_as}")
        if identifier_type == "email" or "@" in known_as:
            person.emails.add(known_as.lower())
        elif _OF_RECORDS.fullmatch(identifier_type):
            person.records |= set(numbers.forms(known_as))
        elif identifier_type == "user_id" and known_as.isdecimal():
            person.users.add(known_as)
        else:
            person.keys.add(known_as)
    _add_merged(connection, person)
    _add_from_records(connection, person)
    # An address that a record once had, and that is nobody else's now and no shared mailbox.
    others = {
        email
        for (email,) in connection.execute(
            "select lower(identifier) from intermediate.int_identity__person_identifiers "
            "where identifier_type = 'email' and person_id <> ? "
            "union select lower(identifier) from intermediate.int_identity__refused_keys where key_type = 'email' "
            "union select email from intermediate.int_identity__emails where refusal_reason is not null or is_internal",
            [person_id],
        ).fetchall()
    }
    person.emails -= others - {name.partition("|")[2].lower() for name in person.identifiers}
    return person


def _add_merged(connection: duckdb.DuckDBPyConnection, person: Person) -> None:
    """Records that were merged away may stand in no export any more: those that survive name them."""
    for system, table, column, condition in (
        (numbers.HUBSPOT, "int_hubspot__merged_ids", "record_id", "record_type = 'contact'"),
        (numbers.MARKETO, "int_marketo__merged_ids", "lead_id", "true"),
    ):
        if mine := _own_ids(numbers.PEOPLE[system][0], person.records):
            if not _has(connection, "intermediate", table):
                continue
            for (number,) in connection.execute(
                f"select {column} from intermediate.{table} where survivor_id in ({mine}) and {condition}"
            ).fetchall():
                person.records |= {start + number for start in numbers.PEOPLE[system]}


def _add_from_records(connection: duckdb.DuckDBPyConnection, person: Person) -> None:
    """Former addresses, names and phone numbers of the person's records, in every version that is kept."""
    if not person.records:
        return
    ids = _listed(person.records)
    queries = [f"select distinct lower(email) from intermediate.int_identity__record_states where record_id in ({ids})"]
    if _has(connection, "intermediate", "int_crm__lead_history"):
        queries += [
            f"select distinct lower(trim({value})) from intermediate.int_crm__lead_history "
            f"where lead_id in ({ids}) and field = 'email'"
            for value in ("old_value", "new_value")
        ]
    for query in queries:
        person.emails.update(email for (email,) in _rows(connection, query) if re.fullmatch(_ADDRESS, email))
    for schema, table in own_tables(connection):
        own = _own_ids(start_of(schema, table), person.records)
        if not own:
            continue
        relation = _relation(schema, table)
        columns = meanings(connection, relation)
        mine = f"{columns['id']} in ({own})"
        for meaning in ("email", *_MORE_EMAILS):
            if meaning in columns:
                for (text,) in _rows(connection, f"select distinct {columns[meaning]} from {relation} where {mine}"):
                    person.emails.update(email.lower() for email in re.findall(_ADDRESS, text))
                    person.keys.update(_BROWSER.findall(text))
        first, last, full = (columns.get(name, "null") for name in ("firstname", "lastname", "name"))
        for first_name, last_name, name in connection.execute(
            f"select distinct {first}, {last}, {full} from {relation} where {mine}"
        ).fetchall():
            if first_name and last_name:
                person.names.add((first_name, last_name))
            if name:
                before, _, after = name.strip().rpartition(" ")
                person.names.add((before, after))
        for meaning, column in columns.items():
            if _PHONE_COLUMN.search(meaning) or meaning == "properties":
                query = f"select distinct {column}::varchar from {relation} where {mine}"
                for number in (number for (text,) in _rows(connection, query) for number in _numbers(meaning, text)):
                    digits = re.sub(r"\D", "", number).lstrip("0")
                    if len(digits) >= _FEWEST_DIGITS:
                        person.phones.add(digits)


def _numbers(meaning: str, text: str) -> list[str]:
    """Phone numbers of a cell; of the API's properties those of columns that are called so."""
    if meaning != "properties":
        return [text]
    return re.findall(r'"[^"]*(?:phone|mobile|fax)[^"]*"\s*:\s*"([^"]+)"', text)


def own_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """The tables of raw, and of what it held before, whose records are people."""
    wanted = {(f"{kept}raw_{system}", table) for system, table in OWN_RECORDS for kept in ("", "kept_")}
    present = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
    ).fetchall()
    return sorted(wanted & set(present))


def start_of(schema: str, table: str) -> str:
    """What stands before an id of a table of people to make it qualified."""
    return OWN_RECORDS[re.sub("^(kept_)?raw_", "", schema), table]


def _own_ids(start: str, records: Iterable[str]) -> str:
    """SQL list of the ids of records as their own table has them: numbers, or Salesforce's with their short forms."""
    if start:
        return _listed([numbers.number_of(record) for record in records if record.startswith(start)])
    plain = [record for record in records if not numbers.system_of(record)]
    return _listed([form for one in plain for form in ((one, one[:15]) if is_long_id(one) else (one,))])


def meanings(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """The columns of a relation by their names without case and underscores, as SQL identifiers."""
    columns = connection.execute(f"describe {relation}").fetchall()
    return {name.lower().replace("_", ""): identifier(name) for name, *_ in columns}


def other_names(connection: duckdb.DuckDBPyConnection, records: Collection[str]) -> set[tuple[str, ...]]:
    """The names of everybody but the owners of those records, employees included, as sequences of folded words."""
    found = [names_in(connection, _relation(*table), start_of(*table), records) for table in own_tables(connection)]
    staff = [table for table in _STAFF if _has(connection, *table)]
    return set().union(*found, *(names_in(connection, _relation(*table), "", ()) for table in staff))


def names_in(
    connection: duckdb.DuckDBPyConnection, relation: str, start: str, records: Collection[str]
) -> set[tuple[str, ...]]:
    """The names in a relation of people, but for those records, as sequences of folded words."""
    columns = meanings(connection, relation)
    first, last, full = (columns.get(meaning, "null") for meaning in ("firstname", "lastname", "name"))
    mine = _own_ids(start, records) or "''"
    found: set[tuple[str, ...]] = set()
    for first_name, last_name, whole in connection.execute(
        f"select distinct {first}, {last}, {full} from {relation} where {columns['id']} not in ({mine})"
    ).fetchall():
        before, _, after = (whole or "").strip().rpartition(" ")
        found |= name_sequences(first_name or "", last_name or "") | name_sequences(before, after)
    return found


def surnames(connection: duckdb.DuckDBPyConnection, records: Sequence[str]) -> dict[str, str | None]:
    """The surname of each record as identity compares it; None where somebody else on one of its keys bears it.

    Keys are judged by how many surnames stand on them. A surname that goes on standing there for somebody else may go;
    any other must go on counting as one.
    """
    ids = _listed(records)
    return dict(
        connection.execute(
            f"""
            with evidence as (select record_id, email, surname from intermediate.int_identity__creation_evidence),
            keys as (
                select record_id, 'email|' || email as key from intermediate.int_identity__record_emails
                where email is not null
                union select record_id, 'email|' || email from evidence where email is not null
            ),
            web as (
                select 'email|' || email as left_key, 'web|' || coalesce(anonymous_id, user_key) as right_key
                from intermediate.int_identity__web_keys where email is not null
                union select 'email|' || user_key, 'web|' || anonymous_id
                from intermediate.int_identity__web_keys where user_key_type = 'email' and anonymous_id is not null
            ),
            reached as (
                select record_id, key from keys
                union select keys.record_id, web.right_key from keys inner join web on web.left_key = keys.key
            ),
            shared as (
                select distinct mine.record_id
                from reached as mine
                inner join reached as other on other.key = mine.key and other.record_id not in ({ids})
                inner join evidence as mine_evidence on mine_evidence.record_id = mine.record_id
                inner join evidence as other_evidence
                    on other_evidence.record_id = other.record_id and other_evidence.surname = mine_evidence.surname
                where mine.record_id in ({ids})
            )
            select record_id, case when record_id not in (from shared) then surname end
            from evidence where record_id in ({ids})
            """
        ).fetchall()
    )


def _refuse_number(connection: duckdb.DuckDBPyConnection, number: str) -> None:
    """A number alone is refused, unless it is one person's id as it stands and ends no other."""
    found = [
        known_as
        for (known_as,) in connection.execute(
            "select distinct identifier from intermediate.int_identity__person_identifiers "
            "where identifier = ? or (contains(identifier, ':') and split_part(identifier, ':', -1) = ?) order by all",
            [number, number],
        ).fetchall()
    ]
    if found and found != [number]:
        raise CannotErase(
            number,
            "is a number, which may mean anybody's record; expected the whole id; "
            f"write {' or '.join(known_as for known_as in found if known_as != number)}",
        )


def _refuse_staff(connection: duckdb.DuckDBPyConnection, wanted: str) -> None:
    if connection.execute(
        "select 1 from intermediate.int_crm__users where lower(user_id) = ? or lower(email) = ? limit 1",
        [wanted.lower(), wanted.lower()],
    ).fetchone():
        raise CannotErase(
            wanted,
            "is a user of the CRM, one of the company's own people; expected a prospect: teams and "
            "originators are told by users",
        )


def _has(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    return bool(
        connection.execute(
            "select 1 from information_schema.tables where table_catalog = current_database() "
            "and table_schema = ? and table_name = ?",
            [schema, table],
        ).fetchone()
    )


def _relation(schema: str, table: str) -> str:
    return f"{identifier(schema)}.{identifier(table)}"


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, ...]]:
    return [row for row in connection.execute(query).fetchall() if None not in row]


def _listed(values: Iterable[str]) -> str:
    return ", ".join(map(literal, values))
