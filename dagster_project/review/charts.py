"""The charts of the review page as Vega-Lite specifications, drawn by the page on the figures of the card's table.

What lives here: marks and scales, and the library that draws them. What doesn't: data, which the page puts in under the
name `rows`, and colours, which are variables of `static/review.css` so that one chart serves a light page, a dark one
and paper.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import altair as alt

TEAMS = ("marketing", "sales", "partner", "unknown")
OUTCOMES = ("accepted", "rejected", "returned", "no_response", "answered", "pending")

_ROWS = alt.NamedData("rows")
_MONEY = "~s"

# In the order of the rows.
_MONTH_AXIS = alt.X("month:N", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))


def specifications() -> dict[str, dict[str, Any]]:
    """Every chart by the name of its view, as JSON."""
    charts: dict[str, Any] = {
        "quarters": _quarters(),
        "handover_months": _handover(),
        "returns": _returns(),
        "ripeness": _ripeness(),
        "models": _models(),
        "response_months": _speed(),
    }
    return {name: _plain(chart) for name, chart in charts.items()}


@cache
def library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, which makes `vegaEmbed` known to the page.

    It comes whole out of the installed package, so that no page asks the internet for it. Bundling takes a second.
    """
    # Takes 33 MB of memory, which a process that only loads the definitions doesn't need.
    import vl_convert

    licence = "Vega, Vega-Lite and Vega-Embed: BSD 3-Clause licence, University of Washington Interactive Data Lab."
    return f"/* {licence} */\n{vl_convert.javascript_bundle('window.vegaEmbed = vegaEmbed;')}"


def _plain(chart: Any) -> dict[str, Any]:
    specification: dict[str, Any] = chart.properties(
        width="container", autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    ).to_dict()
    # The page has its own.
    specification.pop("config", None)
    return specification


def _colours(names: tuple[str, ...], title: str | None = None, labels: str | None = None) -> alt.Color:
    scale = alt.Scale(domain=list(names), range=[f"var(--{name.replace('_', '-')})" for name in names])
    legend = (
        alt.Legend(orient="top", title=title, labelExpr=labels) if labels else alt.Legend(orient="top", title=title)
    )
    return alt.Color("part:N", scale=scale, legend=legend)


def _quarters() -> Any:
    """Won revenue per quarter, stacked by the creator's team, with a line where the target was."""
    bars = (
        alt.Chart(_ROWS)
        .transform_fold(list(TEAMS), as_=["part", "amount"])
        .transform_calculate(place=f"indexof({list(TEAMS)}, datum.part)")
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X("quarter:N", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("amount:Q", title=None, axis=alt.Axis(format=_MONEY, tickCount=5)),
            color=_colours(TEAMS),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("quarter:N", title="quarter"),
                alt.Tooltip("part:N", title="created by"),
                alt.Tooltip("amount:Q", title="won", format=",.2f"),
            ],
        )
    )
    target = (
        alt.Chart(_ROWS)
        .transform_filter("datum.target != null")
        .mark_tick(thickness=3, color="var(--ink)", bandSize=56)
        .encode(
            x=alt.X("quarter:N"),
            y=alt.Y("target:Q"),
            tooltip=[alt.Tooltip("quarter:N"), alt.Tooltip("target:Q", title="target", format=",.2f")],
        )
    )
    return alt.layer(bars, target).properties(height=260)


def _handover() -> alt.Chart:
    """MQLs per month by what became of them."""
    words = (
        "{accepted: 'accepted', rejected: 'refused', returned: 'given back', no_response: 'never answered', "
        "answered: 'answered, undecided', pending: 'still in time'}[datum.label]"
    )
    return (
        alt.Chart(_ROWS)
        .transform_fold(list(OUTCOMES), as_=["part", "count"])
        .transform_calculate(place=f"indexof({list(OUTCOMES)}, datum.part)")
        .mark_bar(cornerRadius=2)
        .encode(
            x=_MONTH_AXIS,
            y=alt.Y("count:Q", title=None, axis=alt.Axis(tickMinStep=1, tickCount=5)),
            color=_colours(OUTCOMES, labels=words),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("month:N"),
                alt.Tooltip("part:N", title="outcome"),
                alt.Tooltip("count:Q", title="MQLs"),
            ],
        )
        .properties(height=240)
    )


def _returns() -> alt.Chart:
    """What was spent in each channel beside what it brought."""
    return (
        alt.Chart(_ROWS)
        .transform_filter("datum.cost > 0")
        .transform_calculate(name="replace(datum.channel, /_/g, ' ')")
        .transform_fold(["won_amount", "cost"], as_=["part", "amount"])
        .mark_bar(cornerRadius=2)
        .encode(
            y=alt.Y("name:N", title=None, sort=alt.EncodingSortField("cost", order="descending")),
            yOffset=alt.YOffset("part:N", sort=["won_amount", "cost"]),
            x=alt.X("amount:Q", title=None, axis=alt.Axis(format=_MONEY, tickCount=5, grid=True)),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=["won_amount", "cost"], range=["var(--won)", "var(--spend)"]),
                legend=alt.Legend(title=None, labelExpr="datum.label == 'cost' ? 'spent' : 'won'"),
            ),
            tooltip=[
                alt.Tooltip("name:N", title="channel"),
                alt.Tooltip("cost:Q", title="spent", format=",.2f"),
                alt.Tooltip("won_amount:Q", title="won", format=",.2f"),
                alt.Tooltip("customers:Q", title="new customers", format=",.1f"),
            ],
        )
        .properties(height=alt.Step(34))
    )


def _ripeness() -> alt.Chart:
    """What a new customer cost, by the month of the money; months that can't be judged yet are pale."""
    return (
        alt.Chart(_ROWS)
        .transform_filter("datum.cac != null")
        .mark_bar(cornerRadius=2)
        .encode(
            x=_MONTH_AXIS,
            y=alt.Y("cac:Q", title=None, axis=alt.Axis(format=_MONEY, tickCount=4)),
            color=alt.Color(
                "ripe:N",
                scale=alt.Scale(
                    domain=["ripe", "unripe", "not known"], range=["var(--ripe)", "var(--unripe)", "var(--unripe)"]
                ),
                legend=alt.Legend(title="spent per new customer"),
            ),
            tooltip=[
                alt.Tooltip("month:N"),
                alt.Tooltip("ripe:N", title="state"),
                alt.Tooltip("cac:Q", title="per new customer", format=",.0f"),
            ],
        )
        .properties(height=180)
    )


def _models() -> Any:
    """The least and the most that any model gives a channel, and what the chosen one gives."""
    base = alt.Chart(_ROWS).transform_calculate(name="replace(datum.channel, /_/g, ' ')")
    channel = alt.Y("name:N", title=None, sort=alt.EncodingSortField("max_won_amount", order="descending"))
    tooltip = [
        alt.Tooltip("name:N", title="channel"),
        alt.Tooltip("min_won_amount:Q", title="least", format=",.2f"),
        alt.Tooltip("won_amount:Q", title="this model", format=",.2f"),
        alt.Tooltip("max_won_amount:Q", title="most", format=",.2f"),
    ]
    span = base.mark_bar(height=6, cornerRadius=3, color="var(--unripe)").encode(
        y=channel,
        x=alt.X("min_won_amount:Q", title=None, axis=alt.Axis(format=_MONEY, tickCount=5)),
        x2="max_won_amount:Q",
        tooltip=tooltip,
    )
    chosen = base.mark_point(filled=True, size=90, opacity=1, color="var(--won)").encode(
        y=channel, x="won_amount:Q", tooltip=tooltip
    )
    return alt.layer(span, chosen).properties(height=alt.Step(24))


def _speed() -> alt.Chart:
    """The median hours to the first answer, month by month."""
    return (
        alt.Chart(_ROWS)
        .mark_line(
            point=alt.OverlayMarkDef(size=50, filled=True, color="var(--won)"), color="var(--won)", strokeWidth=2
        )
        .encode(
            x=_MONTH_AXIS,
            y=alt.Y(
                "median_hours_to_response:Q", title=None, axis=alt.Axis(tickCount=4, labelExpr="datum.label + ' h'")
            ),
            tooltip=[
                alt.Tooltip("month:N"),
                alt.Tooltip("median_hours_to_response:Q", title="median hours", format=",.1f"),
                alt.Tooltip("responses:Q", title="answers"),
            ],
        )
        .properties(height=190)
    )
