"""The tables and settings that a company edits: what they may hold, their validation, and their way into the warehouse.

The rules that use them live in `dbt_models/`.
"""
