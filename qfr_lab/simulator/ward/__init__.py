"""A second simulator, which differs from the first in anatomy, motion, flow, optics and headers.

A whole left coronary tree on a beating heart, with an oval lesion; flow that falls mostly into diastole, an injection
that comes and washes out; a focal spot with two peaks, glare, lag; bones, wires and a moving diaphragm; runs that begin
before the injection, some with panning; files in the dialects of five archives, whose headers lie.
"""
