"""How far two readers agree: Bland–Altman limits, intraclass correlation, and the side of a cut-off.

Bland & Altman 1986 (Lancet 1:307): mean difference and limits at ± 1.96 standard deviations, each with its
confidence interval; the standard error of a limit is √(3 s²/n). Shrout & Fleiss 1979 (Psychol Bull 86:420): ICC(2,1),
two-way random effects, absolute agreement, single rater; its confidence interval is theirs as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from precise_cal.language.catalog import message
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array

LEAST: Final = 3
"""Pairs below which no statistic is given (own)."""
LIMIT: Final = 1.96
CONFIDENCE: Final = 0.95
STYLE: Final = (
    "text{font:13px sans-serif;fill:#222}.axis{stroke:#444}.mean{stroke:#0b4f8a}"
    ".limit{stroke:#b35900;stroke-dasharray:6 4}.band{fill:#0b4f8a;opacity:.1}.point{fill:#0b4f8a;opacity:.7}"
)
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640.0, 400.0, 80.0, 90.0, 30.0, 50.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its 95 % confidence interval."""

    value: float
    low: float
    high: float

    def as_data(self, digits: int = 4) -> dict[str, float | None]:
        """The numbers, rounded; None where there is none."""
        return {
            name: round(float(value), digits) if math.isfinite(value) else None
            for name, value in (("value", self.value), ("low", self.low), ("high", self.high))
        }


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readings of the same things agree.

    Attributes:
        first: (n,) readings of the first reader.
        second: (n,) of the second.
        bias: Mean of first minus second.
        spread: Standard deviation of the differences.
        lower: Lower limit of agreement.
        upper: Upper limit of agreement.
        icc: ICC(2,1).
    """

    first: Array
    second: Array
    bias: Estimate
    spread: float
    lower: Estimate
    upper: Estimate
    icc: Estimate

    def as_data(self) -> dict[str, Any]:
        """The statistics as data, with the form of each named."""
        return {
            "pairs": int(self.first.size),
            "mean_difference": self.bias.as_data(),
            "sd_of_differences": round(self.spread, 4),
            "lower_limit": self.lower.as_data(),
            "upper_limit": self.upper.as_data(),
            "icc": {"form": "ICC(2,1), two-way random, absolute agreement, single rater", **self.icc.as_data()},
        }


def agreement(first: Array, second: Array) -> Agreement:
    """The statistics of two readings (n,) of the same things.

    Raises:
        QfrError: fewer than three pairs.
    """
    from scipy.stats import t

    count = first.size
    if count < LEAST:
        raise QfrError(
            message(
                "agreement: { $count } pairs with a number from both readers, at least { $least } are wanted",
                count=count,
                least=LEAST,
            )
        )
    differences = first - second
    bias, spread = float(differences.mean()), float(differences.std(ddof=1))
    wide = float(t.ppf(0.5 + CONFIDENCE / 2.0, count - 1))
    of_mean, of_limit = wide * spread / math.sqrt(count), wide * spread * math.sqrt(3.0 / count)
    low, high = bias - LIMIT * spread, bias + LIMIT * spread
    return Agreement(
        first, second,
        Estimate(bias, bias - of_mean, bias + of_mean), spread,
        Estimate(low, low - of_limit, low + of_limit), Estimate(high, high - of_limit, high + of_limit),
        icc(np.column_stack([first, second])),
    )  # fmt: skip


def icc(readings: Array) -> Estimate:
    """ICC(2,1) of readings (targets, raters); NaN where nothing varies."""
    from scipy.stats import f

    n, k = readings.shape
    grand, rows, columns = readings.mean(), readings.mean(axis=1), readings.mean(axis=0)
    between = k * float(np.sum((rows - grand) ** 2)) / (n - 1)
    judges = n * float(np.sum((columns - grand) ** 2)) / (k - 1)
    rest = readings - rows[:, None] - columns[None, :] + grand
    error = float(np.sum(rest**2)) / ((n - 1) * (k - 1))
    scale = between + (k - 1) * error + k * (judges - error) / n
    if scale <= 0.0:
        return Estimate(math.nan, math.nan, math.nan)
    value = (between - error) / scale
    if error <= 1e-12 * between:
        return Estimate(value, value, value) if judges <= 1e-12 * between else Estimate(value, math.nan, math.nan)
    ratio, base = judges / error, n * (1.0 + (k - 1) * value) - k * value
    freedom = (k - 1) * (n - 1) * (k * value * ratio + base) ** 2 / ((n - 1) * (k * value * ratio) ** 2 + base**2)
    upper_tail = 0.5 + CONFIDENCE / 2.0
    below, above = float(f.ppf(upper_tail, n - 1, freedom)), float(f.ppf(upper_tail, freedom, n - 1))
    common = k * judges + (k * n - k - n) * error
    low = n * (between - below * error) / (below * common + n * between)
    high = n * (above * between - error) / (common + n * above * between)
    return Estimate(value, low, high)


def sides(first: Array, second: Array, cutoff: float) -> dict[str, int]:
    """How many pairs lie on which side of a cut-off, strictly above it or not."""
    one, two = first > cutoff, second > cutoff
    return {
        "both_above": int(np.count_nonzero(one & two)),
        "first_only": int(np.count_nonzero(one & ~two)),
        "second_only": int(np.count_nonzero(~one & two)),
        "none_above": int(np.count_nonzero(~one & ~two)),
    }


def as_svg(found: Agreement, name: str) -> str:
    """The Bland–Altman plot: differences over means, with bias and limits."""
    means, differences = 0.5 * (found.first + found.second), found.first - found.second
    low, high = min(found.lower.low, float(differences.min())), max(found.upper.high, float(differences.max()))
    left, right = float(means.min()), float(means.max())
    across, up = max(right - left, 1e-6), max(high - low, 1e-6)
    left, right, low, high = left - 0.05 * across, right + 0.05 * across, low - 0.05 * up, high + 0.05 * up

    def x(value: float) -> float:
        return LEFT + (value - left) / (right - left) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">',
        f"<title>Bland–Altman plot of {escape(name)}, {found.first.size} pairs</title>",
        f"<style>{STYLE}</style>",
        f'<line class="axis" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" y1="{HEIGHT - BOTTOM:g}" y2="{HEIGHT - BOTTOM:g}"/>',
        f'<line class="axis" x1="{LEFT:g}" x2="{LEFT:g}" y1="{TOP:g}" y2="{HEIGHT - BOTTOM:g}"/>',
    ]
    for kind, label, one in (
        ("mean", "mean", found.bias), ("limit", "+1.96 SD", found.upper), ("limit", "−1.96 SD", found.lower),
    ):  # fmt: skip
        parts.append(
            f'<rect class="band" x="{LEFT:g}" width="{WIDTH - LEFT - RIGHT:g}" y="{y(one.high):.1f}" '
            f'height="{y(one.low) - y(one.high):.1f}"/><line class="{kind}" x1="{LEFT:g}" x2="{WIDTH - RIGHT:g}" '
            f'y1="{y(one.value):.1f}" y2="{y(one.value):.1f}"/><text x="{WIDTH - RIGHT + 4:g}" '
            f'y="{y(one.value) + 4:.1f}">{label}</text><text x="{LEFT - 6:g}" y="{y(one.value) + 4:.1f}" '
            f'text-anchor="end">{one.value:z.3f}</text>'
        )
    points = zip(means.tolist(), differences.tolist(), strict=True)
    parts += [f'<circle class="point" cx="{x(mean):.1f}" cy="{y(gap):.1f}" r="4"/>' for mean, gap in points]
    for share in (0.0, 0.5, 1.0):
        value = left + share * (right - left)
        parts.append(f'<text x="{x(value):.1f}" y="{HEIGHT - BOTTOM + 18:g}" text-anchor="middle">{value:.2f}</text>')
    middle = 0.5 * (LEFT + WIDTH - RIGHT)
    parts += [
        f'<text x="8" y="18">first − second reader, {escape(name)}</text>',
        f'<text x="{middle:g}" y="{HEIGHT - 10:g}" text-anchor="middle">mean of both readers</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
