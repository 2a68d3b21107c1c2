"""Files as rows: one module for each format, and one function that chooses among them."""
