"""The same rules over tables of many participants: Parquet in, verdicts out, SQL in between.

``layout`` is the schema of the tables, ``transfer`` brings records in and out, ``sql`` compiles the typed syntax
tree of the rules, ``run`` judges a cohort with an engine and leaves the rest to the interpreter.
"""
