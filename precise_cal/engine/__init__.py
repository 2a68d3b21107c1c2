"""The rule language, the rulebook, verdicts with their reasons, and what follows from them."""
