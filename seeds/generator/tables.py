"""From the world to the exports' tables: columns by name, values as the systems write them.

Which file format and which spelling of the names a table gets is decided in `write`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from seeds.generator import ads, campaigns, clock, content, crm, currencies, finance, planning
from seeds.generator.clock import DAY, HOUR, day, stamp
from seeds.generator.ids import hex_ids
from seeds.generator.mails import CLICKED, MailEvent, opens_per_month
from seeds.generator.web import BOT, INTERNAL, Web
from seeds.generator.world import Contact, Lead, User, World


def money(cents: int | None) -> str | None:
    """Cents as a decimal: 12.30; blank stays blank."""
    if cents is None:
        return None
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def table(columns: str, rows: Iterable[tuple]) -> pa.Table:
    """A table from rows; `columns` are names separated by blanks."""
    names = columns.split()
    data = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table(
        {
            name: pa.array(list(values), None if values else pa.string())
            for name, values in zip(names, data, strict=True)
        }
    )


def build_tables(world: World, web: Web, mails: list[MailEvent]) -> dict[tuple[str, str], pa.Table]:
    """Every object of every source."""
    out: dict[tuple[str, str], pa.Table] = {}
    for name, made in (
        ("User", _users(world)),
        ("Lead", _leads(world)),
        ("Account", _accounts(world)),
        ("Contact", _contacts(world)),
        ("Opportunity", _opportunities(world)),
        ("LeadHistory", _lead_history(world)),
        ("OpportunityHistory", _opportunity_history(world)),
        ("OpportunityFieldHistory", _opportunity_field_history(world)),
        ("OpportunityContactRole", _contact_roles(world)),
        ("Campaign", _campaigns(world)),
        ("CampaignMember", _members(world)),
        ("Task", _tasks(world)),
        ("Event", _events(world)),
        ("CurrencyType", _currency_types(world)),
        ("DatedConversionRate", _dated_rates(world)),
    ):
        out["salesforce", name] = made
    out["segment", "pages"] = web.pages
    out["segment", "identifies"] = _identifies(world, web)
    out["segment", "tracks"] = _tracks(world, web, mails)
    first_day = np.datetime64(world.plan.first_month, "D")
    for network, spend in ads.build_spend(world, visits_per_day(world, web, first_day), first_day).items():
        cost = pa.array([money(cents) for cents in spend["cost"].to_pylist()])
        out[network, "daily_spend"] = spend.set_column(spend.schema.get_field_index("cost"), "cost", cost)
    out["content", "assets"] = _assets(world)
    out["content", "shares"] = _shares(world)
    out["content", "feedback"] = _feedback(world)
    out["content", "questions"] = _questions(world)
    out["planning", "targets"] = _targets(world, web, mails)
    out["planning", "portfolios"] = _portfolios(world)
    out["planning", "brand_activities"] = _brand_activities(world)
    out["finance", "invoices"] = _invoices(world)
    return out


# --- salesforce ------------------------------------------------------------------------------------------------------


def _users(world: World) -> pa.Table:
    departments = sorted(world.by_department)
    profiles = {name: world.new_id("Profile") for name in departments}
    roles = {name: world.new_id("UserRole") for name in departments}
    rows = []
    for user in world.users:
        moved = user.moved_at is not None and world.plan.moves_applied
        department = user.department if moved or user.moved_at is None else user.department_before
        title = user.title if moved or user.moved_at is None else user.title_before
        modified = user.moved_at if moved else user.created
        manager = user.manager.id if user.manager else None
        rows.append(
            (
                user.id,
                user.name,
                user.email,
                user.email,
                department,
                title,
                profiles[department],
                roles[department],
                manager,
                user.active,
                stamp(user.created),
                stamp(modified),
                stamp(modified),
            )
        )
    return table(
        "Id Name Email Username Department Title ProfileId UserRoleId ManagerId IsActive CreatedDate LastModifiedDate "
        "SystemModstamp",
        rows,
    )


def _leads(world: World) -> pa.Table:
    rows = [
        (
            lead.id,
            lead.email,
            lead.human.first,
            lead.human.last,
            lead.human.name,
            lead.company or None,
            lead.human.title,
            lead.human.firm.website if lead.company == lead.human.firm.name and not lead.human.shared_mailbox else None,
            lead.human.firm.industry,
            lead.country,
            lead.source,
            lead.status,
            lead.owner.id,
            lead.creator.id,
            stamp(lead.created),
            lead.converted_at is not None,
            day(lead.converted_at),
            lead.account.id if lead.account else None,
            lead.contact.id if lead.contact else None,
            lead.deal.id if lead.deal else None,
            lead.master.id if lead.master else None,
            lead.deleted,
            stamp(lead.modified),
            stamp(lead.modified),
            "web" if lead.method == "form" else None,
        )
        for lead in world.leads
    ]
    return table(
        "Id Email FirstName LastName Name Company Title Website Industry Country LeadSource Status OwnerId CreatedById "
        "CreatedDate IsConverted ConvertedDate ConvertedAccountId ConvertedContactId ConvertedOpportunityId "
        "MasterRecordId IsDeleted LastModifiedDate SystemModstamp Form__c",
        rows,
    )


def _accounts(world: World) -> pa.Table:
    rows = [
        (
            account.id,
            account.name,
            account.firm.website,
            account.firm.industry,
            account.kind,
            account.firm.employees,
            account.firm.country,
            account.parent.id if account.parent else None,
            account.owner.id,
            account.creator.id,
            stamp(account.created),
            account.master.id if account.master else None,
            account.deleted,
            stamp(account.created),
            stamp(account.created),
        )
        for account in world.accounts
    ]
    return table(
        "Id Name Website Industry Type NumberOfEmployees BillingCountry ParentId OwnerId CreatedById CreatedDate "
        "MasterRecordId IsDeleted LastModifiedDate SystemModstamp",
        rows,
    )


def _contacts(world: World) -> pa.Table:
    rows = [
        (
            contact.id,
            contact.account.id,
            contact.email,
            contact.human.first,
            contact.human.last,
            contact.human.name,
            contact.human.title,
            contact.source,
            contact.owner.id,
            contact.creator.id,
            stamp(contact.created),
            None,
            False,
            stamp(contact.created),
            stamp(contact.created),
        )
        for contact in world.contacts
    ]
    return table(
        "Id AccountId Email FirstName LastName Name Title LeadSource OwnerId CreatedById CreatedDate MasterRecordId "
        "IsDeleted LastModifiedDate SystemModstamp",
        rows,
    )


def _opportunities(world: World) -> pa.Table:
    rows = []
    for deal in world.deals:
        modified = max([deal.history[-1][0], *(change[0] for change in deal.changes)])
        primary = next((role.contact.id for role in deal.roles if role.primary), None)
        rows.append(
            (
                deal.id,
                deal.account.id,
                deal.name,
                deal.stage,
                deal.type,
                money(deal.amount),
                deal.currency,
                str(crm.PROBABILITY[deal.stage]),
                crm.FORECAST[deal.stage],
                deal.closed,
                deal.won,
                day(deal.closing),
                deal.source,
                deal.campaign.id if deal.campaign else None,
                primary,
                deal.owner.id,
                deal.creator.id,
                stamp(deal.created),
                deal.deleted,
                stamp(modified),
                stamp(modified),
            )
        )
    return table(
        "Id AccountId Name StageName Type Amount CurrencyIsoCode Probability ForecastCategory IsClosed IsWon CloseDate "
        "LeadSource CampaignId ContactId OwnerId CreatedById CreatedDate IsDeleted LastModifiedDate SystemModstamp",
        rows,
    )


def _lead_history(world: World) -> pa.Table:
    changes = [
        (moment, lead.id, name, old, new, user) for lead in world.leads for moment, name, old, new, user in lead.history
    ]
    changes.sort(key=lambda row: (row[0], row[1]))
    made = table(
        "Id LeadId Field OldValue NewValue CreatedById CreatedDate IsDeleted",
        (
            (world.new_id("LeadHistory"), lead, name, old, new, user.id, moment * 1000, False)
            for moment, lead, name, old, new, user in changes
        ),
    )
    # Parquet carries its own types: a moment with its zone.
    moments = made["CreatedDate"].cast(pa.timestamp("ms", "UTC"))
    return made.set_column(made.schema.get_field_index("CreatedDate"), "CreatedDate", moments)


def _opportunity_history(world: World) -> pa.Table:
    rows = [(row[0], deal, number, row) for deal in world.deals for number, row in enumerate(deal.history)]
    rows.sort(key=lambda item: (item[0], item[1].id, item[2]))
    return table(
        "Id OpportunityId StageName Amount CurrencyIsoCode Probability ForecastCategory CloseDate CreatedById "
        "CreatedDate IsDeleted SystemModstamp",
        (
            (
                world.new_id("OpportunityHistory"),
                deal.id,
                stage,
                money(amount),
                deal.currency,
                str(crm.PROBABILITY[stage]),
                crm.FORECAST[stage],
                day(closing),
                user.id,
                stamp(moment),
                False,
                stamp(moment),
            )
            for moment, deal, _, (_, stage, amount, closing, user) in rows
        ),
    )


def _opportunity_field_history(world: World) -> pa.Table:
    rows: list[tuple[int, str, str, str | None, str | None, User]] = []
    for deal in world.deals:
        rows.append((deal.created, deal.id, "created", None, None, deal.creator))
        for before, after in zip(deal.history, deal.history[1:], strict=False):
            if before[1] != after[1]:
                rows.append((after[0], deal.id, "StageName", before[1], after[1], after[4]))
        rows += [(moment, deal.id, name, old, new, user) for moment, name, old, new, user in deal.changes]
    rows.sort(key=lambda row: row[:3])
    return table(
        "Id OpportunityId Field OldValue NewValue CreatedById CreatedDate IsDeleted",
        (
            (world.new_id("OpportunityFieldHistory"), deal, name, old, new, user.id, stamp(moment), False)
            for moment, deal, name, old, new, user in rows
        ),
    )


def _contact_roles(world: World) -> pa.Table:
    return table(
        "Id OpportunityId ContactId Role IsPrimary CreatedById CreatedDate IsDeleted LastModifiedDate SystemModstamp",
        (
            (
                role.id,
                deal.id,
                role.contact.id,
                role.role,
                role.primary,
                role.creator.id,
                stamp(role.created),
                False,
                stamp(role.created),
                stamp(role.created),
            )
            for deal in world.deals
            for role in deal.roles
        ),
    )


def _campaigns(world: World) -> pa.Table:
    return table(
        "Id Name Type Status BudgetedCost ActualCost CurrencyIsoCode StartDate EndDate IsActive ParentId OwnerId "
        "CreatedById CreatedDate IsDeleted LastModifiedDate SystemModstamp",
        (
            (
                one.id,
                one.name,
                one.type,
                "Completed" if one.end <= world.end else "In Progress",
                money(one.budget),
                money(one.cost),
                currencies.CORPORATE,
                day(one.start),
                day(one.end),
                one.end > world.end,
                one.parent.id if one.parent else None,
                one.owner.id,
                one.owner.id,
                stamp(one.start - 20 * DAY),
                False,
                stamp(min(one.end, world.end)),
                stamp(min(one.end, world.end)),
            )
            for one in world.campaigns
        ),
    )


def _short(world: World, value: str | None, draw: float, share: float) -> str | None:
    """The 15-character form for a share of the values."""
    return value[:15] if value and world.plan.has("short_ids") and draw < share else value


def _members(world: World) -> pa.Table:
    rng = world.rng("member ids")
    return table(
        "Id CampaignId LeadId ContactId Status HasResponded FirstRespondedDate CreatedById CreatedDate IsDeleted "
        "LastModifiedDate SystemModstamp",
        (
            (
                id_,
                campaign.id,
                _short(world, lead.id, rng.random(), 0.3),
                contact.id if contact else None,
                status,
                status in campaigns.RESPONDED,
                day(responded),
                creator.id,
                stamp(created),
                False,
                stamp(max(created, responded or 0)),
                stamp(max(created, responded or 0)),
            )
            for id_, campaign, lead, contact, status, responded, creator, created in world.members
        ),
    )


def _tasks(world: World) -> pa.Table:
    rng = world.rng("task ids")
    rows = []
    for id_, who, deal, owner, kind, moment in sorted(world.tasks, key=lambda row: (row[5], row[0])):
        kept: Lead | Contact | None = who
        if isinstance(who, Lead) and who.contact and rng.random() < 0.6:
            kept = who.contact  # Salesforce moves a lead's tasks to the contact; some tools keep the lead
        who_id = _short(world, kept.id if kept else None, rng.random(), 0.2)
        account = who.account.id if isinstance(who, Lead) and who.account else None
        rows.append(
            (
                id_,
                who_id,
                deal.id if deal else account,
                owner.id,
                f"{kind}: {'follow up' if deal else 'first contact'}",
                kind if kind != "Task" else "Other",
                kind,
                "Outbound" if kind == "Call" else None,
                "Completed",
                True,
                day(moment),
                stamp(moment),
                owner.id,
                stamp(moment),
                False,
                stamp(moment),
                stamp(moment),
            )
        )
    return table(
        "Id WhoId WhatId OwnerId Subject Type TaskSubtype CallType Status IsClosed ActivityDate CompletedDateTime "
        "CreatedById CreatedDate IsDeleted LastModifiedDate SystemModstamp",
        rows,
    )


def _events(world: World) -> pa.Table:
    rng = world.rng("event times")
    rows = []
    for id_, contact, deal, owner, moment in sorted(world.events, key=lambda row: (row[4], row[0])):
        created = max(deal.created, moment - rng.randint(1, 6) * DAY)
        rows.append(
            (
                id_,
                contact.id if contact else None,
                deal.id,
                owner.id,
                "Meeting",
                "Meeting",
                "Event",
                stamp(moment),
                stamp(moment),
                stamp(moment + HOUR),
                day(moment),
                owner.id,
                stamp(min(created, moment)),
                False,
                stamp(moment),
                stamp(moment),
            )
        )
    return table(
        "Id WhoId WhatId OwnerId Subject Type EventSubtype StartDateTime ActivityDateTime EndDateTime ActivityDate "
        "CreatedById CreatedDate IsDeleted LastModifiedDate SystemModstamp",
        rows,
    )


def _currency_types(world: World) -> pa.Table:
    return table(
        "Id IsoCode ConversionRate IsCorporate IsActive DecimalPlaces LastModifiedDate SystemModstamp",
        (
            (
                world.new_id("CurrencyType"),
                currency,
                currencies.static_rate(world, currency),
                currency == currencies.CORPORATE,
                True,
                2,
                stamp(world.start),
                stamp(world.start),
            )
            for currency in (currencies.CORPORATE, *world.rates)
        ),
    )


def _dated_rates(world: World) -> pa.Table:
    months = clock.month_names(world.plan.first_month, world.plan.months + 1)
    rows = []
    for currency, rates in world.rates.items():
        for number, rate in enumerate(rates):
            begin = clock.month_start(months[number])
            until = "9999-12-31" if number == len(rates) - 1 else f"{months[number + 1]}-01"
            rows.append(
                (world.new_id("DatedConversionRate"), currency, day(begin), until, rate, stamp(begin), stamp(begin))
            )
    for_corporate = (
        world.new_id("DatedConversionRate"),
        currencies.CORPORATE,
        f"{months[0]}-01",
        "9999-12-31",
        "1.000000",
    )
    rows.append((*for_corporate, stamp(world.start), stamp(world.start)))
    return table("Id IsoCode StartDate NextStartDate ConversionRate LastModifiedDate SystemModstamp", rows)


# --- web -------------------------------------------------------------------------------------------------------------


def _milliseconds(moment: int) -> str:
    """A moment as a web warehouse exports it: 2024-01-02 03:04:05.678."""
    return f"{stamp(moment // 1000)[:19].replace('T', ' ')}.{moment % 1000:03d}"


def _identifies(world: World, web: Web) -> pa.Table:
    rows = sorted(web.identifies, key=lambda row: (row[1], row[0], row[2]))
    ids = hex_ids(world.np_rng("identify ids"), len(rows)).astype("U24").tolist()
    return table(
        "id anonymous_id user_id email timestamp",
        (
            (id_, web.cookie_ids[cookie].decode(), user, email, _milliseconds(moment))
            for id_, (cookie, moment, user, email) in zip(ids, rows, strict=True)
        ),
    )


def _tracks(world: World, web: Web, mails: list[MailEvent]) -> pa.Table:
    rows = sorted(web.tracks, key=lambda row: (row[1], row[0], row[2]))
    ids = hex_ids(world.np_rng("track ids"), len(rows)).astype("U24").tolist()
    site = web.site
    forms = (
        (
            id_,
            web.cookie_ids[cookie].decode(),
            user,
            "form_submitted",
            "Form Submitted",
            _milliseconds(moment),
            f"{site.origin}{site.paths[page]}",
        )
        for id_, (cookie, moment, user, page, _) in zip(ids, rows, strict=True)
    )
    # A mail program has no cookie: the mail tool tells the address.
    mail_ids = hex_ids(world.np_rng("mail ids"), len(mails)).astype("U24").tolist()
    letters = (
        (
            id_,
            None,
            event.human.email,
            event.name.lower().replace(" ", "_"),
            event.name,
            _milliseconds(event.moment),
            f"{site.origin}/?utm_source=newsletter&utm_medium=email" if event.name == CLICKED else None,
        )
        for id_, event in zip(mail_ids, mails, strict=True)
    )
    return table("id anonymous_id user_id event event_text timestamp context_page_url", (*forms, *letters))


def visits_per_day(world: World, web: Web, first_day: np.datetime64) -> dict[str, np.ndarray]:
    """Sessions per paid campaign and day."""
    days = (web.sessions.start.astype("datetime64[ms]").astype("datetime64[D]") - first_day).astype(np.int64)
    length = int((world.end - world.start) // DAY) + 2
    return {
        name: np.bincount(days[web.sessions.traffic == number], minlength=length)
        for name, number in web.site.by_campaign.items()
    }


def visits_per_month(web: Web) -> dict[str, int]:
    """Sessions per month, without bots and employees, bought ones included."""
    people = ~np.isin(web.sessions.audience, (BOT, INTERNAL))
    months = web.sessions.start[people].astype("datetime64[ms]").astype("datetime64[M]")
    names, counts = np.unique(months, return_counts=True)
    return dict(zip(names.astype(str).tolist(), counts.tolist(), strict=True))


# --- content, planning, finance --------------------------------------------------------------------------------------


def _assets(world: World) -> pa.Table:
    webinar_of = content.webinar_campaigns(world)
    return table(
        "asset_id title type topic persona author url_path campaigns status published_at planned_at stage requested_by "
        "first_planned_at",
        (
            (
                one.id,
                one.title,
                one.type,
                one.topic,
                one.persona,
                one.author,
                one.path,
                webinar_of.get(one.id),
                "published" if one.published is not None else "in_development",
                stamp(one.published),
                stamp(one.planned),
                one.stage,
                one.requested_by.email if one.requested_by else None,
                stamp(one.first_planned),
            )
            for one in world.assets
        ),
    )


def _shares(world: World) -> pa.Table:
    rows = sorted(world.shares, key=lambda row: (row[4], row[2].id, row[0].id))
    return table(
        "share_id asset_id user_email contact_email opportunity_id shared_at",
        (
            (f"share-{number + 1:05d}", asset.id, user.email, contact.email, deal.id if deal else None, stamp(moment))
            for number, (asset, user, contact, deal, moment) in enumerate(rows)
        ),
    )


def _feedback(world: World) -> pa.Table:
    return table(
        "asset_id user_email given_at rating comment",
        (
            (asset.id, user.email, stamp(moment), str(rating), comment or None)
            for asset, user, moment, rating, comment in world.feedback
        ),
    )


def _questions(world: World) -> pa.Table:
    return table(
        "question_id user_email asked_at question topic persona asset_id answered_at",
        (
            (
                question_id,
                user.email,
                stamp(asked),
                words,
                topic,
                persona,
                answer.id if answer else None,
                stamp(answered),
            )
            for question_id, user, asked, words, topic, persona, answer, answered in world.questions
        ),
    )


def _targets(world: World, web: Web, mails: list[MailEvent]) -> pa.Table:
    targets = planning.build_targets(world, visits_per_month(web), opens_per_month(mails))
    return table(
        "metric period_start period_end target owner_email bonus_amount",
        (
            (metric, day(begin), day(finish), str(target), owner.email, f"{bonus}.00")
            for metric, begin, finish, target, owner, bonus in targets
        ),
    )


def _portfolios(world: World) -> pa.Table:
    rows = planning.build_portfolios(world)
    world.planted["portfolios"] = rows
    return table(
        "account_id owner_email team valid_from valid_to",
        ((account.id, user.email, team, day(begin), day(finish)) for account, user, team, begin, finish in rows),
    )


def _brand_activities(world: World) -> pa.Table:
    return table(
        "activity_id name channel campaign start_date end_date cost currency",
        (
            (id_, name, channel, campaign, day(begin), day(finish), money(cost), currency)
            for id_, name, channel, campaign, begin, finish, cost, currency in planning.build_brand_activities(world)
        ),
    )


def _invoices(world: World) -> pa.Table:
    rows = finance.build_invoices(world)
    world.planted["invoices"] = rows
    return table(
        "invoice_id account_id opportunity_id invoiced_at amount currency",
        (
            (number, account.id, deal.id, stamp(moment), money(cents), currency)
            for number, account, deal, moment, cents, currency in rows
        ),
    )
