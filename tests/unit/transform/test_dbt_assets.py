"""Which build of the models is one to publish, and what was heard of it."""

from __future__ import annotations

from types import SimpleNamespace
from unittest import mock

import dagster as dg

from dagster_project.transform.assets import _building, dbt_models, is_whole


def test_a_build_counts_only_with_every_model_and_every_test() -> None:
    models, tests = set(dbt_models.keys), set(dbt_models.check_keys)
    assert is_whole(models, tests)
    assert not is_whole(models - {min(models)}, tests)
    assert not is_whole(models, tests - {min(tests)})


def test_a_model_of_which_nothing_was_heard_is_known() -> None:
    """A line that something else was written into is no JSON any more, and dagster-dbt passes over it."""
    told = dg.Output(None, "staging__stg_a")
    event = SimpleNamespace(raw_event={}, to_default_asset_events=lambda **_: iter([told]))
    invocation = SimpleNamespace(
        stream_raw_events=lambda: iter([event]),
        manifest={},
        dagster_dbt_translator=None,
        target_path=None,
        project=None,
    )
    context = SimpleNamespace(
        selected_asset_keys={1, 2}, selected_asset_check_keys=set(), log=SimpleNamespace(info=lambda _: None)
    )
    unheard = {"staging__stg_a", "staging__stg_b"}
    with mock.patch("dagster_project.transform.assets.Progress"):
        assert list(_building(context, invocation, unheard)) == [told]
    assert unheard == {"staging__stg_b"}
