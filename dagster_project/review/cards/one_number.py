"""Section 1: what was won, who created it, whether it stays, what runs, and whether the books agree."""

from __future__ import annotations

from dagster_project.review.views import DEAL_FILTERS, DEALS, Card, Section, View, columns

REVENUE = Card(
    "revenue",
    "Won revenue",
    "What did we win, who created it, and does it stay?",
    follows=("period", *DEAL_FILTERS),
    source=("fct_opportunities", "rpt_target_integrity", "rpt_revenue_scorecard", "fct_account_lifecycle"),
    views=(
        View(
            "number",
            "Won in the period",
            columns(
                "won_amount|won|money",
                "won|deals won|count",
                "before_amount|the period before|money",
                "before_won|deals won the period before|count",
                "new_business_amount|of it new business|money",
                "largest_amount|largest deal|money",
            ),
            DEALS
            + """
select
    coalesce(sum(amount) filter (where close_date between {start} and {end}), 0) as won_amount,
    count(*) filter (where close_date between {start} and {end}) as won,
    coalesce(sum(amount) filter (where close_date between {before_start} and {before_end}), 0) as before_amount,
    count(*) filter (where close_date between {before_start} and {before_end}) as before_won,
    coalesce(sum(amount) filter (
        where close_date between {start} and {end} and opportunity_type = 'new_business'
    ), 0) as new_business_amount,
    coalesce(max(amount) filter (where close_date between {start} and {end}), 0) as largest_amount
from deals
where is_won
""",
            "",
            form="numbers",
        ),
        View(
            "quarters",
            "Won by the creator's team, per quarter",
            columns(
                "quarter|quarter",
                "marketing|marketing|money",
                "sales|sales|money",
                "partner|partner|money",
                "unknown|unknown|money",
                "won_amount|won|money",
                "won|deals|count",
                "target|target of the whole company|money",
            ),
            DEALS
            + """,
targets as (
    select strftime(period_start, '%Y') || ' Q' || quarter(period_start) as quarter, sum(target) as target
    from marts.rpt_target_integrity
    where metric = 'won_amount'
    group by all
)
select
    strftime(close_date, '%Y') || ' Q' || quarter(close_date) as quarter,
    coalesce(sum(amount) filter (where team = 'marketing'), 0) as marketing,
    coalesce(sum(amount) filter (where team = 'sales'), 0) as sales,
    coalesce(sum(amount) filter (where team = 'partner'), 0) as partner,
    coalesce(sum(amount) filter (where team = 'unknown'), 0) as unknown,
    sum(amount) as won_amount,
    count(*) as won,
    any_value(targets.target) as target
from deals
left join targets on targets.quarter = strftime(close_date, '%Y') || ' Q' || quarter(close_date)
where is_won and close_date between {quarters_start} and {end}
group by all
order by quarter
""",
            "No deal was won in these eight quarters with these filters.",
            note="The target is the sum of the targets for won revenue whose period begins in the quarter; no filter "
            "divides it.",
        ),
        View(
            "retention",
            "Customers who stay",
            columns(
                "nrr|net revenue retention, 12 months|share",
                "grr|gross revenue retention, 12 months|share",
                "churned_amount|churned in the period|money",
                "churned|customers lost|count",
                "contraction_amount|shrunk in the period|money",
            ),
            """
with last_month as (
    select nrr, grr from marts.rpt_revenue_scorecard where month = {month_end}
),
lost as (
    select
        coalesce(sum(churned_amount), 0) as churned_amount,
        count(*) filter (where stage = 'churned') as churned,
        coalesce(sum(contraction_amount), 0) as contraction_amount
    from marts.fct_account_lifecycle
    where entered_date between {start} and {end}
)
select last_month.nrr, last_month.grr, lost.churned_amount, lost.churned, lost.contraction_amount
from lost left join last_month on true
""",
            "",
            form="numbers",
            note="Retention is the whole company's: it follows the period alone.",
        ),
        View(
            "churned",
            "Who left in the period",
            columns(
                "account|customer", "lost_on|renewal lost on|date", "churned_amount|contract value|money", "id|deal"
            ),
            """
select
    coalesce(accounts.account_name, lost.account_id) as account, lost.entered_date as lost_on, lost.churned_amount,
    lost.opportunity_id as id
from marts.fct_account_lifecycle as lost
left join marts.dim_account as accounts on lost.account_id = accounts.account_id
where lost.stage = 'churned' and lost.entered_date between {start} and {end}
order by lost.churned_amount desc, lost.opportunity_id
""",
            "No customer left in the period. A contract that runs out without a renewal deal in the CRM isn't seen.",
        ),
    ),
)

RUNNING = Card(
    "running",
    "What runs",
    "What is still open, and what does the running period ask for?",
    wide=False,
    follows=DEAL_FILTERS,
    source=("fct_opportunities", "rpt_running_targets"),
    views=(
        View(
            "pipeline",
            "Open pipeline by stage",
            columns(
                "stage|stage",
                "deals|open deals|count",
                "amount|amount|money",
                "due_amount|due within 90 days|money",
                "overdue|close date is past|count",
                "overdue_amount|amount of these|money",
            ),
            DEALS
            + """
select
    coalesce(stage, '(none)') as stage, count(*) as deals, sum(amount) as amount,
    coalesce(sum(amount) filter (
        where close_date >= {as_of} and close_date < {as_of}::date + 90
    ), 0) as due_amount,
    count(*) filter (where close_date < {as_of}) as overdue,
    coalesce(sum(amount) filter (where close_date < {as_of}), 0) as overdue_amount
from deals
where not is_closed
group by all
order by amount desc, stage
""",
            "No deal is open with these filters.",
            note="Amounts as they stand in the CRM, not weighted by any probability.",
        ),
        View(
            "running_targets",
            "Targets of the running period",
            columns(
                "id|target",
                "metric|metric",
                "owner|owner",
                "period_start|from|date",
                "period_end|to|date",
                "target|target|decimal",
                "delivered|so far|decimal",
                "delivered_share|of the target|share",
                "elapsed_share|of the time gone|share",
            ),
            """
select target_id as id, metric, owner, period_start, period_end, target, delivered, delivered_share,
    elapsed_share
from marts.rpt_running_targets
order by period_end, metric, target_id
""",
            "No target is running on this day: planning.targets holds none whose period covers it.",
            requires=("rpt_running_targets",),
            absent="Targets of running periods aren't in this published file: rpt_target_integrity holds finished "
            "periods only.",
        ),
    ),
)

BOOKS = Card(
    "books",
    "Agreement with the books",
    "Do credit, CRM and finance say the same?",
    wide=False,
    source=("rpt_reconciliation", "rpt_invoice_reconciliation"),
    views=(
        View(
            "books",
            "CRM, credit and invoices, all time",
            columns(
                "difference|credit against the CRM|cents",
                "won_amount|won in the CRM|money",
                "invoiced_amount|invoiced|money",
                "invoice_difference|CRM less invoices|cents",
                "uninvoiced_amount|of it not invoiced yet|money",
                "exchange_difference|of it exchange rates|cents",
                "invoiced_elsewhere_amount|invoiced without a won deal|money",
            ),
            """
select
    max(abs(difference)) as difference, max(won_amount) as won_amount, max(invoiced_amount) as invoiced_amount,
    max(invoice_difference) as invoice_difference, max(uninvoiced_amount) as uninvoiced_amount,
    max(exchange_difference) as exchange_difference, max(invoiced_elsewhere_amount) as invoiced_elsewhere_amount
from marts.rpt_reconciliation
""",
            "",
            form="numbers",
            note="The first figure is the largest difference of any attribution model and is 0.00 in every published "
            "file.",
        ),
    ),
)

SECTION = Section("one", "One number", (REVENUE, RUNNING, BOOKS))
