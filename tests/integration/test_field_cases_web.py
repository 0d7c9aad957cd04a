"""What happens to web visits in the field, as whole pipelines: addresses, campaigns, clicks, referrers and clocks.

One company holds the visits of a kind, each by a visitor of its own, so that a test reads as a table of what arrived
and what became of it. What doesn't live here: the rules one by one (unit tests beside the models).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts

SITE = "https://www.northwind.example/"
AMP_CACHE = "https://www-northwind-example.cdn.ampproject.org"

# name: (what arrived, (source, medium, campaign, channel))
CAMPAIGNS = {
    "decoded by the tracker": (
        {"source": "LinkedIn", "medium": "paid social", "campaign": "Autumn Push"},
        ("linkedin", "paid social", "Autumn Push", "paid_social"),
    ),
    "plus signs": (
        {"source": "social", "medium": "Paid+Social", "campaign": "Autumn+Push"},
        ("social", "paid social", "Autumn Push", "paid_social"),
    ),
    "percent signs": (
        {"source": "social", "medium": "paid%20social", "campaign": "M%C3%A4rz%20100%25"},
        ("social", "paid social", "März 100%", "paid_social"),
    ),
    "encoded twice is decoded once": (
        {"source": "mailer", "medium": "email", "campaign": "Autumn%2520Push"},
        ("mailer", "email", "Autumn%20Push", "email"),
    ),
    "no escape, and no UTF-8": (
        {"source": "mailer", "medium": "email", "campaign": "50%+of%E9"},
        ("mailer", "email", "50% of%E9", "email"),
    ),
    "a text with a space is decoded already": (
        {"source": "mailer", "medium": "email", "campaign": "Q&A + Demo"},
        ("mailer", "email", "Q&A + Demo", "email"),
    ),
    "only in the address": (
        {"url": f"{SITE}?utm_source=Digest&utm_medium=email&utm_campaign=Autumn%20Push"},
        ("digest", "email", "Autumn Push", "email"),
    ),
    "in the fragment, in capitals, with copied separators": (
        {"url": f"{SITE}#top&UTM_SOURCE=digest&amp;Utm_Medium=e-mail;utm_campaign=autumn"},
        ("digest", "e-mail", "autumn", "email"),
    ),
    "one parameter in a column, the others in the address": (
        {"source": "digest", "url": f"{SITE}?utm_source=digest&utm_medium=email&utm_campaign=Autumn+Push"},
        ("digest", "email", "Autumn Push", "email"),
    ),
    "the tracker's decoded column and the address agree": (
        {"campaign": "C++", "medium": "email", "url": f"{SITE}?utm_medium=email&utm_campaign=C%2B%2B"},
        (None, "email", "C++", "email"),
    ),
    "columns hold where the address contradicts, and blanks stay blank": (
        {"source": "linkedin", "url": f"{SITE}?utm_source=digest&utm_medium=email&utm_campaign=autumn"},
        ("linkedin", None, None, "organic_social"),
    ),
    "blank parameters, and placeholders that nobody filled in": (
        {"url": f"{SITE}?utm_source=&utm_medium=%20&utm_campaign={{campaign}}"},
        ("(direct)", "(none)", None, "direct"),
    ),
}

CLICKS = {
    "nothing but a click id": ({"url": f"{SITE}?gclid=Cj0"}, ("google", "cpc", "paid_search")),
    "a source without a medium": (
        {"source": "google", "url": f"{SITE}?utm_source=google&gclid=Cj0", "referrer": "https://www.google.com/"},
        ("google", "cpc", "paid_search"),
    ),
    "a campaign alone": (
        {"campaign": "brand", "url": f"{SITE}?wbraid=Cj0", "referrer": "https://www.google.fr/"},
        ("google", "cpc", "paid_search"),
    ),
    "parameters that say organic": (
        {"source": "bing", "medium": "organic", "url": f"{SITE}?MSCLKID=f00", "referrer": "https://www.bing.com/"},
        ("bing", "cpc", "paid_search"),
    ),
    "parameters that say newsletter": (
        {"source": "digest", "medium": "email", "url": f"{SITE}?a=1&amp;gbraid=0AA"},
        ("google", "cpc", "paid_search"),
    ),
    "parameters that say paid speak for themselves": (
        {"source": "adwords", "medium": "cpv", "url": f"{SITE}?gclid=Cj0"},
        ("adwords", "cpv", "paid_search"),
    ),
    "a display click": ({"url": f"{SITE}?dclid=CK1"}, ("google", "display", "display")),
    "a click on a social ad": (
        {"source": "tiktok", "url": f"{SITE}?ttclid=E.C"},
        ("tiktok", "paid_social", "paid_social"),
    ),
    "a mark of any facebook click": ({"url": f"{SITE}?fbclid=IwAR"}, ("facebook", "social", "organic_social")),
    "a click on a LinkedIn ad": (
        {"source": "linkedin", "medium": "social", "url": f"{SITE}?li_fat_id=9d2"},
        ("linkedin", "paid_social", "paid_social"),
    ),
    "a click on a LinkedIn ad beside a paid medium": (
        {"source": "linkedin", "medium": "cpc", "url": f"{SITE}?li_fat_id=9d2"},
        ("linkedin", "cpc", "paid_social"),
    ),
    "a blank click id": (
        {"url": f"{SITE}?gclid=&x=1", "referrer": "https://www.google.com/"},
        ("google.com", "organic", "organic_search"),
    ),
    "a click id of the page before": (
        {"referrer": "https://blog.example.org/?gclid=Cj0"},
        ("blog.example.org", "referral", "referral"),
    ),
}

REFERRERS = {
    "https://www.google.co.uk/search?q=x": "organic_search",
    "https://images.google.com/": "organic_search",
    "https://cn.bing.com/": "organic_search",
    "https://de.search.yahoo.com/": "organic_search",
    "https://yandex.com.tr/": "organic_search",
    "https://duckduckgo.com/": "organic_search",
    "android-app://com.google.android.googlequicksearchbox/https/www.google.com": "organic_search",
    "https://drive.google.com/file/d/1": "referral",
    "https://meet.google.com/abc": "referral",
    "https://translate.yandex.com/": "referral",
    "https://finance.yahoo.com/": "referral",
    "https://pan.baidu.com/": "referral",
    "https://google.example.com/": "referral",
    "https://notgoogle.com/": "referral",
    "https://mybing.com/": "referral",
    "https://gemini.google.com/app": "referral",
    "https://chatgpt.com/": "referral",
    "android-app://com.Slack/": "referral",
    "https://mail.google.com/mail/u/0": "email",
    "https://us-east.mail.yahoo.com/": "email",
    "https://outlook.office.com/mail": "email",
    "android-app://com.google.android.gm/": "email",
    "android-app://com.linkedin.android/": "organic_social",
    "https://de.pinterest.com/": "organic_social",
}

# The views of one visitor, in order: (minute, url, referrer), and the channels of the visits they make.
JOURNEYS = {
    "a second domain that the tracker sees": (
        [
            (0, f"{SITE}?utm_source=google&utm_medium=cpc", None),
            (5, "https://app.northwind-app.example/start", SITE),
            (9, f"{SITE}pricing", "https://app.northwind-app.example/start"),
        ],
        ["paid_search"],
    ),
    "a listed domain without a view": (
        [(0, SITE, "https://www.bing.com/"), (5, f"{SITE}docs", "https://help.northwind-docs.example/")],
        ["organic_search"],
    ),
    "a copy of the pages that carries the tracker": ([(0, "https://northwind.copies.example/", None)], ["direct"]),
    "a visit from that copy": ([(9, SITE, "https://other.copies.example/")], ["referral"]),
    "sign-in on the way": (
        [(0, f"{SITE}?gclid=Cj0", None), (3, f"{SITE}welcome", "https://accounts.google.com/o/oauth2")],
        ["paid_search"],
    ),
    "the sign-in of a customer's own": (
        [(0, SITE, "https://news.example.org/"), (3, f"{SITE}app", "https://globex.okta.com/")],
        ["referral"],
    ),
    "payment and booking on the way": (
        [
            (0, f"{SITE}?utm_source=digest&utm_medium=email", None),
            (4, f"{SITE}thanks", "https://checkout.stripe.com/c/pay"),
            (8, f"{SITE}booked", "https://calendly.com/northwind/demo"),
        ],
        ["email"],
    ),
    "a stop-over is the first that is seen": ([(0, SITE, "https://calendly.com/northwind/demo")], ["direct"]),
    "a campaign speaks after a stop-over too": (
        [(0, SITE, None), (3, f"{SITE}?utm_source=digest&utm_medium=email", "https://calendly.com/northwind/demo")],
        ["direct", "email"],
    ),
    "the AMP cache shows the site": (
        [
            (0, f"{AMP_CACHE}/c/s/www.northwind.example/blog", "https://www.google.com/"),
            (5, f"{SITE}pricing", f"{AMP_CACHE}/"),
            (6, f"{SITE}demo", "https://www.google.com/amp/s/www.northwind.example/blog"),
        ],
        ["organic_search"],
    ),
    "somebody else's page in the AMP cache": (
        [(0, SITE, "https://blog-example-org.cdn.ampproject.org/c/s/blog.example.org/post")],
        ["referral"],
    ),
    "a click id that inner pages carry along": (
        [(0, SITE, "https://www.bing.com/"), (45, f"{SITE}x?gclid=Cj0", SITE)],
        ["organic_search", "direct"],
    ),
    "a click whose first page waited for consent": ([(0, f"{SITE}?gclid=Cj0", SITE)], ["paid_search"]),
    "a source that no search engine found": (
        [(0, f"{SITE}?utm_source=partner_portal", "https://www.google.com/")],
        ["other"],
    ),
}


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    company = Company(tmp_path_factory.mktemp("web"))
    for name, (given, _) in [*CAMPAIGNS.items(), *CLICKS.items()]:
        company.page_view(name, "2024-03-01 09:00", **{"url": SITE, **given}, id=name)
    for referrer in REFERRERS:
        company.page_view(referrer, "2024-03-01 09:00", SITE, referrer=referrer, id=referrer)
    for name, (views, _) in JOURNEYS.items():
        for minute, url, referrer in views:
            company.page_view(name, f"2024-03-01 09:{minute:02}", url, referrer=referrer)
    company.reference("own_domains", [{"domain": "northwind-docs.example"}])
    return build_marts(company)


def touch(visits: Warehouse, columns: str, view: str) -> tuple:
    rows = dict(visits.rows(f"select source_record_id, ({columns}, null) from marts.fct_touchpoints order by 1"))
    return tuple(rows[view])[:-1]


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_campaign_parameters(visits: Warehouse, name: str) -> None:
    assert touch(visits, "source, medium, campaign, channel", name) == CAMPAIGNS[name][1]


@pytest.mark.parametrize("name", CLICKS)
def test_click_ids(visits: Warehouse, name: str) -> None:
    assert touch(visits, "source, medium, channel", name) == CLICKS[name][1]


@pytest.mark.parametrize("referrer", REFERRERS)
def test_referrers(visits: Warehouse, referrer: str) -> None:
    assert touch(visits, "channel", referrer) == (REFERRERS[referrer],)


@pytest.mark.parametrize("name", JOURNEYS)
def test_visits(visits: Warehouse, name: str) -> None:
    found = visits.rows(
        f"""
        select channel
        from intermediate.int_touchpoints__sessions
        where visitor_id = '{name.replace("'", "''")}'
        order by started_at
        """
    )
    assert [channel for (channel,) in found] == JOURNEYS[name][1]


def test_whose_domains_are_learnt_is_shown(visits: Warehouse) -> None:
    assert visits.rows("select domain, basis, is_own from marts.dim_web_domain order by domain") == [
        ("copies.example", "few_views", False),
        ("northwind-app.example", "shares_visitors", True),
        ("northwind-docs.example", "listed", True),
        ("northwind.example", "main", True),
    ]


def test_a_page_in_the_amp_cache_is_the_sites_page(visits: Warehouse) -> None:
    assert visits.rows(
        """
        select distinct url_path
        from intermediate.int_touchpoints__web_hits
        where visitor_id = 'the AMP cache shows the site'
        order by url_path
        """
    ) == [("/blog",), ("/demo",), ("/pricing",)]


# name: (the view, the campaign's key)
CAMPAIGN_IDS = {
    "a short CRM id in the tag": ({"campaign": "7018b00000Xy1zA"}, "salesforce:7018b00000Xy1zAAAR"),
    "a long one that a tool has folded": (
        {"url": f"{SITE}?utm_campaign=7018b00000xy1zaaar"},
        "salesforce:7018b00000Xy1zAAAR",
    ),
    "a CRM id beside the tag": (
        {"url": f"{SITE}?utm_source=digest&utm_medium=email&utm_campaign=june&utm_id=7018b00000Xy1zA"},
        "salesforce:7018b00000Xy1zAAAR",
    ),
    "a CRM id in another parameter": ({"url": f"{SITE}?sfdc=7018b00000Xy1zAAAR"}, "salesforce:7018b00000Xy1zAAAR"),
    "an encoded name": ({"campaign": "AUTUMN%20webinar"}, "salesforce:7018b00000Xy1zAAAR"),
    "a network's id, told by the source": (
        {"source": "google", "medium": "cpc", "context_campaign_id": "4411"},
        "google_ads:4411",
    ),
    "the same id of another network": (
        {"url": f"{SITE}?utm_source=bing&utm_medium=cpc&utm_id=4411"},
        "microsoft_ads:4411",
    ),
    "what Google adds to the address": ({"url": f"{SITE}?gad_campaignid=4411&gclid=Cj0"}, "google_ads:4411"),
}


@pytest.fixture(scope="module")
def campaigns(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    company = Company(tmp_path_factory.mktemp("campaigns"))
    company.campaign("7018b00000Xy1zAAAR", name="Autumn Webinar")
    company.spend("google_ads", "2024-03-01", "4411", "10.00")
    company.spend("microsoft_ads", "2024-03-01", "4411", "10.00")
    for name, (given, _) in CAMPAIGN_IDS.items():
        company.page_view(name, "2024-03-01 09:00", **{"url": SITE, **given}, id=name)
    return build_marts(company)


@pytest.mark.parametrize("name", CAMPAIGN_IDS)
def test_campaign_ids(campaigns: Warehouse, name: str) -> None:
    assert touch(campaigns, "campaign_key", name) == (CAMPAIGN_IDS[name][1],)


@pytest.fixture(scope="module")
def clocks(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """One deal, and touches of every kind at times that can't be true around two that can."""
    company = Company(tmp_path_factory.mktemp("clocks"))
    company.user("marketer", department="Marketing", Email="mia@northwind.example")
    company.account("A1", created="2024-03-01", Website="globex.example")
    company.contact("C1", account="A1", created="2024-03-01", email="ann@globex.example")
    company.opportunity("O1", account="A1", created="2024-03-20", amount="900.00", won="2024-05-01")
    company.campaign("K1", kind="Webinar")
    company.identify("cookie", "2024-03-02 08:00", email="ann@globex.example")
    company.page_view("cookie", "1970-01-01 00:00:07", referrer="https://www.google.com/", id="1970")
    company.page_view("cookie", "2001-01-01 00:00", referrer="https://www.bing.com/", id="2001")
    company.page_view("cookie", "2099-03-01 09:00", source="digest", medium="email", id="2099")
    company.page_view("cookie", "2024-03-10 09:00", source="linkedin", medium="cpc", id="true")
    late = {"received_at": "2024-03-12 10:00:00"}
    company.page_view("cookie", "1980-01-06 00:00", source="digest", medium="email", id="received", **late)
    company.page_view("cookie", "2025-03-12 10:00", referrer="https://www.bing.com/", id="ahead", **late)
    company.page_view("cookie", "2024-02-20 10:00", referrer="https://www.bing.com/", id="waited", **late)
    company.form("cookie", "1970-01-01 00:01", id="form")
    company.response("K1", contact="C1", at="1970-01-01")
    company.asset("guide")
    company.share("guide", by_email="mia@northwind.example", to_email="ann@globex.example", at="1970-01-02 00:00")
    company.call("C1", at="2099-01-01 10:00", by="marketer")
    return build_marts(company)


def test_impossible_times_hold_no_position(clocks: Warehouse) -> None:
    found = clocks.rows(
        """
        select touches.source_record_id, eligibility.status
        from marts.fct_touch_eligibility as eligibility
        inner join marts.fct_touchpoints as touches using (touchpoint_id)
        where touches.touch_type = 'session'
        order by 1
        """
    )
    assert found == [
        ("1970", "impossible_time"),
        ("2001", "impossible_time"),
        ("2099", "impossible_time"),
        ("ahead", "eligible"),
        ("received", "eligible"),
        ("true", "eligible"),
        ("waited", "eligible"),
    ]


def test_impossible_times_of_every_kind_keep_their_row(clocks: Warehouse) -> None:
    found = clocks.rows(
        """
        select touches.touch_type, count(*), max(eligibility.status)
        from marts.fct_touch_eligibility as eligibility
        inner join marts.fct_touchpoints as touches using (touchpoint_id)
        where touches.has_impossible_time
        group by touches.touch_type
        order by touches.touch_type
        """
    )
    assert found == [
        ("call", 1, "impossible_time"),
        ("campaign_response", 1, "impossible_time"),
        ("content_share", 1, "impossible_time"),
        ("form_fill", 1, "impossible_time"),
        ("session", 3, "impossible_time"),
    ]


def test_the_first_touch_and_the_first_sight_are_of_possible_times(clocks: Warehouse) -> None:
    assert clocks.rows("select channel from marts.explain_credit where model = 'first_touch'") == [("organic_search",)]
    assert clocks.value("select min(first_seen_at)::date::varchar from marts.dim_person") == "2024-02-20"
    assert clocks.value("select min(date_day)::varchar from marts.dim_date") == "2024-01-01"
    assert clocks.value("select count(*) from marts.rpt_content_effectiveness where people > 0") == 0


def test_the_time_of_receipt_stands_in_for_a_wrong_clock(clocks: Warehouse) -> None:
    found = clocks.rows(
        """
        select page_view_id, viewed_at::varchar, is_received_time
        from intermediate.int_web__page_views
        where page_view_id in ('received', 'ahead', 'waited', '1970')
        order by 1
        """
    )
    assert found == [
        ("1970", "1970-01-01 00:00:07", False),
        ("ahead", "2024-03-12 10:00:00", True),
        ("received", "2024-03-12 10:00:00", True),
        ("waited", "2024-02-20 10:00:00", False),
    ]


def test_hits_without_a_browser_are_whose_the_user_id_is(tmp_path: Path) -> None:
    """Mail tools tell a user id and no cookie: an address, a CRM record, the site's own id, a shared mailbox."""
    company = Company(tmp_path)
    ann = company.lead("00Q5g00000ABCDEEA5", created="2024-02-01", email="ann@acme.example")
    company.identify("a1", "2024-02-02", email="ben@acme.example", user="app-7")
    for number, user in enumerate(("Ann@Acme.example", ann, "app-7", "info@acme.example", "nobody-8")):
        click = {"user_id": user, "event": "email_clicked", "event_text": "Email Clicked"}
        company.form("", f"2024-03-0{number + 1} 10:00", **click)
        company.page_view("", f"2024-03-0{number + 1} 10:05", user=user)
    built = build_marts(company)
    found = built.rows(
        """
        select dayofmonth(touches.occurred_at), touches.touch_type, persons.is_lead, persons.person_id is not null
        from marts.fct_touchpoints as touches
        left join marts.dim_person as persons using (person_id)
        order by 1, 2
        """
    )
    known = {(day, kind): (is_lead, is_known) for day, kind, is_lead, is_known in found}
    assert {known[day, kind] for day in (1, 2) for kind in ("email_click", "session")} == {(True, True)}
    assert known[3, "session"] == known[3, "email_click"] == (False, True)
    assert known[4, "email_click"] == (None, False)
    assert built.value("select count(distinct person_id) from marts.fct_touchpoints where person_id is not null") == 3
