"""The result of ``precise qfr`` as text: lesions, models, remarks, and last the number."""

from __future__ import annotations

from typing import Any


def as_lines(data: dict[str, Any]) -> str:
    """The text; what the data does not hold is not mentioned."""
    lines = [_lesion(number, lesion) for number, lesion in enumerate(data["lesions"], 1)]
    lines += [_model(name, values) for name, values in data.get("models", {}).items()]
    lines += [f"notice    {_remark(item)}" for item in data["notices"]]
    lines += [f"reason    {_remark(item)}" for item in data["reasons"]]
    if "treated" in data:
        lines.append(_treated(data["treated"]))
    return "\n".join([*lines, _line(data)]) + "\n"


def _lesion(number: int, lesion: dict[str, Any]) -> str:
    loss = "" if lesion["qfr_loss"] is None else f", QFR loss {lesion['qfr_loss']:.3f}"
    return (
        f"lesion {number}  {lesion['start_mm']:.1f}-{lesion['end_mm']:.1f} mm, MLD {lesion['mld_mm']:.2f} of "
        f"{lesion['reference_mm']:.2f} mm, {lesion['diameter_stenosis_percent']:.1f} % stenosis{loss}"
    )


def _model(name: str, values: dict[str, float | None]) -> str:
    drop, qfr = values["pressure_drop_Pa"], values["qfr"]
    ratio = "-" if qfr is None else format(qfr, ".3f")
    return f"{name:16} {'-' if drop is None else format(drop, '.1f'):>9} Pa  QFR {ratio}"


def _remark(item: dict[str, str]) -> str:
    return f"{item['code']}: {item['text']}"


def _treated(treated: dict[str, Any]) -> str:
    numbers = ", ".join(map(str, treated["lesions"]))
    if treated["qfr"] is None:
        return f"treated   lesion {numbers}: not analyzable, {'; '.join(map(_remark, treated['reasons']))}"
    return f"treated   lesion {numbers}: residual QFR {treated['qfr']:.3f}"


def sure(interval: dict[str, Any]) -> str:
    """An interval, and whether it leaves open on which side of the cutoff its number lies."""
    told = f"{100 * interval['level']:g} % interval {interval['low']:.3f}-{interval['high']:.3f}"
    return f"{told} holds 0.80: not sure on which side" if interval["holds_0.80"] else told


def _line(data: dict[str, Any]) -> str:
    """The last line: the number, unrounded where 0.80 decides, and how sure it is."""
    if data["qfr"] is None:
        return "not analyzable"
    parts = [f"QFR {data['qfr']:.3f}"]
    interval = data["interval"]
    if interval is not None:
        parts.append(sure(interval))
        parts.append(f"P(QFR > 0.80) {interval['probability_above_0.80']:.2f}")
    parts.append(
        f"drop {data['pressure_drop_Pa']:.0f} Pa, {data['excess_drop_Pa']:z.0f} Pa in excess of the healthy vessel"
    )
    return " · ".join(parts)
