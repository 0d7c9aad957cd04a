"""Whatever happens to a company between publications, the causes sum to what moved, to the cent.

Each example is a company that publishes several times, with random edits of every kind in between, several at once. The
promise is the shipped one of `expectations/marts/rpt_restatements.yml`, asked by `Publisher.publish`; here the ends are
summed once more from the marts of each publication.
"""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.company import Company
from tests.profiles import examples
from tests.publications import Publisher
from tests.runs import Warehouse

pytestmark = pytest.mark.slow

DEALS = [f"O{number}" for number in range(6)]
AMOUNTS = ["0.01", "0.07", "-33.33", "0.00", "99.99", "1234567890.12"]
DAYS = ["2024-02-10", "2024-03-01", "2024-03-31", "2024-05-05"]
TEAMS = ["marketing", "sales", "partner"]
MODELS = ["linear", "last_touch", "w_shaped"]
CHANNELS = [("google", "cpc"), ("newsletter", "email"), ("linkedin", "paid_social"), (None, None)]

Edit = tuple[str, int, int]
KINDS = ["amount", "close", "outcome", "delete", "restore", "new", "view", "identify", "team", "rate", "spend", "mql"]
KINDS += ["lookback", "account", "currency", "model", "mailbox"]
edits = st.tuples(st.sampled_from(KINDS), st.integers(0, 5), st.integers(0, 5))


def start(company: Company) -> None:
    company.user("marketer", department="Marketing")
    company.user("rep", department="Sales")
    for code, rate in {"USD": "1", "EUR": "0.8"}.items():
        fields = {"IsoCode": code, "ConversionRate": rate, "IsCorporate": code == "USD", "IsActive": True}
        company.record("salesforce", "CurrencyType", code, fields, {})
    for number, deal in enumerate(DEALS[:4]):
        company.account(f"A{number}", created="2024-01-01")
        company.contact(
            f"C{number}",
            account=f"A{number}",
            created="2024-01-10",
            created_by=["marketer", "rep"][number % 2],
            email=f"buyer@firm{number}.example",
        )
        company.opportunity(
            deal, account=f"A{number}", created="2024-02-01", created_by="rep", amount=AMOUNTS[number], won=DAYS[1]
        )
        company.page_view(f"k{number}", "2024-01-05 10:00:00", source="google", medium="cpc")
    company.identify("k0", "2024-01-05 10:01:00", email="buyer@firm0.example")
    company.spend("google_ads", "2024-01-05", "Launch", "50.07", currency="EUR")


SEALED = [f"2024-{month:02}" for month in range(1, 13)]


def apply(company: Company, edit: Edit, deals: set[str]) -> None:
    kind, which, choice = edit
    deal = sorted(deals)[which % len(deals)]
    match kind:
        case "amount":
            company.change("Opportunity", deal, Amount=AMOUNTS[choice])
        case "close":
            company.change("Opportunity", deal, CloseDate=DAYS[choice % 4])
        case "outcome":
            won, closed = choice % 3 == 0, choice % 3 < 2
            company.change(
                "Opportunity",
                deal,
                IsWon=won,
                IsClosed=closed,
                StageName="Closed Won" if won else "Closed Lost" if closed else "Proposal",
            )
        case "delete" | "restore":
            company.change("Opportunity", deal, IsDeleted=kind == "delete")
        case "account":
            company.change("Opportunity", deal, AccountId=f"A{choice % 4}")
        case "currency":
            company.change("Opportunity", deal, CurrencyIsoCode=["EUR", "USD"][choice % 2])
        case "new":
            deals.add(DEALS[4 + which % 2])
            company.opportunity(
                DEALS[4 + which % 2],
                account=f"A{choice % 4}",
                created="2024-02-03",
                created_by="rep",
                amount=AMOUNTS[choice],
                won=DAYS[choice % 4],
                currency=["EUR", "USD"][choice % 2],
            )
        case "view":
            source, medium = CHANNELS[choice % 4]
            company.page_view(f"k{which % 4}", f"2024-01-1{choice} 09:00:00", source=source, medium=medium)
        case "identify":
            company.identify(f"k{which % 4}", "2024-01-06 10:00:00", email=f"buyer@firm{choice % 4}.example")
        case "team":
            company.first_reference_row(
                "teams", match_field="id", match_value=["marketer", "rep"][which % 2], team=TEAMS[choice % 3]
            )
        case "rate":
            company.change("CurrencyType", "EUR", ConversionRate=["0.5", "0.8", "1.3"][choice % 3])
        case "spend":
            company.spend("google_ads", f"2024-01-{10 + which}", "Launch", f"{choice}.01", currency="EUR")
        case "mql":
            company.lead(f"L{which}", created="2024-01-20", status="MQL", email=f"lead{choice}@firm0.example")
        case "lookback":
            company.settings(lookback_days=choice * 5)
        case "model":
            company.settings(report_model=MODELS[choice % 3])
        case "mailbox":
            company.first_reference_row("shared_mailboxes", local_part=["buyer", f"lead{choice}"][which % 2])


def figures(built: Warehouse) -> dict[tuple[str, str, str], Decimal]:
    """The figures as the reports of this publication tell them."""
    rows = built.rows(
        """
        select 'won_revenue', month_name, '', won_amount from marts.rpt_revenue_scorecard
        union all
        select 'pipeline', month_name, '', pipeline_created from marts.rpt_revenue_scorecard
        union all
        select 'originated', coalesce(strftime(close_date, '%Y-%m'), 'unknown'), originator_team, sum(amount)
        from marts.fct_opportunities where is_won group by all
        union all
        select 'credited', coalesce(strftime(deals.close_date, '%Y-%m'), 'unknown'),
            coalesce(credit.channel, 'unattributed'), sum(credit.attributed_amount)
        from marts.fct_attribution as credit join marts.fct_opportunities as deals using (opportunity_id)
        where credit.model = (select report_model from marts.dim_publication where is_latest) and deals.is_won
        group by all
        union all
        select 'spend', strftime(spend_date, '%Y-%m'), channel, sum(cost) from marts.fct_spend group by all
        union all
        select 'mqls', strftime(cohort_month, '%Y-%m'), '', mqls from marts.rpt_pipeline_velocity_total
        """
    )
    return {(figure, month, member): Decimal(amount) for figure, month, member, amount in rows if amount}


@examples(2)
@given(st.lists(st.lists(edits, min_size=1, max_size=6), min_size=2, max_size=4))
def test_causes_sum_to_what_moved(nights: list[list[Edit]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder))
        start(company)
        publisher = Publisher(company)
        built = publisher.publish()
        before = figures(built)
        (previous,) = built.rows("select publication_id from marts.dim_publication where is_latest")
        deals = set(DEALS[:4])
        # From the second publication on, every month of the first is sealed.
        company.reference("sealed_months", [{"month": month, "sealed_at": "2024-12-31"} for month in SEALED])
        sealed = {where: amount for where, amount in before.items() if where[1] in SEALED}
        for night in nights:
            for edit in night:
                apply(company, edit, deals)
            built = publisher.publish()
            after = figures(built)
            (latest,) = built.rows("select publication_id from marts.dim_publication where is_latest")
            if latest == previous:
                # Edits that change nothing make no publication: it is the same one, beside the same one before it.
                assert after == before
                continue
            previous = latest
            changes: dict[tuple[str, str, str], Decimal] = {}
            for figure, month, member, change in built.rows(
                "select figure, report_month_name, member, sum(change_amount) from marts.rpt_restatements"
                " where publication_id = (select max(publication_id) from marts.dim_publication where is_latest)"
                " group by all"
            ):
                changes[figure, month, member] = change
            moved = {where: after.get(where, Decimal(0)) - before.get(where, Decimal(0)) for where in before | after}
            assert {where: by for where, by in changes.items() if by} == {
                where: by for where, by in moved.items() if by
            }
            before = after
            told = built.rows(
                "select figure, month_name, member, sealed_amount, current_amount from marts.rpt_sealed_months"
            )
            assert {(f, m, who): amount for f, m, who, amount, _ in told if amount} == sealed
            assert {(f, m, who): amount for f, m, who, _, amount in told if amount} == {
                where: amount for where, amount in after.items() if where[1] in SEALED
            }
