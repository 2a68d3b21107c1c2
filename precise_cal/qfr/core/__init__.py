"""Numerical core of QFR: floats and arrays in SI units, no options, no files, no text."""
