"""The unit atoms and prefixes of UCUM as data: what each is worth, and in which other unit.

Source: Schadow G, McDonald CJ. The Unified Code for Units of Measure, version 2.2 (2024), chapter 4,
case-sensitive codes. Constants are the exact SI values (2019) or the CODATA values that UCUM states.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from precise_cal.protocol.units.linear import LINEAR


class Prefix(NamedTuple):
    """What a prefix multiplies with, and its name."""

    value: str
    name: str


class Atom(NamedTuple):
    """A unit without prefix. It is worth `value` times `unit`, unless it is a base unit or arbitrary.

    `scale` names the function between a reading and `value` × `unit` of a special unit, else it is empty.
    """

    code: str
    metric: bool
    value: str
    unit: str
    name: str
    scale: str = ""
    arbitrary: bool = False


BASE_UNITS: Final = ("m", "s", "g", "rad", "K", "C", "cd")
"""The order of the dimension vector."""

PI: Final = "[pi]"
"""The one atom that is an irrational number."""

PI_VALUE: Final = "3.1415926535897932384626433832795028841971693993751058209749445923"

# prefix, factor, name
_PREFIXES: Final = """
Y  1e24          yotta
Z  1e21          zetta
E  1e18          exa
P  1e15          peta
T  1e12          tera
G  1e9           giga
M  1e6           mega
k  1e3           kilo
h  1e2           hecto
da 1e1           deka
d  1e-1          deci
c  1e-2          centi
m  1e-3          milli
u  1e-6          micro
n  1e-9          nano
p  1e-12         pico
f  1e-15         femto
a  1e-18         atto
z  1e-21         zepto
y  1e-24         yocto
Ki 1024          kibi
Mi 1048576       mebi
Gi 1073741824    gibi
Ti 1099511627776 tebi
"""

# code, metric or not, name: none is worth anything in another unit
_FUNDAMENTAL: Final = """
m     metric meter
s     metric second
g     metric gram
rad   metric radian
K     metric kelvin
C     metric coulomb
cd    metric candela
[pi]  -      the number pi
"""

# code, metric or not, scale (its kind and constants), worth, of which unit, name
_SPECIAL: Final = """
Cel              metric shift:273.15 1  K        degree Celsius
[degF]           -      shift:459.67 5  K/9      degree Fahrenheit
[degRe]          -      shift:218.52 5  K/4      degree Réaumur
[p'diop]         -      tan:100      1  rad      prism diopter
%[slope]         -      tan:100      1  rad      percent of slope
[hp'_X]          -      log:10:-1    1  1        homeopathic potency of decimal series (retired)
[hp'_C]          -      log:100:-1   1  1        homeopathic potency of centesimal series (retired)
[hp'_M]          -      log:1000:-1  1  1        homeopathic potency of millesimal series (retired)
[hp'_Q]          -      log:50000:-1 1  1        homeopathic potency of quintamillesimal series (retired)
[pH]             -      log:10:-1    1  mol/l    pH
Np               metric log:e:1      1  1        neper
B                metric log:10:1     1  1        bel
B[SPL]           metric log:10:2     2  10*-5.Pa bel sound pressure
B[V]             metric log:10:2     1  V        bel volt
B[mV]            metric log:10:2     1  mV       bel millivolt
B[uV]            metric log:10:2     1  uV       bel microvolt
B[10.nV]         metric log:10:2     10 nV       bel 10 nanovolt
B[W]             metric log:10:1     1  W        bel watt
B[kW]            metric log:10:1     1  kW       bel kilowatt
[m/s2/Hz^(1/2)]  -      root         1  m2/s4/Hz meter per square seconds per square root of hertz
bit_s            -      log:2:1      1  1        bit
"""

# code, metric or not, name: each is a dimension of its own
_ARBITRARY: Final = """
[hp_X]       -      homeopathic potency of decimal hahnemannian series
[hp_C]       -      homeopathic potency of centesimal hahnemannian series
[hp_M]       -      homeopathic potency of millesimal hahnemannian series
[hp_Q]       -      homeopathic potency of quintamillesimal hahnemannian series
[kp_X]       -      homeopathic potency of decimal korsakovian series
[kp_C]       -      homeopathic potency of centesimal korsakovian series
[kp_M]       -      homeopathic potency of millesimal korsakovian series
[kp_Q]       -      homeopathic potency of quintamillesimal korsakovian series
[iU]         metric international unit
[arb'U]      -      arbitrary unit
[USP'U]      -      United States Pharmacopeia unit
[GPL'U]      -      GPL unit
[MPL'U]      -      MPL unit
[APL'U]      -      APL unit
[beth'U]     -      Bethesda unit
[anti'Xa'U]  -      anti factor Xa unit
[todd'U]     -      Todd unit
[dye'U]      -      Dye unit
[smgy'U]     -      Somogyi unit
[bdsk'U]     -      Bodansky unit
[ka'U]       -      King-Armstrong unit
[knk'U]      -      Kunkel unit
[mclg'U]     -      Mac Lagan unit
[tb'U]       -      tuberculin unit
[CCID_50]    -      50% cell culture infectious dose
[TCID_50]    -      50% tissue culture infectious dose
[EID_50]     -      50% embryo infectious dose
[PFU]        -      plaque forming units
[FFU]        -      focus forming units
[CFU]        -      colony forming units
[IR]         -      index of reactivity
[BAU]        -      bioequivalent allergen unit
[AU]         -      allergen unit
[Amb'a'1'U]  -      allergen unit for Ambrosia artemisiifolia
[PNU]        -      protein nitrogen unit
[Lf]         -      Limit of flocculation
[D'ag'U]     -      D-antigen unit
[FEU]        -      fibrinogen equivalent unit
[ELU]        -      ELISA unit
[EU]         -      Ehrlich unit
"""


def _rows(text: str, columns: int) -> list[list[str]]:
    lines = text.strip().splitlines()
    return [line.split(maxsplit=columns - 1) for line in lines if not line.startswith("# ")]


@cache
def prefixes() -> dict[str, Prefix]:
    """Every prefix by its code."""
    return {code: Prefix(value, name) for code, value, name in _rows(_PREFIXES, 3)}


@cache
def atoms() -> dict[str, Atom]:
    """Every atom by its code."""
    metric = "metric"
    found = [Atom(code, kind == metric, "1", code, name) for code, kind, name in _rows(_FUNDAMENTAL, 3)]
    found += [Atom(code, kind == metric, value, unit, name) for code, kind, value, unit, name in _rows(LINEAR, 5)]
    found += [
        Atom(code, kind == metric, value, unit, name, scale)
        for code, kind, scale, value, unit, name in _rows(_SPECIAL, 6)
    ]
    found += [Atom(code, kind == metric, "1", code, name, arbitrary=True) for code, kind, name in _rows(_ARBITRARY, 3)]
    return {atom.code: atom for atom in found}
