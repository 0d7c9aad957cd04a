"""dbt inside Dagster: the project's manifest, how models look in the asset graph, and the one `dbt build` of a night.

What lives here: arguments, environment and translation for dbt. What doesn't: SQL, which lives in `dbt_models/`.
"""
