"""Pseudonyms keep what rules read, and tell nothing else."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.erasure.pseudonyms import (
    for_email,
    for_key,
    for_records,
    is_long_id,
    kept_key,
    keyed_hash,
    long_id,
    pads,
)

SHORT = st.text("abcXYZ019", min_size=12, max_size=12).map("00Q".__add__)
IDS = st.one_of(
    SHORT.map(long_id),
    st.integers(0, 40).map(lambda number: long_id(f"0035g00000{number:05}")),
    st.integers(0, 40).map("hubspot:contact:{}".format),
    st.integers(0, 40).map("L{}".format),
)


@given(known=st.sets(IDS, min_size=1, max_size=30), data=st.data())
def test_ids_keep_their_order_among_all_ids(known, data):
    ordered = sorted(known)
    erased = data.draw(st.sets(st.sampled_from(ordered), min_size=1))
    found = for_records(erased, known)
    after = [found.get(one, one) for one in ordered]
    assert found.keys() == erased
    assert after == sorted(after) and len(set(after)) == len(after)
    assert not set(found.values()) & known
    # Fifteen letters and digits would be expanded as a short Salesforce id.
    assert not any(len(new) == 15 or is_long_id(new) for new in found.values())


def test_an_id_between_neighbours_is_not_told():
    ids = [long_id(f"00Q5g00000{number:05}") for number in range(3)]
    (new,) = for_records([ids[1]], ids).values()
    assert ids[0] < new < ids[2] and ids[1][:15] not in new


def test_an_address_keeps_its_domain_and_nothing_else():
    value = for_email("jane.doe@buyer.example")
    assert value.pseudonym.endswith("@buyer.example") and "jane" not in value.pseudonym
    assert for_email("jane.doe@buyer.example") != value


def test_a_uuid_stays_one():
    assert [len(part) for part in for_key("0a1b2c3d-1111-4222-8333-444455556666").pseudonym.split("-")] == [
        8,
        4,
        4,
        4,
        12,
    ]


@pytest.mark.parametrize("value", ["Jane@Buyer.example", "00Q5g000001aBcD", "Jürgen"])
def test_sql_works_out_the_same_hash(tmp_path, value):
    key = kept_key(tmp_path)
    inner, outer = pads(key)
    normal = long_id(value).lower()
    hashed = duckdb.execute(
        "select sha256(?::blob || unhex(sha256(?::blob || encode(?))))", [outer, inner, normal]
    ).fetchone()
    assert hashed == (keyed_hash(key, value),)
    assert keyed_hash(key, value) == keyed_hash(key, f" {value.upper() if '@' in value else value} ")


def test_the_key_is_made_once_and_is_the_owners_alone(tmp_path):
    assert kept_key(tmp_path) == kept_key(tmp_path)
    assert (tmp_path / "erasure_key").stat().st_mode & 0o777 == 0o600
