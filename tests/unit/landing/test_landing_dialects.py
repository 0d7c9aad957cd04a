"""One object in the dialects of many loaders: other names, prefixes, values inside other columns."""

from __future__ import annotations

import pytest

from dagster_project.landing.errors import LandingError
from dagster_project.landing.files import find_files

ORDERS = "select id, email, amount from raw_shop.orders order by id"


def _stops(landing, *fragments: str) -> None:
    with pytest.raises(LandingError) as error:
        landing.load()
    for fragment in fragments:
        assert fragment in str(error.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv", "id,email,amount\n1,a@b.co,9.50\n"),
        ("order.csv", "order_id,property_email,property_amount\n1,a@b.co,9.50\n"),
        ("OBJECTS_ORDERS.csv", "ID,PROPERTY_EMAIL,PROPERTY_AMOUNT\n1,a@b.co,9.50\n"),
        ("orders.csv", "id,properties__email,properties-amount\n1,a@b.co,9.50\n"),
        ("orders.csv", "Record Id;E-mail;Value\n1;a@b.co;9.50\n"),
        ("orders/x.csv", "record_id,e_mail,VALUE\n1,a@b.co,9.50\n"),
        (
            "orders.csv",
            'id,properties\n1,"{""email"": ""a@b.co"", ""amounts"": [{""value"": 9.50}, {""value"": 1}]}"\n',
        ),
        ("orders.jsonl", '{"id": 1, "properties": {"email": "a@b.co", "amounts": [{"value": "9.50"}]}}\n'),
    ],
)
def test_one_order_in_many_dialects(dialects, name: str, content: str) -> None:
    dialects.put(f"shop/{name}", content)
    dialects.load()
    assert [(i, e, float(a)) for i, e, a in dialects.rows(ORDERS)] == [("1", "a@b.co", 9.5)]
    assert dialects.rejects() == []


STAGES = '[{"name":"12345","value":"2026-01-31T10:00:00.000000Z"},{"name":"won","value":"2026-02-01T08:30:00.500000Z"}]'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv", "id,stage_v2_date_won,stage_v2_date_12345\n1,2026-02-01T08:30:00.500Z,2026-01-31T10:00:00Z\n"),
        (
            "orders.csv",
            "id,property_stage_v_2_date_won,property_stage_v_2_date_12345,property_stage_v_2_date_9\n"
            "1,2026-02-01 08:30:00.5+00,2026-01-31 11:00:00+01:00,\n",
        ),
        ("orders.csv", "ID,PROPERTIES-STAGE-V2-DATE-12345,PROPERTY_STAGE_V2_DATE_WON\n1,1769853600000,1769934600500\n"),
        ("orders.csv", 'id,"Stage ""12345""","Stage ""Won"""\n1,2026-01-31 10:00,2026-02-01 08:30:00.5\n'),
        (
            "orders.jsonl",
            '{"id": 1, "properties": {"stage_v2_date_12345": "2026-01-31T10:00:00Z", "stage_v2_date_9": null, '
            '"stage_v2_date_won": 1769934600500, "stage_v2_left_8": "2026-01-31T10:00:00Z"}}\n',
        ),
        (
            "orders.jsonl",
            '{"id": 1, "stage_v2_date_12345": "2026-01-31T10:00:00Z", "properties": '
            '{"stage_v2_date_won": "2026-02-01T08:30:00.5Z"}}\n',
        ),
    ],
)
def test_columns_that_a_pattern_names_are_one_list(dialects, name: str, content: str) -> None:
    dialects.put(f"shop/{name}", content)
    dialects.load()
    assert dialects.rows("select id, stages from raw_shop.orders") == [("1", STAGES)]
    assert dialects.rejects() == []


def test_columns_that_a_pattern_names_in_the_types_of_parquet(dialects) -> None:
    dialects.put_parquet(
        "shop/orders.parquet",
        "select 1 as id, timestamptz '2026-01-31 11:00:00+01' as stage_v2_date_12345, "
        "{'stage_v2_date_won': timestamp '2026-02-01 08:30:00.5'} as properties",
    )
    dialects.load()
    assert dialects.rows("select stages from raw_shop.orders") == [(STAGES,)]


def test_what_a_pattern_names_may_come_and_go_and_stays_readable(dialects) -> None:
    """A loader's notes on a value are no values, and a timestamp that can't be read is kept as it came."""
    dialects.put("shop/orders/1.csv", "id,stage_v2_date_9\n1,2026-01-31\n")
    dialects.put("shop/orders/2.csv", "id,stage_v2_date_8,stage_v2_date_8__source\n2,soon,2026-01-01\n3,,\n")
    dialects.load()
    assert dialects.rows("select id, stages, stage_v2_date_9 from raw_shop.orders order by id") == [
        ("1", '[{"name":"9","value":"2026-01-31T00:00:00.000000Z"}]', "2026-01-31"),
        ("2", '[{"name":"8","value":"soon"}]', None),
        ("3", None, None),
    ]


@pytest.mark.parametrize(
    "properties",
    [
        "{'email': 'a@b.co', 'amounts': [{'value': 9.50}]}",
        "cast({'email': 'a@b.co', 'amounts': [{'value': 9.50}]} as json)",
        "to_json({'email': 'a@b.co', 'amounts': [{'value': 9.50}]})::varchar",
    ],
)
def test_one_order_in_the_nested_types_of_parquet(dialects, properties: str) -> None:
    dialects.put_parquet("shop/orders.parquet", f"select 1 as id, {properties} as properties")
    dialects.load()
    assert [(i, e, float(a)) for i, e, a in dialects.rows(ORDERS)] == [("1", "a@b.co", 9.5)]


def test_a_map_is_read_by_its_keys(dialects) -> None:
    dialects.put_parquet(
        "shop/orders.parquet", "select 1 as id, map {'email': 'a@b.co'} as properties union all select 2, map {}"
    )
    dialects.load()
    assert dialects.rows("select id, email from raw_shop.orders order by id") == [("1", "a@b.co"), ("2", None)]


PARAMS = (
    "[{'key': 'session', 'value': {'string_value': null, 'int_value': 7}}, "
    "{'key': 'page', 'value': {'string_value': 'https://a.co/x', 'int_value': null}}]"
)


@pytest.mark.parametrize("nested", [PARAMS, f"to_json({PARAMS})::varchar"])
def test_a_list_of_structs_is_read_by_a_key(dialects, nested: str) -> None:
    dialects.put_parquet(
        "shop/orders.parquet",
        f"select 1 as id, {nested} as params union all select 2, null union all select 3, {nested}",
    )
    dialects.load()
    assert dialects.rows("select id, page, session from raw_shop.orders order by id") == [
        ("1", "https://a.co/x", 7),
        ("2", None, None),
        ("3", "https://a.co/x", 7),
    ]
    # What the columns stand in is kept, as every other column is.
    assert dialects.rows("select count(params) from raw_shop.orders") == [(2,)]


def test_the_first_path_that_holds_a_value_counts(dialects) -> None:
    dialects.put(
        "shop/orders.jsonl",
        '{"id": 1, "properties": {"page-url": "https://a.co/p"}}\n'
        '{"id": 2, "params": [{"key": "page", "value": {"int_value": 5}}], "properties": {"page-url": "https://b.co"}}\n',
    )
    dialects.load()
    assert dialects.rows("select id, page from raw_shop.orders order by id") == [("1", "https://a.co/p"), ("2", "5")]


def test_a_name_counts_before_an_alias_before_a_prefix_before_a_path(dialects) -> None:
    dialects.put(
        "shop/orders.csv",
        'id,email,contact_email,property_email,properties\n1,a@a.co,b@b.co,c@c.co,"{""email"": ""d@d.co""}"\n',
    )
    dialects.put(
        "shop/orders_archived.csv",
        'id,property_email,contact_email,E-Mail,properties\n2,c@c.co,b@b.co,e@e.co,"{""email"": ""d@d.co""}"\n',
    )
    dialects.load()
    # Of two aliases the one that the catalog lists first counts; what lost is kept under its own name.
    assert dialects.rows("select id, email, contact_email, property_email from raw_shop.orders order by id") == [
        ("1", "a@a.co", "b@b.co", "c@c.co"),
        ("2", "e@e.co", "b@b.co", "c@c.co"),
    ]


def test_one_alias_twice_is_refused(dialects) -> None:
    dialects.put("shop/orders.csv", "id,property_email,properties_email\n1,a@b.co,c@d.co\n")
    _stops(dialects, "column email is there twice, as 'property_email' and 'properties_email'")


def test_text_that_is_no_json_is_a_reject(dialects) -> None:
    rows = "".join(f'{n},"{{""email"": ""a@b.co""}}"\n' for n in range(1, 9))
    dialects.put("shop/orders.csv", f"id,properties\n{rows}9,{{'email'\n10,\n11,null\n")
    dialects.load()
    assert dialects.rows("select count(*), count(email) from raw_shop.orders") == [(10, 8)]
    assert dialects.rejects() == [
        (10, "properties", "properties: '{'email'' is not JSON, in which other columns stand"),
    ]


def test_a_required_column_that_is_absent_names_every_way_to_deliver_it(dialects) -> None:
    dialects.put("shop/orders.csv", "email\na@b.co\n")
    _stops(dialects, "required column id is absent; expected id or order_id or Record ID in the header")


def test_two_loaders_at_once_are_refused_by_name(dialects) -> None:
    dialects.put("shop/order.csv", "id\n1\n")
    dialects.put("shop/orders/a.csv", "id\n1\n")
    _stops(
        dialects,
        "shop: orders is delivered under 2 names, shop/order.csv and shop/orders/a.csv",
        "by two loaders at once",
        "move the other out of the landing folder",
    )


def test_parts_are_one_delivery_and_no_second_loader(dialects) -> None:
    dialects.put("shop/orders/1.csv", "id,placed_at\n1,2026-01-01\n2,2026-01-01\n")
    dialects.put("shop/orders_archived/1.csv", "id,placed_at,archived\n3,2026-01-01,true\n")
    dialects.load(snapshot_objects=["shop.orders"])
    assert dialects.rows("select id, _deleted_by_loader, _deleted_at is null from raw_shop.orders order by id") == [
        ("1", None, True),
        ("2", None, True),
        ("3", True, True),
    ]
    groups = {file.delivery_group for file in find_files(dialects.folder, dialects.known).files}
    assert groups == {"shop/orders/1.csv"}


def test_an_object_is_found_by_an_alias_in_any_spelling(dialects) -> None:
    found = dialects.known.find_object("shop", "Objects-Orders")
    assert found is not None
    assert found.name == "orders"


def test_lists_that_hold_what_models_read_are_json_or_told(dialects) -> None:
    """As JSON text and as Parquet's nested types they are the same JSON; what can't be parsed costs the cell."""
    dialects.put_parquet(
        "shop/orders/1.parquet", "select 1 as id, [{'name': 'a', 'at': 5}] as history union all select 2, []"
    )
    rows = "".join(f'{n},"[{{""name"": ""a"", ""at"": 5}}]"\n' for n in range(3, 12))
    dialects.put("shop/orders/2.csv", f"id,history\n{rows}12,\"[{{'name': 'a'\"\n13,null\n14,\n")
    dialects.load()
    assert dialects.rows(
        "select id, json_extract_string(history, '$[0].at') from raw_shop.orders where id in ('1', '3')"
    ) == [
        ("1", "5"),
        ("3", "5"),
    ]
    assert dialects.rows("select history from raw_shop.orders where id = '2'") == [(None,)]
    assert dialects.rejects() == [
        (11, "history", "history: [{'name': 'a' is not JSON, so that nothing of it is read"),
    ]
