"""Names and types: from the syntax tree as written to the typed tree, every conversion made visible."""
