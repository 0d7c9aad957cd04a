"""The folder of the review page: whole or not at all, the same for the same figures, private unless shared."""

from __future__ import annotations

import base64
import gzip
import json
import re
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.publish.assets import PUBLISHED_KEY
from dagster_project.review import assets, page
from dagster_project.review.cards import cards
from dagster_project.review.columnar import encoded, packed, script_json
from dagster_project.review.page import put_in_place, write_review
from dagster_project.review.published import opened
from dagster_project.settings import Settings
from dagster_project.warehouse import Warehouse


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_file_makes_the_same_page(review_file, tmp_path):
    write_review(review_file, tmp_path / "one")
    write_review(review_file, tmp_path / "other")
    assert files(tmp_path / "one") == files(tmp_path / "other")
    assert {"index.html", "data/core.js", "assets/vega.js"} <= files(tmp_path / "one").keys()


def test_the_former_page_goes_and_nothing_is_left_beside_the_new_one(review_file, tmp_path):
    folder = tmp_path / "review"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "deals-9999.js").write_text("of another night")
    (tmp_path / ".review-1.tmp").mkdir()
    write_review(review_file, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["review"]
    assert not (folder / "data" / "deals-9999.js").exists()


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_new_folder_takes_the_name_with_and_without_the_system_s_exchange(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(page, "_exchanged", lambda *_: False)
    for name, text in (("review", "former"), (".review-1.tmp", "new")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(text)
    put_in_place(tmp_path / ".review-1.tmp", tmp_path / "review")
    assert (tmp_path / "review" / "index.html").read_text() == "new"


def test_a_page_that_cannot_be_made_leaves_the_former_one(review_file, tmp_path, monkeypatch):
    folder = tmp_path / "review"
    write_review(review_file, folder)
    before = files(folder)
    monkeypatch.setattr(page.datasets, "standing", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_review(review_file, folder)
    assert files(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["review"]


def test_others_read_neither_the_folder_nor_its_files(review_file, tmp_path):
    write_review(review_file, tmp_path / "review")
    for path in [tmp_path / "review", *(tmp_path / "review").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_text_in_a_script_ends_no_script_and_stays_the_same_text():
    text = "</script><!-- & \u2028 \"'"
    written = script_json({"name": text})
    assert not set("<>&\u2028") & set(written)
    assert json.loads(written) == {"name": text}


def test_money_is_whole_cents_and_repeated_words_are_numbers():
    rows = [
        (Decimal("1.10"), "won", ["b", "a"]),
        (None, "won", None),
        (Decimal("-0.01"), "lost", ["b"]),
        (Decimal(0), None, []),
    ]
    assert encoded(["amount", "outcome", "topics"], rows) == {
        "rows": 4,
        "columns": {
            "amount": {"places": 2, "values": [110, None, -1, 0]},
            "outcome": {"words": ["lost", "won"], "values": [1, 1, 0, None]},
            "topics": {"words": ["a", "b"], "lists": [[0, 1], [], [1], []]},
        },
    }


def test_packing_reads_no_clock():
    assert packed({"a": 1}) == packed({"a": 1})


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    for folder in ("landing", "reference"):
        (tmp_path / folder).mkdir()
        monkeypatch.setenv(f"THROUGHLINE_{folder.upper()}_DIR", str(tmp_path / folder))
    monkeypatch.setenv("THROUGHLINE_WAREHOUSE_DIR", str(tmp_path / "warehouse"))
    monkeypatch.setenv("THROUGHLINE_AS_OF", "2026-01-31")
    return Settings.from_environment()


def test_the_asset_writes_the_page_beside_the_published_file(settings, review_file):
    settings.published_file.parent.mkdir(parents=True)
    settings.published_file.write_bytes(review_file.read_bytes())
    result = dg.materialize([assets.review_page], resources={"warehouse": Warehouse()})
    (event,) = result.get_asset_materialization_events()
    assert event.materialization.metadata["path"].value == str(settings.review_dir / "index.html")
    assert (settings.review_dir / "index.html").exists()
    (check,) = result.get_asset_check_evaluations()
    assert check.passed


def test_a_page_that_fails_unpublishes_nothing_and_warns(settings):
    settings.published_file.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.published_file)) as connection:
        connection.execute("create schema marts; create table marts.fct_spend as select 1 as cost")
    published = settings.published_file.read_bytes()
    settings.review_dir.mkdir()
    (settings.review_dir / "index.html").write_text("yesterday's")

    result = dg.materialize([assets.review_page], resources={"warehouse": Warehouse()}, raise_on_error=False)

    assert result.success
    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert "the page is still the former one: CatalogException" in check.description
    assert settings.published_file.read_bytes() == published
    assert (settings.review_dir / "index.html").read_text() == "yesterday's"


def test_the_page_comes_after_the_published_file():
    from dagster_project.definitions import defs

    graph = defs.resolve_asset_graph()
    assert graph.get(assets.REVIEW_KEY).parent_keys == {PUBLISHED_KEY}


def test_of_today_s_marts_the_page_misses_none(review_file, tmp_path):
    assert not write_review(review_file, tmp_path / "review").absent
    with opened(review_file) as published:
        missed = {view.name for card in cards() for view in card.views if published.lacks(view.requires)}
    assert not missed


def test_no_prospect_s_address_is_in_any_file(review_file, tmp_path):
    folder = write_review(review_file, tmp_path / "review").path.parent
    shards = [
        gzip.decompress(base64.b64decode(path.read_text().split('"')[3])).decode()
        for path in sorted((folder / "data").glob("deals-*.js"))
    ]
    assert sum(shard.count('"touches"') for shard in shards) == 4
    texts = [*shards, *(path.read_text() for path in sorted(folder.glob("*.*"))), (folder / "data/core.js").read_text()]
    for text in texts:
        assert not re.search(r"@(a\d|else)\.example", text)
