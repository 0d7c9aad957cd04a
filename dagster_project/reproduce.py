"""`make reproduce`: a past publication, built again from what it was made of, and compared with what was published.

What lives here: the command, and the comparison. What doesn't: filling and building (rebuild.py).
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from dagster_project.engine import connected
from dagster_project.permissions import private_umask
from dagster_project.publish.publisher import PublishedTable, described_tables
from dagster_project.rebuild import (
    Builder,
    CannotRebuild,
    KeptPublication,
    dbt_run,
    ensure_inputs_kept,
    figures_after_erasures,
    fill,
    mart_hashes,
    publication,
    read_only,
    salt_of,
)
from dagster_project.settings import SettingError, Settings

FOLDER = "reproduced"

_USAGE = "name a publication, as in make reproduce PUBLICATION=P00012; marts.dim_publication lists them"


@dataclass(frozen=True)
class Compared:
    """A published table beside the one that was built again, whose rows are None where there is none.

    Where people were forgotten since, a table may be equal but for them: in its rows, numbers, dates and verdicts.
    """

    name: str
    published_rows: int
    built_rows: int | None
    is_equal: bool
    is_equal_but_for_forgotten: bool = False


@dataclass(frozen=True)
class Reproduction:
    """What came of it."""

    publication: KeptPublication
    build_file: Path
    tables: tuple[Compared, ...]

    @property
    def is_equal(self) -> bool:
        """Whether every table has the same rows as were published, but for people who were forgotten since."""
        return all(table.is_equal or table.is_equal_but_for_forgotten for table in self.tables)


def main(arguments: list[str]) -> int:
    """0 when every table is equal, 1 when one differs, 2 when it can't be built: a setting, or an input is gone."""
    name = arguments[0].strip() if arguments else ""
    try:
        if not name:
            raise CannotRebuild(_USAGE)
        settings = Settings.from_environment()
        print(f"Building {name} again from {settings.build_file} …", flush=True)
        done = reproduce(settings.build_file, settings.warehouse_dir / FOLDER, name)
    except (SettingError, CannotRebuild) as error:
        print(f"Not reproduced: {error}", file=sys.stderr)
        return 2
    for table in done.tables:
        rows = f"{table.built_rows:,} rows" if table.built_rows is not None else "absent"
        was = ""
        if table.is_equal_but_for_forgotten:
            was = "; equal but for people who were forgotten since"
        elif not table.is_equal:
            was = f"; published: {table.published_rows:,} rows"
        said = "equal  " if table.is_equal or table.is_equal_but_for_forgotten else "DIFFERS"
        print(f"  {said}  {table.name:<46} {rows}{was}")
    equal = sum(table.is_equal for table in done.tables)
    told = f"{equal} of {len(done.tables)} tables are row for row what was published"
    if others := sum(table.is_equal_but_for_forgotten for table in done.tables):
        told += f", {others} but for people who were forgotten since"
    print(f"\n{done.publication.publication_id}, as of {done.publication.as_of:%Y-%m-%d %H:%M} UTC: {told}.")
    print(f"  built in  {done.build_file}")
    return 0 if done.is_equal else 1


def reproduce(build_file: Path, folder: Path, name: str, build: Builder = dbt_run) -> Reproduction:
    """Build a publication again in `folder`/<its id>, and compare it table by table.

    Raises CannotRebuild if that isn't possible. The warehouse is only read.
    """
    with read_only(build_file) as connection:
        wanted = publication(connection, build_file, name)
        ensure_inputs_kept(connection, wanted)
        published = mart_hashes(connection, wanted.build_id)
        figures = figures_after_erasures(connection, wanted)
    if not published:
        raise CannotRebuild(
            f"{wanted.publication_id}: audit.publications has no hashes of its tables; expected one row per table; "
            "they were removed by hand"
        )
    target = folder / wanted.publication_id / build_file.name
    fill(build_file, wanted, target)
    with private_umask():
        build(target, ())
    marts = [table.removeprefix("marts.") for table in published if table.startswith("marts.")]
    # A hash of rows is a number, that of a view's definition isn't. Models that ran on Spark are tables all.
    as_tables = [name for name in marts if published[f"marts.{name}"][1].isdigit()]
    with connected(target) as connection:
        described = described_tables(connection, marts, salt_of(connection), as_tables)
    built = {table.full_name: table for table in described}
    tables = tuple(
        _compared(table, published[table], built.get(table), figures.get(table)) for table in sorted(published)
    )
    return Reproduction(wanted, target, tables)


def _compared(name: str, published: tuple[int, str], built: PublishedTable | None, figures: str | None) -> Compared:
    """`figures` is the hash of what no erasure changes, where people were forgotten since."""
    if built is None:
        return Compared(name, published[0], None, is_equal=False)
    is_equal = (built.row_count, built.content_hash) == published
    is_but_for_forgotten = (
        not is_equal and figures is not None and (built.row_count, built.figures_hash) == (published[0], figures)
    )
    return Compared(name, published[0], built.row_count, is_equal, is_but_for_forgotten)


if __name__ == "__main__":
    os.environ.setdefault("DO_NOT_TRACK", "1")
    sys.exit(main(sys.argv[1:]))
