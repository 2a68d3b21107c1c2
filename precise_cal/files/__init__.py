"""Files as every command writes them: whole or not at all, one writer at a time, and never over what was read."""
