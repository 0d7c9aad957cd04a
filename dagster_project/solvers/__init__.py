"""The numeric solves of Throughline: what SQL can't say in a few lines, as functions of NumPy arrays.

What lives here: the arithmetic, one module per question. What doesn't: DuckDB, dbt and files. A dbt Python model
fetches arrays, calls a function of this package and hands back what it returns.
"""
