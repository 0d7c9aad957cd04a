"""The schema `audit` of the build file: what was landed, built, checked and published.

What lives here: the shape of its tables, their version, and how a file of an earlier release gets today's. What
doesn't: the rows, which each room writes itself (landing, quality, publish).
"""
