"""One small file of each layout, of known content."""

import bz2
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from astropy import units as u
from astropy.io import fits
from astropy.table import QTable, Table
from scipy.io import netcdf_file

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


PLANET = {
    "teff": {"value": 900.0, "unit": "K"},
    "gravity": {"value": 100.0, "unit": "m / s2"},
    "mh": -0.5,
    "co": 0.55,
    "effective_temp": 897.3,
    "p_reference": {"value": 10.0, "unit": "bar"},
}


def picaso_attributes(planet=None, **more) -> dict[str, str]:
    """Return attributes as PICASO's `output_xarray` writes them, quantities as astropy does."""
    return {
        "author": "someone",
        "code": "picaso",
        "planet_params": json.dumps(PLANET if planet is None else planet),
        **more,
    }


def make_picaso(
    folder: Path, planet=None, flux_name: str = "flux_emission", name: str = "model.nc", **more
) -> Path:
    """Write what xarray writes of a PICASO model where the netCDF library is missing."""
    path = folder / name
    with netcdf_file(path, "w", version=2) as file:
        file.createDimension("wavelength", len(WAVE))
        for key, value in picaso_attributes(planet, **more).items():
            setattr(file, key, value)
        flux = file.createVariable(flux_name, ">f8", ("wavelength",))
        flux[:] = black_bodies("erg / (s cm3)")[1, ::-1]
        flux.units = "erg/cm**2/s/cm"
        wave = file.createVariable("wavelength", ">f8", ("wavelength",))
        wave[:] = WAVE[::-1]
        wave.units = "micron"
    return path


def make_picaso_hdf5(folder: Path, planet=None, **more) -> Path:
    """Write what xarray writes of a PICASO model with the netCDF 4 library."""
    path = folder / "model4.nc"
    with h5py.File(path, "w") as file:
        file.attrs.update(picaso_attributes(planet, **more))
        file["wavelength"] = WAVE[::-1]
        file["flux_emission"] = black_bodies("erg / (s cm3)")[1, ::-1]
        file["wavelength"].attrs["units"] = "micron"
        file["flux_emission"].attrs["units"] = "erg/cm**2/s/cm"
        file["wavelength"].make_scale()
        file["flux_emission"].dims[0].attach_scale(file["wavelength"])
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


def made_cadences(n_cadences: int = 60, cadence_days: float = 1 / 48) -> np.ndarray:
    """Return times from BTJD 1325.3 on, the eighth missing."""
    time = 1325.3 + np.arange(n_cadences) * cadence_days
    time[7] = np.nan
    return time


def make_qlp(folder: Path, prefix: str = "KSPSAP", has_own_error: bool = True) -> Path:
    """Make a file after QLP's data product description; `prefix` is DET from sector 56 on."""
    path = folder / "hlsp_qlp_tess_ffi_llc.fits"
    time = made_cadences()
    ones = np.ones(len(time))
    quality = np.zeros(len(time), dtype=np.int32)
    quality[5], quality[6] = 128, 4096
    columns = [
        fits.Column("TIME", "D", unit="BJD - 2457000, days", array=time),
        fits.Column("CADENCENO", "J", array=np.arange(len(time))),
        fits.Column("SAP_FLUX", "E", array=1.02 * ones),
        fits.Column(f"{prefix}_FLUX", "E", array=ones),
        *([fits.Column(f"{prefix}_FLUX_ERR", "E", array=1e-3 * ones)] if has_own_error else []),
        fits.Column("QUALITY", "J", array=quality),
        fits.Column("ORBITID", "J", array=np.full(len(time), 9)),
        fits.Column("SAP_BKG", "E", array=5 * ones),
        fits.Column(f"{prefix}_FLUX_SML", "E", array=0.99 * ones),
        fits.Column(f"{prefix}_FLUX_LAG", "E", array=1.01 * ones),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="LIGHTCURVE")
    table.header.update({"BJDREFI": 2457000, "BJDREFF": 0.0, "TIMEDEL": 1 / 48})
    primary = fits.PrimaryHDU()
    primary.header.update(
        {"TELESCOP": "TESS", "TICID": 25155310, "SECTOR": 1, "OBJECT": "TIC 25155310"}
    )
    fits.HDUList([primary, table]).writeto(path)
    return path


def make_kepler(folder: Path, **cards) -> Path:
    path = folder / "kplr011442793_llc.fits"
    time = made_cadences() - 2454833 + 2457000
    ones = np.ones(len(time))
    quality = np.zeros(len(time), dtype=np.int32)
    quality[5], quality[6] = 32, 8192
    columns = [
        fits.Column("TIME", "D", unit="BJD - 2454833", array=time),
        fits.Column("SAP_FLUX", "E", unit="e-/s", array=900 * ones),
        fits.Column("SAP_FLUX_ERR", "E", unit="e-/s", array=2 * ones),
        fits.Column("PDCSAP_FLUX", "E", unit="e-/s", array=1000 + np.arange(len(time))),
        fits.Column("PDCSAP_FLUX_ERR", "E", unit="e-/s", array=ones),
        fits.Column("SAP_QUALITY", "J", array=quality),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="LIGHTCURVE")
    table.header.update({"BJDREFI": 2454833, "BJDREFF": 0.0, "TIMEDEL": 0.0204336})
    table.header.update({"CROWDSAP": 0.8, "FLFRCSAP": 0.9})
    primary = fits.PrimaryHDU()
    primary.header.update(
        {"TELESCOP": "Kepler", "MISSION": "Kepler", "KEPLERID": 11442793, "QUARTER": 2}
        | {"OBJECT": "KIC 11442793", "KEPMAG": 13.8, "FEH": 0.1}
        | cards
    )
    fits.HDUList([primary, table]).writeto(path)
    return path


STAR_PIXELS = ((2, 2, 400.0), (2, 3, 900.0), (3, 2, 300.0))
"""Row, column and flux of the star in the made cut-out."""


def make_tesscut(folder: Path, star=STAR_PIXELS, background: float = 50.0) -> Path:
    """Make a cut-out of 6 x 6 pixels whose background rises and whose star fades by a tenth."""
    path = folder / "astrocut.fits"
    time = made_cadences()
    fading = np.where(np.arange(len(time)) < len(time) // 2, 1.0, 0.9)
    images = np.full((len(time), 6, 6), background) + np.arange(len(time))[:, None, None]
    images += np.indices((6, 6)).sum(axis=0) * 0.1  # so that some pixels are fainter than others
    for row, column, flux in star:
        images[:, row, column] += flux * fading
    pixels = {"dim": "(6,6)", "unit": "e-/s"}
    columns = [
        fits.Column("TIME", "D", unit="BJD - 2457000, days", array=time),
        fits.Column("FLUX", "36E", array=images, **pixels),
        fits.Column("FLUX_ERR", "36E", array=np.ones_like(images), **pixels),
        fits.Column("QUALITY", "J", array=np.zeros(len(time), dtype=np.int32)),
        fits.Column(
            "FFI_FILE", "38A", array=["tess2018206192942-s0001-4-2-0120-s_ffi"] * len(time)
        ),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="PIXELS")
    table.header.update({"BJDREFI": 2457000, "BJDREFF": 0.0, "TIMEDEL": 1 / 48})
    primary = fits.PrimaryHDU()
    primary.header.update(
        {"TELESCOP": "TESS", "CREATOR": "astrocut", "SECTOR": 1, "CAMERA": 4, "CCD": 2}
        | {"RA_OBJ": 84.29, "DEC_OBJ": -80.47, "TESSMAG": 0.0, "TEFF": 0.0, "RADIUS": 0.0}
    )
    fits.HDUList([primary, table, fits.ImageHDU(np.ones((6, 6), dtype=np.int32))]).writeto(path)
    return path


TCES = ({"TPERIOD": 2.5, "TEPOCH": 1326.0, "TDUR": 3.0, "TDEPTH": 1200.0},
        {"TPERIOD": 7.0, "TEPOCH": 1327.5, "TDUR": 4.0, "TDEPTH": 400.0})  # fmt: skip


def make_dvt(folder: Path, events=TCES, **cards) -> Path:
    """Make a file after the TESS Science Data Products Description Document, section DV."""
    path = folder / "tess_dvt.fits"
    time = made_cadences(400, 1 / 20)
    primary = fits.PrimaryHDU()
    primary.header.update(
        {"TELESCOP": "TESS", "TICID": 25155310, "OBJECT": "TIC 25155310", "SECTOR": 1}
        | {"TESSMAG": 9.5, "TEFF": 6400.0, "LOGG": 4.3, "MH": 0.1, "RADIUS": 1.3}
        | {"RA_OBJ": 63.37, "DEC_OBJ": -69.23, "PROCVER": "spoc-3.3.36"}
        | cards
    )
    tables = [_dvt_table(time, number, event) for number, event in enumerate(events, start=1)]
    last = fits.BinTableHDU.from_columns(
        [
            fits.Column("TIME", "D", array=time),
            fits.Column("PDCSAP_FLUX", "E", array=np.ones(len(time))),
            fits.Column("QUALITY", "J", array=np.zeros(len(time), dtype=np.int32)),
            fits.Column("RESIDUAL_LC", "E", array=np.zeros(len(time))),
        ],
        name="STATISTICS",
    )
    fits.HDUList([primary, *tables, last]).writeto(path)
    return path


def _dvt_table(time: np.ndarray, number: int, event: dict) -> fits.BinTableHDU:
    period, epoch = event.get("TPERIOD", 1.0), event.get("TEPOCH", 0.0)
    half = max(period, 1e-3) / 4
    phase = (time - epoch + half) % max(period, 1e-3) - half
    in_transit = np.abs(phase) < event.get("TDUR", 1.0) / 48
    model = np.where(in_transit, -event.get("TDEPTH", 0.0) * 1e-6, 0.0)
    columns = [
        fits.Column("TIME", "D", unit="BJD - 2457000, days", array=time),
        fits.Column("TIMECORR", "E", array=np.zeros(len(time))),
        fits.Column("CADENCENO", "J", array=np.arange(len(time))),
        fits.Column("PHASE", "E", unit="days", array=phase),
        fits.Column("LC_INIT", "E", array=model + 1e-5),
        fits.Column("LC_INIT_ERR", "E", array=np.full(len(time), 1e-4)),
        fits.Column("LC_WHITE", "E", array=model * 1e4),
        fits.Column("LC_DETREND", "E", array=model),
        fits.Column("MODEL_INIT", "E", array=model),
        fits.Column("MODEL_WHITE", "E", array=model * 1e4),
    ]
    table = fits.BinTableHDU.from_columns(columns, name=f"TCE_{number}")
    table.header.update({"BJDREFI": 2457000, "BJDREFF": 0.0, "TIMEDEL": 1 / 20})
    table.header.update({"INDUR": 0.4, "IMPACT": 0.3, "RADRATIO": 0.033, "PRADIUS": 4.7})
    table.header.update({"DRRATIO": 8.1, "INCLIN": 88.0, "MAXMES": 31.5, "NTRANS": 8})
    table.header.update({"CONVRGE": True, **event})
    return table


FIT = {
    "orbitalPeriodDays": (2.5, 1e-4),
    "transitEpochBtjd": (1326.0, 1e-3),
    "transitDurationHours": (3.0, 0.1),
    "transitDepthPpm": (1200.0, 30.0),
    "planetRadiusEarthRadii": (4.7, 0.2),
    "minImpactParameter": (0.3, 0.0),
}


def make_dvr(folder: Path, planets: str | None = None, head: str = "") -> Path:
    """Make a report in the elements that the mission's reports have."""
    path = folder / "tess_dvr.xml"
    star = "".join(
        f'<dv:{tag} provenance="{source}" value="{value}" uncertainty="0.1"/>'
        for tag, source, value in (
            ("raDegrees", "TIC8.2", 63.37),
            ("decDegrees", "TIC8.2", -69.23),
            ("tessMag", "TIC8.2", 9.5),
            ("effectiveTemp", "TIC8.2", 6400.0),
            ("log10SurfaceGravity", "Solar", 4.438),
            ("radius", "TIC8.2", 1.3),
        )
    )
    path.write_text(
        f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<dv:dvTargetResults ticId="25155310" sectorsObserved="0110" planetCandidateCount="1"
 xmlns:dv="http://www.nasa.gov/2018/TESS/DV">
{star}{make_planet() if planets is None else planets}
</dv:dvTargetResults>
"""
    )
    return path


def make_planet(number: int = 1, fit: dict | None = None) -> str:
    """Return the element of a planet candidate; an empty `fit` is one that was not made."""
    fit = FIT if fit is None else fit
    rows = "".join(
        f'<dv:modelParameter fitted="true" name="{name}" value="{value}" uncertainty="{error}"/>'
        for name, (value, error) in fit.items()
    )
    return f"""<dv:planetResults planetNumber="{number}">
<dv:allTransitsFit type="ALL" fullConvergence="true" modelFitSnr="40.5" modelChiSquare="-1.0">
<dv:modelParameters>{rows}</dv:modelParameters></dv:allTransitsFit>
<dv:binaryDiscriminationResults>
<dv:oddEvenTransitDepthComparisonStatistic value="0.5" significance="0.48"/>
</dv:binaryDiscriminationResults>
<dv:bootstrapResults significance="1.0E-30" bootstrapThresholdForDesiredPfa="-1.0"/>
<dv:centroidResults><dv:differenceImageMotionResults><dv:msTicCentroidOffsets>
<dv:meanSkyOffset value="1.5" uncertainty="2.5"/></dv:msTicCentroidOffsets>
<dv:msControlCentroidOffsets><dv:meanSkyOffset value="0.0" uncertainty="-1.0"/>
</dv:msControlCentroidOffsets></dv:differenceImageMotionResults></dv:centroidResults>
<dv:differenceImageResults sector="1"><dv:qualityMetric attempted="true" valid="true" value="0.9"/>
</dv:differenceImageResults>
<dv:differenceImageResults sector="2"><dv:qualityMetric attempted="true" valid="true" value="0.7"/>
</dv:differenceImageResults>
<dv:ghostDiagnosticResults>
<dv:coreApertureCorrelationStatistic value="17.5" significance="1.0"/>
</dv:ghostDiagnosticResults>
<dv:planetCandidate planetNumber="{number}" maxMultipleEventSigma="31.5" epochTjd="1326.1"
 orbitalPeriodInDays="2.51" trialTransitPulseDurationInHours="2.0" observedTransitCount="8">
<dv:weakSecondary maxMes="2.4" maxMesPhaseInDays="-1.1">
<dv:depthPpm value="20.0" uncertainty="10.0"/></dv:weakSecondary></dv:planetCandidate>
</dv:planetResults>"""


def make_pack(folder: Path, **arrays) -> Path:
    """Make a pack of four spectra of three stars."""
    path = folder / "stars.npz"
    flux = np.stack([FLUX * scale for scale in (1, 2, 3, 4)]) / FLUX.mean()
    given = {
        "wave": WAVE * 1e4,
        "flux": flux.astype(np.float32),
        "ivar": np.full(flux.shape, 100.0),
        "labels": np.column_stack([TEFF, LOGG, [0.1, -0.2, 0.0, 9999.0]]),
        "label_names": np.array(["teff", "logg", "feh"]),
        "name": np.array(["HD 1", "HD 2", "HD 2", "HD 3"]),
        "medium": "vacuum",
    }
    np.savez_compressed(path, **(given | arrays))
    return path


def drs_cards(**cards) -> dict[str, float | str]:
    """Return what the pipeline of HARPS writes into a header, as far as it is read."""
    return {
        "INSTRUME": "HARPS",
        "OBJECT": "HD 128621",
        "MJD-OBS": 56010.36,
        "EXPTIME": 10.0,
        "HIERARCH ESO DRS BERV": 18.26,
        "HIERARCH ESO DRS CCF RVC": -21.9,
        "HIERARCH ESO DRS SPE EXT SN50": 343.1,
        "HIERARCH ESO TEL AIRM START": 1.2,
        "HIERARCH ESO TEL AIRM END": 1.4,
        "HIERARCH ESO TEL AMBI RHUM": 31.0,
        **cards,
    }


def make_harps_s1d(folder: Path, **cards) -> Path:
    """Make a merged spectrum with a gap of zeros, as between the detectors."""
    path = folder / "HARPS_s1d_A.fits"
    flux = 1000 + 100 * np.sin(np.arange(3000) / 20)
    flux[1000:1100] = 0
    hdu = fits.PrimaryHDU(flux.astype(np.float32))
    axis = {"CRVAL1": 5880.0, "CDELT1": 0.01, "CRPIX1": 1, "CTYPE1": "Angstrom"}
    hdu.header.update(axis | {"BUNIT": "Relative Flux"} | drs_cards(**cards))
    hdu.writeto(path)
    return path


def make_harps_e2ds(folder: Path, **cards) -> Path:
    """Make three orders whose wavelengths are parabolas of the pixel."""
    path = folder / "HARPS_e2ds_A.fits"
    hdu = fits.PrimaryHDU(np.full((3, 200), 900.0, dtype=np.float32))
    terms = [value for order in range(3) for value in (5000.0 + 30 * order, 0.02, -1e-6)]
    hdu.header.update(drs_cards(**{"HIERARCH ESO DRS CCD SIGDET": 5.0} | cards))
    hdu.header["HIERARCH ESO DRS CAL TH DEG LL"] = 2
    for number, value in enumerate(terms):
        hdu.header[f"HIERARCH ESO DRS CAL TH COEFF LL{number}"] = value
    hdu.writeto(path)
    return path


def make_miles(folder: Path) -> Path:
    path = folder / "MILES_res2.50_star_m0026V.fits"
    flux = 1 + 0.1 * np.sin(np.arange(900) / 30)
    flux[-1] = 0
    hdu = fits.PrimaryHDU(flux)
    hdu.header.update({"TPLLIB": "MILES", "FWHM": 2.5, "CRPIX1": 1})
    hdu.header.update({"CRVAL1": 3540.5, "CDELT1": 0.9})
    hdu.writeto(path)
    return path


LOG_WAVE = 3.7 + 1e-4 * np.arange(900)
"""Powers of ten, Angstrom: the grid of the made spectra of LAMOST and SDSS."""


def survey_columns() -> dict[str, np.ndarray]:
    """Return flux, inverse variance and masks on `LOG_WAVE`, with a few faults."""
    flux = 100 + 10 * np.sin(np.arange(900) / 30)
    ivar = np.full(900, 4.0)
    ivar[:5] = 0
    mask = np.zeros(900)
    mask[10] = 1
    return {"flux": flux, "ivar": ivar, "and": mask, "or": np.ones(900)}


LAMOST_CARDS = {
    "TELESCOP": "LAMOST",
    "DESIG": "LAMOST J063715.90+271356.5",
    "VACUUM": True,
    "HELIO": True,
    "MJD": 55863,
    "CLASS": "STAR",
    "SUBCLASS": "F9",
    "Z": -1e-4,
}


def make_lamost_image(folder: Path) -> Path:
    path = folder / "spec-55862-B6212_sp06-003.fits"
    made = survey_columns()
    rows = np.stack([made["flux"], made["ivar"], np.ones(900), made["and"], made["or"]])
    hdu = fits.PrimaryHDU(rows.astype(np.float32))
    hdu.header.update(LAMOST_CARDS | {"COEFF0": 3.7, "COEFF1": 1e-4, "SN_G": 71.4})
    hdu.writeto(path)
    return path


def make_lamost_tables(folder: Path) -> Path:
    """Make the sum and one exposure of the red arm, and a sum in the form of newer releases."""
    path = folder / "med-58649-TD.fits"
    made = survey_columns()
    shared = [fits.Column("FLUX", "E", array=made["flux"])]
    shared.append(fits.Column("IVAR", "E", array=made["ivar"]))
    shared.append(fits.Column("LOGLAM", "D", array=LOG_WAVE))
    total = [*shared, fits.Column("ANDMASK", "I", array=made["and"])]
    single = [*shared, fits.Column("PIXMASK", "I", array=made["and"])]
    cells = [
        fits.Column("FLUX", "900E", array=made["flux"][None]),
        fits.Column("IVAR", "900E", array=made["ivar"][None]),
        fits.Column("WAVELENGTH", "900D", array=10.0 ** LOG_WAVE[None]),
    ]
    primary = fits.PrimaryHDU()
    primary.header.update(LAMOST_CARDS)
    exposure = fits.BinTableHDU.from_columns(single, name="R-84454696")
    exposure.header.update({"EXPTIME": 1200, "SNR": 63.96})
    tables = [fits.BinTableHDU.from_columns(total, name="COADD_R"), exposure]
    tables.append(fits.BinTableHDU.from_columns(cells, name="COADD_B"))
    fits.HDUList([primary, *tables]).writeto(path)
    return path


def make_sdss(folder: Path) -> Path:
    path = folder / "spec-0266-51602-0031.fits"
    made = survey_columns()
    spectrum = [
        fits.Column("flux", "E", array=made["flux"]),
        fits.Column("loglam", "D", array=LOG_WAVE),
        fits.Column("ivar", "E", array=made["ivar"]),
        fits.Column("and_mask", "J", array=made["and"]),
        fits.Column("wdisp", "E", array=np.full(900, 1.0)),
    ]
    star = [
        fits.Column("PLATE", "J", array=[266]),
        fits.Column("MJD", "J", array=[51602]),
        fits.Column("FIBERID", "J", array=[31]),
        fits.Column("CLASS", "6A", array=["STAR"]),
        fits.Column("SUBCLASS", "6A", array=["WD"]),
        fits.Column("Z", "E", array=[1e-4]),
    ]
    primary = fits.PrimaryHDU()
    primary.header.update({"TELESCOP": "SDSS 2.5-M", "BUNIT": "1E-17 erg/cm^2/s/Ang"})
    tables = [fits.BinTableHDU.from_columns(columns) for columns in (spectrum, star)]
    fits.HDUList([primary, *tables]).writeto(path)
    return path


APOGEE_AXIS = {"CRVAL1": 4.179, "CDELT1": 6e-06, "CRPIX1": 1, "DC-FLAG": 1}


def apogee_flux(n_rows: int = 1) -> np.ndarray:
    """Return rows that differ by their level, with a gap between two detectors."""
    flux = (1 + np.arange(n_rows))[:, None] * (2 + np.sin(np.arange(600) / 20))
    flux[:, 250:300] = 0
    return flux.astype(np.float32)


def make_apogee_aspcap(folder: Path) -> Path:
    path = folder / "aspcapStar.fits"
    primary = fits.PrimaryHDU()
    primary.header.update({"FERRE": "v461a", "SPECLIB": "v17", "OBJ": "2M00452143+1634446"})
    flux = apogee_flux()[0]
    images = [fits.ImageHDU(flux), fits.ImageHDU(np.full(600, 0.01, np.float32))]
    images[0].header.update(APOGEE_AXIS)
    fits.HDUList([primary, *images, fits.ImageHDU(flux)]).writeto(path)
    return path


def make_apogee_star(folder: Path, n_visits: int = 2) -> Path:
    """Make a combined spectrum and its visits, of which only the second row's mask is clean."""
    path = folder / "apStar.fits"
    flux = apogee_flux(1 if n_visits == 1 else n_visits + 2)
    mask = np.zeros(flux.shape, dtype=np.int32)
    mask[0, 100:200] = 1
    primary = fits.PrimaryHDU()
    primary.header.update({"OBJID": "2M00452143+1634446", "NVISITS": n_visits, "STARFLAG": 0})
    primary.header.update({"SNR": 79.0, "VHELIO": 6.7, "DATE1": "2013-10-22", "BC1": -6.5})
    primary.header.update({"VHELIO1": 7.2, "SNRVIS1": 39.9} | APOGEE_AXIS)
    images = [fits.ImageHDU(data) for data in (flux, np.full_like(flux, 0.1), mask)]
    images[0].header.update(APOGEE_AXIS)
    fits.HDUList([primary, *images]).writeto(path)
    return path


def make_apogee_visit(folder: Path) -> Path:
    path = folder / "apVisit.fits"
    primary = fits.PrimaryHDU()
    primary.header.update({"V_APRED": "v3_15", "FIBERID": 157, "PLATE": 6218, "OBJID": "2M0344"})
    primary.header.update({"BC": 28.8, "VHELIO": 12.9, "SNR": 33.9})
    wave = np.stack([np.linspace(start + 400, start, 600) for start in (16500, 15900, 15200)])
    images = [apogee_flux(3), np.full((3, 600), 0.1), np.zeros((3, 600), np.int32), wave]
    fits.HDUList([primary, *map(fits.ImageHDU, images)]).writeto(path)
    return path


def make_crires(folder: Path) -> Path:
    """Make two detectors with two orders each, of which the last has no spectrum."""
    path = folder / "crires.fits"
    primary = fits.PrimaryHDU()
    primary.header.update(
        {
            "INSTRUME": "CRIRES",
            "PIPEFILE": "cr2res_obs.fits",
            "OBJECT": "GJ 588",
            "MJD-OBS": 59663.4,
        }
    )
    primary.header["HIERARCH ESO INS SLIT1 NAME"] = "w_0.2"
    tables = []
    for chip in (1, 2):
        columns = []
        for order in (2, 3):
            wave = np.linspace(2400, 2415, 300) - 80 * order + 20 * chip
            flux = np.full(300, np.nan if (chip, order) == (2, 3) else 900.0)
            for name, values in (("SPEC", flux), ("ERR", np.full(300, 30.0)), ("WL", wave)):
                columns.append(fits.Column(f"{order:02d}_01_{name}", "1D", array=values))
        tables.append(fits.BinTableHDU.from_columns(columns, name=f"CHIP{chip}.INT1"))
    fits.HDUList([primary, *tables]).writeto(path)
    return path


ECHELLE = (
    "1 118 2 5000.0 0.04 400 0. 7.77 29.77 1. 0. 2 3 1. 400. 5010.5 8.25 -0.125",
    "2 117 1 3.7 0.00001 400 0.0001 30. 50.",
    "3 116 0 5100.0 0.05 400 0. 50. 70.",
)
"""Legendre's polynomials, a logarithmic order at a redshift, and a linear one."""


def make_echelle(folder: Path, orders=ECHELLE) -> Path:
    path = folder / "echelle.fits"
    flux = 1000 + 100 * np.sin(np.arange(400) / 10) + 100 * np.arange(len(orders))[:, None]
    hdu = fits.PrimaryHDU(flux.astype(np.float32))
    text = "wtype=multispec " + " ".join(f'spec{n} = "{s}"' for n, s in enumerate(orders, start=1))
    cards = [text[start : start + 68] for start in range(0, len(text), 68)]
    hdu.header.update({"CTYPE1": "MULTISPE", "CTYPE2": "MULTISPE", "OBJECT": "bet Gem"})
    hdu.header["WAT1_001"] = "wtype=multispec label=Wavelength units=angstroms"
    hdu.header.update({f"WAT2_{n:03d}": card for n, card in enumerate(cards, start=1)})
    hdu.header["AIRMASS"] = 1.39
    hdu.writeto(path)
    return path


def make_eso(folder: Path, ucd: str = "em.wl;obs.atmos", **cards) -> Path:
    """Make a product after the standard: one row, whose cells are arrays."""
    path = folder / "ADP.fits"
    primary = fits.PrimaryHDU()
    primary.header.update({"PRODCATG": "SCIENCE.SPECTRUM", "ORIGIN": "ESO", "OBJECT": "HD 1"})
    primary.header.update({"SPECSYS": "BARYCENT", "SPEC_RES": 48000.0, "SNR": 120.5} | cards)
    columns = [
        fits.Column("WAVE", "120D", unit="angstrom", array=WAVE[None] * 1e4),
        fits.Column("FLUX", "120E", unit="adu", array=FLUX[None] * 1e18),
        fits.Column("ERR", "120E", unit="adu", array=np.full((1, 120), np.nan)),
    ]
    table = fits.BinTableHDU.from_columns(columns, name="SPECTRUM")
    table.header.update({"TUCD1": ucd, "TUCD2": "phot.flux.density;em.wl;src.net"})
    table.header.update({"TUCD3": "stat.error;phot.flux.density;em.wl", "NELEM": 120})
    fits.HDUList([primary, table]).writeto(path)
    return path


MADE: dict[str, Callable[[Path], Path]] = {
    "picaso": make_picaso,
    "model-grid": make_model_grid,
    "pack": make_pack,
    "dv-series": make_dvt,
    "qlp-lc": make_qlp,
    "spoc-lc": make_light_curve,
    "kepler-lc": make_kepler,
    "tesscut": make_tesscut,
    "harps-s1d": make_harps_s1d,
    "harps-e2ds": make_harps_e2ds,
    "miles": make_miles,
    "lamost-image": make_lamost_image,
    "lamost-tables": make_lamost_tables,
    "apogee-aspcap": make_apogee_aspcap,
    "apogee-star": make_apogee_star,
    "apogee-visit": make_apogee_visit,
    "sdss-spec": make_sdss,
    "crires-orders": make_crires,
    "iraf-multispec": make_echelle,
    "eso-spectrum": make_eso,
    "spex": make_spex,
    "fits-wcs": make_wcs,
    "fits-table": make_fits_table,
    "dv-report": make_dvr,
    "ecsv": make_ecsv,
    "votable": make_votable,
    "telescopeml": make_telescopeml,
    "text": make_text,
}
"""How to make a file of each layout. A new reader is put under contract by being listed here."""
