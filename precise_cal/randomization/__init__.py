"""The randomization list: fixed beforehand and provably so, verifiable slot by slot, hidden until a slot is opened."""
