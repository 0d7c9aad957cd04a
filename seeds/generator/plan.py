"""What a generated company looks like: sizes, months, seed and the cases to plant.

Nothing is generated here. A plan is frozen and says everything: the same plan gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from seeds.generator import clock

# Every planted peculiarity by name, so that a plan can leave one out and a test can tell what it changes.
CASES = (
    "bots",  # crawlers' visits
    "brand",  # a brand campaign whose people buy about two years later
    "deleted_records",  # deleted leads and deals
    "duplicate_leads",  # the same e-mail twice
    "free_mail",  # people who only gave a private address
    "internal_visits",  # employees reading their own site
    "kiosk",  # one cookie that identified many people
    "late_contact_roles",  # roles added after the deal was created or closed
    "merged_records",  # merged-away leads and accounts that point to MasterRecordId
    "moved_creators",  # users who changed teams since
    "odd_values",  # amounts blank, zero, one cent, negative; blank types; a renewal of nothing
    "orphan_deals",  # deals with no lead or contact at all
    "overwritten_sources",  # lead sources edited or blanked at conversion
    "pushed_deals",  # close dates pushed; deals created at a quarter's end and lost
    "redeliveries",  # records delivered again with a later SystemModstamp
    "reopened_deals",  # closed, opened and closed again
    "session_splits",  # channel changes and direct views inside a session
    "shared_mailboxes",  # info@ and sales@
    "short_ids",  # 15-character forms of the same ids
)


@dataclass(frozen=True)
class CompanyPlan:
    """Sizes are targets that the result meets within a few per cent; `leads` counts rows, deleted ones included."""

    name: str = "Halyard Systems"
    domain: str = "halyard.example"
    seed: int = 7
    first_month: str = "2024-01"
    months: int = 30
    leads: int = 4_000
    accounts: int = 350
    opportunities: int = 600
    page_views: int = 60_000
    cases: tuple[str, ...] = CASES
    # Months in which junk traffic is bought: sessions +60 % from one source while leads fall by 30 %.
    bought_traffic_months: tuple[str, ...] = ("2025-04",)
    # Months in which SQLs are padded: `padded_sqls` leads become SQL, half of them refused or never worked.
    padded_sql_months: tuple[str, ...] = ("2025-09",)
    padded_sqls: int = 100
    # Months in which machines that call themselves browsers come: sessions +60 %, a new browser each, from nowhere.
    bot_visit_months: tuple[str, ...] = ()
    # Whether a mail tool reports who opened and clicked the weekly newsletter.
    mails: bool = False
    # Months in which machines open the mails too: twice as many opens, the clicks as ever.
    padded_open_months: tuple[str, ...] = ()
    # False delivers the users as they were before anyone changed teams: the earlier of two nights.
    moves_applied: bool = True

    def __post_init__(self) -> None:
        """Refuse a plan that can't be met, naming the field."""
        unknown = sorted(set(self.cases) - set(CASES))
        if unknown:
            raise ValueError(f"cases: unknown {', '.join(unknown)}; known are {', '.join(CASES)}")
        if self.months < 3:
            raise ValueError(f"months: {self.months} is too short for a lead to become a deal; give at least 3")
        if min(self.leads, self.accounts, self.opportunities, self.page_views) < 1:
            raise ValueError("leads, accounts, opportunities and page_views must be at least 1")
        if self.opportunities > self.leads:
            raise ValueError(f"opportunities: {self.opportunities} can't exceed leads ({self.leads})")
        known = set(clock.month_names(self.first_month, self.months))
        if self.padded_open_months and not self.mails:
            raise ValueError("padded_open_months: nothing is opened without mails")
        for field in ("bought_traffic_months", "padded_sql_months", "bot_visit_months", "padded_open_months"):
            outside = [month for month in getattr(self, field) if month not in known]
            if outside:
                raise ValueError(f"{field}: {', '.join(outside)} is not among the company's months")

    @property
    def start(self) -> int:
        """First second, as epoch seconds UTC."""
        return clock.month_start(self.first_month)

    @property
    def end(self) -> int:
        """Last second, as epoch seconds UTC: nothing happens later."""
        return clock.month_start(self.first_month, self.months) - 1

    @property
    def as_of(self) -> str:
        """The last day, `YYYY-MM-DD`."""
        return clock.day(self.end)

    @property
    def size(self) -> float:
        """How many times the standard company this one is; small planted numbers scale by it."""
        return self.leads / 4_000

    def has(self, case: str) -> bool:
        """Whether this case is planted."""
        return case in self.cases

    def scaled(self, factor: float, page_views: int | None = None) -> CompanyPlan:
        """The same company `factor` times as large; `page_views` overrides the scaled number."""
        return replace(
            self,
            leads=max(1, round(self.leads * factor)),
            accounts=max(1, round(self.accounts * factor)),
            opportunities=max(1, round(self.opportunities * factor)),
            page_views=page_views or max(1, round(self.page_views * factor)),
            padded_sqls=max(2, round(self.padded_sqls * factor)),
        )


def small_plan(seed: int, *, bought_traffic: bool = False, padded_sqls: bool = False) -> CompanyPlan:
    """A small company of 18 months; the planted month wanders with the seed so that no test learns a date."""
    months = clock.month_names("2024-07", 18)
    return CompanyPlan(
        name=f"Company {seed}",
        domain=f"company{seed}.example",
        seed=seed,
        first_month=months[0],
        months=len(months),
        leads=600,
        accounts=60,
        opportunities=100,
        page_views=9_000,
        bought_traffic_months=(months[8 + seed % 7],) if bought_traffic else (),
        padded_sql_months=(months[8 + (seed // 7) % 7],) if padded_sqls else (),
        padded_sqls=30,
    )
