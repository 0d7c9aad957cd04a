"""Command line: `python -m seeds.generator --out seeds/sample` writes the sample that ships with the project."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from seeds.generator import CASES, CompanyPlan, generate, write
from seeds.generator.dialects import (
    COMPANY_DIALECTS,
    HUBSPOT_SPELLINGS,
    write_hubspot_ga4,
    write_salesforce_marketo_snowplow,
    write_salesforce_snowplow,
)


def arguments_of(arguments: list[str] | None = None) -> argparse.Namespace:
    """The arguments, as given."""
    standard = CompanyPlan()
    parser = argparse.ArgumentParser(prog="python -m seeds.generator", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write; what an earlier run left is replaced")
    parser.add_argument("--seed", type=int, default=standard.seed)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="times the standard company (4,000 leads, 60,000 page views)"
    )
    parser.add_argument("--page-views", type=int, help="page views, whatever the scale says")
    parser.add_argument("--months", type=int, default=standard.months)
    parser.add_argument("--first-month", default=standard.first_month, help="YYYY-MM")
    parser.add_argument("--without", nargs="*", default=[], choices=CASES, help="cases not to plant")
    parser.add_argument("--bought-traffic", nargs="*", metavar="YYYY-MM", help="months in which junk traffic is bought")
    parser.add_argument("--padded-sqls", nargs="*", metavar="YYYY-MM", help="months in which SQLs are padded")
    parser.add_argument(
        "--dialect", choices=COMPANY_DIALECTS, default=COMPANY_DIALECTS[0], help="the systems that tell of the company"
    )
    parser.add_argument(
        "--spelling", choices=HUBSPOT_SPELLINGS, default=HUBSPOT_SPELLINGS[0], help="the loader that brings HubSpot"
    )
    parser.add_argument("--nested-parquet", action="store_true", help="GA4's days as Parquet instead of JSON Lines")
    return parser.parse_args(arguments)


def parse(arguments: list[str] | None = None) -> tuple[CompanyPlan, Path]:
    """The plan and the folder that the arguments ask for."""
    given = arguments_of(arguments)
    standard = CompanyPlan()
    changes = {
        "seed": given.seed,
        "months": given.months,
        "first_month": given.first_month,
        "cases": tuple(case for case in CASES if case not in given.without),
    }
    for field, value in (("bought_traffic_months", given.bought_traffic), ("padded_sql_months", given.padded_sqls)):
        if value is not None:
            changes[field] = tuple(value)
        elif (given.months, given.first_month) != (standard.months, standard.first_month):
            changes[field] = ()  # the standard months may lie outside
    return replace(standard, **changes).scaled(given.scale, given.page_views), given.out


def main() -> None:
    """Generate and write."""
    given = arguments_of()
    plan, out = parse()
    company = generate(plan)
    if given.dialect == "hubspot_ga4":
        write_hubspot_ga4(company, out, spelling=given.spelling, as_parquet=given.nested_parquet)
    elif given.dialect == "salesforce_snowplow":
        write_salesforce_snowplow(company, out)
    elif given.dialect == "salesforce_marketo_snowplow":
        write_salesforce_marketo_snowplow(company, out)
    else:
        write(company, out)


if __name__ == "__main__":
    main()
