"""From the typed syntax tree of the rules to SQL with its three-valued logic."""
