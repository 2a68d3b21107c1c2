"""The rule language: HL7 CQL 1.5, read, checked, and compiled to closures (docs/cql.md)."""
