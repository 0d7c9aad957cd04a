"""Which build of the models is one to publish."""

from __future__ import annotations

from dagster_project.transform.assets import dbt_models, is_whole


def test_a_build_counts_only_with_every_model_and_every_test() -> None:
    models, tests = set(dbt_models.keys), set(dbt_models.check_keys)
    assert is_whole(models, tests)
    assert not is_whole(models - {min(models)}, tests)
    assert not is_whole(models, tests - {min(tests)})
