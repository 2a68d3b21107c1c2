"""The sealed list: a process of its own that opens the next slot for a signed ALLOW, and nothing else."""
