"""Errors that a user can mend. Everything below ends a command with exit status 2.

PreciseError
├── RecordError      a participant record is not valid (protocol.from_json)
├── UnitError        a unit that UCUM does not know, or that cannot be converted (protocol.units)
├── RuleFileError    a rule file is wrong (engine.rulebook)
├── CqlError         an expression that the rule language refuses (engine.cql)
├── ConsequenceError a fact or a chaining rule outside the guarded form (engine.chaining)
├── InputError       a file, folder or option that cannot be read (files.records)
└── GateError        the ledger, a key or a signature (gate)
"""

from __future__ import annotations


class PreciseError(Exception):
    """An error that is understood: its text names what is wrong, where, and what would be right."""
