"""The cases: one module each, with a function `figures(options)` that yields what it measured.

A new case is a module here and its name in `bench/run.py`.
"""
