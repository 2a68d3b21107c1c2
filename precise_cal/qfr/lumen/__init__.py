"""A lumen and a flow to pressure, QFR and its interval; what a person may set as healthy."""
