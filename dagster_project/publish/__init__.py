"""Write, audit, publish: the marts become a file of their own that replaces yesterday's as a whole.

What lives here: copying, the audit of the copy, the atomic replacement, the guard that refuses unchecked marts, the
same marts in PostgreSQL, and where the lineage ends.
What doesn't: any transformation of the data.
"""
