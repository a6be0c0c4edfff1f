"""What a header says about the observation: when, how high, how bright, how fast."""

from collections.abc import Mapping
from typing import Any

import numpy as np

_NUMBERS: dict[str, tuple[str, ...]] = {
    "ra": ("RA",),
    "dec": ("DEC",),
    "mjd": ("MJD-OBS", "MJD"),
    "exposure_s": ("EXPTIME",),
    "snr": ("{drs} SPE EXT SN50", "SNR"),
    "berv_km_s": ("{drs} BERV", "ESO QC BERV"),
    "radial_velocity_km_s": ("{drs} CCF RVC", "{drs} CCF RV"),
    "relative_humidity": ("ESO TEL AMBI RHUM",),
}
"""What each is called, the better name first; ``{drs}`` stands for a pipeline of HARPS' family."""

_PIPELINES = ("ESO DRS", "TNG DRS")
_UNKNOWN = (-9999.0, -999.0, -99999.0)


def observation_in(header: Mapping[str, Any]) -> dict[str, float]:
    """Return what a header says about an observation, as numbers in the units of the names.

    Parameters
    ----------
    header : mapping
        Plain values, as `starsieve.readers.fits_file.plain_header` gives them.

    Returns
    -------
    dict
        Of ``ra`` and ``dec`` (degrees), ``mjd``, ``exposure_s``, ``snr`` (of HARPS' order 50, at
        5500 Angstrom), ``berv_km_s``, ``radial_velocity_km_s`` (measured by the pipeline),
        ``relative_humidity`` (percent) and ``airmass`` (mean over the exposure), those that are
        there.
    """
    found = {}
    for name, keywords in _NUMBERS.items():
        spelt = [k.format(drs=drs) for k in keywords for drs in _PIPELINES]
        value = next((v for k in spelt if (v := _number(header.get(k))) is not None), None)
        if value is not None:
            found[name] = value
    cards = ("ESO TEL AIRM START", "ESO TEL AIRM END")
    airmasses = [value for card in cards if (value := _number(header.get(card))) is not None]
    airmass = float(np.mean(airmasses)) if airmasses else _number(header.get("AIRMASS"))
    if airmass is not None:
        found["airmass"] = airmass
    return found


def _number(value: Any) -> float | None:
    """Return a finite number that stands for no "unknown"; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = float(value)
    return number if np.isfinite(number) and number not in _UNKNOWN else None
