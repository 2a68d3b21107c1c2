"""Forms to fill in for the records of a trial, with the maps that read them back."""
