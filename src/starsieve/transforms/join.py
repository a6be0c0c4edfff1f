"""Join orders, or spectra of several instruments, of one object."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from astropy import units as u

from starsieve.data import Spectrum
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError

FEWEST_IN_COMMON = 10
"""Usable pixels of both spectra in an overlap, so that their levels can be compared."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Pieces in one.

    Parameters
    ----------
    spectrum : Spectrum
    notes : tuple of str
        What was done at each seam.
    """

    spectrum: Spectrum
    notes: tuple[str, ...]


def join(spectra: Sequence[Spectrum], *, match_levels: bool = True) -> Joined:
    """Join spectra of one object, each of a part of the range.

    Where two overlap, each gives the half that is nearer to its own middle; one that lies within
    the other gives all of its part. Their pixels stay as they are: nothing is averaged or
    resampled.

    Parameters
    ----------
    spectra : sequence of Spectrum
        In any order. Units of flux must be of one kind; they become that of the bluest.
    match_levels : bool
        Multiply what is redder, so that medians in the overlap agree. Without an overlap the
        levels stay as they are.

    Returns
    -------
    Joined
        The frame is that of all, or unknown. The resolution is the lowest, unknown if one is.

    Raises
    ------
    DataError
        If there is none, or units can't be converted.
    """
    if not spectra:
        msg = "There is no spectrum to join."
        raise DataError(msg)
    usable = [each for each in spectra if each.usable.any()]
    if not usable:
        msg = f"None of the {len(spectra)} spectra to join has a usable pixel."
        raise DataError(msg)
    ordered = sorted(usable, key=lambda each: float(each.wave[each.usable].mean()))
    notes = [f"{len(spectra) - len(usable)} pieces without a usable pixel"]
    notes = notes if len(usable) < len(spectra) else []
    whole = ordered[0]
    for piece in ordered[1:]:
        whole = _append(whole, _in_unit(piece, whole.flux_unit), match_levels, notes)
    return Joined(whole, tuple(notes))


def _in_unit(spectrum: Spectrum, unit: str) -> Spectrum:
    if spectrum.flux_unit == unit:
        return spectrum
    try:
        factor = (1 * u.Unit(spectrum.flux_unit)).to_value(
            u.Unit(unit), u.spectral_density(spectrum.wave * u.um)
        )
    except u.UnitConversionError:
        msg = (
            f"Spectra to join have fluxes in {spectrum.flux_unit or 'no unit'} and in "
            f"{unit or 'no unit'}; expected units of one kind."
        )
        raise DataError(msg) from None
    factor = np.broadcast_to(factor, spectrum.wave.shape)
    sigma = None if spectrum.sigma is None else spectrum.sigma * factor
    return replace(spectrum, flux=spectrum.flux * factor, sigma=sigma, flux_unit=unit)


def _append(blue: Spectrum, red: Spectrum, match_levels: bool, notes: list[str]) -> Spectrum:
    start, stop = _ends(red)[0], _ends(blue)[1]
    if start >= stop:
        notes.append(f"nothing between {stop:.4g} and {start:.4g} micron: levels as they are")
        seam = (start + stop) / 2
        return _concatenate(blue, red, seam)
    if match_levels:
        factor = _level_ratio(blue, red, start, stop)
        if factor is None:
            notes.append(f"too few pixels in common at {start:.4g} micron: levels as they are")
        else:
            sigma = None if red.sigma is None else red.sigma * factor
            red = replace(red, flux=red.flux * factor, sigma=sigma)
            notes.append(f"from {start:.4g} micron on multiplied by {factor:.4g}")
    return _overlaid(blue, red)


def _overlaid(blue: Spectrum, red: Spectrum) -> Spectrum:
    """Return both, where they overlap; one that lies within the other replaces that part of it."""
    (first, last), (start, stop) = _ends(blue), _ends(red)
    if first < start and stop < last:
        rest = _concatenate(blue, red, start)
        return _concatenate(rest, blue, np.nextafter(stop, np.inf))
    if start < first and last < stop:
        rest = _concatenate(red, blue, first)
        return replace(_concatenate(rest, red, np.nextafter(last, np.inf)), meta=blue.meta)
    return _concatenate(blue, red, (start + min(stop, last)) / 2)


def _ends(spectrum: Spectrum) -> tuple[float, float]:
    wave = spectrum.wave[spectrum.usable]
    return float(wave[0]), float(wave[-1])


def _level_ratio(blue: Spectrum, red: Spectrum, start: float, stop: float) -> float | None:
    """Return by what the red one has to be multiplied; None where too little is in common."""
    ours = blue.usable & (blue.wave >= start) & (blue.wave <= stop)
    theirs = red.usable & (red.wave >= start) & (red.wave <= stop)
    if min(ours.sum(), theirs.sum()) < FEWEST_IN_COMMON:
        return None
    # Fluxes on the blue one's pixels, so that a slope within the overlap does not count.
    compared = np.interp(blue.wave[ours], red.wave[theirs], red.flux[theirs])
    level = float(np.median(compared))
    ratio = float(np.median(blue.flux[ours])) / level if level > 0 else 0.0
    return ratio if ratio > 0 else None


def _concatenate(blue: Spectrum, red: Spectrum, seam: float) -> Spectrum:
    left, right = blue.wave < seam, red.wave >= seam
    resolutions = (blue.resolution, red.resolution)
    known = [each for each in resolutions if each is not None]
    return replace(
        blue,
        wave=np.concatenate([blue.wave[left], red.wave[right]]),
        flux=np.concatenate([blue.flux[left], red.flux[right]]),
        sigma=_sigmas(blue, red, left, right),
        valid=np.concatenate([blue.usable[left], red.usable[right]]),
        frame=blue.frame if blue.frame == red.frame else "unknown",
        resolution=min(known) if len(known) == len(resolutions) else None,
    )


def _sigmas(blue: Spectrum, red: Spectrum, left: BoolArray, right: BoolArray) -> FloatArray | None:
    """Return the errors of both; where one has none, neither has."""
    if blue.sigma is None or red.sigma is None:
        return None
    return np.concatenate([blue.sigma[left], red.sigma[right]])
