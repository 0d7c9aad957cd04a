"""Section 7: which targets held up, which bonus hangs on one that didn't, and which metrics lead nowhere."""

from __future__ import annotations

from dagster_project.review.views import Card, Section, View, columns

TARGETS = Card(
    "targets",
    "What was promised, and what held up",
    "Which targets were met by what lasts?",
    follows=("period",),
    source=("rpt_target_integrity",),
    views=(
        View(
            "stake",
            "Targets whose period ended in the period",
            columns(
                "bonus_at_stake|bonus at stake|money",
                "targets|targets|count",
                "verified|held up|count",
                "inflated|inflated|count",
                "doubtful|doubtful|count",
                "missed|missed|count",
            ),
            """
select
    sum(bonus_at_stake) as bonus_at_stake, count(*) as targets,
    count(*) filter (where verdict = 'verified') as verified,
    count(*) filter (where verdict = 'inflated') as inflated,
    count(*) filter (where verdict = 'doubtful') as doubtful,
    count(*) filter (where verdict = 'missed') as missed
from marts.rpt_target_integrity
where period_end between {start} and {end}
having count(*) > 0
""",
            "No target's period ended in the period; targets come from planning.targets.",
            form="numbers",
        ),
        View(
            "targets",
            "One by one, the doubtful first",
            columns(
                "id|target",
                "metric|metric|word",
                "owner|owner",
                "period_start|from|date",
                "period_end|to|date",
                "target|target|decimal",
                "delivered|delivered|decimal",
                "verified|held up|decimal",
                "bonus_amount|bonus|money",
                "verdict|verdict|word",
                "evidence|what did not hold up",
            ),
            """
select
    target_id as id, metric, owner, period_start, period_end, target, delivered, verified, bonus_amount,
    verdict || case when is_sealed then ', judged as sealed' else '' end
    || case when verdict <> current_verdict then '; today ' || current_verdict else '' end as verdict, evidence
from marts.rpt_target_integrity as targets
where period_end between {start} and {end}
order by
    case targets.verdict when 'inflated' then 1 when 'doubtful' then 2 when 'missed' then 3 else 4 end,
    bonus_amount desc, period_end desc, id
""",
            "No target's period ended in the period; targets come from planning.targets.",
            requires=("rpt_target_integrity.is_sealed",),
            absent="Which targets are judged as sealed isn't in this published file.",
            note="Leads, MQLs, SQLs, opportunities and won revenue lead to the records that count. Visits and clicks "
            "are no records of the CRM, and no single one leads to an opportunity.",
        ),
    ),
)

METRICS = Card(
    "metrics",
    "Metrics that lead nowhere",
    "Which numbers rise without customers behind them?",
    follows=("channel",),
    source=("rpt_metric_trust",),
    views=(
        View(
            "metrics",
            "All of them in total, and the channels where one leads nowhere",
            columns(
                "id|metric and channel",
                "metric|metric|word",
                "channel|channel|word",
                "units|units|decimal",
                "traceable_share|known people|share",
                "won_amount_per_unit|won per unit|decimal",
                "verdict|verdict|word",
                "reason|why",
            ),
            """
select
    metric || ' · ' || channel as id, metric, channel, units, traceable_share, won_amount_per_unit, verdict, reason
from marts.rpt_metric_trust
where (channel = 'total' or verdict in ('vanity', 'watch')) and {channel} in ('', channel)
order by case verdict when 'vanity' then 1 when 'watch' then 2 else 3 end, channel <> 'total', metric, channel
""",
            "No metric can be judged yet: there are no weeks of visits, spend or leads.",
        ),
    ),
)

SECTION = Section("seven", "Trust", (TARGETS, METRICS))
