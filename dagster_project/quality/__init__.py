"""Great Expectations inside Dagster: suites, their evaluation, the results table, the data docs, the asset checks.

What lives here: how promises are read, evaluated and reported. What doesn't: the promises themselves, which are in
`expectations/`, one file per guarded table.
"""
