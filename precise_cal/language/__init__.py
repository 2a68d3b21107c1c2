"""What the program says, in each language: texts with values, patterns, catalogs. Knows nothing of trials."""
