"""Benchmarks: how long Throughline takes and how much memory it needs, each case in a fresh process.

`make bench` runs them all. What lives here: cases, measuring, reporting. What doesn't: thresholds, which depend on the
machine; the figures of one machine stand in `docs/benchmarks.md`.
"""
