"""The environment becomes settings, or one line that says what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dagster_project.settings import SAMPLE_LANDING_DIR, SettingError, Settings, sample_day


@pytest.fixture
def root(tmp_path):
    """A project with nothing but the folders that every run reads."""
    (tmp_path / "seeds" / "sample").mkdir(parents=True)
    (tmp_path / "seeds" / "reference").mkdir()
    return tmp_path


def test_everything_has_a_default(root):
    now = datetime(2024, 6, 1, tzinfo=UTC)
    settings = Settings.from_environment({}, root=root, now=now)
    assert settings.landing_dir == root / "seeds" / "sample"
    assert settings.reference_dir == root / "seeds" / "reference"
    assert settings.build_file == root / "warehouse" / "throughline.duckdb"
    assert settings.published_file == root / "warehouse" / "published" / "throughline.duckdb"
    assert settings.data_docs_dir == root / "warehouse" / "data_docs"
    assert settings.as_of == now
    # The warehouse's own, random one.
    assert settings.email_salt == ""
    assert settings.shared_group is None


def test_nothing_is_created_by_reading_settings(root):
    Settings.from_environment({}, root=root)
    assert not (root / "warehouse").exists()


def test_the_environment_wins_over_the_env_file(root, tmp_path):
    (root / ".env").write_text("THROUGHLINE_AS_OF=2024-01-01\nTHROUGHLINE_WAREHOUSE_DIR=from_file\n")
    settings = Settings.from_environment({"THROUGHLINE_AS_OF": "2024-02-01"}, root=root)
    assert settings.as_of.date().isoformat() == "2024-02-01"
    assert settings.warehouse_dir == root / "from_file"


def test_relative_paths_count_from_the_project_and_absolute_ones_stay(root, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    given = {
        "THROUGHLINE_LANDING_DIR": "seeds/../seeds/sample",
        "THROUGHLINE_REFERENCE_DIR": str(tmp_path / "elsewhere"),
    }
    settings = Settings.from_environment(given, root=root)
    assert settings.landing_dir == root / "seeds" / "sample"
    assert settings.reference_dir == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2024-01-31", datetime(2024, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2024-01-31T02:00:00", datetime(2024, 1, 31, 2, tzinfo=UTC)),
        ("2024-01-31 02:00", datetime(2024, 1, 31, 2, tzinfo=UTC)),
        ("2024-01-31T02:00:00Z", datetime(2024, 1, 31, 2, tzinfo=UTC)),
        ("2024-01-31T02:00:00+02:00", datetime(2024, 1, 31, 0, tzinfo=UTC)),
    ],
)
def test_as_of_is_a_day_to_its_end_or_a_moment(root, given, meant):
    assert Settings.from_environment({"THROUGHLINE_AS_OF": given}, root=root).as_of == meant


@pytest.mark.parametrize("place", ["default", "named", "behind a link"])
def test_the_shipped_sample_has_its_own_day(tmp_path, place):
    """Wherever it is run from: the command line, the schedule and the UI read the same settings."""
    (tmp_path / "link").symlink_to(SAMPLE_LANDING_DIR)
    landing = {"default": "", "named": str(SAMPLE_LANDING_DIR), "behind a link": str(tmp_path / "link")}[place]
    given = {"THROUGHLINE_LANDING_DIR": landing, "THROUGHLINE_WAREHOUSE_DIR": str(tmp_path)}
    settings = Settings.from_environment(given)
    assert settings.as_of.date().isoformat() == (SAMPLE_LANDING_DIR / "_truth" / "as_of.txt").read_text().strip()
    asked = Settings.from_environment({**given, "THROUGHLINE_AS_OF": "2024-01-31"})
    assert asked.as_of.date().isoformat() == "2024-01-31"


def test_a_company_s_own_folder_has_no_day_of_its_own(root):
    (root / "seeds" / "sample" / "_truth").mkdir()
    (root / "seeds" / "sample" / "_truth" / "as_of.txt").write_text("2024-01-31")
    assert sample_day(root / "seeds" / "sample") is None
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert Settings.from_environment({}, root=root, now=now).as_of == now


def test_a_later_publication_is_replaced_only_when_asked(root):
    assert not Settings.from_environment({}, root=root).replace_newer
    assert Settings.from_environment({"THROUGHLINE_REPLACE_NEWER": "True"}, root=root).replace_newer


def test_a_blank_variable_is_as_good_as_none(root):
    blank = dict.fromkeys(("THROUGHLINE_AS_OF", "THROUGHLINE_LANDING_DIR", "THROUGHLINE_WAREHOUSE_DIR"), " ")
    assert Settings.from_environment(blank, root=root).landing_dir == root / "seeds" / "sample"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("THROUGHLINE_LANDING_DIR", "nowhere", "does not exist"),
        ("THROUGHLINE_REFERENCE_DIR", "nowhere", "does not exist"),
        ("THROUGHLINE_LANDING_DIR", "a_file", "is not a folder"),
        ("THROUGHLINE_WAREHOUSE_DIR", "a_file", "is not a folder"),
        ("THROUGHLINE_WAREHOUSE_DIR", "a_file/below", "is not a folder"),
        ("THROUGHLINE_AS_OF", "yesterday", "neither a date"),
        ("THROUGHLINE_REPLACE_NEWER", "perhaps", "neither true nor false"),
        ("THROUGHLINE_SHARED_GROUP", "no such group", "there is no group"),
        ("THROUGHLINE_AS_OF", "2024-02-30", "neither a date"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(root, variable, value, said):
    (root / "a_file").write_text("")
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({variable: value}, root=root)
    message = str(caught.value)
    assert message.startswith(f"{variable}: ")
    assert value.removesuffix("/below") in message
    assert said in message
    assert "\n" not in message
