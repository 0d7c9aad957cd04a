"""The reference tables: their files, columns, allowed values and keys, and the business settings with their defaults.

Declarations only: reading and checking the files is `validate.py`, writing them to the warehouse is `loader.py`.
A new table, column or setting is one entry here.
"""

from __future__ import annotations

from dataclasses import dataclass

from dagster_project.landing.catalog import catalog
from dagster_project.reference import kinds
from dagster_project.reference.kinds import Kind, Value

TEAMS = ("marketing", "sales", "partner", "service", "system")
# Instead of a team: that of the user who did it.
BY_USER = "user"
MATCH_FIELDS = ("id", "email", "department", "title", "profile_id", "user_role_id")
STAGES = ("inquiry", "mql", "sal", "sql", "opportunity", "rejected", "recycled", "disqualified", "converted")
REASON_CLASSES = ("procedural", "clerical", "definitional", "timing", "other")
METHODS = ("positions", "last_non_direct", "time_decay", "markov", "shapley", "shapley_rate")
POSITION_COLUMNS = ("first_touch", "lead_creation", "opportunity_creation", "close", "middle")
LOOKBACK_ANCHORS = ("opportunity_created", "close")
OPPORTUNITY_TYPES = ("new_business", "expansion", "upsell", "renewal")
# The sources that can land: a row about another one could never match, so it is a slip of the pen.
SOURCE_SYSTEMS = tuple(source.name for source in catalog().sources)
CONSENTS = ("given", "refused", "not_told")
BUYING_GROUP_SCOPES = ("account", "contact_roles", "primary_role")


@dataclass(frozen=True)
class Column:
    """A column of a file. A column that isn't required may be missing from the file; its cells may always be blank."""

    name: str
    kind: Kind
    meaning: str
    required: bool = True
    # What a blank cell stands for.
    default: Value | None = None


@dataclass(frozen=True)
class Table:
    """A reference table: `<name>.csv`.

    No two rows may agree on `key`, in upper or lower case, because they would contradict each other. With `is_list` a
    repeated row says nothing new and is dropped. With `is_ordered` the rows' order matters and is stored as `position`.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    is_list: bool = False
    is_ordered: bool = False

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True)
class Setting:
    """A business setting: a row of `settings.csv`. Without the row, or with a blank value, the default holds."""

    key: str
    kind: Kind
    default: Value | None
    meaning: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "reporting_currency", kinds.currency(), "USD", "The currency of every amount in the marts, an ISO 4217 code."
    ),
    Setting(
        "timezone",
        kinds.timezone(),
        "UTC",
        "The company's timezone, an IANA name: where days, weeks and months begin, and when the night is.",
    ),
    # Brand works over years: a window that nobody chose would hide the touches that started it.
    Setting(
        "lookback_days",
        kinds.integer(minimum=0),
        0,
        "Days before the anchor that a touch may lie to earn credit; 0 for any.",
    ),
    Setting(
        "lookback_anchor",
        kinds.one_of("anchor", LOOKBACK_ANCHORS),
        "opportunity_created",
        "The moment that lookback_days counts back from: opportunity_created or close.",
    ),
    # The web's convention since the first analytics tools; a shorter one splits a long read, a longer one joins visits.
    Setting("session_timeout_minutes", kinds.integer(minimum=1), 30, "Minutes without a page view that end a visit."),
    Setting(
        "buying_group_scope",
        kinds.one_of("scope", BUYING_GROUP_SCOPES),
        "account",
        "Whose touches belong to a deal: everyone of its account, those with a contact role, or the primary role.",
    ),
    Setting(
        "mql_response_sla_hours", kinds.integer(minimum=1), 24, "Hours that sales has for its first action on an MQL."
    ),
    # Two: a couple on one laptop is plausible, three identities on one cookie are a shared machine.
    Setting(
        "anonymous_id_max_people",
        kinds.integer(minimum=1),
        2,
        "A cookie that identified more people than this joins nobody.",
    ),
    # Ten: office, phone, tablet, home and their private windows; more on one day are as many visitors. A lower bound
    # loses the visits of a user with many devices, a higher one lets a constant of a small site through.
    Setting(
        "key_max_browsers",
        kinds.integer(minimum=1),
        10,
        "A user id or address of more browsers than this on one day, or ten times as many in all, joins nobody.",
    ),
    # Fifty: people who merge duplicates do so three at a time and may do it often. A constant in the column names
    # hundreds. A lower bound splits people who were really merged, a higher one lets a small constant through.
    Setting(
        "merge_max_records",
        kinds.integer(minimum=1),
        50,
        "A surviving record that more records than this were merged into joins none of them.",
    ),
    # Ten: someone who fills ten forms before sales converts the first is rare, and each lead is converted by hand.
    Setting(
        "conversion_max_leads",
        kinds.integer(minimum=1),
        10,
        "A contact that more leads than this were converted into joins none of them.",
    ),
    # A hundred: forms that never look for duplicates give one human dozens of leads. What is above is a constant.
    Setting(
        "email_max_records",
        kinds.integer(minimum=1),
        100,
        "An e-mail address on more leads and contacts than this joins none of them.",
    ),
    # Two: a second name or company on one address is a marriage, a typing error or a move; a third is a third human.
    Setting(
        "key_max_names",
        kinds.integer(minimum=1),
        2,
        "An address, conversion or merge over more surnames or companies than this joins nobody.",
    ),
    # Two: a company has a second domain of another name after a merger; more unrelated ones belong to strangers.
    Setting(
        "company_name_max_domains",
        kinds.integer(minimum=1),
        2,
        "A company name on leads of more unrelated e-mail domains than this places nobody at an account.",
    ),
    # Fifteen: form tools and enrichment write within seconds or in batches of five or ten minutes; a human who fills in
    # the source by hand does so when reading the lead. A longer window takes people's edits for the form's own words.
    Setting(
        "source_fill_minutes",
        kinds.integer(minimum=0),
        15,
        "Minutes after a record's creation in which a blank source may still be filled in as its first one.",
    ),
    Setting(
        "half_life_days",
        kinds.positive_number(),
        7.0,
        "time_decay: days that halve a touch's weight, where the model doesn't say.",
    ),
    # Blank by default, because a company may disable any model.
    Setting(
        "report_model",
        kinds.model_name(),
        None,
        "The enabled model of reports that show only one; blank: linear, or the first enabled one where linear is off.",
    ),
    Setting("exclude_direct", kinds.boolean(), False, "Whether direct visits are left out of every model."),
    # Like the lookback: what was never chosen forgets nothing. A company whose market changed sets a year or two.
    Setting(
        "learning_days",
        kinds.integer(minimum=0),
        0,
        "markov, shapley, shapley_rate: how many days before AS_OF the deals closed that they learn from; 0 for any.",
    ),
    # Ten: with fewer, one opportunity is more than a tenth of all that is known, and the intervals, drawn from the same
    # few opportunities, look surer than they are. More would silence small companies whose intervals tell them the
    # same.
    Setting(
        "min_closed_journeys",
        kinds.integer(minimum=1),
        10,
        "markov, shapley, shapley_rate: closed deals with touches below which they give no credit.",
    ),
    # A thousand: the ends of a 95 % interval then lie on 25 samples each side. Fewer make the ends themselves noisy.
    Setting(
        "bootstrap_samples",
        kinds.integer(minimum=0),
        1000,
        "markov, shapley, shapley_rate: samples behind the intervals; 0 for no intervals.",
    ),
    Setting("bootstrap_seed", kinds.integer(minimum=0), 1, "Where the samples' random numbers start."),
    # Ten: below one unit in ten, what the traced units did says little of the others. Half of it spares sites of which
    # one visitor in twenty gives an address, and more padding; twice of it calls ordinary sites untraceable.
    Setting(
        "traceable_from_percent",
        kinds.integer(minimum=1),
        10,
        "Percent of a metric's units by known people below which it counts as not traceable.",
    ),
    Setting(
        "internal_email_domains",
        kinds.domains(),
        None,
        "The company's own e-mail domains, separated by commas; those of CRM users count anyway.",
    ),
    # Two that GA4 names itself: somebody signed up, or took a file along. Every event more is one more touch of a
    # visit.
    Setting(
        "touch_events",
        kinds.names(),
        "sign_up,file_download",
        "Further tracked events that count as form fills, by name, separated by commas; the usual forms are known.",
    ),
    Setting(
        "user_id_properties",
        kinds.names(),
        None,
        "GA4's user properties that hold a CRM record's id or an e-mail address, by key, separated by commas.",
    ),
    Setting(
        "consent_fields",
        kinds.consent_fields(),
        None,
        "The field of a tracker's hits that says whether the visitor consented, as in segment=field, separated by "
        "commas.",
    ),
    Setting(
        "file_formats",
        kinds.file_formats(),
        None,
        "Formats that a file doesn't tell, as in finance.invoices=decimal_comma, separated by commas.",
    ),
    Setting(
        "deletion_columns",
        kinds.names(),
        None,
        "Further columns in which a loader marks deleted records, separated by commas; the usual ones are known.",
    ),
    Setting(
        "snapshot_objects",
        kinds.landing_objects(),
        None,
        "Objects delivered whole each time, as in salesforce.Lead, separated by commas: what the newest lacks is gone.",
    ),
    Setting(
        "confirmed_deliveries",
        kinds.confirmed_deliveries(),
        None,
        "Unusual deliveries that are right all the same, as the load names them, separated by commas.",
    ),
    # Ninety: a question about a closed quarter comes within the next one. Records of longer ago are read by nobody, and
    # examples of rows that broke a promise may hold personal data, which isn't kept without a purpose.
    Setting(
        "retention_days",
        kinds.integer(minimum=0),
        90,
        "Days that finished runs with their logs, check results and data docs pages are kept; 0 for ever.",
    ),
    # Four hundred: a year's figures are asked about while the next year's are closed. Fewer save what superseded
    # records take in the build file, more let older publications be built again.
    Setting(
        "keep_publications_days",
        kinds.integer(minimum=0),
        400,
        "Days before the latest publication's AS_OF in which publications can be built again; 0 for ever.",
    ),
)

SETTINGS_BY_KEY = {setting.key: setting for setting in SETTINGS}

TABLES: tuple[Table, ...] = (
    Table(
        name="teams",
        description="One row per rule that puts a CRM user into a team; the first match in file order wins.",
        columns=(
            Column("match_field", kinds.one_of("match field", MATCH_FIELDS), "The user's field that is compared."),
            Column("match_value", kinds.text(), "The value it must have, in any case but an id's; * matches anything."),
            Column("team", kinds.one_of("team", TEAMS), "The team of the users that match."),
        ),
        is_ordered=True,
    ),
    Table(
        name="lifecycle_statuses",
        description="One row per CRM status: the life-cycle stage that it means.",
        columns=(
            Column(
                "source_system",
                kinds.one_of("source", SOURCE_SYSTEMS),
                "The source that uses the status, as its landing folder is called.",
            ),
            Column("status", kinds.text(), "The status as the CRM writes it, in any case."),
            Column("stage", kinds.one_of("stage", STAGES), "The life-cycle stage it means."),
            Column(
                "reason_class",
                kinds.one_of("reason class", REASON_CLASSES),
                "Why sales sent a lead back; blank where none is told.",
                required=False,
            ),
        ),
        key=("source_system", "status"),
    ),
    Table(
        name="channel_rules",
        description="One row per rule that names a touch's channel; the first match by priority wins.",
        columns=(
            Column(
                "priority",
                kinds.integer(minimum=0),
                "The rule's turn, lowest first. Blank cells match anything; * stands for any letters.",
            ),
            Column(
                "source",
                kinds.text(),
                "The touch's source, in any case: utm_source or the ad system; (direct) for a visit without origin.",
                required=False,
            ),
            Column(
                "medium",
                kinds.text(),
                "The touch's medium, in any case: utm_medium; (none) for a visit without origin.",
                required=False,
            ),
            Column(
                "referrer_domain", kinds.text(), "The host name of the page that led here, in any case.", required=False
            ),
            Column("campaign_type", kinds.text(), "The type of the CRM campaign, in any case.", required=False),
            Column("channel", kinds.text(), "The channel of the touches that match."),
        ),
        key=("priority",),
    ),
    Table(
        name="attribution_models",
        description="One row per attribution model: how an opportunity's amount is shared over its touches.",
        columns=(
            Column("model", kinds.model_name(), "The model's name in reports."),
            Column("method", kinds.one_of("method", METHODS), "How its weights are found."),
            Column("first_touch", kinds.percent(), "Weight of the first touch, in percent.", required=False),
            Column(
                "lead_creation",
                kinds.percent(),
                "Weight of the touch that created the lead, in percent.",
                required=False,
            ),
            Column(
                "opportunity_creation",
                kinds.percent(),
                "Weight of the touch that created the opportunity, in percent.",
                required=False,
            ),
            Column("close", kinds.percent(), "Weight of the last touch before close, in percent.", required=False),
            Column(
                "middle",
                kinds.percent(),
                "Weight of all touches without a position together, in percent.",
                required=False,
            ),
            Column(
                "half_life_days",
                kinds.positive_number(),
                "time_decay: days that halve a touch's weight; blank: the setting's.",
                required=False,
            ),
            Column(
                "lookback_days",
                kinds.integer(minimum=0),
                "Days before the anchor that a touch may lie, 0 for any; blank: the setting's.",
                required=False,
            ),
            Column(
                "lookback_anchor",
                kinds.one_of("anchor", LOOKBACK_ANCHORS),
                "The moment lookback_days counts back from; blank: the setting's.",
                required=False,
            ),
            Column(
                "include_sales_activity",
                kinds.boolean(),
                "Whether calls and meetings of sales may earn credit.",
                required=False,
                default=False,
            ),
            Column("enabled", kinds.boolean(), "Whether the model is computed.", required=False, default=True),
        ),
        key=("model",),
    ),
    Table(
        name="opportunity_types",
        description="One row per opportunity type of the CRM: the kind of revenue that it means.",
        columns=(
            Column(
                "source_system",
                kinds.one_of("source", SOURCE_SYSTEMS),
                "The source that uses the type, as its landing folder is called.",
            ),
            Column("type", kinds.text(), "The type as the CRM writes it, in any case."),
            Column(
                "opportunity_type", kinds.one_of("opportunity type", OPPORTUNITY_TYPES), "The kind of revenue it means."
            ),
        ),
        key=("source_system", "type"),
    ),
    Table(
        name="creation_sources",
        description="One row per way in which a system says that a record was made: the team whose work it is.",
        columns=(
            Column(
                "source_system",
                kinds.one_of("source", SOURCE_SYSTEMS),
                "The source that says so, as its landing folder is called.",
            ),
            Column("source", kinds.text(), "How the record was made, as the system writes it, in any case."),
            Column(
                "detail",
                kinds.text(),
                "The form, app or import, in any case; blank for all that no other row names.",
                required=False,
            ),
            Column(
                "team",
                kinds.one_of("team", (*TEAMS, BY_USER)),
                "The team whose work it is; user for that of the user who did it, by the table teams.",
            ),
        ),
        key=("source_system", "source", "detail"),
    ),
    Table(
        name="free_email_domains",
        description="One row per e-mail domain that anyone can use; it never joins a person to an account.",
        columns=(Column("domain", kinds.domain(), "The domain, without the @."),),
        is_list=True,
    ),
    Table(
        name="shared_mailboxes",
        description="One row per mailbox that many people read; its addresses never join two records into one person.",
        columns=(Column("local_part", kinds.mailbox(), "The part of the address before the @."),),
        is_list=True,
    ),
    Table(
        name="placeholder_emails",
        description="One row per address, mailbox or domain that is typed where none is known; it joins nobody.",
        columns=(
            Column(
                "value",
                kinds.placeholder_address(),
                "A whole address, the part before the @ by itself, or an @ with a domain. Digits at the end of a "
                "mailbox and dots, dashes and underscores within it don't count.",
            ),
        ),
        is_list=True,
    ),
    Table(
        name="placeholder_companies",
        description="One row per company name that stands for none; it places nobody at an account.",
        columns=(Column("value", kinds.text(), "The name; case, brackets and punctuation don't count."),),
        is_list=True,
    ),
    Table(
        name="own_domains",
        description="One row per domain of the company's own sites and apps; none refers to another.",
        columns=(Column("domain", kinds.domain(), "The domain, without www; or the package name of an app."),),
        is_list=True,
    ),
    Table(
        name="stopover_domains",
        description="One row per host where people sign in, pay or book on their way; it starts no visit.",
        columns=(Column("domain", kinds.domain(), "The host, sub-domains included."),),
        is_list=True,
    ),
    Table(
        name="consent_values",
        description="One row per value in which a tracker says whether a visitor consented: what it means.",
        columns=(
            Column(
                "source_system",
                kinds.one_of("tracker", tuple(source.name for source in catalog().sources if source.system == "web")),
                "The tracker that uses the value, as its landing folder is called.",
            ),
            Column("value", kinds.text(), "The value, in any case; blank for hits that have none.", required=False),
            Column("consent", kinds.one_of("consent", CONSENTS), "What it means."),
        ),
        key=("source_system", "value"),
    ),
    Table(
        name="sealed_months",
        description="One row per month whose figures are sealed: later changes are shown beside them.",
        columns=(
            Column("month", kinds.month(), "The month, as in 2026-01."),
            Column(
                "sealed_at",
                kinds.moment(),
                "When it was sealed, UTC: the last publication as of then says what the figures are.",
            ),
        ),
        key=("month",),
    ),
    Table(
        name="erasures",
        description="One row per person to forget; the warehouse holds the request and never the person.",
        columns=(
            Column("person", kinds.text(), "An e-mail address or an id of the person. Blank in the warehouse."),
            Column("requested_at", kinds.moment(), "When the person asked to be forgotten, UTC."),
        ),
        key=("person",),
    ),
    Table(
        name="settings",
        description="One row per business setting.",
        columns=(
            Column("key", kinds.one_of("setting", tuple(SETTINGS_BY_KEY)), "The setting's name."),
            Column("value", kinds.text(), "Its value; blank for the default.", required=False),
        ),
        key=("key",),
    ),
)

TABLES_BY_NAME = {table.name: table for table in TABLES}
