"""From a run to the contrast front: how the vessel moves, what contrast it shows, when the front arrives."""
