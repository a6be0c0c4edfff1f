"""What is known of a star, as far as transits need it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Star:
    """A star's catalogue values; None is not known.

    Parameters
    ----------
    tic : int, optional
        TESS Input Catalog number.
    name : str
    ra, dec : float, optional
        ICRS, degree.
    tmag : float, optional
        TESS magnitude.
    teff, logg, mh : float, optional
        Effective temperature (K), log surface gravity (cm/s2), metallicity (dex).
    radius, mass, density : float, optional
        In units of the Sun's.
    distance_pc : float, optional
    contamination : float, optional
        Flux of neighbours over that of the star, in the aperture.
    source : str
        Where the values come from, as ``"TIC"`` or ``"light curve header"``.
    """

    tic: int | None = None
    name: str = ""
    ra: float | None = None
    dec: float | None = None
    tmag: float | None = None
    teff: float | None = None
    logg: float | None = None
    mh: float | None = None
    radius: float | None = None
    mass: float | None = None
    density: float | None = None
    distance_pc: float | None = None
    contamination: float | None = None
    source: str = ""

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any], source: str = "light curve header") -> Self:
        """Return what the metadata of a light curve say of its star; `target` is the TIC number."""
        known: dict[str, Any] = {
            field.name: float(value)
            for field in fields(cls)
            if field.name not in ("tic", "name", "source")
            and isinstance(value := meta.get(field.name), int | float)
            and math.isfinite(value)
        }
        tic = meta.get("target") if str(meta.get("telescope", "TESS")).upper() == "TESS" else None
        name = str(meta.get("object") or (f"TIC {tic}" if tic else ""))
        return cls(tic=tic if isinstance(tic, int) else None, name=name, source=source, **known)
