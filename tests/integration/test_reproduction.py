"""A past publication is built again from what is kept, row for row, or the command says which input is gone."""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from dagster_project import rebuild
from dagster_project.engine import connected
from dagster_project.publish import kept
from dagster_project.rebuild import CannotRebuild
from dagster_project.reproduce import Reproduction, main, reproduce
from dagster_project.settings import PROJECT_ROOT
from tests.company import Company
from tests.profiles import deep_but
from tests.publications import FILE_MODELS, Publisher, build_again, won_deals
from tests.runs import throughline_environment

# A command that dies just after the function of that name has done its work.
KILLED = """
import os, signal, sys
from pathlib import Path
from dagster_project import rebuild, reproduce
from tests.integration.test_reproduction import build_file_models

original = rebuild._restore_publications
def dies(*arguments):
    original(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
rebuild._restore_publications = dies
reproduce.reproduce(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], build_file_models)
"""


def sold(company: Company) -> None:
    company.user("marketer", department="Marketing", Email="mia@us.example")
    company.user("rep", department="Sales")
    company.currency("USD", "1", corporate=True)
    won_deals(company, ("marketer", "rep", "rep"))
    company.page_view("k1", "2024-01-05 10:00:00", source="google", medium="cpc")
    company.identify("k1", "2024-01-05 10:01:00", email="buyer@firm1.example")
    company.lead("L1", created="2024-01-20", status="MQL", email="one@firm1.example")
    company.target("won_amount", "2024-03-01", "2024-03-31", "200", owner_email="mia@us.example", bonus_amount="50")
    company.spend("google_ads", "2024-01-05", "Launch", "50.00")


class Story:
    """Four publications, between which raw, reference tables, memory and the timezone moved."""

    def __init__(self, company: Company) -> None:
        self.publisher = publisher = Publisher(company)
        sold(company)
        company.settings(snapshot_objects="salesforce.Contact")
        self.first = publisher.publish_file("2024-04-05")
        # The second has an edited deal, one more, a contact that the snapshot lacks, and a lead that was deleted.
        company.change("Opportunity", "O1", Amount="130.00", Name="Another name")
        company.opportunity("O4", account="A1", created="2024-02-02", created_by="rep", amount="7", won="2024-03-05")
        company._records["salesforce", "Contact"].pop("C3")
        company.delete("Lead", "L1")
        company.reference("sealed_months", [{"month": "2024-03", "sealed_at": "2024-04-05"}])
        self.second = publisher.publish_file("2024-04-06")
        # The third has the same records, and other rules.
        company.settings(report_model="last_touch", snapshot_objects="salesforce.Contact", timezone="Europe/Berlin")
        company.first_reference_row("teams", match_field="id", match_value="rep", team="partner")
        self.third = publisher.publish_file("2024-04-07")
        # The fourth has back what the second changed.
        company.change("Opportunity", "O1", Amount="100.00", Name="Deal O1")
        company.delete("Opportunity", "O4")
        company.contact("C3", account="A3", created="2024-01-10", created_by="rep", email="buyer@firm3.example")
        company.page_view("k1", "2024-01-06 10:00:00", source="linkedin", medium="paid_social")
        self.fourth = publisher.publish_file("2024-04-08")
        self.ids = (self.first, self.second, self.third, self.fourth)

    @property
    def build_file(self) -> Path:
        return self.publisher.build_file


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(Company(tmp_path_factory.mktemp("reproduction")))


@pytest.fixture
def copy(story: Story, tmp_path: Path) -> Path:
    """A copy of the build file, to be edited."""
    return Path(shutil.copyfile(story.build_file, tmp_path / "throughline.duckdb"))


def build_file_models(build_file: Path, models: Sequence[str]) -> None:
    build_again(build_file, models or FILE_MODELS)


def again(build_file: Path, folder: Path, name: str) -> Reproduction:
    return reproduce(build_file, folder, name, build_file_models)


def digest(file: Path) -> str:
    return hashlib.blake2b(file.read_bytes()).hexdigest()


def edit(build_file: Path, *statements: str) -> None:
    with connected(build_file) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("turn", deep_but(1, range(4)))
def test_each_publication_is_row_for_row_what_it_was(story: Story, tmp_path: Path, turn: int) -> None:
    before = digest(story.build_file), digest(story.publisher.published_file)
    done = again(story.build_file, tmp_path, story.ids[turn])
    assert [table.name for table in done.tables if not table.is_equal] == []
    assert {"marts.rpt_lead_to_revenue", "marts.explain_credit", "marts.rpt_sealed_months"} <= {
        table.name for table in done.tables
    }
    assert (digest(story.build_file), digest(story.publisher.published_file)) == before


def test_equal_records_are_not_kept_twice(story: Story) -> None:
    """Everything was delivered four times; kept is what read otherwise before."""
    with connected(story.build_file, read_only=True) as connection:
        kept_rows = {
            table: connection.execute(f"select count(*) from {table}").fetchone()
            for (table,) in connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables() where schema_name like 'kept%'"
            ).fetchall()
        }
    assert kept_rows == {
        "kept_raw_salesforce.opportunity": (3,),  # O1 twice, O4 once
        "kept_raw_salesforce.contact": (2,),  # C3 before it was marked, and while it was
        "kept_raw_salesforce.lead": (1,),
    }


def test_what_differs_is_named(story: Story, copy: Path, tmp_path: Path) -> None:
    edit(copy, "update audit.publications set content_hash = '1' where table_name = 'marts.rpt_restatements'")
    done = again(copy, tmp_path / "again", story.third)
    assert [table.name for table in done.tables if not table.is_equal] == ["marts.rpt_restatements"]
    assert not done.is_equal


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("delete from kept_raw_salesforce.opportunity", "the raw records that are kept are not those"),
        ("update raw_salesforce.account set \"Name\" = 'x'", "other than by a load or an erasure"),
        ("delete from audit.kept_inputs where table_name = 'reference.teams'", "the reference tables that are kept"),
        (
            "delete from intermediate.int_identity__creation_memory where record_id = 'C1'",
            "the memory intermediate.int_identity__creation_memory is not what it was",
        ),
        ("update audit.kept_publications set code_fingerprint = 'x', code_commit = 'abc'", "check out commit abc"),
        ("update audit.kept_publications set raw_tick = null", "a release that kept no inputs"),
        ("delete from audit.publications", "has no hashes of its tables"),
    ],
)
def test_an_input_that_is_gone_is_named(story: Story, copy: Path, tmp_path: Path, statement: str, said: str) -> None:
    edit(copy, statement)
    with pytest.raises(CannotRebuild, match=re.escape(said)):
        again(copy, tmp_path / "again", story.second)


def test_retention_removes_inputs_and_says_so(story: Story, copy: Path, tmp_path: Path) -> None:
    """Two days before the fourth publication are the second's."""
    edit(copy, "update reference.settings set value = '2' where key = 'keep_publications_days'")
    with connected(copy) as connection:
        kept.forget(connection)
        assert connection.execute("select count(*) from kept_raw_salesforce.opportunity").fetchone() == (2,)
    with pytest.raises(CannotRebuild) as stopped:
        again(copy, tmp_path / "again", story.first)
    assert f"{story.first}: the former versions of raw records" in str(stopped.value)
    assert "removed after publication 4, because it is as of 2024-04-05 and keep_publications_days" in str(
        stopped.value
    )
    assert again(copy, tmp_path / "again", story.second).is_equal


def test_a_killed_command_is_started_again(story: Story, tmp_path: Path) -> None:
    before = digest(story.build_file)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(story.build_file), str(tmp_path), story.second],
        cwd=PROJECT_ROOT,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert list(tmp_path.iterdir())
    assert again(story.build_file, tmp_path, story.second).is_equal
    assert digest(story.build_file) == before


def test_the_command_tells(story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("dagster_project.reproduce.reproduce.__defaults__", (build_file_models,))
    with throughline_environment(story.publisher.company, "2024-04-09"):
        assert main(["P00002"]) == 0
        told = capsys.readouterr().out
        assert f"{story.second}, as of 2024-04-06 23:59 UTC" in told
        assert "tables are row for row what was published" in told
        assert main(["P00099"]) == 2
        assert f"'P00099' is no publication of {story.build_file}; expected one of {story.first} to" in (
            capsys.readouterr().err
        )
        assert main([]) == 2
        assert "name a publication, as in make reproduce PUBLICATION=P00012" in capsys.readouterr().err


def test_a_file_that_a_night_has_open_is_told(tmp_path: Path) -> None:
    file = tmp_path / "throughline.duckdb"
    looks = (
        "from pathlib import Path; from dagster_project import rebuild; "
        f"rebuild.read_only(Path({str(file)!r})).__enter__()"
    )
    with connected(file):
        looked = subprocess.run(
            [sys.executable, "-c", looks], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
        )
    assert "is held open by another program; expected nobody else in it while it is read" in looked.stderr


def test_without_a_build_file_there_is_nothing_to_build(tmp_path: Path) -> None:
    with pytest.raises(CannotRebuild, match="there is no build file"), rebuild.read_only(tmp_path / "none.duckdb"):
        pass
