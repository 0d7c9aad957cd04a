"""A CRM and its web visitors of any size, the same ones every time: made by hashes of their numbers.

What lives here: the records. What doesn't: measuring anything.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

# Of ten identifiers about eight are cookies, as on a site where most visitors stay unknown; the rest are leads, a fifth
# of them converted into contacts, and their addresses, of which an eighth is shared by two leads. A chain of 500 leads,
# each merged into the one before, is the longest path that a graph of people is likely to hold.
_RECORDS = {
    "salesforce/User": """
        select 'user' || i as Id, case when i % 2 = 0 then 'Marketing' else 'Sales' end as Department, true as IsActive
        from range(8) as numbers (i)
    """,
    "salesforce/Account": """
        select 'account' || i as Id, 'Company ' || i as "Name", 'https://www.company' || i || '.com' as Website,
            'user1' as OwnerId, timestamp '2019-01-01' as CreatedDate, false as IsDeleted
        from range({accounts}) as numbers (i)
    """,
    "salesforce/Lead": """
        select 'lead' || i as Id, 'p' || (i * 7 // 8) || '@company' || (i * 7 // 8 % {accounts}) || '.com' as Email,
            'Company ' || (i % {accounts}) as Company, 'Web' as LeadSource, 'Open' as Status, 'user1' as OwnerId,
            'user' || (i % 8) as CreatedById,
            timestamp '2020-01-01' + to_seconds((hash(i) % 126144000)::bigint) as CreatedDate,
            i % 5 = 0 as IsConverted, case when i % 5 = 0 then date '2024-06-01' end as ConvertedDate,
            case when i % 5 = 0 then 'contact' || i end as ConvertedContactId,
            case when i % 5 = 0 then 'account' || (i % {accounts}) end as ConvertedAccountId,
            case when i % 10 = 0 then 'deal' || (i // 10) end as ConvertedOpportunityId,
            case when i between 1 and 500 then 'lead' || (i - 1) end as MasterRecordId, false as IsDeleted
        from range({leads}) as numbers (i)
    """,
    "salesforce/Contact": """
        select 'contact' || i as Id, 'account' || (i % {accounts}) as AccountId,
            'p' || (i * 7 // 8) || '@company' || (i * 7 // 8 % {accounts}) || '.com' as Email, 'Web' as LeadSource,
            'user1' as OwnerId, 'user1' as CreatedById, timestamp '2024-06-01 10:00:00' as CreatedDate,
            false as IsDeleted
        from range(0, {leads}, 5) as numbers (i)
    """,
    "salesforce/Opportunity": """
        select 'deal' || i as Id, 'account' || (i * 10 % {accounts}) as AccountId, 'Deal' as "Name",
            'Closed Won' as StageName, case when i % 4 = 3 then 'Renewal' else 'New Business' end as "Type",
            10.00 as Amount, true as IsClosed, true as IsWon, date '2024-07-01' + (i % 180)::integer as CloseDate,
            case when i % 3 = 0 then 'Sales Call' else 'Web' end as LeadSource, 'user1' as OwnerId,
            'user1' as CreatedById, timestamp '2024-06-01 12:00:00' as CreatedDate, false as IsDeleted
        from range({leads} // 10) as numbers (i)
    """,
    "segment/pages": """
        select 'view' || i as id, 'cookie' || (hash(i) % {cookies}) as anonymous_id,
            timestamp '2022-01-01' + to_seconds((i % 80000000)::bigint) as "timestamp", 'https://example.com/' as url
        from range({cookies} * 2) as numbers (i)
    """,
    "segment/identifies": """
        select 'identify' || i as id, 'cookie' || (hash(i) % {cookies}) as anonymous_id,
            'p' || (i % {leads} * 7 // 8) || '@company' || (i % {leads} * 7 // 8 % {accounts}) || '.com' as email,
            timestamp '2022-01-01' as "timestamp"
        from range({cookies} * 2 // 5) as numbers (i)
    """,
}


def write_crm(landing_dir: Path, identifiers: int) -> None:
    """Write a landing folder whose people have about that many identifiers, as Parquet files."""
    sizes = {"leads": identifiers // 10, "cookies": identifiers * 78 // 100, "accounts": max(identifiers // 200, 1)}
    with duckdb.connect() as connection:
        for name, query in _RECORDS.items():
            file = landing_dir / f"{name}.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(f"copy ({query.format(**sizes)}) to '{file}' (format parquet)")
