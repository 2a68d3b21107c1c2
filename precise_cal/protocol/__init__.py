"""What the trial is: the participant record, quantities, partial dates, verdict words, the report model."""
