"""The decision object, its signature, and the ledger it is written to."""
