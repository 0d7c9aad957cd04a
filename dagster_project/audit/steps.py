"""The steps by which the schema `audit` came to its present shape; a new file takes all of them, an older one the rest.

A change of a table is a new step at the end: what has been released stays as it is, since files hold its result.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

_LANDING_TABLES = """
create table if not exists audit.landed_files (
    source_system varchar, object varchar, file varchar, bytes bigint, mtime_ns bigint, content_hash varchar,
    loader_version varchar, rows bigint, rejected bigint, duplicates bigint, exact_duplicates bigint,
    recoded_lines bigint, delivery bigint, loaded_at timestamp
);
alter table audit.landed_files add column if not exists ctime_ns bigint;
alter table audit.landed_files add column if not exists inode bigint;
alter table audit.landed_files add column if not exists delivered bigint;
alter table audit.landed_files add column if not exists summary_rows bigint;
alter table audit.landed_files add column if not exists is_confirmed boolean;
alter table audit.landed_files add column if not exists missing_records bigint;
create table if not exists audit.rejected_rows (
    source_system varchar, object varchar, file varchar, line bigint, column_name varchar, reason varchar,
    record varchar, rejected_at timestamp
);
alter table audit.rejected_rows add column if not exists scope varchar;
create table if not exists audit.landed_values (
    source_system varchar, object varchar, file varchar, column_name varchar, treatment varchar, cells bigint,
    example varchar, loaded_at timestamp
);
create table if not exists audit.deliveries (
    source_system varchar, object varchar, file varchar, rows bigint, mtime_ns bigint, content_hash varchar,
    loaded_at timestamp
);
create table if not exists audit.landing_folder (landing_dir varchar, is_sample boolean, loaded_at timestamp);
"""

# A file of before the deliveries were kept knows the latest of each landing file.
_KNOWN_DELIVERIES = """
insert into audit.deliveries
select source_system, object, file, rows, mtime_ns, content_hash, loaded_at from audit.landed_files
where not exists (select 1 from audit.deliveries)
"""

_BUILDS = """
create table if not exists audit.builds (
    build_id varchar not null,
    load_id varchar not null,
    run_id varchar not null,
    as_of timestamp not null,
    started_at timestamp not null,
    finished_at timestamp
);
comment on table audit.builds is
    'One row per dbt build. finished_at is null while a build runs, and for ever if it isn''t whole.';
comment on column audit.builds.load_id is 'Fingerprint of the list of landed files that the build read.';
"""

_CHECK_RESULTS = """
create table if not exists audit.check_results (
    run_id varchar not null,
    checked_at timestamp not null,
    as_of timestamp not null,
    layer varchar not null,
    table_name varchar not null,
    expectation varchar not null,
    expectation_type varchar not null,
    column_name varchar,
    promise varchar not null,
    severity varchar not null,
    status varchar not null,
    checked_rows bigint,
    unexpected_count bigint,
    sample_rows json,
    message varchar,
    load_id varchar not null,
    build_id varchar,
    data_docs_page varchar
);
comment on table audit.check_results is 'One row per promise and run: what was expected of a table and what was found.';
comment on column audit.check_results.checked_at is 'When the promise was evaluated (UTC).';
comment on column audit.check_results.as_of is 'The logical time of the run (UTC).';
comment on column audit.check_results.severity is
    'blocking: nothing is published while it fails; warn: it is only reported.';
comment on column audit.check_results.status is 'passed, failed, or errored when it could not be evaluated.';
comment on column audit.check_results.checked_rows is 'Rows of the table when it was checked.';
comment on column audit.check_results.unexpected_count is 'Rows that break the promise.';
comment on column audit.check_results.sample_rows is 'Up to 20 rows that break the promise.';
comment on column audit.check_results.message is 'Why it could not be evaluated, or what was observed.';
comment on column audit.check_results.load_id is 'The state of raw that was checked.';
comment on column audit.check_results.build_id is 'The dbt build that was checked (audit.builds); null for raw.';
comment on column audit.check_results.data_docs_page is 'Place below data_docs/ that shows the result.';
"""

_PUBLICATIONS = """
create table if not exists audit.publications (
    published_at timestamp not null,
    as_of timestamp not null,
    run_id varchar not null,
    build_id varchar not null,
    table_name varchar not null,
    row_count bigint not null,
    content_hash varchar not null
);
comment on table audit.publications is 'One row per publication and table: what was published and when.';
comment on column audit.publications.published_at is 'When the file was published (UTC).';
comment on column audit.publications.as_of is 'The logical time of the run (UTC).';
comment on column audit.publications.content_hash is 'The same for the same rows, whatever their order.';
"""

# The column that numbers a table's entries, what the rows of one entry share, and the column's comment.
_NUMBERS = {
    "builds": (
        "build_number",
        "build_id",
        "Builds in the order in which they were begun, from 1, whatever the clock said.",
    ),
    "check_results": (
        "check_number",
        "checked_at",
        "Evaluations in their order, from 1, whatever the clock said.",
    ),
    "publications": (
        "publication_number",
        "published_at",
        "Publications in their order, from 1, whatever the clock said.",
    ),
}


def _unnumbered_releases(connection: duckdb.DuckDBPyConnection) -> None:
    """From any shape that releases without a version left behind, or from nothing."""
    connection.execute("create schema if not exists audit")
    for tables in (_LANDING_TABLES, _KNOWN_DELIVERIES, _BUILDS, _CHECK_RESULTS, _PUBLICATIONS):
        connection.execute(tables)
    for table, (number, grouped_by, comment) in _NUMBERS.items():
        _number_entries(connection, table, number, grouped_by)
        connection.execute(f"comment on column audit.{table}.{number} is '{comment}'")


def _number_entries(connection: duckdb.DuckDBPyConnection, table: str, number: str, grouped_by: str) -> None:
    """Add the numbers where they are missing, in the order in which the entries were made.

    Numbers continue from the highest one, so that nothing depends on a clock.
    """
    has_it = connection.execute(
        "select 1 from duckdb_columns() where database_name = current_database() "
        "and schema_name = 'audit' and table_name = ? and column_name = ?",
        [table, number],
    ).fetchone()
    if not has_it:
        connection.execute(f"alter table audit.{table} add column {number} bigint")
        connection.execute(
            f"""
            update audit.{table} as entered set {number} = numbered.position
            from (
                select {grouped_by}, row_number() over (order by min(rowid)) as position
                from audit.{table} group by {grouped_by}
            ) as numbered
            where numbered.{grouped_by} = entered.{grouped_by}
            """
        )


_COVERAGE = """
create table if not exists audit.landed_columns (
    source_system varchar, object varchar, file varchar, column_name varchar, delivered_as varchar, matched_by varchar
);
comment on table audit.landed_columns is
    'One row per landed file and column of the landing list that it has, with the name under which it came.';
create table if not exists audit.landing_coverage (
    system varchar, source_system varchar, object varchar, column_name varchar, is_object_required boolean,
    is_required boolean, without_object varchar, without_column varchar, records bigint, filled bigint
);
comment on table audit.landing_coverage is
    'One row per column that the sources in use could deliver: records with a value, and what is missing without.';
"""


def _coverage(connection: duckdb.DuckDBPyConnection) -> None:
    """What was delivered of each source, column by column."""
    connection.execute(_COVERAGE)


# What each publication said, so that the next one can tell what moved and why. The state is kept as versions: a row
# holds from the publication that first had it up to, not including, the one that no longer had it.
_VERSIONS = "valid_from bigint not null, valid_to bigint"
# Of the rules that join people, and of those that make touches.
_RULES = (
    "people_reference_fingerprint varchar not null, people_definitions_fingerprint varchar not null, "
    "touch_reference_fingerprint varchar not null, touch_definitions_fingerprint varchar not null"
)
_PUBLICATION = f"""
    publication_number bigint not null, publication_id varchar not null, previous_number bigint, is_sample boolean,
    as_of timestamp not null, known_until timestamp, files_fingerprint varchar not null,
    reference_fingerprint varchar not null, code_fingerprint varchar not null,
    definitions_fingerprint varchar not null, {_RULES}
"""
_KEPT = f"""
create table if not exists audit.publication_in_progress ({_PUBLICATION});
comment on table audit.publication_in_progress is
    'One row: what would be published of what the models are being built from. previous_number is what it follows.';
create table if not exists audit.kept_publications (
    {_PUBLICATION}, reporting_currency varchar, report_model varchar,
    creation_run bigint, build_id varchar not null, is_published boolean not null
);
comment on table audit.kept_publications is
    'One row per publication. is_published is false from just before the file is replaced until just after.';
create table if not exists audit.kept_opportunities (
    opportunity_id varchar not null, source_system varchar not null, account_id varchar, outcome varchar not null,
    is_won boolean not null, created_at timestamp, created_month date, close_date date, closed_month date,
    amount_original decimal(18, 2), currency varchar, exchange_rate decimal(28, 12), amount decimal(18, 2) not null,
    originator_team varchar, originator_user_id varchar, originator_record_id varchar, originator_person_id varchar,
    deal_mark varchar not null, touch_mark varchar, person_mark varchar, {_VERSIONS}
);
create table if not exists audit.kept_credit (
    opportunity_id varchar not null, channel varchar not null, amount decimal(18, 2) not null, {_VERSIONS}
);
create table if not exists audit.kept_mqls (
    source_system varchar not null, lead_id varchar not null, person_id varchar not null, cohort_month date,
    mqls bigint not null, first_run_number bigint, {_VERSIONS}
);
create table if not exists audit.kept_spend (
    spend_key varchar not null, source_system varchar not null, campaign_id varchar, spend_month date,
    channel varchar not null, cost_original decimal(18, 6), cost decimal(18, 2) not null, {_VERSIONS}
);
create table if not exists audit.kept_figures (
    figure varchar not null, report_month date, member varchar not null, model varchar not null,
    amount decimal(18, 2) not null, {_VERSIONS}
);
create table if not exists audit.kept_restatements (
    publication_number bigint not null, figure varchar not null, report_month date, member varchar not null,
    cause varchar not null, subject_type varchar not null, subject_id varchar not null,
    change_amount decimal(18, 2) not null, evidence varchar, previous_amount decimal(18, 2) not null,
    current_amount decimal(18, 2) not null
);
comment on table audit.kept_restatements is
    'One row per publication, figure, month, member, cause and subject: what moved since the publication before.';
"""


def _kept_publications(connection: duckdb.DuckDBPyConnection) -> None:
    """What was published, and what moved from one publication to the next."""
    connection.execute(_KEPT)


_KNOWN_NODES = """
create table if not exists audit.known_nodes (
    project varchar not null, node varchar not null, inputs varchar not null, contents varchar
);
comment on table audit.known_nodes is
    'One row per model, and per test that passed: marks of what it was made of and of its rows. Empty in a build.';
"""


def _known_nodes(connection: duckdb.DuckDBPyConnection) -> None:
    """What each of dbt's nodes was made of."""
    connection.execute(_KNOWN_NODES)


# What holds whatever moves later: sealed months, targets as they were first published, and how each was judged.
_SEALS = f"""
create table if not exists audit.kept_seals (
    month date not null, sealed_at timestamp not null, publication_number bigint not null, is_sample boolean,
    sealed_by bigint not null
);
comment on table audit.kept_seals is
    'One row per sealed month, never changed: publication_number says its figures, sealed_by was the first to tell.';
create table if not exists audit.kept_targets (
    target_id varchar not null, source_system varchar not null, metric varchar, period_start date, period_end date,
    owner_email varchar, target decimal(28, 6), bonus_amount decimal(18, 2), {_VERSIONS}
);
create table if not exists audit.kept_target_results (
    target_id varchar not null, target decimal(18, 2), bonus_amount decimal(18, 2), delivered decimal(18, 2),
    verified decimal(18, 2), evidence_units bigint not null, verdict varchar not null, evidence varchar, {_VERSIONS}
);
"""

# What a publication was made of, so that it can be built again. `raw_tick` numbers the states of raw: a load has the
# next tick, and a publication that of the last load before its build.
_INPUTS = f"""
create table if not exists audit.raw_clock (tick bigint not null);
insert into audit.raw_clock select 0 where not exists (select 1 from audit.raw_clock);
alter table audit.publication_in_progress add column if not exists raw_tick bigint;
alter table audit.publication_in_progress add column if not exists code_commit varchar;
alter table audit.kept_publications add column if not exists raw_tick bigint;
alter table audit.kept_publications add column if not exists code_commit varchar;
alter table audit.kept_publications add column if not exists inputs_removed_by bigint;
comment on column audit.kept_publications.inputs_removed_by is
    'Number of the publication after which its inputs were removed; null while they are kept.';
create table if not exists audit.kept_shapes (
    table_name varchar not null, column_names varchar not null, column_types varchar not null, {_VERSIONS}
);
comment on table audit.kept_shapes is 'One row per input table and version of its columns, as JSON lists.';
create table if not exists audit.kept_inputs (
    table_name varchar not null, cells varchar not null, copies bigint not null, {_VERSIONS}
);
comment on table audit.kept_inputs is
    'One row per row of a small input table and version: its cells as a JSON list of texts, and how many such rows.';
create table if not exists audit.kept_memories (
    publication_number bigint not null, table_name varchar not null, run_number bigint not null,
    row_count bigint not null, content_hash varchar not null
);
comment on table audit.kept_memories is
    'One row per publication and memory: the last run that it held before the build, its rows and their hash.';
"""


def _seals_and_inputs(connection: duckdb.DuckDBPyConnection) -> None:
    """Sealed months and targets; what publications were made of."""
    connection.execute(_SEALS)
    connection.execute(_INPUTS)


# People who were forgotten: how many, never who. A value is remembered by a keyed hash alone.
_ERASURES = """
create table if not exists audit.erasures (
    erasure_number bigint not null, erased_at timestamp not null, people bigint not null, value_count bigint not null,
    publication_number bigint
);
comment on table audit.erasures is
    'One row per erasure: how many people were forgotten by how many values, and after which publication.';
create table if not exists audit.erased_values (
    value_hash varchar not null, kind varchar not null, pseudonym varchar not null, name varchar,
    erasure_number bigint not null
);
comment on table audit.erased_values is
    'One row per forgotten value: its keyed hash and what stands for it; of a record also what stands for the name.';
alter table audit.publications add column if not exists figures_hash varchar;
alter table audit.publications add column if not exists erasure_number bigint;
comment on column audit.publications.figures_hash is
    'content_hash of the columns that hold no text: no erasure of a person changes it. Null for views.';
comment on column audit.publications.erasure_number is
    'The erasure that content_hash was worked out after; null where it is of what was published.';
"""


def _erasures(connection: duckdb.DuckDBPyConnection) -> None:
    """People who were forgotten, and hashes that prove what stays."""
    connection.execute(_ERASURES)


_KNOWN_PROMISES = """
create table if not exists audit.known_promises (
    table_name varchar not null, expectation varchar not null, mark varchar not null
);
comment on table audit.known_promises is
    'One row per promise of a suite that could be asked: a mark of what it says and of what it read.';
"""


def _known_promises(connection: duckdb.DuckDBPyConnection) -> None:
    """What each promise was asked of."""
    connection.execute(_KNOWN_PROMISES)


STEPS: tuple[Callable[[duckdb.DuckDBPyConnection], None], ...] = (
    _unnumbered_releases,
    _coverage,
    _kept_publications,
    _known_nodes,
    _seals_and_inputs,
    _erasures,
    _known_promises,
)
