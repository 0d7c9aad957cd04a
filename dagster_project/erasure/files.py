"""Files beside the warehouse without a person: logs, pages, and what Dagster and dbt keep.

What lives here: each kind of file rewritten in its place, or removed where the next night makes it anew. What doesn't:
the build file and the published file (tables.py). Doing it twice does no harm, so that a killed run begins again.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from dagster_project.engine import identifier
from dagster_project.erasure.texts import Texts

# Another program may write Dagster's files for a moment.
_SECONDS_TO_WAIT = 30

_TEMPORARY = ".erasing"


def rewrite(found: Iterable[Path], texts: Texts) -> list[Path]:
    """Rewrite every file in which one of the values stands; the result names them.

    Databases of DuckDB and files that nothing here can read stay as they are: the proof tells if a value is in them.
    """
    rewritten = []
    for file in sorted(found):
        if file.is_symlink() or not file.is_file():
            continue
        if file.name.endswith(_TEMPORARY):
            file.unlink()  # of a killed run
            continue
        with file.open("rb") as opened:
            head = opened.read(16)
        if head.startswith(b"SQLite format 3\x00"):
            changed = _rewrite_sqlite(file, texts)
        elif head[8:12] == b"DUCK" or head.startswith((b"PAR1", b"PK\x03\x04")):
            changed = False
        elif head.startswith(b"\x1f\x8b"):
            changed = _rewrite_text(file, texts, gzip.decompress, gzip.compress)
        else:
            changed = _rewrite_text(file, texts, bytes, bytes)
        if changed:
            rewritten.append(file)
    return rewritten


def remove(folders: Iterable[Path]) -> list[Path]:
    """Remove folders that may go at any time; the result names those that were there."""
    present = [folder for folder in folders if folder.is_dir()]
    for folder in present:
        shutil.rmtree(folder)
    return present


def whole(text: str, texts: Texts) -> str:
    """A text without the values, and where one stood in it, without parts of names."""
    return texts.rewritten(text, is_own=True) if texts.rewritten(text) != text else text


def _rewrite_text(
    file: Path, texts: Texts, unpacked: Callable[[bytes], bytes], packed: Callable[[bytes], bytes]
) -> bool:
    # Surrogates keep bytes that are no UTF-8.
    content = unpacked(file.read_bytes()).decode("utf-8", errors="surrogateescape")
    if "\x00" in content[:4096] or not texts.is_likely_in(content):
        return False
    new = "".join(whole(line, texts) for line in content.splitlines(keepends=True))
    if new == content:
        return False
    stamp = file.stat()
    temporary = file.with_name(f".{file.name}{_TEMPORARY}")
    temporary.write_bytes(packed(new.encode("utf-8", errors="surrogateescape")))
    temporary.chmod(stamp.st_mode & 0o777)
    # Its age decides when it goes.
    os.utime(temporary, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    temporary.replace(file)
    return True


def _rewrite_sqlite(file: Path, texts: Texts) -> bool:
    """All of its rows in one transaction; then the file is written anew, without the pages of before."""
    connection = sqlite3.connect(file, timeout=_SECONDS_TO_WAIT, isolation_level=None)
    try:
        connection.execute("pragma secure_delete = on")
        connection.execute("begin immediate")
        changed = 0
        for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            if table.startswith("sqlite_"):
                continue
            names = [row[1] for row in connection.execute(f"pragma table_info({identifier(table)})").fetchall()]
            for row_id, *row in connection.execute(
                f"select rowid, {', '.join(map(identifier, names))} from {identifier(table)}"
            ).fetchall():
                new = {name: whole(cell, texts) for name, cell in zip(names, row, strict=True) if isinstance(cell, str)}
                new = {name: cell for name, cell in new.items() if cell != row[names.index(name)]}
                if new:
                    changed += 1
                    assignments = ", ".join(f"{identifier(name)} = ?" for name in new)
                    connection.execute(
                        f"update {identifier(table)} set {assignments} where rowid = ?", [*new.values(), row_id]
                    )
        connection.execute("commit")
        # Whether or not a killed run got this far: what it left behind in free pages goes.
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")
        return changed > 0
    finally:
        connection.close()
