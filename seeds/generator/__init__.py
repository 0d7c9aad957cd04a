"""The seeded generator of a believable company: its raw exports and the truth about what was planted in them.

`generate(plan)` simulates, `write(company, folder)` delivers a landing folder. Same plan, same bytes. Nothing of the
pipeline is imported here: the generator knows how the world is, not how it will be measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from seeds.generator import ads, campaigns, cases, content, crm, currencies, mails, people
from seeds.generator.plan import CASES, CompanyPlan, small_plan
from seeds.generator.tables import build_tables
from seeds.generator.truth import Truth, build_truth
from seeds.generator.web import build_web
from seeds.generator.world import World
from seeds.generator.write import clear, write_landing, write_truth

__all__ = ["CASES", "Company", "CompanyPlan", "generate", "small_plan", "write"]


@dataclass(frozen=True)
class Company:
    """What `generate` made: the exports by source and object, the truth by file name, and the world they tell of.

    `cookie_ids` are the exported anonymous ids by the number that the world knows a browser by.
    """

    plan: CompanyPlan
    tables: dict[tuple[str, str], pa.Table]
    truth: Truth
    world: World
    cookie_ids: list[str]


def generate(plan: CompanyPlan) -> Company:
    """Simulate the company: first who exists, then what happened, then what the systems recorded."""
    world = World(plan)
    people.build_users(world)
    people.build_firms(world)
    currencies.build_rates(world)
    ads.build_campaigns(world)
    content.build_assets(world)
    cases.plant_brand(world)
    crm.build_deals(world)
    cases.plant_kiosk(world)
    cases.plant_shared_mailboxes(world)
    cases.plant_second_records(world)
    crm.fill_leads(world)
    crm.build_lifecycles(world)
    crm.fill_accounts(world)
    cases.plant_padded_sqls(world)
    cases.plant_record_cases(world)
    campaigns.build_campaigns(world)
    campaigns.attach_leads(world)
    campaigns.build_members(world)
    crm.build_activities(world)
    content.build_shares(world)
    content.build_questions(world)
    web = build_web(world)
    tables = build_tables(world, web, mails.build_mails(world))
    cookie_ids = web.cookie_ids.astype(str).tolist()
    return Company(plan, tables, build_truth(world, web, tables), world, cookie_ids)


def write(company: Company, out: Path) -> None:
    """Deliver a landing folder with the truth in `_truth`; an earlier delivery in the same folder is replaced."""
    clear(out)
    write_landing(company.tables, out, redeliver=company.plan.has("redeliveries"))
    write_truth(company.truth, company.plan.as_of, out)
