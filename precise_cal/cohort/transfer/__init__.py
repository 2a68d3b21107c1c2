"""Records in and out: JSON Lines to Parquet, and back."""
