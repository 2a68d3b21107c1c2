"""A simulated catheter laboratory: vessels, C-arm, X-rays, bolus, vendor display chain, DICOM files.

Independent of the analysis: neither imports the other, so that truth comes from other code than the one
under test.
"""
