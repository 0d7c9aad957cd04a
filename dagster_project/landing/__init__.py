"""Landing: which exports exist, finding their files, loading them into `raw_<source>` as delivered, with lineage.

What lives here: the declarative catalog (`sources/*.yml`), file discovery, inspection, the loader, its Dagster assets.
What doesn't: anything that knows what a lead means; raw is renamed and interpreted by dbt.
"""
