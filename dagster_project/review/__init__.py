"""The review page: what marketing and sales look at together, made from the published file alone.

What lives here: the cards and the SQL that each of their figures equals (`views.py`), the data that the page's script
works on (`datasets.py`, `columnar.py`), every deal's explanation (`explanations.py`), the charts, the page with its
folder (`page.py`) and the digests. What doesn't: rules. A figure that no published table holds is not worked out here.
"""
