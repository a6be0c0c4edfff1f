"""One small file of each layout, of known content."""

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from astropy import units as u
from astropy.io import fits
from astropy.table import QTable, Table

N_PIXELS = 120
WAVE = np.linspace(0.7, 2.5, N_PIXELS)
FLUX = 1e-15 * (2 + np.sin(5 * WAVE))
SIGMA = np.full(N_PIXELS, 2e-17)
TEFF = np.array([1000.0, 1500.0, 2000.0, 2400.0])
LOGG = np.array([4.0, 4.5, 5.0, 5.0])


def rows_image(rows=None, **cards) -> fits.PrimaryHDU:
    if rows is None:
        rows = np.stack([WAVE, FLUX, SIGMA])
    hdu = fits.PrimaryHDU(np.asarray(rows, dtype=np.float32))
    hdu.header.update(cards)
    return hdu


def make_spex(folder: Path) -> Path:
    path = folder / "spex.fits"
    cards = {"XUNITS": "um", "YUNITS": "ergss-1cm-2A-1", "RP": 120, "OBJECT": "Gl 229B"}
    rows_image(**cards).writeto(path)
    return path


def make_wcs(folder: Path) -> Path:
    path = folder / "wcs.fits"
    hdu = fits.PrimaryHDU(FLUX)
    hdu.header.update(
        {"CRVAL1": 7000.0, "CDELT1": 1.5, "CRPIX1": 1, "CUNIT1": "Angstrom", "CTYPE1": "WAVE"}
    )
    hdu.header["BUNIT"] = "erg/s/cm2/Angstrom"
    hdu.writeto(path)
    return path


def made_table(flux_unit: str = "erg / (s cm2 um)") -> QTable:
    unit = u.Unit(flux_unit)
    return QTable({"wave": WAVE * u.um, "flux": FLUX * unit, "flux_err": SIGMA * unit})


def make_fits_table(folder: Path) -> Path:
    path = folder / "table.fits"
    made_table().write(path)
    return path


def make_ecsv(folder: Path) -> Path:
    plain = folder / "table.ecsv"
    made_table().write(plain)
    path = folder / "table.ecsv.gz"
    path.write_bytes(gzip.compress(plain.read_bytes()))
    return path


def make_votable(folder: Path) -> Path:
    path = folder / "table.vot"
    Table(made_table("W / (m2 um)")).write(path, format="votable")
    return path


def make_text(folder: Path) -> Path:
    path = folder / "star.csv.gz"
    rows = "".join(f"{w},{f},{s}\n" for w, f, s in zip(WAVE, FLUX, SIGMA, strict=True))
    path.write_bytes(gzip.compress(f"wave_um,flux [W/m2/um],err\n{rows}".encode()))
    return path


def black_bodies(unit: str) -> np.ndarray:
    """Surface flux of black bodies of `TEFF` at `WAVE`, shape (4, n_pixels)."""
    from astropy.modeling.physical_models import BlackBody

    flux = np.pi * u.sr * BlackBody(temperature=TEFF[:, None] * u.K)(WAVE * u.um)
    return flux.to_value(u.Unit(unit), u.spectral_density(WAVE * u.um))


def make_telescopeml(folder: Path, unit: str = "erg / (Hz s cm2)", descending: bool = True) -> Path:
    path = folder / "grid.csv.bz2"
    order = slice(None, None, -1) if descending else slice(None)
    names = ["gravity", "temperature", *(f"{w:.6f}" for w in WAVE[order])]
    table = np.column_stack([LOGG, TEFF, black_bodies(unit)[:, order]])
    rows = "\n".join(",".join(f"{value:.9e}" for value in row) for row in table)
    path.write_bytes(bz2.compress(f"{','.join(names)}\n{rows}\n".encode()))
    return path


def make_model_grid(folder: Path) -> Path:
    path = folder / "grid.h5"
    with h5py.File(path, "w") as file:
        file["wavelength"] = WAVE
        file["flux"] = black_bodies("erg / (s cm2 um)").astype(np.float32)
        file["labels/teff"], file["labels/gravity"] = TEFF, LOGG
        file["labels/cld"] = np.array(["NC", "NC", "AEE10", "E10"], dtype=object)
        file.attrs.update(
            {"flux_unit": "erg / (s cm2 um)", "wavelength_unit": "um", "medium": "vacuum"}
        )
    return path


def make_light_curve(folder: Path, **reference) -> Path:
    path = folder / "tess_lc.fits"
    n_cadences = 60
    time = 1325.3 + np.arange(n_cadences) / 720
    time[7] = np.nan
    flux = np.full(n_cadences, 1000.0)
    flux[3] = np.nan
    quality = np.zeros(n_cadences, dtype=np.int32)
    quality[5], quality[6] = 128, 2048
    columns = [
        fits.Column("TIME", "D", unit="BJD - 2457000, days", array=time),
        fits.Column("SAP_FLUX", "E", unit="e-/s", array=flux + 50),
        fits.Column("SAP_FLUX_ERR", "E", unit="e-/s", array=np.full(n_cadences, 2.0)),
        fits.Column("PDCSAP_FLUX", "E", unit="e-/s", array=flux),
        fits.Column("PDCSAP_FLUX_ERR", "E", unit="e-/s", array=np.full(n_cadences, 1.0)),
        fits.Column("QUALITY", "J", array=quality),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="LIGHTCURVE")
    table.header.update({"BJDREFI": 2457000, "BJDREFF": 0.0, "TIMEDEL": 120 / 86400} | reference)
    primary = fits.PrimaryHDU()
    primary.header.update(
        {"TELESCOP": "TESS", "TICID": 261136679, "SECTOR": 1, "OBJECT": "TIC 261136679"}
    )
    primary.header["TESSMAG"] = 5.1
    fits.HDUList([primary, table]).writeto(path)
    return path


MADE: dict[str, Callable[[Path], Path]] = {
    "model-grid": make_model_grid,
    "spoc-lc": make_light_curve,
    "spex": make_spex,
    "fits-wcs": make_wcs,
    "fits-table": make_fits_table,
    "ecsv": make_ecsv,
    "votable": make_votable,
    "telescopeml": make_telescopeml,
    "text": make_text,
}
"""How to make a file of each layout. A new reader is put under contract by being listed here."""
