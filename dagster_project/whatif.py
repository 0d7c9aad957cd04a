"""`make whatif`: the marts under other reference tables, beside the published ones, and what would move by them.

What lives here: the command, replacing reference tables in a build of the last publication's inputs, and telling whose
revenue, originator and bonus would be another. What doesn't: filling and building (rebuild.py), and why a figure moves,
which the models in `intermediate/publications` say as they do on a night.

A what-if answers "had these tables always read so". What the nights established by a user's team is therefore asked
again where the tables give the user another team. Everything else that is remembered stays.
"""

from __future__ import annotations

import csv
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

import duckdb

from dagster_project.engine import connected, identifier, literal
from dagster_project.markdown import markdown_records
from dagster_project.permissions import private_umask
from dagster_project.publish import kept
from dagster_project.publish.publisher import PublishError, publish
from dagster_project.publish.seals import SealBroken
from dagster_project.publish.versioned import holds_at
from dagster_project.quality.suites import load_suites
from dagster_project.rebuild import (
    Builder,
    CannotRebuild,
    KeptPublication,
    dbt_run,
    ensure_inputs_kept,
    fill,
    publication,
    read_only,
    salt_of,
)
from dagster_project.reference.loader import load_reference, write_run_context
from dagster_project.reference.tables import TABLES_BY_NAME
from dagster_project.reference.validate import Reference, ReferenceTableError, read_reference
from dagster_project.review.page import StaticSection, StaticTable, write_review
from dagster_project.settings import SettingError, Settings

FOLDER = "whatif"

# The reference tables by which a user has a team.
_TABLES_OF_TEAMS = {"teams", "creation_sources"}
_USER_TEAMS = "int_identity__user_teams"

# The reference tables by which the run's settings are what they are: report_model depends on the models.
_TABLES_OF_SETTINGS = {"settings", "attribution_models"}

# What the command prints of each table; the files have all.
_PRINTED = 15

_NAMES = """
    left join answer.marts.fct_opportunities as deals
        on moved.subject_type = 'opportunity' and moved.subject_id = deals.opportunity_id
"""


@dataclass(frozen=True)
class Table:
    """A part of the answer: what asks for it, and what it means when it is empty.

    `answer` is the what-if's published file, whose texts are masked; the rest is its build file.
    """

    name: str
    title: str
    sql: str
    empty: str


@dataclass(frozen=True)
class WhatIf:
    """What came of it: the publication it is compared with, where it stands, and the tables with their rows."""

    publication: KeptPublication
    folder: Path
    edited: tuple[str, ...]
    tables: tuple[StaticTable, ...]


def tables(number: int) -> tuple[Table, ...]:
    """The questions, beside the publication of that number."""
    return (
        Table(
            "figures",
            "Figures that would move",
            """
            select figure, report_month_name as month, member, previous_amount as published, current_amount as what_if,
                sum(change_amount)::decimal(18, 2) as change, sum(subjects)::bigint as subjects
            from answer.marts.rpt_restatements
            where publication_id = (select publication_id from answer.marts.dim_publication where is_latest)
            group by all order by abs(change) desc, figure, month, member
            """,
            "No figure moves.",
        ),
        Table(
            "moves",
            "By opportunity, person or campaign",
            f"""
            select moved.figure, moved.report_month_name as month, moved.member, moved.subject_type, moved.subject_id,
                deals.opportunity_name as name, moved.change_amount as change, moved.cause, moved.evidence
            from answer.marts.fct_restatements as moved {_NAMES}
            where moved.publication_id = (select publication_id from answer.marts.dim_publication where is_latest)
            order by abs(moved.change_amount) desc, moved.figure, month, moved.member, moved.subject_id, moved.cause
            """,
            "Nothing moves a figure.",
        ),
        Table(
            "originators",
            "Opportunities with another originator",
            f"""
            with before as (from audit.kept_opportunities where {holds_at(number)})
            select today.opportunity_id, deals.opportunity_name as name, today.outcome, today.amount,
                before.originator_team as published_team, today.originator_team as what_if_team,
                before.originator_user_id as published_user_id, today.originator_user_id as what_if_user_id
            from intermediate.int_publications__opportunities as today
            inner join before on today.opportunity_id = before.opportunity_id
            left join answer.marts.fct_opportunities as deals on today.opportunity_id = deals.opportunity_id
            where before.originator_team is distinct from today.originator_team
                or before.originator_user_id is distinct from today.originator_user_id
            order by today.amount desc, today.opportunity_id
            """,
            "Every opportunity has the originator that was published.",
        ),
        Table(
            "bonuses",
            "Targets and bonuses that would be judged otherwise",
            f"""
            with before as (from audit.kept_target_results where {holds_at(number)}),
            -- Published ones; the tables of the what-if may add others.
            seals as (
                select seals.month from audit.kept_seals as seals
                inner join audit.publication_in_progress as in_progress
                    on seals.is_sample is not distinct from in_progress.is_sample
            ),
            today as (
                select targets.*, targets.is_sealed and (
                    select count(*) from seals
                    where seals.month between date_trunc('month', targets.period_start) and targets.period_end
                ) = date_diff('month', targets.period_start, targets.period_end) + 1 as was_sealed
                from answer.marts.rpt_target_integrity as targets
            )
            select today.metric, today.period_start, today.period_end, today.owner, today.target,
                if(was_sealed, today.delivered, before.delivered) as published_delivered,
                today.current_delivered as what_if_delivered,
                if(was_sealed, today.verified, before.verified) as published_verified,
                today.current_verified as what_if_verified,
                if(was_sealed, today.verdict, before.verdict) as published_verdict,
                today.current_verdict as what_if_verdict,
                if(today.is_sealed, today.verdict, null) as sealed_verdict,
                if(today.is_sealed, 'as sealed', 'as judged') as pays,
                today.bonus_amount,
                if(published_verdict <> 'inflated', 0,
                    coalesce(if(was_sealed, today.bonus_amount, before.bonus_amount), 0)
                )::decimal(18, 2) as published_bonus_at_stake,
                today.bonus_at_stake as what_if_bonus_at_stake
            from today
            inner join before on today.target_id = before.target_id
            where
                published_verdict <> what_if_verdict or published_verdict <> sealed_verdict
                or published_delivered is distinct from what_if_delivered
                or published_verified is distinct from what_if_verified
            order by abs(what_if_bonus_at_stake - published_bonus_at_stake) desc, today.bonus_amount desc nulls last,
                today.metric, today.period_start, today.owner
            """,
            "Every target is judged as it was published.",
        ),
    )


def main(arguments: list[str]) -> int:
    """0 when it was answered, 2 when it can't be: a setting or a table is wrong, or an input is gone."""
    given = arguments[0].strip() if arguments else ""
    try:
        if not given:
            raise CannotRebuild("name a folder of reference tables, as in make whatif REFERENCE=/path/to/folder")
        settings = Settings.from_environment()
        print(f"Building the marts under the tables of {given} …", flush=True)
        done = what_if(settings, Path(given).expanduser().resolve())
    except (SettingError, CannotRebuild) as error:
        print(f"No answer: {error}", file=sys.stderr)
        return 2
    print(told(done))
    return 0


def told(done: WhatIf) -> str:
    """The answer for a terminal."""
    parts = [
        f"Beside {done.publication.publication_id}, as of {done.publication.as_of:%Y-%m-%d %H:%M} UTC, with other "
        f"tables: {', '.join(done.edited)}. Nothing is published."
    ]
    for table in done.tables:
        parts.append(f"{table.title}")
        if not table.rows:
            parts[-1] += f": {table.empty}"
            continue
        shown = [
            dict(zip(table.columns, ("" if cell is None else cell for cell in row), strict=True))
            for row in table.rows[:_PRINTED]
        ]
        more = len(table.rows) - _PRINTED
        parts.append(markdown_records(shown) + (f"\n… and {more} more" if more > 0 else ""))
    parts.append(
        f"  review page  {done.folder / 'published' / 'review' / 'index.html'}\n"
        f"  all rows     {done.folder}/*.csv\n"
        f"  for BI tools {done.folder / 'published' / 'throughline.duckdb'}, schemas marts and what_if"
    )
    return "\n\n".join(parts)


def what_if(settings: Settings, reference_dir: Path, build: Builder = dbt_run) -> WhatIf:
    """Build the marts of the last publication's inputs with the tables of the folder in place of its own.

    Tables that the folder lacks stay. Raises CannotRebuild; the warehouse is only read, and the answer stands in
    `whatif/<the folder's name>` of the warehouse folder.
    """
    with private_umask():
        return _what_if(settings, reference_dir, build)


def _what_if(settings: Settings, reference_dir: Path, build: Builder) -> WhatIf:
    with read_only(settings.build_file) as connection:
        beside = publication(connection, settings.build_file, None)
        ensure_inputs_kept(connection, beside)
    folder = settings.warehouse_dir / FOLDER / (re.sub(r"\W+", "_", reference_dir.name).strip("_") or "reference")
    target = folder / settings.build_file.name
    # Before the former answer goes.
    reference, edited = _tables_of(settings.reference_dir, reference_dir)
    fill(settings.build_file, beside, target, as_if_next=True)
    teams_move = bool(_TABLES_OF_TEAMS & set(edited))
    if teams_move:
        build(target, [_USER_TEAMS])
        with connected(target) as connection:
            connection.execute(f"create table audit.what_if_teams as from intermediate.{_USER_TEAMS}")
    with connected(target) as connection:
        _replace_tables(connection, settings, beside, reference, edited)
    if teams_move:
        build(target, [_USER_TEAMS])
        with connected(target) as connection:
            _ask_teams_again(connection)
    build(target, ())
    with connected(target) as connection:
        _ensure_it_sums(connection)
        marts = [
            name
            for (name,) in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
            ).fetchall()
        ]
        salt = salt_of(connection)
    published = folder / "published" / "throughline.duckdb"
    as_of = beside.as_of.replace(tzinfo=UTC)
    try:
        publish(target, published, marts=marts, run_id="what-if", as_of=as_of, build_id="what-if", salt=salt)
    except PublishError as error:
        raise CannotRebuild(f"{target}: {error}") from None
    answered = _answer(target, published, folder, beside)
    done = WhatIf(beside, folder, edited, answered)
    _write_page(published, done)
    return done


def _tables_of(current: Path, given: Path) -> tuple[Reference, tuple[str, ...]]:
    """The tables of the given folder, checked beside those that it lacks, and their names."""
    if not given.is_dir():
        raise CannotRebuild(f"{given} is not a folder; expected a folder with reference tables such as teams.csv")
    files = [path for path in sorted(given.iterdir()) if path.is_file() and path.suffix.lower() == ".csv"]
    if not files:
        raise CannotRebuild(f"{given} holds no reference table; expected at least one, such as teams.csv")
    names = {path.stem.lower() for path in files}
    with tempfile.TemporaryDirectory() as merged:
        for path in [*(p for p in current.glob("*.csv") if p.stem.lower() not in names), *files]:
            shutil.copyfile(path, Path(merged) / path.name)
        try:
            return read_reference(Path(merged)), tuple(sorted(names & set(TABLES_BY_NAME)))
        except ReferenceTableError as error:
            raise CannotRebuild(str(error).replace(merged, str(given))) from None


def _replace_tables(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    beside: KeptPublication,
    reference: Reference,
    edited: Sequence[str],
) -> None:
    salt = salt_of(connection)
    load_reference(connection, reference, edited)
    if _TABLES_OF_SETTINGS & set(edited):
        as_then = replace(settings, as_of=beside.as_of.replace(tzinfo=UTC), email_salt=salt)
        write_run_context(connection, reference, as_then)
    try:
        kept.begin(connection, beside.as_of)
    except SealBroken as error:
        raise CannotRebuild(str(error)) from None
    (number,) = connection.execute("select publication_number from audit.publication_in_progress").fetchone() or (0,)
    if number == beside.number:
        raise CannotRebuild(
            f"the tables {', '.join(edited)} are row for row those of {beside.publication_id}, so nothing would move; "
            "expected at least one other row"
        )


def _ask_teams_again(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the memory take a user's team from the tables where they give another one than before.

    A team that was established otherwise, from what the CRM said at another time, stays.
    """
    moved = (
        f"from audit.what_if_teams as before inner join intermediate.{_USER_TEAMS} as now "
        "on before.source_system = now.source_system and before.user_id = now.user_id and before.team <> now.team"
    )
    for memory, user, team, condition in (
        ("int_identity__creation_memory", "created_by_user_id", "created_by_team", "true"),
        ("int_identity__originator_memory", "originator_user_id", "originator_team", "originator_record_id is null"),
    ):
        connection.execute(
            f"update intermediate.{memory} as memory set {team} = 'unmapped' "
            f"from (select before.source_system, before.user_id, before.team {moved}) as moved "
            f"where memory.source_system = moved.source_system and memory.{user} = moved.user_id "
            f"and memory.{team} = moved.team and {condition}"
        )
    connection.execute("drop table audit.what_if_teams")


def _ensure_it_sums(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise CannotRebuild unless the changes explain every figure to the cent, as they must before a publication."""
    for suite in load_suites():
        if suite.table == "marts.rpt_restatements":
            for promise in suite.of_severity("blocking"):
                if connection.execute(str(promise.sql).format(batch=suite.table)).fetchall():
                    raise CannotRebuild(
                        f"the changes don't sum to the differences ({suite.table}.{promise.name}); expected every cent "
                        "to have a cause; this is a fault of the project, so keep the folder and report it"
                    )


def _answer(target: Path, published: Path, folder: Path, beside: KeptPublication) -> tuple[StaticTable, ...]:
    """Work the tables out in the what-if's build file, and leave them as CSV and in the what-if's published file."""
    answered = []
    with connected(target) as connection:
        connection.execute(f"attach {literal(str(published))} as answer")
        connection.execute("create schema answer.what_if")
        for table in tables(beside.number):
            place = f"answer.what_if.{identifier(table.name)}"
            connection.execute(f"create table {place} as {table.sql}")
            result = connection.execute(f"from {place}")
            columns = tuple(column[0] for column in result.description)
            rows = result.fetchall()
            with (folder / f"{table.name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                writer.writerows(rows)
            answered.append(StaticTable(table.title, columns, rows, table.empty))
        connection.execute("detach answer")
    return tuple(answered)


def _write_page(published: Path, done: WhatIf) -> None:
    said = (
        f"Other tables ({', '.join(done.edited)}) beside {done.publication.publication_id}, as if they had always read "
        "so. Every figure on this page is the what-if's, and none is published."
    )
    shown = tuple(replace(table, rows=table.rows[:200]) for table in done.tables)
    write_review(published, published.parent / "review", first=StaticSection("What if", said, shown))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
