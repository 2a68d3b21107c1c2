"""The result of ``precise qfr`` as text: lesions, models, remarks, and last the number."""

from __future__ import annotations

from typing import Any

from precise_cal.language.catalog import Joined, lines_of, message, placed


def as_lines(data: dict[str, Any]) -> str:
    """The text; what the data does not hold is not mentioned."""
    lines = [_lesion(number, lesion) for number, lesion in enumerate(data["lesions"], 1)]
    lines += [_model(name, values) for name, values in data.get("models", {}).items()]
    lines += [message("notice    { $remark }", remark=_remark(item)) for item in data["notices"]]
    lines += [message("reason    { $remark }", remark=_remark(item)) for item in data["reasons"]]
    if "treated" in data:
        lines.append(_treated(data["treated"]))
    return lines_of([*lines, _line(data)]) + "\n"


def _lesion(number: int, lesion: dict[str, Any]) -> str:
    loss = (
        "" if lesion["qfr_loss"] is None else message(", QFR loss { $qfr_loss }", qfr_loss=f"{lesion['qfr_loss']:.3f}")
    )
    return message(
        "lesion { $number }  { $start_mm }-{ $end_mm } mm, MLD { $mld_mm } of { $reference_mm } "
        "mm, { $diameter_stenosis_percent } % stenosis{ $loss }",
        number=number,
        start_mm=f"{lesion['start_mm']:.1f}",
        end_mm=f"{lesion['end_mm']:.1f}",
        mld_mm=f"{lesion['mld_mm']:.2f}",
        reference_mm=f"{lesion['reference_mm']:.2f}",
        diameter_stenosis_percent=f"{lesion['diameter_stenosis_percent']:.1f}",
        loss=loss,
    )


def _model(name: str, values: dict[str, float | None]) -> str:
    drop, qfr = values["pressure_drop_Pa"], values["qfr"]
    ratio = "-" if qfr is None else format(qfr, ".3f")
    return message(
        "{ $name } { $value } Pa  QFR { $ratio }",
        name=f"{name:16}",
        value=f"{'-' if drop is None else format(drop, '.1f'):>9}",
        ratio=ratio,
    )


def _remark(item: dict[str, str]) -> str:
    return placed(item["code"], item["text"])


def _treated(treated: dict[str, Any]) -> str:
    numbers = ", ".join(map(str, treated["lesions"]))
    if treated["qfr"] is None:
        return message(
            "treated   lesion { $numbers }: not analyzable, { $reasons }",
            numbers=numbers,
            reasons=Joined("; ", map(_remark, treated["reasons"])),
        )
    return message("treated   lesion { $numbers }: residual QFR { $qfr }", numbers=numbers, qfr=f"{treated['qfr']:.3f}")


def sure(interval: dict[str, Any]) -> str:
    """An interval, and whether it leaves open on which side of the cutoff its number lies."""
    told = message(
        "{ $value } % interval { $low }-{ $high }",
        value=f"{100 * interval['level']:g}",
        low=f"{interval['low']:.3f}",
        high=f"{interval['high']:.3f}",
    )
    return message("{ $told } holds 0.80: not sure on which side", told=told) if interval["holds_0.80"] else told


def _line(data: dict[str, Any]) -> str:
    """The last line: the number, unrounded where 0.80 decides, and how sure it is."""
    if data["qfr"] is None:
        return "not analyzable"
    parts: list[str] = [message("QFR { $qfr }", qfr=f"{data['qfr']:.3f}")]
    interval = data["interval"]
    if interval is not None:
        parts.append(sure(interval))
        parts.append(message("P(QFR > 0.80) { $interval }", interval=f"{interval['probability_above_0.80']:.2f}"))
    parts.append(
        message(
            "drop { $pressure_drop_pa } Pa, { $excess_drop_pa } Pa in excess of the healthy vessel",
            pressure_drop_pa=f"{data['pressure_drop_Pa']:.0f}",
            excess_drop_pa=f"{data['excess_drop_Pa']:z.0f}",
        )
    )
    return Joined(" · ", parts)
