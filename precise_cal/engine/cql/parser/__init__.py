"""From text to the syntax tree: the CQL 1.5 grammar by recursive descent, a module for each part of it."""
