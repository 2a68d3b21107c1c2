"""The workbook that a reviewer comments on, and the way back of the decisions.

Trial ──> sheets ──> write ──> findings.xlsx ──(reviewer)──> read ──> merge ──> decisions.jsonl ──> Trial
"""

from __future__ import annotations

from precise_cal.reports.workbook.write import as_xlsx

__all__ = ["as_xlsx"]
