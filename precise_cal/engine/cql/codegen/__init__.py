"""From the typed tree to Python functions: `generator` writes them, `unit` links them, `runtime` is what they call."""
