"""The data docs' pages: nothing fetched, and an index that says first what doesn't hold."""

from dagster_project.quality.data_docs import index_page, offline

PAGE = """<!DOCTYPE html><html><head>
<title>Data documentation compiled by Great Expectations</title>
<link rel="stylesheet" href="https://cdn.example/bootstrap.css"/>
<script src="https://cdn.example/jquery.js" crossorigin="anonymous"></script>
<script>function showAllValidations() {}</script>
</head><body>
<img class="NO-CACHE" src="https://cdn.example/logo.png"/><p>14 unexpected values</p>
<footer><p>newsletter <a href="https://cdn.example/">Subscribe</a></p></footer>
</body></html>"""


def test_a_page_fetches_nothing_and_keeps_its_content():
    page = offline(PAGE, title="raw_salesforce.lead: result")
    assert "https://" not in page
    assert "<title>raw_salesforce.lead: result</title>" in page
    assert "14 unexpected values" in page
    assert page.count("<title>") == 1


def result(**given):
    return {
        "table_name": "marts.fct_spend",
        "expectation": "cost_is_not_negative",
        "promise": "No cost is below <zero>.",
        "severity": "warn",
        "status": "passed",
        "checked_rows": 1200,
        "unexpected_count": 0,
        "message": None,
        "sample_rows": None,
        "checked_at": "2026-01-31 02:00:00",
        "as_of": "2026-01-30 23:59:59",
        "data_docs_page": "validations/marts/fct_spend/run/now/page.html",
        **given,
    }


def test_the_index_says_that_all_is_well():
    page = index_page([result()])
    assert "1 about 1 guarded tables. 1 hold" in page
    assert "Every promise holds." in page
    assert "1,200" in page


def test_the_index_shows_what_does_not_hold_with_examples():
    broken = result(status="failed", unexpected_count=3, sample_rows='[{"campaign": "<b>", "cost": -1}]')
    missing = result(
        table_name="marts.fct_none", severity="blocking", status="errored", message="no such table", data_docs_page=None
    )
    page = index_page([broken, missing])
    assert page.index("no such table") < page.index("3 rows")  # blocking ones first
    assert "No cost is below &lt;zero&gt;." in page
    assert "<td>&lt;b&gt;</td>" in page
    assert "fct_none.html" not in page
