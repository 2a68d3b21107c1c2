"""From findings to documents: what a monitor signs, a sponsor files and a statistician loads. Decides nothing.

judged ──> assemble (decisions, masking) ──> Trial ──> participant/, trial/ ──> Document ──> html, pdf, markdown
                                               ├─────> workbook/ ──> XLSX, and back
                                               ├─────> sdtm/ ──> XPT, Dataset-JSON
                                               └─────> csv
"""
