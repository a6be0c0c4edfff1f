"""To and from the objects of other packages: specutils, lightkurve, astropy and pandas.

Each package is imported where it is needed. There and back again, nothing is lost: flux, sigma,
mask, unit, medium, frame, resolution and metadata. Wavelengths come back in vacuum micron,
increasing, as everywhere.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from starsieve.data.foreign import (
    OURS,
    Column,
    linear_unit,
    make_light_curve,
    make_spectrum,
    optional,
    packages_of,
    split_meta,
    to_btjd,
    words_of,
)
from starsieve.data.light_curve import LightCurve
from starsieve.data.spectrum import Medium, Spectrum, SpectrumSet
from starsieve.data.tables import (
    column_of,
    is_table,
    is_table_of_set,
    light_curve_from_table,
    spectrum_from_table,
    spectrum_set_from_table,
    to_dataframe,
    to_table,
)
from starsieve.errors import DataError

if TYPE_CHECKING:
    import lightkurve
    import specutils

__all__ = [
    "as_spectra",
    "from_lightkurve",
    "from_specutils",
    "light_curve_from_table",
    "spectrum_from_table",
    "spectrum_set_from_table",
    "to_dataframe",
    "to_lightkurve",
    "to_specutils",
    "to_table",
]


def to_specutils(spectrum: Spectrum) -> "specutils.Spectrum":
    """Return a ``specutils.Spectrum``, in vacuum micron, masked where not valid.

    Raises
    ------
    StarsieveError
        If specutils is not installed, or the flux unit is logarithmic.
    """
    specutils = optional("specutils")
    from astropy import units as u
    from astropy.nddata import StdDevUncertainty

    unit = linear_unit(spectrum.flux_unit)
    if isinstance(unit, u.UnrecognizedUnit):
        unit = u.def_unit(spectrum.flux_unit)  # with which specutils can calculate
    return specutils.Spectrum(
        flux=u.Quantity(spectrum.flux, unit),
        spectral_axis=u.Quantity(spectrum.wave, u.um),
        uncertainty=None if spectrum.sigma is None else StdDevUncertainty(spectrum.sigma),
        mask=~spectrum.usable,
        meta={**spectrum.meta, OURS: words_of(spectrum)},
    )


def from_specutils(spectrum: "specutils.Spectrum", medium: Medium | None = None) -> Spectrum:
    """Return a one-dimensional ``specutils.Spectrum`` as a Spectrum.

    Parameters
    ----------
    spectrum : specutils.Spectrum
        Its spectral axis may be wavelength, frequency, wavenumber or energy, in any order; its
        uncertainty a standard deviation, a variance or an inverse variance.
    medium : {"vacuum", "air"}, optional
        Of the spectral axis. What `to_specutils` made knows it; else vacuum.

    Raises
    ------
    StarsieveError
        If specutils is not installed, this is no such spectrum, or its numbers are impossible.
    """
    specutils = optional("specutils")
    if not isinstance(spectrum, specutils.Spectrum) or spectrum.flux.ndim != 1:
        shape = getattr(spectrum, "shape", None)
        msg = (
            f"Expected a one-dimensional specutils.Spectrum, got {type(spectrum).__name__}"
            f" of shape {shape}. Take one row, spectrum[0], or as_spectra for all."
        )
        raise DataError(msg)
    axis, flux = spectrum.spectral_axis, spectrum.flux
    columns = {
        "wave": Column(np.asarray(axis.value), axis.unit.to_string()),
        "flux": Column(np.asarray(flux.value), flux.unit.to_string()),
        "sigma": _standard_deviation(spectrum.uncertainty),
        "mask": None if spectrum.mask is None else Column(np.asarray(spectrum.mask)),
    }
    found = {role: column for role, column in columns.items() if column is not None}
    return make_spectrum(found, spectrum.meta, medium=medium)


def to_lightkurve(light_curve: LightCurve) -> "lightkurve.LightCurve":
    """Return a ``lightkurve.LightCurve`` in BTJD, with a column ``valid`` beside the usual ones.

    Raises
    ------
    StarsieveError
        If lightkurve is not installed, or the flux unit is logarithmic.
    """
    lightkurve = optional("lightkurve")
    from astropy import units as u
    from astropy.time import Time

    unit = linear_unit(light_curve.flux_unit)
    words = words_of(light_curve)
    if light_curve.sigma is not None:
        words["has_sigma"] = True  # for lightkurve fills in NaN where there is none
    columns = {
        "time": Time(light_curve.time, format="btjd", scale="tdb"),
        "flux": u.Quantity(light_curve.flux, unit),
        "valid": light_curve.usable,
    }
    if light_curve.sigma is not None:
        columns["flux_err"] = u.Quantity(light_curve.sigma, unit)
    if light_curve.quality is not None:
        columns["quality"] = light_curve.quality
    return lightkurve.LightCurve(columns, meta={**light_curve.meta, OURS: words})


def from_lightkurve(light_curve: "lightkurve.LightCurve", column: str = "flux") -> LightCurve:
    """Return one flux column of a ``lightkurve.LightCurve``, in any of its time formats.

    Parameters
    ----------
    light_curve : lightkurve.LightCurve
        Not folded. Cadences without a time are left out; masked ones are not valid.
    column : str
        Name of the flux; its error is the column ``<column>_err``.

    Raises
    ------
    StarsieveError
        If lightkurve is not installed, this is no such light curve, or its numbers are impossible.
    """
    lightkurve = optional("lightkurve")
    from astropy.time import Time

    if not isinstance(light_curve, lightkurve.LightCurve) or not isinstance(light_curve.time, Time):
        msg = f"Expected an unfolded lightkurve.LightCurve, got {type(light_curve).__name__}."
        raise DataError(msg)
    if column not in light_curve.colnames:
        msg = f"The light curve has no column {column!r}, only {', '.join(light_curve.colnames)}."
        raise DataError(msg)
    names = {"flux": column, "sigma": f"{column}_err", "valid": "valid", "quality": "quality"}
    found = {
        role: column_of(light_curve[name])
        for role, name in names.items()
        if name in light_curve.colnames
    }
    words, _ = split_meta(light_curve.meta)
    if "sigma" in found and "has_sigma" not in words and np.all(np.isnan(found["sigma"].values)):
        del found["sigma"]  # what lightkurve fills in where there is none
    return make_light_curve(to_btjd(light_curve.time), found, light_curve.meta)


def as_spectra(things: Any) -> list[Spectrum]:
    """Return spectra of whatever holds spectra in memory; packages are not imported for it.

    Parameters
    ----------
    things : object or sequence of them
        Spectrum, SpectrumSet, specutils' Spectrum, SpectrumList and SpectrumCollection, astropy's
        Table and QTable, pandas' DataFrame; mixed at will. Wavelengths that don't say their
        medium are taken as in vacuum.

    Returns
    -------
    list of Spectrum
        In the order given, each in vacuum micron, increasing.

    Raises
    ------
    DataError
        If something is none of these, or its numbers are impossible.
    """
    return list(_spectra(things))


def as_light_curve(thing: Any) -> LightCurve:
    """Return the light curve that something in memory holds; packages are not imported for it.

    Parameters
    ----------
    thing : LightCurve, lightkurve.LightCurve, astropy Table or QTable, pandas DataFrame

    Raises
    ------
    DataError
        If it is none of these, or its numbers are impossible.
    """
    if isinstance(thing, LightCurve):
        return thing
    if "lightkurve" in packages_of(thing) and hasattr(thing, "flux"):
        return from_lightkurve(thing)
    if is_table(thing):
        return light_curve_from_table(thing)
    msg = (
        f"Can't take a light curve from {type(thing).__name__}: expected a LightCurve, a "
        "lightkurve light curve, an astropy Table or a pandas DataFrame. Files are read with "
        "starsieve.read."
    )
    raise DataError(msg)


def _spectra(thing: Any) -> Iterator[Spectrum]:
    if isinstance(thing, Spectrum):
        yield thing
    elif isinstance(thing, SpectrumSet):
        yield from thing
    elif isinstance(thing, list | tuple):
        for part in thing:
            yield from _spectra(part)
    elif "specutils" in packages_of(thing) and hasattr(thing, "spectral_axis"):
        yield from _of_specutils(thing)
    elif is_table(thing):
        if is_table_of_set(thing):
            yield from spectrum_set_from_table(thing)
        else:
            yield spectrum_from_table(thing)
    else:
        msg = (
            f"Can't take spectra from {type(thing).__name__}: expected a Spectrum or SpectrumSet, "
            "a specutils spectrum, an astropy Table, a pandas DataFrame, or a list of these. "
            "Files are read with starsieve.read."
        )
        raise DataError(msg)


def _of_specutils(thing: Any) -> Iterator[Spectrum]:
    if thing.flux.ndim < 2:
        yield from_specutils(thing)
    else:
        for row in range(len(thing.flux)):
            yield from _of_specutils(thing[row])


def _standard_deviation(uncertainty: Any) -> Column | None:
    """Return the standard deviation of any uncertainty that means one."""
    from astropy.nddata import StdDevUncertainty

    if uncertainty is None:
        return None
    given = uncertainty
    try:
        # not for what is one already: the way is by the variance, too small for single precision
        if not isinstance(given, StdDevUncertainty):
            with np.errstate(all="ignore"):  # no weight becomes an infinite deviation
                given = given.represent_as(StdDevUncertainty)
    except TypeError as error:
        msg = (
            f"Can't make a standard deviation of {type(uncertainty).__name__}. Expected "
            "StdDevUncertainty, VarianceUncertainty or InverseVariance of astropy.nddata."
        )
        raise DataError(msg) from error
    return Column(np.asarray(given.array), None if given.unit is None else given.unit.to_string())
