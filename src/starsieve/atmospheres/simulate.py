"""Model spectra at random parameters, seen as an instrument would: fresh at every step."""

import math
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from starsieve.atmospheres.interpolator import GridInterpolator
from starsieve.atmospheres.networks import Observations
from starsieve.atmospheres.recipes import Band, Observing
from starsieve.data.spectrum import BoolArray, FloatArray

MIN_PIXELS = 20
"""No observation has fewer valid pixels."""


class GridSampler:
    """Draws parameters evenly over a grid, in steps of its nodes, and their spectra.

    Parameters
    ----------
    grid : GridInterpolator
        Where spectra come from. If it was refined, then by the same factor along a parameter, so
        that even in its steps is even in those of the grid that it was made of.
    generator : torch.Generator
        Spectra are drawn on its device.
    """

    def __init__(self, grid: GridInterpolator, generator: torch.Generator) -> None:
        device = generator.device
        self._log_flux = torch.as_tensor(
            grid.log_flux.reshape(-1, len(grid.wave)), dtype=torch.float32
        ).to(device)
        self._shape = torch.tensor(grid.shape, device=device)
        self._strides = torch.tensor(
            [math.prod(grid.shape[i + 1 :]) for i in range(len(grid.shape))], device=device
        )
        self._generator = generator

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Return points in the box [-1, 1]^d, shape (n, d), and fluxes, shape (n, n_pixels)."""
        device = self._generator.device
        unit = torch.rand(n, len(self._shape), generator=self._generator, device=device)
        steps = unit * (self._shape - 1)
        cells = torch.minimum(steps.floor().long(), (self._shape - 2).clamp(min=0))
        inside = steps - cells
        log_flux = torch.zeros(n, self._log_flux.shape[1], device=device)
        for corner in range(2 ** len(self._shape)):
            bits = [(corner >> k) & 1 for k in range(len(self._shape))]
            side = torch.tensor(bits, device=device)
            weight = torch.where(side == 1, inside, 1 - inside).prod(1, keepdim=True)
            at = torch.minimum(cells + side, self._shape - 1)
            log_flux += weight * self._log_flux[(at * self._strides).sum(1)]
        return 2 * unit - 1, log_flux.exp()


class Steps(Protocol):
    """What counts parameters in steps of nodes."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    def to_steps(self, parameters: FloatArray) -> FloatArray: ...


def to_box(grid: Steps, parameters: FloatArray) -> FloatArray:
    """Return parameters, shape (..., d), as points of the box [-1, 1]^d."""
    top = np.maximum(np.array(grid.shape) - 1, 1)
    return np.asarray(2 * grid.to_steps(parameters) / top - 1)


def from_box(grid: GridInterpolator, points: FloatArray) -> FloatArray:
    """Return the parameters at points of the box [-1, 1]^d, shape (..., d)."""
    top = np.maximum(np.array(grid.shape) - 1, 1)
    return grid.from_steps((points + 1) / 2 * top)


def in_bands(wave: FloatArray, bands: tuple[Band, ...]) -> BoolArray:
    """Return where a wavelength lies in one of the bands, shape of `wave`."""
    inside = np.zeros(wave.shape, dtype=bool)
    for low, high in bands:
        inside |= (wave >= low) & (wave <= high)
    return inside


def smoothing(wave: FloatArray, resolution: float, lower: float) -> FloatArray:
    """Return the matrix that smooths spectra from one resolving power to a lower one.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Micron.
    resolution, lower : float
        Resolving powers, wavelength over the full width at half maximum.

    Returns
    -------
    array, shape (n_pixels, n_pixels)
        Rows sum to one; each is a Gaussian of the width that is missing.
    """
    fwhm = wave * math.sqrt(max(lower**-2 - resolution**-2, 0.0))
    width = np.maximum(fwhm / 2.3548, 1e-3 * np.gradient(wave))
    weight = np.exp(-0.5 * ((wave[None] - wave[:, None]) / width[:, None]) ** 2)
    weight *= np.gradient(wave)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


class Observer:
    """Draws what an instrument would record of model spectra, as `Observing` says.

    It draws on the generator's device, where the spectra have to be, too.

    Parameters
    ----------
    wave : array, shape (n_pixels,)
        Micron.
    recipe : Observing
    generator : torch.Generator
    resolution : float, optional
        Resolving power of the model spectra; needed to smooth them to a lower one.
    """

    def __init__(
        self,
        wave: FloatArray,
        recipe: Observing,
        generator: torch.Generator,
        resolution: float | None = None,
    ) -> None:
        self._recipe = recipe
        self._generator = generator
        device = generator.device
        # A table whose wavelengths fall is read backwards, which torch can't.
        self._wave = torch.as_tensor(np.ascontiguousarray(wave), dtype=torch.float32).to(device)
        self._log_wave = self._wave.log()
        self._reference = torch.as_tensor(in_bands(wave, (recipe.reference_band,)), device=device)
        self._usable = torch.as_tensor(~in_bands(wave, recipe.masked), device=device)
        self._smoothing = [
            torch.as_tensor(smoothing(wave, resolution, lower), dtype=torch.float32).to(device)
            for lower in recipe.resolutions
            if resolution is not None and lower < resolution
        ]

    def observe(self, flux: Tensor) -> Observations:
        """Return noisy, incomplete observations of clean fluxes, shape (n, n_pixels)."""
        n = len(flux)
        flux = self.calibrate(self._smoothed(flux))
        reference = flux[:, self._reference].median(1, keepdim=True).values
        sigma = reference / self._log_uniform(n, *self._recipe.snr) * self._noise_shape(flux)
        return Observations(
            flux=flux + sigma * self._normal(*flux.shape),
            sigma=sigma,
            valid=self._coverage(n),
        )

    def observe_again(
        self, seen: Observations, more_noise: float, min_pixels: int, *, cut: bool
    ) -> Observations:
        """Return noisier, smoother, wrongly calibrated copies of what was observed.

        Parameters
        ----------
        seen : Observations
        more_noise : float
            Largest noise that is added, relative to each pixel's own.
        min_pixels : int
            A copy that fewer valid pixels would be left of stays whole.
        cut : bool
            Whether to take parts away, too.
        """
        n = len(seen.flux)
        flux = self.calibrate(self._smoothed(seen.flux, seen.valid))
        extra = more_noise * seen.sigma * self._uniform(n)
        valid = seen.valid
        if cut:
            fewer = valid & self._coverage(n)
            valid = torch.where(fewer.sum(1, keepdim=True) >= min_pixels, fewer, valid)
        noisy = flux + extra * self._normal(*flux.shape)
        return Observations(
            flux=torch.where(valid, noisy, 0.0),
            sigma=torch.hypot(seen.sigma, extra),
            valid=valid,
        )

    def _smoothed(self, flux: Tensor, valid: Tensor | None = None) -> Tensor:
        """Give each spectrum its own or one of the lower resolving powers, of valid pixels."""
        if not self._smoothing:
            return flux
        device = self._generator.device
        size = len(self._smoothing) + 1
        chosen = torch.randint(size, (len(flux),), generator=self._generator, device=device)
        out = flux.clone()
        for number, matrix in enumerate(self._smoothing, start=1):
            rows = chosen == number
            if valid is None:
                out[rows] = flux[rows] @ matrix.T
            else:
                on = valid[rows].to(flux.dtype)
                # What is not valid is not zero flux: it must not leak into its neighbours.
                mixed = (flux[rows] * on) @ matrix.T / (on @ matrix.T).clamp(min=1e-6)
                out[rows] = torch.where(valid[rows], mixed, flux[rows])
        return out

    def calibrate(self, flux: Tensor) -> Tensor:
        """Tilt and bend the flux by a smooth error, as calibration does."""
        if not self._recipe.calibration:
            return flux
        n, along = len(flux), self._log_wave - self._log_wave.mean()
        along = along / along.abs().max()
        size = self._recipe.calibration * self._uniform(n)
        bend = torch.zeros_like(flux)
        for order in range(1, 5):
            phase = 6.2832 * self._uniform(n)
            bend = bend + self._normal(n, 1) * (order * 1.5708 * along + phase).cos() / order**0.5
        return flux * (size * bend / bend.square().mean(1, keepdim=True).sqrt()).exp()

    def _noise_shape(self, flux: Tensor) -> Tensor:
        """Noise along the spectrum: even or as photons' for half of them, with a slow ripple."""
        n = len(flux)
        reference = flux[:, self._reference].median(1, keepdim=True).values
        photons = (flux / reference).clamp(min=0.02).sqrt()
        even = self._uniform(n) < 0.5
        phase = 40 * self._uniform(n) * self._log_wave + 6 * self._uniform(n)
        ripple = (0.3 * self._normal(n, 1) * phase.cos()).exp()
        return torch.where(even, torch.ones_like(flux), photons) * ripple

    def _coverage(self, n: int) -> Tensor:
        recipe, wave = self._recipe, self._wave
        low, high = float(wave[0]), float(wave[-1])
        cut = recipe.largest_cut * (high - low)
        start = low + cut * self._uniform(n) * self._happens(n, recipe.cut_probability)
        stop = high - cut * self._uniform(n) * self._happens(n, recipe.cut_probability)
        gap = low + (high - low) * self._uniform(n)
        width = recipe.widest_gap * self._uniform(n) * self._happens(n, recipe.gap_probability)
        in_gap = (wave > gap) & (wave < gap + width)
        valid = self._usable & (wave >= start) & (wave <= stop) & ~in_gap
        if recipe.piece_probability:
            width = self._log_uniform(n, recipe.smallest_piece, high - low)
            left = low + (high - low - width) * self._uniform(n)
            piece = (wave >= left) & (wave <= left + width)
            valid &= piece | (self._uniform(n) >= recipe.piece_probability)
        # A gap may swallow what the cuts left; then the spectrum stays whole.
        return torch.where(valid.sum(1, keepdim=True) >= MIN_PIXELS, valid, self._usable)

    def _happens(self, n: int, probability: float) -> Tensor:
        return self._uniform(n) < probability

    def _uniform(self, n: int) -> Tensor:
        return torch.rand(n, 1, generator=self._generator, device=self._generator.device)

    def _log_uniform(self, n: int, low: float, high: float) -> Tensor:
        return (math.log(low) + math.log(high / low) * self._uniform(n)).exp()

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self._generator, device=self._generator.device)
