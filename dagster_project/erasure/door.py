"""Where deliveries come in: a forgotten person who is delivered again gets the pseudonyms before anything is written.

What lives here: finding, by keyed hashes, which delivered values are a forgotten person's. What doesn't: what becomes
of the rows (tables.py), and loading. A warehouse that never forgot anybody has no door, and its loads cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.engine import identifier, literal, only_row
from dagster_project.erasure import numbers
from dagster_project.erasure.person import OWN_RECORDS, meanings, names_in, other_names
from dagster_project.erasure.pseudonyms import LostKey, kept_key, pads
from dagster_project.erasure.tables import Erased, rewrite_temporary
from dagster_project.erasure.texts import EMAIL, HASH, ID, NAME, PHONE, Value
from dagster_project.landing import sql
from dagster_project.landing.catalog import LandingObject
from dagster_project.landing.errors import LandingError
from dagster_project.publish.masking import fold

# What may be a value within a text. Words of a name are looked at in pairs and threes.
_EMAILS = r"(?:[\w.+''-]|%2[BbDdEe])+(?:@|%40)[\w-]+(?:\.[\w-]+)+"
_WORDS = r"[A-Za-z0-9]{4,}"
_UUIDS = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_NUMBERS = r"\+?\d(?:(?:%20|[\s().\-/])?\d){6,16}"

_KINDS = {"record": ID, "user": ID, "key": ID, EMAIL: EMAIL, PHONE: PHONE, NAME: NAME, HASH: HASH}


@dataclass
class Door:
    """What is remembered of forgotten people, and the connection that loads."""

    connection: duckdb.DuckDBPyConnection
    key: bytes

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> Door | None:
        """None where nobody was forgotten. Raises LandingError if the key is gone: they would come back in silence."""
        if not only_row(connection, "select exists (from audit.erased_values)")[0]:
            return None
        (path,) = only_row(connection, "select path from duckdb_databases() where database_name = current_database()")
        try:
            return cls(connection, kept_key(Path(path).parent, is_used=True))
        except LostKey as error:
            raise LandingError(str(error)) from None

    def known(
        self,
        query: str,
        columns: Sequence[str],
        landing_object: LandingObject,
        numbered_as: tuple[str, str] | None = None,
    ) -> list[tuple[str, str, str, str | None]]:
        """Which of the query's cells and words are remembered: the text as it stands, its kind, pseudonym and name.

        Where the object's columns, or those of `numbered_as`, name people by numbers, these are asked for as qualified
        ids.
        """
        if not columns:
            return []
        places = numbers.places(*(numbered_as or (landing_object.schema, landing_object.snake_name)), columns)
        of_others = {numbers.HUBSPOT, numbers.MARKETO} - {landing_object.source}
        places = [place for place in places if place.system not in of_others]
        numbered = " ".join(f"union select part, '' from ({one})" for one in numbers.delivered(places, query))
        inner, outer = pads(self.key)
        cells = ", ".join(f"cast({identifier(column)} as varchar)" for column in columns)
        trimmed = "trim(part)"
        normal = (
            f"lower(case when length({trimmed}) = 15 and regexp_full_match({trimmed}, '[a-zA-Z0-9]{{15}}') "
            f"then {sql.salesforce_id(trimmed)} else {trimmed} end)"
        )
        return self.connection.execute(
            rf"""
            with cells as materialized (
                select distinct cell from (select unnest([{cells}]) as cell from ({query})) where cell <> ''
            ),
            folded as materialized (
                select regexp_extract_all(lower(strip_accents(cell)), '[\pL\pN]+') as words from cells
                where regexp_matches(cell, '\pL[^\pL]+\pL')
            ),
            parts as (
                select cell as part, '' as kind from cells where length(cell) <= 254
                union
                select replace(unnest(regexp_extract_all(cell, '{_EMAILS}')), '%40', '@'), 'email' from cells
                where contains(cell, '@') or contains(cell, '%40')
                union
                select unnest(regexp_extract_all(cell, '{_WORDS}')), '' from cells
                union
                select unnest(regexp_extract_all(cell, '{_UUIDS}')), '' from cells
                union
                select ltrim(regexp_replace(unnest(regexp_extract_all(cell, '{_NUMBERS}')), '%20|\D', '', 'g'), '0'),
                    'phone'
                from cells where regexp_matches(cell, '\d{{3}}')
                union
                select array_to_string(words[place:place + more], ' '), 'name'
                from (select distinct words, unnest(range(1, len(words))) as place from folded),
                    (values (1), (2), (3)) as longer (more)
                where place + more <= len(words)
                {numbered}
            ),
            hashed as (
                select part, kind,
                    sha256({_blob(outer)} || unhex(sha256({_blob(inner)} || encode({normal})))) as value_hash
                from parts
            )
            select distinct hashed.part, erased.kind, erased.pseudonym, erased.name
            from hashed
            inner join audit.erased_values as erased
                on erased.value_hash = hashed.value_hash and (hashed.kind in ('', erased.kind))
            order by all
            """
        ).fetchall()

    def admit(self, name: str, landing_object: LandingObject, *, are_rows: bool = False) -> None:
        """Rewrite a temporary table that a load is about to take over; `are_rows` are to be the object's own."""
        relation = f"temp.{identifier(name)}"
        columns = [
            column
            for column, kind, *_ in self.connection.execute(f"describe {relation}").fetchall()
            if kind == "JSON" or "VARCHAR" in kind
        ]
        table = (landing_object.schema, landing_object.snake_name)
        # Rejects are a table of their own; other notes are of the object's keys.
        numbered_as = ("", name) if name == "landing_rejects" else table
        found = self.known(f"from {relation}", columns, landing_object, numbered_as)
        if found:
            start = OWN_RECORDS.get((landing_object.source, landing_object.snake_name)) if are_rows else None
            erased = self._erased(found, relation, start)
            as_table = table if are_rows else None
            rewrite_temporary(self.connection, name, erased, as_table=as_table, numbered_as=numbered_as)

    def clean(self, texts: Sequence[str], landing_object: LandingObject) -> list[str]:
        """Texts of a few words, such as examples, without forgotten people."""
        self.connection.execute("create or replace temp table landing_texts (place bigint, example varchar)")
        if texts:
            self.connection.execute(
                "insert into temp.landing_texts select unnest(?), unnest(?)", [list(range(len(texts))), list(texts)]
            )
        self.admit("landing_texts", landing_object)
        found = self.connection.execute("select example from temp.landing_texts order by place").fetchall()
        self.connection.execute("drop table temp.landing_texts")
        return [example for (example,) in found]

    def _erased(self, found: Sequence[tuple[str, str, str, str | None]], relation: str, start: str | None) -> Erased:
        """What was found, as it is taken out; where the relation's records are people, `start` makes ids qualified."""
        values = [
            Value(_KINDS[kind], part if kind in ("record", "key") else part.strip().lower(), new, kind == "record")
            for part, kind, new, _ in found
        ]
        names: dict[str, str | None] = {part.strip(): token for part, kind, _, token in found if kind == "record"}
        shared: dict[str, str | None] = {}
        parts: dict[str, str | None] = {}
        spoken = {value.plain: value.pseudonym for value in values if value.kind == NAME}
        if start is not None:
            emails = [value.plain for value in values if value.kind == EMAIL]
            self._note_own_rows(relation, start, emails, names, parts)
        if spoken:
            sequences = other_names(self.connection, names)
            if start is not None:
                sequences |= names_in(self.connection, relation, start, names)
            others = {" ".join(sequence) for sequence in sequences}
            shared = {plain: new for plain, new in spoken.items() if plain in others}
            values = [value for value in values if value.plain not in shared or value.kind != NAME]
        of_numbers = numbers.by_system({part: new for part, kind, new, _ in found if kind in ("record", "user")})
        return Erased(values, names, shared, parts, of_numbers)

    def _note_own_rows(
        self,
        people: str,
        start: str,
        emails: Sequence[str],
        names: dict[str, str | None],
        parts: dict[str, str | None],
    ) -> None:
        """A new record of a forgotten address is the person's as well: its id is not known, its name goes."""
        columns = meanings(self.connection, people)
        if emails and {"id", "email"} <= columns.keys():
            listed = ", ".join(map(literal, emails))
            for (record,) in self.connection.execute(
                f"select distinct {columns['id']} from {people} where lower(trim({columns['email']})) in ({listed})"
            ).fetchall():
                names.setdefault(start + record, None)
        for meaning in ("firstname", "lastname"):
            if meaning in columns and "id" in columns:
                ids = ", ".join(map(literal, names)) or "''"
                for (word,) in self.connection.execute(
                    f"select distinct {columns[meaning]} from {people} "
                    f"where {literal(start)} || {columns['id']} in ({ids}) and length({columns[meaning]}) > 1"
                ).fetchall():
                    parts[fold(word).strip()] = None


def _blob(content: bytes) -> str:
    """Bytes as an SQL literal."""
    return "'" + "".join(f"\\x{byte:02X}" for byte in content) + "'::blob"
