"""What other reference tables would move is told by opportunity, and nothing else has changed afterwards."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from dagster_project.rebuild import CannotRebuild
from dagster_project.settings import Settings
from dagster_project.whatif import WhatIf, main, tables, what_if
from tests.company import Company
from tests.publications import Publisher, build_again, won_deals
from tests.runs import throughline_environment

D = Decimal


def sold(company: Company) -> None:
    """Two opportunities of a seller's lead and of a marketer's, and one of a user who was somebody else's before."""
    company.user("marketer", department="Marketing", Email="mia@us.example")
    company.user("rep", department="Sales", Email="rep@us.example")
    company.user("other", department="Sales")
    won_deals(company, ("marketer", "rep", "other"), mailbox="b")
    # Nobody's record is behind it, so it is the seller's.
    company.opportunity("O4", account="A4", created="2024-02-01", created_by="rep", amount="40.00", won="2024-03-02")
    company.page_view("k1", "2024-01-05 10:00:00", source="google", medium="cpc")
    company.identify("k1", "2024-01-05 10:01:00", email="b@firm1.example")
    company.page_view("k1", "2024-01-06 10:00:00", source="linkedin", medium="paid_social")
    # One MQL, which would be none without a meaning of its status.
    company.target("mqls", "2024-01-01", "2024-01-31", "1", owner_email="mia@us.example", bonus_amount="500")
    company.lead("L1", created="2024-01-20", status="MQL", email="one@firm9.example")
    # The same of February, which is sealed.
    company.target("mqls", "2024-02-01", "2024-02-29", "1", owner_email="mia@us.example", bonus_amount="300")
    company.lead("L2", created="2024-02-20", status="MQL", email="two@firm9.example")
    company.reference("sealed_months", [{"month": "2024-02", "sealed_at": "2024-04-05"}])


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    """A company after two publications; a third user was in marketing once, which is remembered."""
    company = Company(tmp_path_factory.mktemp("whatif"))
    sold(company)
    company.first_reference_row("teams", match_field="id", match_value="other", team="marketing")
    # Every model, since the page asks for most marts.
    publisher = Publisher(company, models=())
    publisher.publish_file("2024-04-05")
    company.reference("teams", company._reference_rows("teams")[1:])
    publisher.publish_file("2024-04-06")
    yield publisher


def asked(publisher: Publisher, folder: Path) -> WhatIf:
    with throughline_environment(publisher.company, "2024-05-01"):
        return what_if(Settings.from_environment(), folder, build_again)


def files_of(folder: Path, but: str) -> dict[str, str]:
    """The content of every file below a folder, another one left out."""
    return {
        str(file): hashlib.blake2b(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and but not in file.parts
    }


def write(folder: Path, table: str, *lines: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{table}.csv").write_text("\n".join(lines) + "\n")
    return folder


def with_row(publisher: Publisher, table: str, line: str) -> tuple[str, ...]:
    """The company's table with a row before all others."""
    header, *rows = (publisher.company.reference_dir / f"{table}.csv").read_text().splitlines()
    return (header, line, *rows)


def rows(done: WhatIf, name: str) -> list[dict[str, str]]:
    with (done.folder / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_one_moved_team_moves_what_its_users_originated_and_nothing_else(publisher: Publisher, tmp_path: Path) -> None:
    before = files_of(publisher.company.warehouse_dir, but="whatif")
    folder = write(tmp_path / "moved team", "teams", *with_row(publisher, "teams", "id,rep,partner"))
    done = asked(publisher, folder)
    assert files_of(publisher.company.warehouse_dir, but="whatif") == before
    assert done.edited == ("teams",)
    assert [(row["figure"], row["member"], row["change"]) for row in rows(done, "figures")] == [
        ("originated", "partner", "140.00"),
        ("originated", "sales", "-140.00"),
    ]
    assert sorted((row["member"], row["subject_id"], row["change"], row["cause"]) for row in rows(done, "moves")) == [
        ("partner", "O2", "100.00", "configuration"),
        ("partner", "O4", "40.00", "configuration"),
        ("sales", "O2", "-100.00", "configuration"),
        ("sales", "O4", "-40.00", "configuration"),
    ]
    assert [
        (row["opportunity_id"], row["published_team"], row["what_if_team"]) for row in rows(done, "originators")
    ] == [
        ("O2", "sales", "partner"),
        ("O4", "sales", "partner"),
    ]
    assert rows(done, "bonuses") == []
    # The same in the what-if's own published file and on its page.
    with duckdb.connect(str(done.folder / "published" / "throughline.duckdb"), read_only=True) as connection:
        assert connection.execute("select sum(abs(change)) from what_if.moves").fetchone() == (D("280.00"),)
    page = (done.folder / "published" / "review" / "index.html").read_text()
    assert '<section id="first"' in page
    assert "Every target is judged as it was published." in page
    assert "<td>partner</td>" in page


def test_a_status_without_a_meaning_moves_a_bonus(publisher: Publisher, tmp_path: Path) -> None:
    lines = (publisher.company.reference_dir / "lifecycle_statuses.csv").read_text().splitlines()
    folder = write(tmp_path / "statuses", "lifecycle_statuses", *(line for line in lines if ",MQL," not in line))
    write(folder, "settings", *_settings(publisher, report_model="last_touch"))
    done = asked(publisher, folder)
    assert [
        (
            *(row["period_start"], row["published_verdict"], row["what_if_verdict"], row["bonus_amount"]),
            *(row["sealed_verdict"], row["pays"]),
        )
        for row in rows(done, "bonuses")
    ] == [
        ("2024-01-01", "verified", "not_measured", "500.00", "", "as judged"),
        ("2024-02-01", "verified", "not_measured", "300.00", "verified", "as sealed"),
    ]
    page = (done.folder / "published" / "review" / "index.html").read_text()
    assert page.count("<td>as sealed</td>") == 1
    assert {(row["figure"], row["member"], row["change"]) for row in rows(done, "moves")} == {
        ("mqls", "", "-1.00"),
        ("credited", "paid_search", "-50.00"),
        ("credited", "paid_social", "50.00"),
    }
    assert rows(done, "originators") == []


def test_a_sealed_verdict_moves_no_bonus() -> None:
    """Sealed as S, published as P and judged by the other tables as O: what is at stake is S's, before and after."""
    (bonuses,) = (table.sql for table in tables(2) if table.name == "bonuses")
    with duckdb.connect() as connection:
        connection.execute(
            """
            attach ':memory:' as answer;
            create schema answer.marts;
            create schema audit;
            create table audit.publication_in_progress as select false as is_sample;
            -- A sample's seal is no seal of the company.
            create table audit.kept_seals as from (values
                (date '2024-01-01', false), (date '2024-02-01', false), (date '2024-03-01', true)
            ) as seals (month, is_sample);
            create table given as from (values
                ('kept', '2024-01-01', '2024-02-29', true, 'inflated', 'missed', 'inflated'),
                ('moved', '2024-01-01', '2024-01-31', true, 'inflated', 'inflated', 'verified'),
                ('worse', '2024-02-01', '2024-02-29', true, 'verified', 'verified', 'inflated'),
                ('newly', '2024-01-01', '2024-03-31', true, 'verified', 'inflated', 'inflated'),
                ('open', '2024-03-01', '2024-03-31', false, 'inflated', 'verified', 'inflated')
            ) as given (target_id, period_start, period_end, is_sealed, verdict, counted, other);
            create table audit.kept_target_results as
                select target_id, 9.00 as delivered, 9.00 as verified, counted as verdict, 100.00 as bonus_amount,
                    1 as valid_from, null::int as valid_to
                from given;
            create table answer.marts.rpt_target_integrity as
                select target_id, target_id as metric, period_start::date as period_start,
                    period_end::date as period_end, 'x' as owner, 9.00 as target, 9.00 as delivered, 9.00 as verified,
                    verdict, 100.00 as bonus_amount, if(verdict = 'inflated', 100.00, 0.00) as bonus_at_stake,
                    is_sealed, 9.00 as current_delivered, 9.00 as current_verified, other as current_verdict
                from given;
            """
        )
        found = connection.execute(
            "select metric, published_verdict, what_if_verdict, sealed_verdict, pays, published_bonus_at_stake,"
            f" what_if_bonus_at_stake from ({bonuses}) order by metric"
        ).fetchall()
    assert found == [
        ("moved", "inflated", "verified", "inflated", "as sealed", D(100), D(100)),
        # Sealed by the tables of the what-if: the seal itself moves the bonus.
        ("newly", "inflated", "inflated", "verified", "as sealed", D(100), D(0)),
        ("open", "verified", "inflated", None, "as judged", D(0), D(100)),
        ("worse", "verified", "inflated", "verified", "as sealed", D(0), D(0)),
    ]


def _settings(publisher: Publisher, **values: str) -> list[str]:
    lines = (publisher.company.reference_dir / "settings.csv").read_text().splitlines()
    return [next((f"{k},{v}" for k, v in values.items() if line.startswith(f"{k},")), line) for line in lines]


def test_what_cannot_be_answered_is_told(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dagster_project.whatif.what_if.__defaults__", (build_again,))
    same = write(tmp_path / "same", "teams", *(publisher.company.reference_dir / "teams.csv").read_text().splitlines())
    wrong = write(tmp_path / "wrong", "teams", "match_field,match_value,team", "id,rep,markting")
    strange = write(tmp_path / "strange", "teems", "match_field,match_value,team")
    (tmp_path / "empty").mkdir()
    told = {
        same: "the tables teams are row for row those of P00002",
        wrong: f"{wrong / 'teams.csv'}, line 2, column team: 'markting' is not a known team",
        strange: f"{strange / 'teems.csv'}: no reference table is called 'teems.csv'",
        tmp_path / "empty": "holds no reference table; expected at least one",
        tmp_path / "nowhere": "is not a folder",
    }
    with throughline_environment(publisher.company, "2024-05-01"):
        for folder, words in told.items():
            assert main([str(folder)]) == 2
            assert words in capsys.readouterr().err
        assert main([]) == 2
        assert "name a folder of reference tables" in capsys.readouterr().err


def test_without_a_publication_there_is_nothing_to_compare_with(company: Company) -> None:
    with throughline_environment(company, "2024-05-01"), pytest.raises(CannotRebuild, match="there is no build file"):
        what_if(Settings.from_environment(), company.reference_dir, build_again)
