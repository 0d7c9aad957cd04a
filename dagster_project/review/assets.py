"""The review page as a Dagster asset, after the published file that it is made from."""

import dagster as dg

from dagster_project.publish.assets import PUBLISHED_KEY
from dagster_project.review.page import ReviewPage, write_review
from dagster_project.warehouse import POOL, Warehouse

REVIEW_KEY = dg.AssetKey(["published", "review"])


@dg.asset(
    key=REVIEW_KEY,
    deps=[PUBLISHED_KEY],
    group_name="publish",
    kinds={"html"},
    pool=POOL,
    check_specs=[
        dg.AssetCheckSpec("page_is_of_this_night", asset=REVIEW_KEY, description="The page was written anew.")
    ],
    description="The page that marketing and sales look at together, and the digests to send: made from the published "
    "file alone, a folder that opens in any browser without a server.",
)
def review_page(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    settings = warehouse.settings
    try:
        page = write_review(settings.published_file, settings.review_dir, settings.shared_group)
    except Exception as error:
        # The numbers are published by now and good: a page that can't be drawn takes nothing from them.
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        context.log.warning(f"The night is published, but the review page is still the former one: {reason}")
        return dg.MaterializeResult(check_results=[_check(False, f"the page is still the former one: {reason}")])
    return dg.MaterializeResult(metadata=metadata(page), check_results=[_check(True, "")])


def _check(passed: bool, description: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=passed,
        check_name="page_is_of_this_night",
        asset_key=REVIEW_KEY,
        severity=dg.AssetCheckSeverity.WARN,
        description=description,
    )


def metadata(page: ReviewPage) -> dict[str, dg.MetadataValue]:
    """What the UI shows of the page."""
    absent = ", ".join(sorted(page.absent)) or "nothing"
    return {
        "path": dg.MetadataValue.path(str(page.path)),
        "bytes": dg.MetadataValue.int(page.size_bytes),
        "files": dg.MetadataValue.int(page.files),
        "said_to_be_absent": dg.MetadataValue.text(absent),
    }
