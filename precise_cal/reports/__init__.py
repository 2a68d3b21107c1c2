"""Turns the report model into documents. Decides nothing."""
