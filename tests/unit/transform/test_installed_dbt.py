"""The two members of dagster-dbt that are replaced are still there, and still used where they are expected."""

from __future__ import annotations

import inspect
from functools import cached_property

import pytest
from dagster_dbt import DbtCliResource

from dagster_project.transform import installed_dbt
from dagster_project.transform.installed_dbt import InstalledDbt
from dagster_project.transform.project import DBT_VERSION, prepared_project


def test_upstream_still_has_what_is_replaced() -> None:
    """Fails when dagster-dbt renames, retypes or stops using one of them: then the replacement would do nothing."""
    assert isinstance(inspect.getattr_static(DbtCliResource, "_cli_version"), cached_property)
    adapter = inspect.signature(DbtCliResource._initialize_dbt_core_adapter)
    assert list(adapter.parameters) == ["self", "args"]
    started = inspect.getsource(DbtCliResource.cli)
    assert "self._cli_version.major < 2" in started
    assert "adapter = self._initialize_dbt_core_adapter(args)" in started


def test_nothing_else_of_dagster_dbt_is_replaced() -> None:
    own = {name for name in vars(InstalledDbt) if hasattr(DbtCliResource, name) and not name.startswith("__")}
    assert own - {"model_config", "model_fields", "_abc_impl"} >= {"_cli_version", "_initialize_dbt_core_adapter"}
    assert {name for name in own if callable(vars(InstalledDbt)[name])} == {"_initialize_dbt_core_adapter"}


def test_no_process_is_asked_for_dbt_s_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dagster_dbt.core.resource.check_output", lambda *_, **__: pytest.fail("dbt --version ran"))
    assert str(installed_dbt.installed_dbt(prepared_project())._cli_version) == DBT_VERSION
