"""Throughline's Dagster project: what is loaded, built, checked and published, and when."""
