"""Spectra of a model grid at any parameters: the door for files, sets and emulators."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from starsieve.atmospheres.emulators.build import build_emulator
from starsieve.atmospheres.emulators.emulator import Emulator
from starsieve.atmospheres.emulators.stored import load_emulator
from starsieve.data import Spectrum, SpectrumSet
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError
from starsieve.readers import read

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AnyGrid = Emulator | SpectrumSet | str | Path
"""An emulator or its folder, or a model grid or its file."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Emulation:
    """Model spectra at the parameters asked for.

    Parameters
    ----------
    emulator : Emulator
    labels : mapping of str to array, shape (n_spectra,)
        Every label of the grid, those that follow others included.
    flux, sigma : arrays, shape (n_spectra, n_pixels)
        Flux density in the grid's unit, and the emulator's own error of it.
    extrapolated : array of bool, shape (n_spectra,)
        Where the parameters are outside of the grid.
    """

    emulator: Emulator
    labels: Mapping[str, FloatArray]
    flux: FloatArray
    sigma: FloatArray
    extrapolated: BoolArray

    def __len__(self) -> int:
        return len(self.flux)

    def __iter__(self) -> Iterator[Spectrum]:
        return (self.spectrum(row) for row in range(len(self)))

    def __repr__(self) -> str:
        return f"<Emulation of {self.emulator.card.name}: {len(self)} spectra, {self._worst()}>"

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(self.title(row))}</li>" for row in range(min(len(self), 8)))
        return f"<p>{escape(repr(self)[1:-1])}</p><ul>{rows}</ul>"

    @property
    def wave(self) -> FloatArray:
        """Vacuum wavelengths in micron, shape (n_pixels,)."""
        return self.emulator.wave

    def title(self, row: int = 0) -> str:
        """Return what one spectrum is of, in a line."""
        values = ", ".join(f"{name} {column[row]:g}" for name, column in self.labels.items())
        beyond = " (extrapolated)" if self.extrapolated[row] else ""
        return f"{self.emulator.card.name}: {values}{beyond}"

    def spectrum(self, row: int = 0) -> Spectrum:
        """Return one spectrum; its `sigma` is the emulator's error."""
        card = self.emulator.card
        return Spectrum(
            wave=self.wave,
            flux=self.flux[row],
            sigma=self.sigma[row],
            flux_unit=card.flux_unit,
            frame="rest",
            resolution=card.resolution,
            meta={"object": self.title(row)},
        )

    def to_set(self) -> SpectrumSet:
        """Return all spectra, with their labels."""
        card = self.emulator.card
        return SpectrumSet(
            wave=self.wave,
            flux=self.flux,
            sigma=self.sigma,
            labels=dict(self.labels),
            flux_unit=card.flux_unit,
            resolution=card.resolution,
        )

    def relative_error(self, row: int = 0) -> float:
        """Return the root mean square of the emulator's error over the mean flux."""
        return float(np.sqrt(np.mean(self.sigma[row] ** 2)) / np.mean(self.flux[row]))

    def to_record(self, row: int = 0) -> dict[str, Any]:
        """Return what goes into JSON of one spectrum."""
        card = self.emulator.card
        return {
            "grid": card.name,
            "labels": {name: float(column[row]) for name, column in self.labels.items()},
            "extrapolated": bool(self.extrapolated[row]),
            "relative_error": self.relative_error(row),
            "flux_unit": card.flux_unit,
            "wave_um": self.wave.tolist(),
            "flux": self.flux[row].tolist(),
            "sigma": self.sigma[row].tolist(),
        }

    def plot(self, row: int = 0) -> "Figure":
        """Return a figure of one spectrum with the band of its error."""
        from starsieve.plots.spectra import plot_model

        return plot_model(self.spectrum(row), title=self.title(row))

    def _worst(self) -> str:
        if not len(self):
            return "none"
        worst = max(self.relative_error(row) for row in range(len(self)))
        beyond = f", {int(np.sum(self.extrapolated))} extrapolated" * bool(
            np.any(self.extrapolated)
        )
        return f"errors up to {worst:.1%} of the mean flux{beyond}"


def emulate(
    grid: AnyGrid,
    /,
    *,
    only: Mapping[str, str] | None = None,
    extrapolate: bool = False,
    **labels: float | npt.ArrayLike,
) -> Emulation:
    """Return model spectra at any parameters inside a model grid, with the error of that.

    Parameters
    ----------
    grid : path, SpectrumSet or Emulator
        A file of a model grid, or an emulator, or the folder that one was saved in.
    only : mapping of str to str, optional
        Which nodes of a label that holds words, such as ``{"cld": "NC"}``.
    extrapolate : bool
        Answer outside of the grid, too; the answer says where it did.
    **labels : float or array, shape (n_spectra,)
        Each label of the grid by name, in its unit. Those that follow others may be left out.

    Returns
    -------
    Emulation

    Raises
    ------
    ModelMismatchError
        If a label is missing or unknown, or the point is outside of the grid.
    DataError
        If no emulator can be made of the grid.
    FileError
        If the file can't be read.
    """
    emulator = open_emulator(grid, only)
    parameters = emulator.space.to_parameters(labels)
    return emulate_at(emulator, parameters, extrapolate=extrapolate)


def emulate_at(
    emulator: Emulator, parameters: FloatArray, *, extrapolate: bool = False
) -> Emulation:
    """Return model spectra at parameters, shape (n, n_labels): the emulator's free labels."""
    parameters = np.atleast_2d(parameters)
    return Emulation(
        emulator=emulator,
        labels=emulator.space.all_labels(parameters),
        flux=emulator(parameters, extrapolate=extrapolate),
        sigma=emulator.sigma(parameters, extrapolate=extrapolate),
        extrapolated=~emulator.contains(parameters),
    )


def open_emulator(grid: AnyGrid, only: Mapping[str, str] | None = None, name: str = "") -> Emulator:
    """Return an emulator as it is, or load it from its folder, or build it of a model grid.

    Raises
    ------
    DataError
        If a file holds no model grid, or `only` is given for what was built already.
    """
    if isinstance(grid, str | Path) and not Path(grid).is_dir():
        return _build_from_file(Path(grid), only, name)
    if isinstance(grid, SpectrumSet):
        return build_emulator(grid, only=only, name=name or "grid")
    if only:
        msg = "This emulator was built already: which nodes it is of can't be changed."
        raise DataError(msg)
    return grid if isinstance(grid, Emulator) else load_emulator(grid)


def _build_from_file(path: Path, only: Mapping[str, str] | None, name: str) -> Emulator:
    reading = read(path)
    spectra = reading[0]
    if reading.kind != "model grid" or not isinstance(spectra, SpectrumSet):
        msg = f"{path}: holds a {reading.kind}, not a model grid."
        raise DataError(msg)
    files = {path.name: reading.content_hash}
    return build_emulator(spectra, only=only, name=name or path.stem, files=files)
