"""QFR of a vessel with a lesion, from Python: python examples/qfr_lumen.py."""

# %% A lumen: position and diameter in mm, proximal end first
from dataclasses import replace
from pathlib import Path

from precise_cal.qfr.lumen.analysis import Settings, analyze, treat
from precise_cal.qfr.lumen.flow import given_flow
from precise_cal.qfr.lumen.lumen import read_lumen
from precise_cal.qfr.lumen.models import MODELS
from precise_cal.qfr.lumen.uncertainty import with_interval

lumen = read_lumen(Path(__file__).with_name("qfr_lumen.csv"))

# %% QFR at a hyperemic velocity of 0.35 m/s and an aortic pressure of 95 mm[Hg]
settings = Settings(aortic_pressure_mmhg=95.0)
found = with_interval(analyze(lumen, given_flow(0.35), settings))
print(f"QFR {found.qfr:.3f}, interval {found.interval.low:.3f} to {found.interval.high:.3f}")

# %% Each lesion: what it costs, and what would be left without it
for lesion in found.lesions:
    start, end = lumen.position_mm[[lesion.first, lesion.last]]
    print(f"{start:.1f}-{end:.1f} mm: loss {found.loss(lesion):.3f}, treated {treat(found, lesion).qfr:.3f}")

# %% The other models
for model in MODELS:
    other = analyze(lumen, found.flow, replace(settings, model=model))
    print(f"{model:16} {other.drop.pascal[-1]:8.1f} Pa")
