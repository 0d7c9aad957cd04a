"""HubSpot's kinds of records: which properties are asked for, which histories, and what they are associated with.

`needed` properties stop the pull when the account has none of that name: a number depends on them. Of the dates at
which a stage was entered all are asked for, whatever the account calls its stages.
"""

from __future__ import annotations

from dataclasses import dataclass

_STAGE_DATES = ("hs_lifecyclestage_", "hs_v2_date_entered_", "hs_date_entered_")


@dataclass(frozen=True)
class Kind:
    """A kind of record: its names, its columns, and when it was changed."""

    landing_name: str
    api_name: str
    description: str
    needed: tuple[str, ...]
    others: tuple[str, ...]
    history: tuple[str, ...] = ()
    associations: tuple[str, ...] = ()
    modified: str = "hs_lastmodifieddate"

    @property
    def properties(self) -> tuple[str, ...]:
        """All that are asked for by name."""
        return (*self.needed, *self.others)

    def wanted(self, known: set[str]) -> list[str]:
        """What is asked for of an account that has these properties."""
        return [name for name in sorted(known) if name in self.properties or name.startswith(_STAGE_DATES)]


_CREATION = (
    *("hs_object_source", "hs_object_source_label", "hs_object_source_id", "hs_object_source_user_id"),
    *("hs_object_source_detail_1", "hs_object_source_detail_2", "hs_object_source_detail_3", "hs_created_by_user_id"),
)
_SOURCES = ("hs_analytics_source", "hs_analytics_source_data_1", "hs_analytics_source_data_2")
_ENGAGEMENT = (
    "hs_createdate",
    "hs_lastmodifieddate",
    "hubspot_owner_id",
    "hs_created_by_user_id",
    "hs_modified_by",
    "hs_object_source",
)
_ASSOCIATED = ("contacts", "companies", "deals")


def _engagement(name: str, description: str, *others: str) -> Kind:
    return Kind(
        f"engagement_{name}",
        name,
        description,
        ("hs_timestamp",),
        (*_ENGAGEMENT, *others),
        associations=_ASSOCIATED,
    )


RECORDS = (
    Kind(
        "contacts",
        "contacts",
        "Contacts with the history of their stages.",
        ("email", "createdate", "lastmodifieddate", "lifecyclestage"),
        (
            *("firstname", "lastname", "jobtitle", "company", "website", "country", "associatedcompanyid"),
            *(
                "hs_lead_status",
                "hubspot_owner_id",
                "hubspot_team_id",
                "hubspot_owner_assigneddate",
                "hs_all_owner_ids",
            ),
            *("hs_merged_object_ids", "hs_additional_emails", "hs_was_imported", *_CREATION, *_SOURCES),
            *("hs_analytics_first_timestamp", "hs_latest_source", "hs_latest_source_timestamp", "hs_google_click_id"),
            *("hs_facebook_click_id", "first_conversion_date", "first_conversion_event_name", "recent_conversion_date"),
            *("recent_conversion_event_name", "num_conversion_events", "hs_legal_basis", "hs_email_optout"),
            *("salesforceleadid", "salesforcecontactid"),
        ),
        history=("lifecyclestage", "hs_lead_status", "hubspot_owner_id", "email", "hs_analytics_source", "createdate"),
        associations=("companies",),
        modified="lastmodifieddate",
    ),
    Kind(
        "companies",
        "companies",
        "Companies.",
        ("name", "domain", "createdate", "hs_lastmodifieddate"),
        (
            *("hs_additional_domains", "website", "industry", "numberofemployees", "annualrevenue", "country", "type"),
            *("lifecyclestage", "hs_parent_company_id", "hubspot_owner_id", "hubspot_team_id", "hs_is_target_account"),
            *("hs_merged_object_ids", *_CREATION),
        ),
        history=("lifecyclestage", "hubspot_owner_id"),
    ),
    Kind(
        "deals",
        "deals",
        "Deals with the history of their stages and amounts.",
        ("dealname", "pipeline", "dealstage", "amount", "closedate", "createdate", "hs_lastmodifieddate"),
        (
            *("amount_in_home_currency", "deal_currency_code", "hs_exchange_rate", "hs_closed_amount"),
            *("hs_closed_amount_in_home_currency", "hs_arr", "hs_mrr", "hs_acv", "hs_tcv", "hs_is_closed"),
            *("hs_is_closed_won", "hs_closed_won_date", "hs_deal_stage_probability", "hs_forecast_amount"),
            *("hs_manual_forecast_category", "dealtype", "closed_lost_reason", "hubspot_owner_id"),
            *("hs_all_deal_split_owner_ids", "hs_campaign", "hs_merged_object_ids", "hs_salesforceopportunityid"),
            *(*_SOURCES, *_CREATION),
        ),
        history=(
            "dealstage",
            "pipeline",
            "amount",
            "closedate",
            "hubspot_owner_id",
            "createdate",
            "hs_analytics_source",
        ),
        associations=("contacts", "companies"),
    ),
    _engagement(
        "calls",
        "Calls.",
        "hs_call_title",
        "hs_call_direction",
        "hs_call_disposition",
        "hs_call_duration",
        "hs_call_status",
    ),
    _engagement(
        *("meetings", "Meetings.", "hs_meeting_title", "hs_meeting_start_time", "hs_meeting_end_time"),
        *("hs_meeting_outcome", "hs_meeting_source"),
    ),
    _engagement(
        *("emails", "One-to-one e-mails, without their text.", "hs_email_direction", "hs_email_status"),
        *("hs_email_from_email", "hs_email_to_email", "hs_email_subject"),
    ),
    _engagement("tasks", "To-dos.", "hs_task_subject", "hs_task_status", "hs_task_type", "hs_task_completion_date"),
    _engagement("notes", "Notes, without their text."),
    _engagement(
        *("communications", "Logged messages, without their text."),
        *("hs_communication_channel_type", "hs_communication_logged_from"),
    ),
)
