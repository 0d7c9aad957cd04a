"""Pulled sources as Dagster assets: `extract/<source>/<object>`, one step per source, and a blocking check per object.

What lives here: keys, checks and metadata. What doesn't: the pulling (pull.py). Without credentials there are no
assets, and nothing of dlt is imported.
"""

# No `from __future__ import annotations`: Dagster reads the types of the parameters when the steps are defined.
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import dagster as dg

from dagster_project.disk import disk_problem
from dagster_project.extract.catalog import asked_for
from dagster_project.extract.checks import broken_promise
from dagster_project.extract.credentials import given_variables
from dagster_project.extract.declared import PulledObject, PulledSource
from dagster_project.extract.errors import PullError
from dagster_project.extract.pull import Folders, pull_source
from dagster_project.extract.receipts import Receipt
from dagster_project.settings import SettingError
from dagster_project.warehouse import Warehouse

GROUP = "extract"
CHECK = "landed_whole"


def asset_key(source: str, name: str) -> dg.AssetKey:
    """`extract` / `hubspot` / `contacts`."""
    return dg.AssetKey([GROUP, source, name])


def pulled_keys(source: str, name: str) -> list[dg.AssetKey]:
    """What must be pulled before an object of the landing folder is loaded; nothing without credentials."""
    keys = []
    for puller in asked_for():
        try:
            objects = puller.objects(given_variables(puller))
        except SettingError:
            # Nobody knows what it would pull: its one step fails, and everything waits for that.
            keys.append(_unsettled_key(puller))
        else:
            keys += [_key(puller, o) for o in objects if (o.folder(puller.name), o.name) == (source, name)]
    return keys


def _unsettled_key(source: PulledSource) -> dg.AssetKey:
    return asset_key(source.name, "settings")


def _key(source: PulledSource, pulled: PulledObject) -> dg.AssetKey:
    return asset_key(pulled.folder(source.name), pulled.name)


def pulled_objects() -> frozenset[tuple[str, str]]:
    """The landing objects that the night pulls itself, by source and name."""
    found: set[tuple[str, str]] = set()
    for puller in asked_for():
        # Wrong settings are told by the step itself.
        with suppress(SettingError):
            found |= {(o.folder(puller.name), o.name) for o in puller.objects(given_variables(puller))}
    return frozenset(found)


def build_pulls() -> list[dg.AssetsDefinition]:
    """The step of each source whose credentials are in the environment."""
    return [_build_pull(source) for source in asked_for()]


def build_pull_checks() -> list[dg.AssetChecksDefinition]:
    """The checks of each source whose credentials are in the environment."""
    return [checks for source in asked_for() if (checks := _build_checks(source)) is not None]


def _specs(source: PulledSource) -> list[dg.AssetSpec]:
    """As dagster-dlt describes a resource, under the project's own keys."""
    import dlt
    from dagster_dlt import DagsterDltTranslator
    from dagster_dlt.translator import DltResourceTranslatorData

    try:
        objects = source.objects(given_variables(source))
    except SettingError:
        # The code location must load, so that somebody can see the step fail.
        told = f"The settings of {source.title}, which are wrong."
        return [dg.AssetSpec(_unsettled_key(source), group_name=GROUP, description=told)]
    keys = {pulled.name: _key(source, pulled) for pulled in objects}

    class Translator(DagsterDltTranslator):
        def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
            spec = super().get_asset_spec(data)
            return spec.replace_attributes(
                key=keys[data.resource.name], deps=[], group_name=GROUP, kinds={"dlt", "parquet"}
            )

    def resource(pulled: PulledObject) -> Any:
        made = dlt.resource([], name=pulled.name)
        made.__doc__ = pulled.description
        return made

    translated = [
        Translator().get_asset_spec(DltResourceTranslatorData(resource=resource(pulled), pipeline=None))
        for pulled in objects
    ]
    described = {pulled.name: pulled.description for pulled in objects}
    return [
        spec.replace_attributes(description=f"{described[spec.key.path[-1]]} Pulled from {source.title}.")
        for spec in translated
    ]


def _build_pull(source: PulledSource) -> dg.AssetsDefinition:
    # A pool of one: an API counts the requests of an account, whoever sends them.
    @dg.multi_asset(name=f"pull_{source.name}", specs=_specs(source), can_subset=True, pool=f"pull_{source.name}")
    def pull(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:
        settings = warehouse.settings
        names = frozenset(key.path[-1] for key in context.selected_asset_keys)
        told: dict[str, list[Receipt]] = {}
        try:
            for receipt in pull_source(source, Folders(settings.landing_dir, settings.warehouse_dir), names=names):
                told.setdefault(receipt.object, []).append(receipt)
                context.log.info(receipt.line)
        except (PullError, SettingError) as error:
            raise dg.Failure(description=str(error), allow_retries=False) from None
        except OSError as error:
            problem = disk_problem(error) or "expected a landing folder that can be written"
            raise dg.Failure(description=f"{source.name}: {error}: {problem}", allow_retries=False) from None
        for name, receipts in told.items():
            yield dg.MaterializeResult(asset_key=asset_key(receipts[0].source, name), metadata=metadata(receipts))

    return pull


def _build_checks(source: PulledSource) -> dg.AssetChecksDefinition | None:
    try:
        objects = source.objects(given_variables(source))
    except SettingError:
        return None
    specs = [
        dg.AssetCheckSpec(
            CHECK,
            asset=_key(source, pulled),
            blocking=True,
            description="What landed is what the pull's receipt promises and what the API said it has.",
        )
        for pulled in objects
    ]

    @dg.multi_asset_check(name=f"check_pulls_{source.name}", specs=specs, can_subset=True)
    def check(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
        for key in sorted(context.selected_asset_check_keys, key=str):
            _, folder, name = key.asset_key.path
            broken = broken_promise(warehouse.settings.landing_dir, folder, name)
            if broken:
                context.log.error(broken)
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=CHECK,
                passed=broken is None,
                description=broken or "all that the API said it has",
            )

    return check


def metadata(receipts: list[Receipt]) -> dict[str, Any]:
    """What the UI shows beside a pull."""
    pull = next(receipt for receipt in receipts if receipt.kind != "sweep")
    shown: dict[str, Any] = {
        "dagster/row_count": pull.rows,
        "kind": pull.kind,
        "until": dg.MetadataValue.timestamp(pull.until),
        "files": len(pull.files),
        "requests": pull.requests,
        "retries": pull.retries,
        "repeated_records": pull.repeated,
    }
    if pull.since is not None:
        shown["since"] = dg.MetadataValue.timestamp(pull.since)
    if pull.api_total is not None:
        shown["api_total"] = pull.api_total
    if pull.absent:
        shown["absent_properties"] = ", ".join(pull.absent)
    for swept in (receipt for receipt in receipts if receipt.kind == "sweep"):
        shown |= {"found_deleted": swept.deleted, "found_missed": swept.missed}
    return shown
