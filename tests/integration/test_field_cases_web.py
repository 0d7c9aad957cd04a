"""What happens to web visits in the field, as whole pipelines: addresses, campaigns, clicks, referrers and clocks.

One company holds the visits of a kind, each by a visitor of its own, so that a test reads as a table of what arrived
and what became of it. What doesn't live here: the rules one by one (unit tests beside the models).
"""

from __future__ import annotations

import pytest

from tests.company import Company
from tests.runs import Warehouse, build_marts

SITE = "https://www.northwind.example/"

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
    "a mark of any LinkedIn click beside parameters": (
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


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    company = Company(tmp_path_factory.mktemp("web"))
    for name, (given, _) in [*CAMPAIGNS.items(), *CLICKS.items()]:
        company.page_view(name, "2024-03-01 09:00", **{"url": SITE, **given}, id=name)
    for referrer in REFERRERS:
        company.page_view(referrer, "2024-03-01 09:00", SITE, referrer=referrer, id=referrer)
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
