"""The physical parameters that labels and models speak of: names, units, and what they mean."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """A physical parameter.

    Parameters
    ----------
    name : str
        As in tables, recipes and JSON.
    symbol : str
        As on the axis of a figure (Matplotlib's math text).
    unit : str
        As `astropy.units` writes it; ``""`` if it has none.
    meaning : str
        One line for people.
    digits : int
        Decimals worth printing.
    """

    name: str
    symbol: str
    unit: str
    meaning: str
    digits: int = 2


_KNOWN = (
    Label("teff", r"$T_{\rm eff}$", "K", "effective temperature", 0),
    Label("logg", r"$\log g$", "dex(cm / s2)", "surface gravity"),
    Label("mh", "[M/H]", "dex", "metallicity relative to the Sun"),
    Label("fsed", r"$f_{\rm sed}$", "", "sedimentation efficiency of clouds; 10 stands for none"),
    Label("c_to_o", "C/O", "", "carbon-to-oxygen ratio relative to the Sun"),
    Label("log_kzz", r"$\log K_{zz}$", "dex(cm2 / s)", "vertical mixing"),
    Label("enrichment", r"[$\alpha$/M]", "dex", "alpha-element enrichment"),
)
LABELS = {label.name: label for label in _KNOWN}

ALIASES = {
    "temperature": "teff",
    "gravity": "logg",
    "z": "mh",
    "metallicity": "mh",
    "feh": "mh",
    "co": "c_to_o",
    "c_o_ratio": "c_to_o",
    "kzz": "log_kzz",
    "enrich": "enrichment",
}
"""What files call the same thing."""


def get_label(name: str) -> Label:
    """Return a known label, or a plain one of that name."""
    return LABELS.get(name) or Label(name, name, "", name)
