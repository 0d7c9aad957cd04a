"""The models on Apache Spark: the session, the lake folder, dbt on Spark, and what dbt's Python models need of it.

Imported only where THROUGHLINE_ENGINE is spark, or by the program that builds there: PySpark isn't installed otherwise.
"""
