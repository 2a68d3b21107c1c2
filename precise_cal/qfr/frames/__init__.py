"""Which frames of a run are filled and end-diastolic."""
