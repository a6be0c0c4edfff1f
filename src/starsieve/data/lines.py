"""Where common species absorb: lines and bands in vacuum micron, at rest.

Lines are those of the NIST Atomic Spectra Database, whose wavelengths above 0.2 micron are in air
and were brought to vacuum after Morton (2000); they are good to some 0.1 pm (1 km/s). Hydrogen's
Paschen and Brackett lines are those of Rydberg's formula. Bands have no sharp edges: theirs are
where papers see the absorption begin and end, to about 1 %.

========== ==================================================================================
source     what it is
========== ==================================================================================
NIST       Kramida et al., NIST Atomic Spectra Database, https://physics.nist.gov/asd
K99        Kirkpatrick et al. (1999, ApJ 519, 802): red-optical features of L dwarfs
M03        McLean et al. (2003, ApJ 596, 561): near-infrared features of M, L and T dwarfs
C03        Cushing et al. (2003, ApJ 582, 1066): FeH in late M and L dwarfs
C05        Cushing et al. (2005, ApJ 623, 1115): 0.6 to 4.1 micron features of M, L, T dwarfs
C06        Cushing et al. (2006, ApJ 648, 614): 5.5 to 38 micron features of M, L, T dwarfs
C15        Canty et al. (2015, MNRAS 450, 454): methane and ammonia of late T dwarfs
S12        Saumon et al. (2012, ApJ 750, 74): ammonia of the coolest brown dwarfs
SPLAT      Burgasser & the Splat Development Team (2017, ASInC 14, 7): labels of features
W94        Worthey et al. (1994, ApJS 94, 687): bands of the Lick indices
MK         Morgan & Keenan's classical features of stars, as in Gray & Corbally (2009)
========== ==================================================================================
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Group = Literal["molecules", "alkali metals", "hydrogen and helium", "other metals"]


@dataclass(frozen=True, slots=True)
class Feature:
    """A line, or the range of a band.

    Attributes
    ----------
    species : str
        Name in `SPECIES`.
    title : str
        As people print it: ``Na I D2``.
    start, stop : float
        Vacuum micron at rest; the same for a line.
    source : str
        One of those in this module's table.
    """

    species: str
    title: str
    start: float
    stop: float
    source: str

    @property
    def is_line(self) -> bool:
        """Whether this is a line, not a band."""
        return self.start == self.stop


@dataclass(frozen=True, slots=True)
class Species:
    """An atom, an ion, a molecule, or a series of hydrogen, and where it absorbs."""

    name: str
    title: str
    group: Group
    features: tuple[Feature, ...]


Lines = dict[str, tuple[float, ...]]
"""Vacuum micron by what a line is called beside its species; "" where it has no name."""

Bands = tuple[tuple[float, float, str], ...]
"""Start and stop in vacuum micron, and the source."""


def _lines(name: str, title: str, group: Group, lines: Lines, source: str = "NIST") -> Species:
    features = (
        Feature(name, f"{title} {called}".rstrip(), wave, wave, source)
        for called, waves in lines.items()
        for wave in waves
    )
    return Species(name, title, group, tuple(sorted(features, key=lambda each: each.start)))


def _bands(name: str, title: str, bands: Bands) -> Species:
    features = tuple(Feature(name, title, start, stop, source) for start, stop, source in bands)
    return Species(name, title, "molecules", features)


_MOLECULES = (
    _bands(
        "h2o", "H₂O",
        ((0.925, 0.950, "SPLAT"), (1.08, 1.20, "SPLAT"), (1.325, 1.55, "M03"), (1.72, 2.14, "M03"),
         (2.30, 3.20, "C05"), (5.00, 7.20, "C06")),
    ),
    _bands(
        "ch4", "CH₄",
        ((1.10, 1.24, "SPLAT"), (1.28, 1.44, "M03"), (1.60, 1.80, "M03"), (2.15, 2.50, "M03"),
         (3.10, 3.60, "C05"), (7.20, 8.20, "C06")),
    ),
    _bands("co", "CO", ((2.293, 2.42, "C05"), (4.40, 5.00, "C06"))),
    _bands(
        "nh3", "NH₃",
        ((1.20, 1.27, "C15"), (1.49, 1.57, "S12"), (1.95, 2.08, "C15"), (10.0, 11.2, "C06")),
    ),
    _bands(
        "feh", "FeH",
        ((0.8692, 0.8750, "K99"), (0.9896, 1.03, "C03"), (1.19, 1.25, "C03"), (1.58, 1.64, "C03")),
    ),
    _bands("crh", "CrH", ((0.8611, 0.8681, "K99"), (0.9969, 1.01, "K99"))),
    _bands(
        "tio", "TiO",
        ((0.6651, 0.6852, "K99"), (0.7053, 0.7270, "K99"), (0.7590, 0.7700, "K99"),
         (0.8432, 0.8580, "K99"), (0.8859, 0.8940, "K99")),
    ),
    _bands(
        "vo", "VO",
        ((0.7334, 0.7534, "K99"), (0.7851, 0.7973, "K99"), (1.04, 1.08, "C05"),
         (1.17, 1.20, "SPLAT")),
    ),
    _bands("cah", "CaH", ((0.6346, 0.6390, "K99"), (0.6750, 0.7050, "K99"))),
    _bands("ch", "CH (G band)", ((0.42826, 0.43176, "W94"),)),
    _bands("cn", "CN", ((0.41434, 0.41783, "W94"),)),
)  # fmt: skip

_ALKALI: Group = "alkali metals"
_ALKALIS = (
    _lines(
        "li1", "Li I", _ALKALI, {"": (0.6709662,)},
    ),
    _lines(
        "na1", "Na I", _ALKALI,
        {"D2": (0.5891583,), "D1": (0.5897558,),
         "": (0.8185506, 0.8197077, 1.1384570, 1.1406901, 2.2062446, 2.2089690)},
    ),
    _lines(
        "k1", "K I", _ALKALI,
        {"D2": (0.7667009,), "D1": (0.7701084,),
         "": (1.1693420, 1.1772861, 1.1776061, 1.2435675, 1.2525560, 1.5167211, 1.5172521)},
    ),
    _lines("rb1", "Rb I", _ALKALI, {"": (0.7802414, 0.7949789)}),
    _lines("cs1", "Cs I", _ALKALI, {"": (0.8523473, 0.8945930)}),
)  # fmt: skip

_HYDROGEN: Group = "hydrogen and helium"
_LIGHT = (
    _lines(
        "balmer", "H I Balmer", _HYDROGEN,
        {"α": (0.6564603,), "β": (0.4862708,), "γ": (0.4341692,), "δ": (0.4102892,),
         "ε": (0.3971198,), "8": (0.3890166,), "9": (0.3836485,)},
    ),
    _lines(
        "paschen", "H I Paschen", _HYDROGEN,
        {"α": (1.875627,), "β": (1.282167,), "γ": (1.094116,), "δ": (1.005219,), "ε": (0.954865,),
         "9": (0.923160,), "10": (0.901744,), "11": (0.886527,), "12": (0.875293,),
         "13": (0.866745,), "14": (0.860081,)},
        "Rydberg",
    ),
    _lines(
        "brackett", "H I Brackett", _HYDROGEN,
        {"α": (4.052282,), "β": (2.625878,), "γ": (2.166129,), "δ": (1.945095,), "9": (1.817916,),
         "10": (1.736692,), "11": (1.681118,)},
        "Rydberg",
    ),
    _lines(
        "he1", "He I", _HYDROGEN,
        {"D3": (0.5877250,), "": (0.4027329, 0.4472734, 0.6679995, 0.7067138, 1.0833217)},
    ),
    _lines("he2", "He II", _HYDROGEN, {"": (0.4687015,)}),
)  # fmt: skip

_METAL: Group = "other metals"
_METALS = (
    _lines(
        "ca2", "Ca II", _METAL,
        {"K": (0.3934777,), "H": (0.3969592,), "": (0.8500358, 0.8544438, 0.8664520)},
    ),
    _lines("ca1", "Ca I", _METAL, {"": (0.4227918, 0.6104412, 0.6123912, 0.6163878, 0.6574595)}),
    _lines(
        "mg1", "Mg I", _METAL,
        {"b4": (0.5168761,), "b2": (0.5174125,), "b1": (0.5185048,),
         "": (0.8809176, 1.1831423, 1.5029098, 1.5044357, 1.5051818, 1.7113333)},
    ),
    _lines(
        "fe1", "Fe I", _METAL,
        {"E": (0.5271004,),
         "": (0.4046955, 0.4272962, 0.4384777, 0.4958981, 0.5329521, 0.6395369, 0.6496775,
              0.8390077, 0.8691011, 1.1886100, 1.1887338)},
    ),
    _lines("al1", "Al I", _METAL, {"": (0.3945122, 0.3962641, 1.3126999, 1.3154347)}),
    _lines("cr1", "Cr I", _METAL, {"": (0.5205955, 0.5207488, 0.5209869)}),
    _lines("mn1", "Mn I", _METAL, {"": (0.4031892, 1.2903289)}),
    _lines("ti1", "Ti I", _METAL, {"": (0.4983121, 0.8437275)}),
    _lines("o1", "O I", _METAL, {"": (0.7774083, 0.7776305, 0.7777528)}),
    _lines("si1", "Si I", _METAL, {"": (1.2034803, 1.5892751)}),
    _lines("sr2", "Sr II", _METAL, {"": (0.4078860, 0.4216706)}),
    _lines("ba2", "Ba II", _METAL, {"": (0.4555306, 0.6498692)}),
)  # fmt: skip

SPECIES = {each.name: each for each in (*_MOLECULES, *_ALKALIS, *_LIGHT, *_METALS)}
"""Every species by the name that a URL has for it."""


def features_between(names: Iterable[str], low: float, high: float) -> list[Feature]:
    """Return the features of species that lie in a range at least in part, species by species.

    Parameters
    ----------
    names : iterable of str
        Of `SPECIES`; others have no features.
    low, high : float
        Vacuum micron.

    Examples
    --------
    >>> [feature.title for feature in features_between(["na1"], 0.5, 0.6)]
    ['Na I D2', 'Na I D1']
    """
    known = (SPECIES[name] for name in dict.fromkeys(names) if name in SPECIES)
    return [
        feature
        for species in known
        for feature in species.features
        if feature.stop >= low and feature.start <= high
    ]


def species_between(low: float, high: float) -> list[Species]:
    """Return the species that have a feature in a range (vacuum micron), in the table's order."""
    return [each for each in SPECIES.values() if features_between([each.name], low, high)]
