"""Reading of X-ray angiographic cine files (DICOM XA)."""
