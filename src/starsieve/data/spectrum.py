"""One spectrum, and many spectra on one wavelength grid.

Arrays are plain NumPy in canonical units, so that a container costs microseconds, pickles, and
goes to a network as it is. Units are converted once, where data enter (`starsieve.readers`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt

from starsieve.errors import DataError

FloatArray = npt.NDArray[np.floating[Any]]
BoolArray = npt.NDArray[np.bool_]

Medium = Literal["vacuum", "air"]
Frame = Literal["unknown", "topocentric", "geocentric", "heliocentric", "barycentric", "rest"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Spectrum:
    """One spectrum on its own grid.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum wavelength in micron, strictly increasing.
    flux : array, shape (n_pixels,)
        Flux density in `flux_unit`.
    sigma : array, shape (n_pixels,), optional
        Standard deviation of `flux`.
    valid : array of bool, shape (n_pixels,), optional
        True where a pixel may be used. A pixel whose flux is not finite, or whose sigma is not
        finite and positive, is never valid.
    flux_unit : str
        As `astropy.units` writes it; ``""`` for a normalised flux.
    medium : {"vacuum", "air"}
        Medium of the wavelengths as the file gave them; `wave` itself is always in vacuum.
    frame : str
        Velocity frame of `wave`: one of `Frame`.
    resolution : float, optional
        Resolving power, wavelength over full width at half maximum; None where unknown.
    meta : mapping
        What the reader knows: ``object``, ``file``, ``instrument``, ``date``, the header.

    Raises
    ------
    DataError
        If shapes do not fit, the grid does not increase, or a word is not one of its choices.
    """

    wave: FloatArray
    flux: FloatArray
    sigma: FloatArray | None = None
    valid: BoolArray | None = None
    flux_unit: str = ""
    medium: Medium = "vacuum"
    frame: Frame = "unknown"
    resolution: float | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plain_arrays(self, ("wave", "flux", "sigma"))
        check_wave(self.wave)
        check_shapes(self.wave.shape, flux=self.flux, sigma=self.sigma, valid=self.valid)
        check_choice("medium", self.medium, get_args(Medium))
        check_choice("frame", self.frame, get_args(Frame))
        check_resolution(self.resolution)
        object.__setattr__(self, "valid", usable(self.flux, self.sigma, self.valid))

    def __repr__(self) -> str:
        edges = f", {self.wave[0]:.4g} to {self.wave[-1]:.4g} um" if len(self) else ""
        flux = f"flux in {self.flux_unit}" if self.flux_unit else "relative flux"
        errors = "no errors" if self.sigma is None else "errors"
        return f"<Spectrum: {len(self)} pixels{edges}, {flux}, {errors}>"

    def __len__(self) -> int:
        return len(self.wave)

    @property
    def usable(self) -> BoolArray:
        """Where a pixel may be used, shape (n_pixels,); `valid`, and never None."""
        return usable(self.flux, self.sigma, self.valid)


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumSet:
    """Many spectra on one shared grid: what transforms and networks work on.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Vacuum wavelength in micron, strictly increasing.
    flux, sigma, valid : arrays, shape (n_spectra, n_pixels)
        As in `Spectrum`.
    ids : array of int, shape (n_spectra,), optional
        Archive numbers, carried along so that results can be joined back.
    labels : mapping of str to array, shape (n_spectra,)
        Known physical parameters by name; NaN where unknown.
    flux_unit, resolution, meta
        As in `Spectrum`, shared by all.
    """

    wave: FloatArray
    flux: FloatArray
    sigma: FloatArray | None = None
    valid: BoolArray | None = None
    ids: npt.NDArray[np.int64] | None = None
    labels: Mapping[str, FloatArray] = field(default_factory=dict)
    flux_unit: str = ""
    resolution: float | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plain_arrays(self, ("wave", "flux", "sigma"))
        check_wave(self.wave)
        if self.flux.ndim != 2:
            msg = f"flux must have shape (n_spectra, n_pixels), got {self.flux.shape}."
            raise DataError(msg)
        shape = (len(self.flux), len(self.wave))
        check_shapes(shape, flux=self.flux, sigma=self.sigma, valid=self.valid)
        check_shapes(shape[:1], ids=self.ids)
        check_shapes(shape[:1], **self.labels)
        check_resolution(self.resolution)

    @classmethod
    def stack(cls, spectra: Sequence[Spectrum]) -> Self:
        """Put spectra that already share a grid and a unit into one set.

        Raises
        ------
        DataError
            If there are none, or one of them has another grid or another unit.
        """
        if not spectra:
            msg = "Can't stack zero spectra."
            raise DataError(msg)
        first = spectra[0]
        for number, spectrum in enumerate(spectra):
            if not np.array_equal(spectrum.wave, first.wave):
                msg = (
                    f"Spectrum {number} has another wavelength grid than spectrum 0. "
                    "Bring them to one grid first: transforms.Resample(wave=...)."
                )
                raise DataError(msg)
            if spectrum.flux_unit != first.flux_unit:
                msg = f"Spectrum {number} is in {spectrum.flux_unit!r}, not {first.flux_unit!r}."
                raise DataError(msg)
        sigmas = [s.sigma for s in spectra if s.sigma is not None]
        resolutions = {s.resolution for s in spectra}
        return cls(
            wave=first.wave,
            flux=np.stack([s.flux for s in spectra]),
            sigma=np.stack(sigmas) if len(sigmas) == len(spectra) else None,
            valid=np.stack([s.usable for s in spectra]),
            flux_unit=first.flux_unit,
            resolution=resolutions.pop() if len(resolutions) == 1 else None,
        )

    def __len__(self) -> int:
        return len(self.flux)

    def __iter__(self) -> Iterator[Spectrum]:
        for row in range(len(self)):
            yield Spectrum(
                wave=self.wave,
                flux=self.flux[row],
                sigma=None if self.sigma is None else self.sigma[row],
                valid=None if self.valid is None else self.valid[row],
                flux_unit=self.flux_unit,
                resolution=self.resolution,
                meta=self.meta,
            )

    @property
    def usable(self) -> BoolArray:
        """Where a pixel may be used, shape (n_spectra, n_pixels)."""
        return usable(self.flux, self.sigma, self.valid)

    def take(self, rows: npt.NDArray[Any] | slice) -> Self:
        """Return the given rows (numbers, a mask or a slice) as a new set."""
        return replace(
            self,
            flux=self.flux[rows],
            sigma=None if self.sigma is None else self.sigma[rows],
            valid=None if self.valid is None else self.valid[rows],
            ids=None if self.ids is None else self.ids[rows],
            labels={name: values[rows] for name, values in self.labels.items()},
        )


def usable(flux: FloatArray, sigma: FloatArray | None, valid: BoolArray | None) -> BoolArray:
    """Return where flux is finite, sigma finite and positive, and `valid` True, if given."""
    good: BoolArray = np.isfinite(flux)
    if sigma is not None:
        good = good & np.isfinite(sigma) & (sigma > 0)
    return good if valid is None else good & valid


def plain_arrays(container: object, names: Sequence[str]) -> None:
    """Turn lists, and arrays of another byte order or of integers, into arrays of floats.

    For use in ``__post_init__``. ``valid`` becomes an array of bool.

    Raises
    ------
    DataError
        For what is no array of numbers, or carries a unit or a mask that would be lost.
    """
    for name in (*names, "valid"):
        values = getattr(container, name)
        if values is not None:
            plain = _as_bool(values) if name == "valid" else _as_float(name, values)
            object.__setattr__(container, name, plain)


def _as_float(name: str, values: Any) -> FloatArray:
    if hasattr(values, "unit") or isinstance(values, np.ma.MaskedArray):
        msg = (
            f"{name} must be a plain array, got {type(values).__name__}, whose unit or mask would "
            "be lost. Convert it first: starsieve.data.interop does so for most packages."
        )
        raise DataError(msg)
    try:
        array = np.asarray(values)
    except ValueError as error:
        msg = f"{name} must be an array of real numbers: {error}."
        raise DataError(msg) from error
    if array.dtype.kind == "f" and array.dtype.isnative:
        return array
    if array.dtype.kind not in "fiu":
        msg = f"{name} must be an array of real numbers, got dtype {array.dtype}."
        raise DataError(msg)
    wanted = array.dtype.newbyteorder("=") if array.dtype.kind == "f" else np.float64
    return array.astype(wanted)


def _as_bool(values: Any) -> BoolArray:
    array = np.asarray(values)
    if array.dtype.kind != "b":
        msg = f"valid must be an array of bool (True for good), got dtype {array.dtype}."
        raise DataError(msg)
    return array


def check_wave(wave: FloatArray) -> None:
    """Raise DataError unless `wave` may be the vacuum wavelengths (micron) of a spectrum."""
    check_grid(wave)
    if not wave[0] > 0:
        msg = f"wave must be positive (vacuum micron), got {wave[0]}."
        raise DataError(msg)


def check_grid(wave: FloatArray, name: str = "wave", unit: str = "vacuum micron") -> None:
    """Raise DataError unless `wave` is one-dimensional, finite and strictly increasing."""
    if wave.ndim != 1 or not len(wave):
        got = f"shape {wave.shape}"
    elif not np.all(np.isfinite(wave)):
        pixel = int(np.argmin(np.isfinite(wave)))
        got = f"{wave[pixel]} at {pixel}"
    elif not np.all(np.diff(wave) > 0):
        pixel = int(np.argmin(np.diff(wave) > 0))
        got = f"{wave[pixel]} then {wave[pixel + 1]} at {pixel}"
    else:
        return
    msg = f"{name} must be one-dimensional, finite and strictly increasing ({unit}), got {got}."
    raise DataError(msg)


def check_shapes(expected: tuple[int, ...], /, **arrays: npt.NDArray[Any] | None) -> None:
    """Raise DataError naming the first array whose shape is not `expected`."""
    for name, array in arrays.items():
        if array is not None and np.shape(array) != expected:
            msg = f"{name} must have shape {expected}, got {np.shape(array)}."
            raise DataError(msg)


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raise DataError unless `value` is one of `choices`."""
    if value not in choices:
        msg = f"{name} must be one of {', '.join(choices)}, got {value!r}."
        raise DataError(msg)


def check_resolution(resolution: float | None) -> None:
    """Raise DataError unless `resolution` is unknown or positive."""
    if resolution is not None and not 0 < resolution < np.inf:
        msg = f"resolution must be positive (wavelength / FWHM), got {resolution}."
        raise DataError(msg)
