"""From a typed record and a rulebook to verdicts with their reasons."""
