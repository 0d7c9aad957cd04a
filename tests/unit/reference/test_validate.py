"""What a reference table may hold, and what is said of a cell that it may not."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.reference.tables import POSITION_COLUMNS, SETTINGS, TABLES
from dagster_project.reference.validate import (
    SHIPPED_DIR,
    ReferenceTableError,
    read_reference,
    read_settings,
)

MODELS_HEADER = (
    "model,method,first_touch,lead_creation,opportunity_creation,close,middle,half_life_days,"
    "lookback_days,lookback_anchor,include_sales_activity,enabled\n"
)


def refusal(folder: Path) -> str:
    """The one line with which the folder is refused."""
    with pytest.raises(ReferenceTableError) as caught:
        read_reference(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def rows(folder: Path, table: str) -> list[tuple]:
    return list(read_reference(folder).tables[table].rows)


def write(folder: Path, name: str, text: str | bytes) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    (folder / name).write_bytes(content)


# -------------------------------------------------------------------- the folder


def test_the_shipped_tables_are_valid():
    reference = read_reference(SHIPPED_DIR)
    assert set(reference.tables) == {table.name for table in TABLES}
    assert all(table.is_shipped for table in reference.tables.values())
    # Whose domains are its own, which months are settled and who is to be forgotten, only a company can say.
    assert {name for name, table in reference.tables.items() if not table.rows} == {
        "own_domains",
        "sealed_months",
        "erasures",
    }


def test_a_missing_file_falls_back_to_the_shipped_one(tmp_path):
    write(tmp_path, "teams.csv", "match_field,match_value,team\ndepartment,Growth,marketing\n")
    reference = read_reference(tmp_path)
    assert reference.tables["teams"].rows == (("department", "Growth", "marketing"),)
    assert not reference.tables["teams"].is_shipped
    assert reference.tables["opportunity_types"].is_shipped


def test_a_misspelt_file_name_is_refused_instead_of_passed_over(tmp_path):
    write(tmp_path, "chanel_rules.csv", "priority,channel\n1,other\n")
    assert "'chanel_rules.csv'" in refusal(tmp_path)
    assert "did you mean 'channel_rules.csv'?" in refusal(tmp_path)


def test_files_that_are_not_csv_are_left_alone(tmp_path):
    write(tmp_path, "README.md", "Ours.")
    assert read_reference(tmp_path).tables["teams"].is_shipped


def test_every_problem_is_kept_and_the_first_one_is_told(tmp_path):
    write(tmp_path, "teams.csv", "match_field,match_value,team\ndepartment,A,nobody\ndepartement,B,sales\n")
    with pytest.raises(ReferenceTableError, match=r"line 2.*and 1 more problem") as caught:
        read_reference(tmp_path)
    assert [problem.line for problem in caught.value.problems] == [2, 3]


# -------------------------------------------------------------------- how a file is written


@pytest.mark.parametrize(
    "content",
    [
        b"match_field,match_value,team\ndepartment,M\xc3\xbcnchen,sales\n",
        b"\xef\xbb\xbfmatch_field,match_value,team\r\ndepartment,M\xc3\xbcnchen,sales\r\n",
        b"match_field,match_value,team\ndepartment,M\xfcnchen,sales",
        "match_field,match_value,team\ndepartment,München,sales\n".encode("utf-16"),
        b"Team , MATCH_FIELD,match_value\nsales,Department, M\xc3\xbcnchen \n",
        b'match_field,match_value,team,,\n\n"department","M\xc3\xbcnchen","sales",,\n,,,,\n',
    ],
    ids=["utf-8", "bom-and-crlf", "latin-1", "utf-16", "other-order-and-case", "blank-columns-and-lines"],
)
def test_a_file_may_be_written_by_any_spreadsheet(tmp_path, content):
    write(tmp_path, "teams.csv", content)
    assert rows(tmp_path, "teams") == [("department", "München", "sales")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("teams.csv", "", ["teams.csv:", "is empty"]),
        ("teams.csv", "match_field;match_value;team\n", ["line 1", "separate them by commas"]),
        ("teams.csv", "match_field,match_value\n", ["line 1", "column team is missing"]),
        ("teams.csv", "match_field,match_value,teem\n", ["column 3, 'teem', is unknown", "did you mean 'team'?"]),
        ("teams.csv", "match_field,match_value,team,team\n", ["column team stands there twice"]),
        ("teams.csv", "match_field,match_value,team\nid,x\n", ["line 2", "has 2 fields where the header has 3"]),
        (
            "teams.csv",
            "match_field,match_value,team\nid,x,sales,y\n",
            ["line 2", "has 4 fields where the header has 3"],
        ),
        ("teams.csv", 'match_field,match_value,team\nid,"x,sales\n', ["line 2", "close every quotation mark"]),
        ("teams.csv", "match_field,match_value,team\n\nid,,sales\n", ["line 3, column match_value", "is blank"]),
    ],
)
def test_a_file_that_does_not_fit_its_header_is_refused(tmp_path, name, content, said):
    write(tmp_path, name, content)
    assert all(words in refusal(tmp_path) for words in said), refusal(tmp_path)


def test_lines_are_counted_as_an_editor_shows_them(tmp_path):
    write(tmp_path, "teams.csv", 'match_field,match_value,team\ntitle,"two\nlines",sales\ntitle,x,nobody\n')
    assert "line 4, column team" in refusal(tmp_path)


# -------------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "teams.csv",
            "match_field,match_value,team\nid,x,markting\n",
            [
                "teams.csv, line 2, column team: 'markting'",
                "marketing, sales, partner, service, system",
                "'marketing'?",
            ],
        ),
        ("teams.csv", "match_field,match_value,team\ndept,x,sales\n", ["column match_field: 'dept'", "profile_id"]),
        (
            "lifecycle_statuses.csv",
            "source_system,status,stage,reason_class\nsalesforce,New,enquiry,\n",
            ["line 2, column stage: 'enquiry'", "did you mean 'inquiry'?"],
        ),
        (
            "lifecycle_statuses.csv",
            "source_system,status,stage,reason_class\nsalesforce,No,rejected,mood\n",
            ["column reason_class: 'mood'", "procedural, clerical, definitional, timing, other"],
        ),
        (
            "lifecycle_statuses.csv",
            "source_system,status,stage\nsalesfroce,New,inquiry\n",
            ["column source_system: 'salesfroce'", "did you mean 'salesforce'?"],
        ),
        (
            "lifecycle_statuses.csv",
            "source_system,status,stage\nsalesforce,New,inquiry\nsalesforce,new,mql\n",
            ["line 3", "already stands in line 2"],
        ),
        ("channel_rules.csv", "priority,channel\n1,a\n1,b\n", ["line 3, column priority", "already stands in line 2"]),
        ("channel_rules.csv", "priority,channel\n-1,a\n", ["'-1' is too small"]),
        ("channel_rules.csv", "priority,channel\n1.5,a\n", ["'1.5' is not a whole number"]),
        (
            "opportunity_types.csv",
            "source_system,type,opportunity_type\nsalesforce,New,newbiz\n",
            ["'newbiz'", "new_business, expansion, upsell, renewal"],
        ),
        ("free_email_domains.csv", "domain\n@gmail.com\n", ["line 2, column domain", "what stands after the @"]),
        ("shared_mailboxes.csv", "local_part\ninfo@\n", ["line 2, column local_part", "as in info"]),
        ("sealed_months.csv", "month,sealed_at\n2024,2024-05-01\n", ["line 2, column month: '2024'", "as in 2026-01"]),
        ("sealed_months.csv", "month,sealed_at\n2024-13,2024-05-01\n", ["column month: '2024-13' is not a month"]),
        (
            "sealed_months.csv",
            "month,sealed_at\n2024-03,April\n",
            ["line 2, column sealed_at: 'April'", "neither a date nor a timestamp", "as in 2026-02-05"],
        ),
        (
            "sealed_months.csv",
            "month,sealed_at\n2024-02,2024-02-28\n",
            ["line 2, column sealed_at", "lies before the end of 2024-02", "on 2024-02-29 or later"],
        ),
        (
            "sealed_months.csv",
            "month,sealed_at\n2024-03,2024-04-05\n2024-03-01,2024-05-05\n",
            ["line 3, column month", "already stands in line 2"],
        ),
        ("settings.csv", "key,value\nlookback,90\n", ["line 2, column key: 'lookback'", "lookback_days"]),
        ("settings.csv", "key,value\ntimezone,Berlin\n", ["line 2, column value: timezone: 'Berlin'", "Europe/Berlin"]),
        (
            "settings.csv",
            "key,value\nreporting_currency,EURO\n",
            ["'EURO' is not a currency code", "did you mean 'EUR'?"],
        ),
        ("settings.csv", "key,value\nlookback_days,-1\n", ["'-1' is too small; the least allowed is 0"]),
        ("settings.csv", "key,value\nsession_timeout_minutes,0\n", ["'0' is too small; the least allowed is 1"]),
        ("settings.csv", "key,value\nhalf_life_days,0\n", ["'0' is not above zero"]),
        (
            "settings.csv",
            'key,value\nhalf_life_days,"7,5"\n',
            ["'7,5' is not a number; write the decimals after a point"],
        ),
        ("settings.csv", "key,value\nexclude_direct,maybe\n", ["'maybe' is neither yes nor no"]),
        ("settings.csv", "key,value\nbuying_group_scope,company\n", ["account, contact_roles, primary_role"]),
        ("settings.csv", "key,value\nsnapshot_objects,salesforce.Leads\n", ["did you mean 'salesforce.Lead'?"]),
        ("settings.csv", "key,value\ntimezone,UTC\ntimezone,UTC\n", ["line 3", "already stands in line 2"]),
        (
            "settings.csv",
            "key,value\nconsent_fields,segmnt=consent\n",
            ["consent_fields: 'segmnt=consent' is not the field of a tracker", "did you mean 'segment'?"],
        ),
        # GA4 has a field of its own.
        ("settings.csv", "key,value\nconsent_fields,ga4=consent\n", ["sources: rudderstack, segment, snowplow"]),
        ("settings.csv", "key,value\nconsent_fields,segment=\n", ["'segment=' is not the field of a tracker"]),
        ("settings.csv", "key,value\nconsent_fields,snowplow=a[0.b\n", ["path 'a[0.b' can't be read"]),
        (
            "settings.csv",
            'key,value\nconsent_fields,"segment=a,segment=b"\n',
            ["names two fields of segment", "keep one of them"],
        ),
        (
            "consent_values.csv",
            "source_system,value,consent\nsegment,true,yes\n",
            ["line 2, column consent: 'yes'", "given, refused, not_told"],
        ),
    ],
)
def test_a_cell_outside_what_is_allowed_is_named(tmp_path, name, content, said):
    write(tmp_path, name, content)
    assert all(words in refusal(tmp_path) for words in [name, *said]), refusal(tmp_path)


def test_words_of_closed_lists_may_be_written_in_any_case(tmp_path):
    write(tmp_path, "teams.csv", "match_field,match_value,team\nDepartment,Growth,Marketing\n")
    assert rows(tmp_path, "teams") == [("department", "Growth", "marketing")]


def test_a_list_may_repeat_an_entry(tmp_path):
    write(tmp_path, "free_email_domains.csv", "domain\nGmail.com\ngmail.com\n")
    assert rows(tmp_path, "free_email_domains") == [("gmail.com",)]


# -------------------------------------------------------------------- attribution models


def models(folder: Path, *lines: str) -> None:
    write(folder, "attribution_models.csv", MODELS_HEADER + "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mine,positions,50,45,,,,,,,,true", ["the weights of mine sum to 95, 5 short of 100"]),
        ("mine,positions,50,45,,,5.5,,,,,true", ["sum to 100.5, 0.5 more than 100"]),
        ("mine,positions,33.33,33.33,33.33,,,,,,,true", ["sum to 99.99, 0.01 short of 100"]),
        ("mine,positions,,,,,,,,,,false", ["sum to 0, 100 short of 100"]),
        ("mine,positions,-10,110,,,,,,,,true", ["column first_touch: '-10' is not a percentage"]),
        ("mine,positions,33.33333,66.66667,,,,,,,,true", ["more than four decimals"]),
        ("mine,guess,100,,,,,,,,,true", ["column method: 'guess'", "positions, last_non_direct, time_decay"]),
        ("My model,positions,100,,,,,,,,,true", ["column model: 'My model' can't name a model"]),
        ("mine,positions,100,,,,,,30,won,,true", ["column lookback_anchor: 'won'", "opportunity_created, close"]),
        ("mine,positions,100,,,,,,-30,,,true", ["column lookback_days: '-30' is too small"]),
        ("mine,time_decay,50,,,50,,7,,,,true", ["column first_touch", "time_decay finds its weights itself"]),
        ("mine,time_decay,,,,,,0,,,,true", ["column half_life_days: '0' is not above zero"]),
    ],
)
def test_a_model_that_can_not_be_computed_as_written_is_refused(tmp_path, line, said):
    models(tmp_path, line)
    assert all(words in refusal(tmp_path) for words in ["line 2", *said]), refusal(tmp_path)


def test_two_models_can_not_share_a_name(tmp_path):
    models(tmp_path, "mine,positions,100,,,,,,,,,true", "mine,positions,,100,,,,,,,,true")
    assert "'mine' already stands in line 2" in refusal(tmp_path)


def test_blank_cells_of_a_model_take_their_defaults(tmp_path):
    write(tmp_path, "attribution_models.csv", "model,method,close\nmine,positions,100%\n")
    (row,) = rows(tmp_path, "attribution_models")
    assert row == ("mine", "positions", None, None, None, Decimal(100), None, None, None, None, False, True)


@given(st.lists(st.integers(0, 1_000_000), min_size=4, max_size=4))
def test_weights_pass_exactly_when_they_make_100(tmp_path_factory, ten_thousandths):
    """Whatever four weights a company writes, the fifth that completes them is accepted and any other is refused."""
    folder = tmp_path_factory.mktemp("reference")
    shares = [Decimal(weight) / 10_000 for weight in ten_thousandths]
    total = sum(shares)
    if total > 100:
        shares = [(share * 100 / total).quantize(Decimal("0.0001"), rounding="ROUND_DOWN") for share in shares]
    last = 100 - sum(shares)
    models(folder, f"mine,positions,{','.join(str(weight) for weight in [*shares, last])},,,,,true")
    assert sum(rows(folder, "attribution_models")[0][2 : 2 + len(POSITION_COLUMNS)]) == 100
    off = last + Decimal("0.0001") if last < 100 else last - Decimal("0.0001")
    models(folder, f"mine,positions,{','.join(str(weight) for weight in [*shares, off])},,,,,true")
    assert "0.0001" in refusal(folder)


# -------------------------------------------------------------------- settings


def test_settings_that_are_not_given_have_their_defaults(tmp_path):
    write(tmp_path, "settings.csv", "key,value\nlookback_days,\ntimezone,Europe/Berlin\n")
    assert read_settings(tmp_path) == {**{s.key: s.default for s in SETTINGS}, "timezone": "Europe/Berlin"}


def test_the_shipped_settings_are_the_defaults():
    """So that a company that edits a copy of the shipped file starts from what an empty file would do."""
    assert read_settings(SHIPPED_DIR) == {setting.key: setting.default for setting in SETTINGS}
    shipped = (SHIPPED_DIR / "settings.csv").read_text().splitlines()[1:]
    assert [line.split(",")[0] for line in shipped] == [setting.key for setting in SETTINGS]


def test_settings_arrive_typed_and_in_one_spelling(tmp_path):
    lines = [
        "reporting_currency,eur",
        "exclude_direct,yes",
        "half_life_days,3.5",
        'internal_email_domains,"Example.com, example.de"',
        'snapshot_objects,"salesforce.lead, segment.pages"',
    ]
    write(tmp_path, "settings.csv", "key,value\n" + "\n".join(lines))
    settings = read_settings(tmp_path)
    assert settings["reporting_currency"] == "EUR"
    assert settings["exclude_direct"] is True
    assert settings["half_life_days"] == 3.5
    assert settings["internal_email_domains"] == "example.com,example.de"
    assert settings["snapshot_objects"] == "salesforce.Lead,segment.pages"


def test_reports_of_one_model_show_linear_else_the_first_enabled_one(tmp_path):
    assert read_reference(SHIPPED_DIR).settings["report_model"] == "linear"
    models(tmp_path, "a,positions,100,,,,,,,,,false", "b,positions,,100,,,,,,,,true", "c,positions,,,100,,,,,,,true")
    assert read_reference(tmp_path).settings["report_model"] == "b"
    write(tmp_path, "settings.csv", "key,value\nreport_model,c\n")
    assert read_reference(tmp_path).settings["report_model"] == "c"
    models(tmp_path, "a,positions,100,,,,,,,,,false")
    write(tmp_path, "settings.csv", "key,value\n")
    assert read_reference(tmp_path).settings["report_model"] is None


def test_the_model_of_reports_must_be_enabled(tmp_path):
    models(tmp_path, "mine,positions,100,,,,,,,,,false", "yours,positions,,100,,,,,,,,true")
    write(tmp_path, "settings.csv", "key,value\nreport_model,mine\n")
    assert "report_model: 'mine' is no enabled model; allowed: yours" in refusal(tmp_path)


def test_a_field_of_consent_and_its_values_come_together(tmp_path):
    """Alone, either would let refusals pass unseen."""
    write(tmp_path, "settings.csv", "key,value\nconsent_fields,segment=analytics\n")
    assert "settings.csv, column value: consent_fields names a field of segment, and consent_values" in refusal(
        tmp_path
    )
    write(tmp_path, "consent_values.csv", "source_system,value,consent\nsegment,false,refused\nsegment,,refused\n")
    assert read_reference(tmp_path).settings["consent_fields"] == "segment=analytics"
    write(tmp_path, "settings.csv", "key,value\n")
    assert "consent_values.csv, column source_system: consent_values says what values of segment" in refusal(tmp_path)


def test_an_edited_copy_of_the_shipped_tables_is_read_whole(tmp_path):
    folder = Path(shutil.copytree(SHIPPED_DIR, tmp_path / "reference"))
    with (folder / "teams.csv").open("a") as file:
        file.write("email,*,sales\n")
    reference = read_reference(folder)
    assert reference.tables["teams"].rows[-1] == ("email", "*", "sales")
    assert not any(table.is_shipped for table in reference.tables.values())
