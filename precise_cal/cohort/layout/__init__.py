"""The schema of the tables, and the way from a record to their rows and back."""
