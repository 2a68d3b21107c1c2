"""From one frame and a few points to the center line and the two borders of a vessel."""
