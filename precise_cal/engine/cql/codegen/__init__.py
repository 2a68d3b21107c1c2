"""From the typed tree to Python functions: `generator` writes them, `unit` links them, `runtime` is what they call."""

from precise_cal.engine.cql.codegen.generator import generate

__all__ = ["generate"]
