"""What a model makes of spectra, beside the spectra: how much of each is in its latents."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from starsieve.data import Spectrum, SpectrumSet
from starsieve.data.spectrum import BoolArray, FloatArray
from starsieve.errors import DataError, Failure, StarsieveError
from starsieve.readers import read
from starsieve.representations.models import Representation, load_representation

UNKNOWN = 1e3
"""Relative error that stands for an infinite one, where a pixel is not valid."""


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """A spectrum on a model's grid, at rest, and what its latents decode to.

    Parameters
    ----------
    object, file : str
    wave : array, shape (n_pixels,)
        Vacuum micron.
    flux, sigma, model_flux : arrays, shape (n_pixels,)
        Relative flux; that of the spectrum is 0 where not valid.
    valid : array of bool, shape (n_pixels,)
    mean_flux : array, shape (n_pixels,)
        The mean spectrum of the training, for comparison.
    latents : array, shape (n_latents,)
    columns : dict
        Numbers found on the way: coverage, reduced chi-square, velocity.
    """

    object: str
    file: str
    wave: FloatArray
    flux: FloatArray
    sigma: FloatArray
    valid: BoolArray
    model_flux: FloatArray
    mean_flux: FloatArray
    latents: FloatArray
    columns: dict[str, float]
    flux_unit: str = ""

    @property
    def rms(self) -> float:
        """Of what the latents leave, relative to the median flux."""
        return self._rms(self.model_flux)

    @property
    def rms_of_mean(self) -> float:
        """Of what the mean spectrum leaves, on the same pixels."""
        return self._rms(self.mean_flux)

    def _rms(self, model: FloatArray) -> float:
        return float(np.sqrt(np.mean((self.flux - model)[self.valid] ** 2)))

    def to_record(self) -> dict[str, Any]:
        """Return what goes into JSON: numbers, no spectra."""
        return {
            "object": self.object,
            "file": self.file,
            "rms": self.rms,
            "rms_of_mean_spectrum": self.rms_of_mean,
            **self.columns,
            "latents": self.latents.tolist(),
        }

    def to_spectrum(self) -> Spectrum:
        """Return the observed spectrum on the model's grid."""
        return Spectrum(self.wave, self.flux, self.sigma, self.valid)


def reconstruct(
    items: Sequence[str | Path | Spectrum], model: Representation | str | Path
) -> tuple[list[Reconstruction], list[Failure]]:
    """Encode and decode spectra; what that fails for is listed, and the others go on.

    Parameters
    ----------
    items : sequence of path or Spectrum
        Files of any layout that `starsieve.read` knows.
    model : Representation, str or Path
        A representation, its name or its folder.

    Raises
    ------
    NotInArchiveError
        If there is no such model.
    """
    loaded = model if isinstance(model, Representation) else load_representation(model)
    found: list[Reconstruction] = []
    failures: list[Failure] = []
    for item in items:
        name = "" if isinstance(item, Spectrum) else str(item)
        try:
            found += [_reconstruct(loaded, spectrum, name) for spectrum in _open(item)]
        except StarsieveError as error:
            failures.append(Failure(name, str(error).removeprefix(f"{name}: ")))
    return found, failures


def _open(item: str | Path | Spectrum) -> list[Spectrum]:
    if isinstance(item, Spectrum):
        return [item]
    reading = read(item)
    spectra: list[Spectrum] = []
    for content in reading:
        if isinstance(content, SpectrumSet):
            spectra += list(content)
        elif isinstance(content, Spectrum):
            spectra.append(content)
    if not spectra:
        msg = f"{item}: holds no spectrum but a {reading.kind}."
        raise DataError(msg)
    return spectra


def _reconstruct(model: Representation, spectrum: Spectrum, file: str) -> Reconstruction:
    there = model.at_rest([spectrum])
    if not there.inputs.usable[0]:
        raise DataError(there.inputs.reasons[0])
    inputs = model.on_common_scale(there.inputs)
    found = model.encode_inputs(inputs, np.zeros(1, dtype=np.int64), there.columns)
    valid = inputs.valid[0]
    return Reconstruction(
        object=str(spectrum.meta.get("object", "")),
        file=file or str(spectrum.meta.get("file", "")),
        wave=model.wave,
        flux=inputs.flux[0].astype(float),
        sigma=np.where(valid, inputs.sigma[0], UNKNOWN).astype(float),
        valid=valid,
        model_flux=model.decode(found.latents)[0],
        mean_flux=model.mean,
        latents=found.latents[0],
        columns={name: float(values[0]) for name, values in found.columns.items()},
    )
