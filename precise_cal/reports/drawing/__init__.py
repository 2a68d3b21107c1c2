"""Drawings as inline SVG: gray and hatched first, so that they hold in black and white."""
