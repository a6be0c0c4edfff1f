"""Spectra of known labels and velocities, made with the Kurucz network of The Payne.

The network (Ting et al. 2019, ApJ 879, 69; its unnormalised form follows El-Badry et al. 2018,
MNRAS 476, 528) has one hidden layer of five neurons per pixel, and gives surface flux densities
after division by 1e6. Its pixels lie on APOGEE's logarithmic grid, with two gaps between the
detectors; here they are put on the whole grid and the gaps are masked.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from starsieve.data.grids import SPEED_OF_LIGHT
from starsieve.data.spectrum import BoolArray, FloatArray

FLUX_UNIT_OF_NETWORK = 1e6
"""What the network's output is to be multiplied by."""

LABELS = ("teff", "logg", "fe_h", "alpha_fe")


@dataclass(frozen=True, slots=True, eq=False)
class MadeSpectra:
    """Spectra with their truth.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Micron, in vacuum, equal steps of its logarithm.
    flux, sigma, valid : array, shape (n_spectra, n_pixels)
        As they would be observed, noise included; zero where not valid.
    labels : array, shape (n_spectra, 4)
        `LABELS`: K and dex.
    velocity : array, shape (n_spectra,)
        km/s, positive where the star recedes.
    """

    wave: FloatArray
    flux: FloatArray
    sigma: FloatArray
    valid: BoolArray
    labels: FloatArray
    velocity: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Payne:
    """The network's weights, and the place of its pixels on the whole grid."""

    weights: dict[str, FloatArray]
    wave: FloatArray
    pixels: npt.NDArray[np.int64]

    @property
    def step(self) -> float:
        """Step of the logarithm of the wavelength."""
        return float(np.log(self.wave[-1] / self.wave[0]) / (len(self.wave) - 1))

    def flux(self, labels: FloatArray) -> FloatArray:
        """Return surface flux densities in the rest frame, shape (n_spectra, len(self.pixels))."""
        low, high = self.weights["x_min"], self.weights["x_max"]
        scaled = ((labels - low) / (high - low) - 0.5).astype(np.float32)
        flux = np.tile(self.weights["b_array_1"], (len(labels), 1))
        for neuron in range(self.weights["w_array_0"].shape[1]):
            inside = scaled @ self.weights["w_array_0"][:, neuron].T
            inside += self.weights["b_array_0"][:, neuron]
            flux += self.weights["w_array_1"][:, neuron] / (1 + np.exp(-inside))
        return flux * np.float32(FLUX_UNIT_OF_NETWORK)


def read_payne(folder: Path) -> Payne:
    """Read the network of `folder` (files of the shared data)."""
    with np.load(folder / "NN_unnormalized_spectra.npz") as stored:
        weights = {name: stored[name] for name in stored.files}
    with np.load(folder / "apogee_wavelength.npz") as stored:
        native = stored["wavelength"] / 1e4
    logarithm = np.log(native)
    step = float(np.median(np.diff(logarithm)))
    pixels = np.rint((logarithm - logarithm[0]) / step).astype(np.int64)
    step = (logarithm[-1] - logarithm[0]) / pixels[-1]
    return Payne(weights, np.exp(logarithm[0] + step * np.arange(pixels[-1] + 1)), pixels)


def make_spectra(
    payne: Payne,
    n: int,
    seed: int,
    max_velocity: float = 0.0,
    signal_to_noise: float = 100.0,
    chunk: int = 1000,
) -> MadeSpectra:
    """Make spectra of labels drawn evenly from the network's range, and velocities likewise."""
    rng = np.random.default_rng(seed)
    labels = rng.uniform(payne.weights["x_min"], payne.weights["x_max"], (n, len(LABELS)))
    velocity = rng.uniform(-max_velocity, max_velocity, n)
    shape = (n, len(payne.wave))
    flux, valid = np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
    sigma = np.full(shape, np.inf, np.float32)
    for start in range(0, n, chunk):
        rows = slice(start, min(start + chunk, n))
        clean, seen = observe(payne, payne.flux(labels[rows]), velocity[rows])
        noise = np.where(seen, clean / signal_to_noise, np.inf).astype(np.float32)
        drawn = rng.standard_normal(clean.shape, dtype=np.float32)
        flux[rows] = np.where(seen, clean * (1 + drawn / signal_to_noise), 0)
        sigma[rows], valid[rows] = noise, seen
    return MadeSpectra(payne.wave, flux, sigma, valid, labels, velocity)


def observe(
    payne: Payne, flux: FloatArray, velocity: FloatArray
) -> tuple[npt.NDArray[np.float32], BoolArray]:
    """Return flux on the whole grid as seen at a velocity, and where all of it is known.

    Six-point Lagrange interpolation: lines here are three pixels wide, so it is good to far below
    the noise.
    """
    n_pixels = len(payne.wave)
    rest = np.zeros((len(flux), n_pixels), np.float32)
    rest[:, payne.pixels] = flux
    known = np.zeros(n_pixels, np.bool_)
    known[payne.pixels] = True
    shift = np.log1p(velocity / SPEED_OF_LIGHT) / payne.step
    seen, clean = np.zeros(rest.shape, np.bool_), np.zeros_like(rest)
    for row, pixels in enumerate(shift):
        whole = int(np.floor(pixels))
        # Pixel p shows what is at p - shift at rest: between p - whole - 1 and p - whole.
        weights = lagrange(1 - (pixels - whole))
        good, total = np.ones(n_pixels, np.bool_), np.zeros(n_pixels, np.float32)
        for tap, weight in zip(range(-2, 4), weights, strict=True):
            moved, there = _take(rest[row], known, whole + 1 - tap)
            total += np.float32(weight) * moved
            good &= there | (weight == 0)
        seen[row], clean[row] = good, np.where(good, total, 0)
    return clean, seen


def lagrange(fraction: float) -> FloatArray:
    """Return the weights of points -2 ... 3 for a value at `fraction` between points 0 and 1."""
    points = np.arange(-2, 4)
    others = [np.delete(points, k) for k in range(6)]
    return np.array(
        [np.prod((fraction - o) / (p - o)) for p, o in zip(points, others, strict=True)]
    )


def _take(flux: FloatArray, known: BoolArray, shift: int) -> tuple[FloatArray, BoolArray]:
    """Return values and knowledge of pixels `shift` to the left of each."""
    source = np.arange(len(flux)) - shift
    inside = (source >= 0) & (source < len(flux))
    source = np.clip(source, 0, len(flux) - 1)
    return flux[source], known[source] & inside
