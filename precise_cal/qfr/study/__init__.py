"""STUDY.json: its form, what may be answered, and what is wrong with one that cannot be read."""
