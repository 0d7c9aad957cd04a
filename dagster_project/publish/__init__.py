"""Write, audit, publish: the marts become a file of their own that replaces yesterday's as a whole.

What lives here: copying, the audit of the copy, the atomic replacement, and the guard that refuses unchecked marts.
What doesn't: any transformation of the data.
"""
