"""Data in: exports as they are become participant records, with the origin of every value."""
