"""Columns of the table of candidates: their titles, units, meanings and UCDs."""

from collections.abc import Sequence
from dataclasses import replace

from starsieve.archive.candidate_query import JUDGED, SORTED, STAR
from starsieve.data.catalogue import UNITS
from starsieve.web.tables import Column

_UNITS = {
    **UNITS,
    **dict.fromkeys(JUDGED, ""),
    "period_err_days": "d", "epoch_err_days": "d", "duration_err_hours": "h",
    "depth_err_ppm": "ppm", "radius_err_earth": "earthRad", "teq_err_k": "K",
}  # fmt: skip


def _column(name: str, title: str, digits: int | None, meaning: str, ucd: str = "") -> Column:
    return Column(name, title, _UNITS.get(name, ""), meaning, digits, ucd)


_STAR = "of the TESS Input Catalog, or else of the list"

COLUMNS: tuple[Column, ...] = (
    _column("name", "Candidate", None, "its list and its name there", "meta.id;meta.main"),
    _column("star", "Star", None, "the star's name", "meta.id"),
    _column("tic", "TIC", None, "number in the TESS Input Catalog", "meta.id"),
    _column("planet_probability", "P(planet)", 3, "a model's probability of a planet"),
    _column("spread", "± spread", 3, "its standard deviation among the members of the model"),
    _column("model", "Model", None, "whose probability it is"),
    _column("disposition", "Disposition", None, "what its list last said of it"),
    _column("verdict", "Verdict", None, "what people here last said of it"),
    _column("period_days", "Period", 5, "orbital period; empty for a single event", "time.period"),
    _column("epoch_btjd", "Epoch", 4, "middle of one transit, BJD_TDB − 2457000", "time.epoch"),
    _column("duration_hours", "Duration", 2, "first to last contact", "time.duration"),
    _column("depth_ppm", "Depth", 0, "depth of the transits"),
    _column("radius_earth", "Radius", 2, "of the planet", "phys.size.radius"),
    _column("insolation_earth", "Insolation", 1, "light that it gets, over the Earth's"),
    _column("teq_k", "Teq", 0, "equilibrium temperature", "phys.temperature"),
    _column("snr", "S/N", 1, "signal over noise of the transits; lists define it differently"),
    _column("distance_pc", "Distance", 0, f"of the star, {_STAR}", "pos.distance"),
    _column("tmag", "Tmag", 2, f"TESS magnitude, {_STAR}", "phot.mag"),
    _column("teff", "Teff", 0, f"effective temperature of the star, {_STAR}"),
    _column("logg", "log g", 2, f"surface gravity of the star, {_STAR}", "phys.gravity"),
    _column("radius", "R*", 2, f"radius of the star, {_STAR}", "phys.size.radius"),
    _column("mass", "M*", 2, f"mass of the star, {_STAR}", "phys.mass"),
    _column("mh", "[M/H]", 2, f"metallicity of the star, {_STAR}", "phys.abund.Z"),
    _column("density", "Density", 2, "of the star, over the Sun's, of the TESS Input Catalog"),
    _column("luminosity", "Luminosity", 2, "of the star, of the TESS Input Catalog"),
    _column("contamination", "Contamination", 3, "flux of neighbours over that of the star"),
    _column("ra", "RA", 5, "right ascension (ICRS)", "pos.eq.ra"),
    _column("dec", "Dec", 5, "declination (ICRS)", "pos.eq.dec"),
    _column("kic", "KIC", None, "number in the Kepler Input Catalog", "meta.id"),
    _column("period_err_days", "± period", 6, "error of the period"),
    _column("epoch_err_days", "± epoch", 5, "error of the epoch"),
    _column("duration_err_hours", "± duration", 2, "error of the duration"),
    _column("depth_err_ppm", "± depth", 0, "error of the depth"),
    _column("radius_err_earth", "± radius", 2, "error of the planet's radius"),
    _column("insolation_err_earth", "± insolation", 1, "error of the insolation"),
    _column("teq_err_k", "± Teq", 0, "error of the equilibrium temperature"),
    _column("announced", "Announced", None, "when its list first had it", "time"),
    _column("changed", "Changed", None, "when something new was last known of it here", "time"),
    _column("origin", "List", None, "whose list it is on, or search for what was found here"),
    _column("id", "Number", None, "in this archive", "meta.record"),
    _column("target", "Star's number", None, "in this archive", "meta.record"),
)
"""Every column, in the order of a page."""

BY_NAME = {column.name: column for column in COLUMNS}

SHOWN = (
    *("name", "star", "planet_probability", "disposition", "verdict", "period_days", "epoch_btjd"),
    *("duration_hours", "depth_ppm", "radius_earth", "insolation_earth", "teq_k", "snr"),
    *("distance_pc", "logg", "radius"),
)
"""What a page shows unless others are chosen: those of the TESS app, and ours."""

RANGED = (
    *("planet_probability", "period_days", "radius_earth", "depth_ppm", "snr", "teq_k"),
    *("insolation_earth", "tmag", "teff", "distance_pc"),
)
"""Ranges that the page's form has at once; the others are below."""

MORE_RANGES = tuple(
    name
    for name in (*STAR, "duration_hours", "epoch_btjd", "ra", "dec", "density", "contamination")
    if name not in RANGED
)

ABLE = frozenset(SORTED)


SHORT = {
    "earthRad": "R⊕", "solRad": "R☉", "solMass": "M☉", "solLum": "L☉", "dex(cm / s2)": "cgs",
    "solMass / solRad3": "Sun",
}  # fmt: skip
"""Units as people write them, where `astropy.units` is wordy."""


def for_people(column: Column) -> Column:
    """Return a column as a page heads it."""
    unit = "BTJD" if column.name == "epoch_btjd" else SHORT.get(column.unit, column.unit)
    return replace(column, unit=unit)


def choose(names: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of these names as a page shows them; the usual ones if none is."""
    wanted = [name for name in names if name in BY_NAME] or list(SHOWN)
    return tuple(for_people(each) for each in COLUMNS if each.name in {*wanted, "name"})


def name_of(origin: str, name: str) -> str:
    """Return what a candidate is called on pages.

    Examples
    --------
    >>> name_of("TOI", "101.01"), name_of("search", "tess/TIC 5.01")
    ('TOI 101.01', 'own TIC 5.01')
    """
    return f"own {name.rpartition('/')[2]}" if origin == "search" else f"{origin} {name}"
