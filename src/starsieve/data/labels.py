"""The physical parameters that labels and models speak of: names, units, and what they mean."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


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
    Label("feh", "[Fe/H]", "dex", "iron abundance relative to the Sun"),
    Label("alpha_fe", r"[$\alpha$/Fe]", "dex", "alpha elements over iron, relative to the Sun"),
    Label("vsini", r"$v\,\sin i$", "km / s", "projected speed of rotation", 1),
    Label("vmicro", r"$v_{\rm mic}$", "km / s", "microturbulence"),
    Label("radial_velocity", r"$v_{\rm rad}$", "km / s", "radial velocity, positive: receding"),
    Label("berv", "BERV", "km / s", "the Earth's velocity towards the star"),
    Label("mass", "$M$", "solMass", "mass of a star"),
    Label("radius", "$R$", "solRad", "radius of a star"),
    Label("ebv", "$E(B-V)$", "mag", "reddening", 3),
    Label("parallax", r"$\varpi$", "mas", "parallax", 3),
    Label("airmass", "airmass", "", "length of the path through the air, of the zenith's"),
    Label("relative_humidity", "humidity", "%", "relative humidity at the telescope", 0),
    Label("spt", "SpT", "", "spectral type as a number: M0 is 0, L0 is 10, T0 is 20", 1),
    Label("snr", "S/N", "", "signal over noise per pixel", 0),
    Label("mjd", "MJD", "d", "modified Julian date", 3),
    Label("exposure", "exposure", "s", "time of exposure", 0),
)
LABELS = {label.name: label for label in _KNOWN}

ALIASES = {
    "temperature": "teff",
    "gravity": "logg",
    "z": "mh",
    "metallicity": "mh",
    "log_mh": "mh",
    "m_h": "mh",
    "[m/h]": "mh",
    "fe_h": "feh",
    "[fe/h]": "feh",
    "alpha_m": "enrichment",
    "[a/m]": "enrichment",
    "afe": "alpha_fe",
    "alphafe": "alpha_fe",
    "[a/fe]": "alpha_fe",
    "[alpha/fe]": "alpha_fe",
    "log_g": "logg",
    "log g": "logg",
    "log(g)": "logg",
    "t_eff": "teff",
    "effective_temperature": "teff",
    "rv": "radial_velocity",
    "radvel": "radial_velocity",
    "vrad": "radial_velocity",
    "vmic": "vmicro",
    "e(b-v)": "ebv",
    "e_b_v": "ebv",
    "berv_km_s": "berv",
    "radial_velocity_km_s": "radial_velocity",
    "relative_humidity_percent": "relative_humidity",
    "exposure_s": "exposure",
    "exptime": "exposure",
    "sn": "snr",
    "s/n": "snr",
    "co": "c_to_o",
    "cto": "c_to_o",
    "c/o": "c_to_o",
    "c_o": "c_to_o",
    "c_o_ratio": "c_to_o",
    "kzz": "log_kzz",
    "logkzz": "log_kzz",
    "enrich": "enrichment",
}
"""What files call the same thing."""


FILLERS = (-999.0, -9999.0, -99999.0, 9999.0, 99999.0, 999999.0, -999.9, -9999.99)
"""Numbers that tables write for "unknown"; no label has such a value."""


def without_fillers(values: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], int]:
    """Return values with NaN in place of the numbers that stand for unknown, and how many.

    Examples
    --------
    >>> without_fillers([5777.0, 99999.0])
    (array([5777.,   nan]), 1)
    """
    numbers: npt.NDArray[Any] = np.asarray(values, dtype=np.float64)
    # Half of the files hold single precision, where -999.9 is another number.
    filler = np.isin(np.round(numbers, 2), FILLERS)
    return np.where(filler, np.nan, numbers), int(np.sum(filler))


def get_label(name: str) -> Label:
    """Return a known label, or a plain one of that name."""
    return LABELS.get(name) or Label(name, name, "", name)


_TEX = {r"\log": "log", r"\sin": "sin ", r"\alpha": "α", r"\varpi": "ϖ", r"\rm ": "", r"\,": " "}


def plain_symbol(name: str) -> str:
    """Return a label's symbol in plain letters, for where no formula can be set.

    Examples
    --------
    >>> plain_symbol("teff"), plain_symbol("logg"), plain_symbol("vsini")
    ('Teff', 'log g', 'v sin i')
    """
    text = get_label(name).symbol
    if text.count("$") < 2:
        return text
    for formula, letters in _TEX.items():
        text = text.replace(formula, letters)
    return " ".join("".join(letter for letter in text if letter not in "${}_^").split())
