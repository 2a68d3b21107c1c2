"""From two views to space: offset, matching, center line, lumen."""
