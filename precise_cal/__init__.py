"""PRECISE: protocol compliance for the PRECISE CAL trial (NCT07277114), with QFR computed from angiograms."""

__version__ = "0.1.0"
