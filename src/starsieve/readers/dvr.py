"""Data-validation reports of TESS (``*_dvr.xml``)."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Element

from starsieve.data.ephemeris import Ephemeris
from starsieve.data.star import Star
from starsieve.data.validation import Tce, Validation
from starsieve.errors import DataError
from starsieve.readers.files import read_bytes
from starsieve.readers.reader import Found, Hints, Reader
from starsieve.readers.xml_file import parse_xml

MAX_BYTES = 256 * 1024**2
"""A report of a hundred sectors has some ten million bytes."""

ROOT = "dvTargetResults"

_STAR = {
    "raDegrees": "ra",
    "decDegrees": "dec",
    "tessMag": "tmag",
    "effectiveTemp": "teff",
    "log10SurfaceGravity": "logg",
    "log10Metallicity": "mh",
    "radius": "radius",
    "stellarDensity": "density",
}
STAND_IN = "solar"
"""What the provenance says of a value that was not known, and taken from the Sun."""

_FIT = {
    "planetRadiusEarthRadii": ("radius", "_earth"),
    "semiMajorAxisAu": ("semi_major_axis", "_au"),
    "minImpactParameter": ("impact", ""),
    "transitIngressTimeHours": ("ingress", "_hours"),
    "ratioPlanetRadiusToStarRadius": ("radius_ratio", ""),
    "ratioSemiMajorAxisToStarRadius": ("a_over_r", ""),
    "inclinationDegrees": ("inclination", "_deg"),
    "equilibriumTempKelvin": ("teq", "_k"),
    "effectiveStellarFlux": ("insolation", "_earth"),
    "starDensitySolarDensity": ("star_density", ""),
}
_FITTED_EPHEMERIS = {
    "orbitalPeriodDays": "period_err_days",
    "transitEpochBtjd": "epoch_err_days",
    "transitDurationHours": "duration_err_hours",
    "transitDepthPpm": "depth_err_ppm",
}

_MEASURED = {
    "centroidResults/differenceImageMotionResults/msTicCentroidOffsets/meanSkyOffset": (
        *("offset_tic", "_arcsec"),
    ),
    "centroidResults/differenceImageMotionResults/msControlCentroidOffsets/meanSkyOffset": (
        *("offset_out", "_arcsec"),
    ),
    "planetCandidate/weakSecondary/depthPpm": ("secondary_depth", "_ppm"),
    "secondaryEventResults/planetParameters/geometricAlbedo": ("albedo", ""),
    "secondaryEventResults/planetParameters/planetEffectiveTemp": ("planet_temperature", "_k"),
}
"""Elements with a value and an uncertainty: stem and unit of the names that they get."""

_ATTRIBUTES = {
    "allTransitsFit": {
        "modelFitSnr": "snr",
        "modelChiSquare": "chi2",
        "modelDegreesOfFreedom": "dof",
        "fullConvergence": "converged",
    },
    "planetCandidate": {
        "maxMultipleEventSigma": "mes",
        "maxSingleEventSigma": "ses",
        "observedTransitCount": "n_transits",
        "expectedTransitCount": "n_transits_expected",
        "robustStatistic": "robust_statistic",
        "chiSquare2": "chi2_2",
        "chiSquareDof2": "chi2_2_dof",
        "chiSquareGof": "chi2_gof",
        "chiSquareGofDof": "chi2_gof_dof",
        "suspectedEclipsingBinary": "suspected_binary",
    },
    "planetCandidate/weakSecondary": {
        "maxMes": "secondary_mes",
        "maxMesPhaseInDays": "secondary_phase_days",
        "mesMad": "secondary_mes_mad",
    },
    "binaryDiscriminationResults/oddEvenTransitDepthComparisonStatistic": {
        "value": "odd_even_statistic",
        "significance": "odd_even_significance",
    },
    "bootstrapResults": {
        "significance": "bootstrap_probability",
        "bootstrapThresholdForDesiredPfa": "bootstrap_threshold",
    },
    "ghostDiagnosticResults/coreApertureCorrelationStatistic": {
        "value": "ghost_core",
        "significance": "ghost_core_significance",
    },
    "ghostDiagnosticResults/haloApertureCorrelationStatistic": {
        "value": "ghost_halo",
        "significance": "ghost_halo_significance",
    },
    "secondaryEventResults/comparisonTests/albedoComparisonStatistic": {
        "value": "albedo_statistic",
        "significance": "albedo_significance",
    },
    "secondaryEventResults/comparisonTests/tempComparisonStatistic": {
        "value": "temperature_statistic",
        "significance": "temperature_significance",
    },
    "centroidResults/differenceImageMotionResults/summaryQualityMetric": {
        "numberOfMetrics": "n_images",
        "fractionOfGoodMetrics": "good_images",
    },
}
_MAY_BE_NEGATIVE = frozenset(
    {"secondary_phase_days", "ghost_core", "ghost_halo", "albedo_statistic", "secondary_mes"}
    | {"temperature_statistic"}
)


def matches(_path: Path, head: bytes) -> bool:
    """Return whether the file is XML that begins as such a report does."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<") and ROOT.encode() in head


def read(path: Path, hints: Hints) -> Found:  # noqa: ARG001 - reports leave nothing open
    """Read the fits and tests of every planet candidate of a star; there are no light curves."""
    root = parse_xml(read_bytes(path, MAX_BYTES))
    if root.tag != ROOT:
        msg = f"its outermost element is {root.tag!r}, expected {ROOT!r}."
        raise DataError(msg)
    notes: list[str] = []
    found = [_tce(planet, notes) for planet in root.findall("planetResults")]
    tces = sorted((tce for tce in found if tce is not None), key=lambda tce: tce.number)
    if not tces:
        msg = f"none of its {len(found)} planet candidates has an ephemeris."
        raise DataError(msg)
    star, provenance = _star(root, notes)
    meta = {
        "object": star.name,
        "target": star.tic,
        "telescope": "TESS",
        "pipeline": "SPOC",
        "provenance": provenance,
    }
    return Found((Validation(star, _sectors(root), tuple(tces), meta),), tuple(notes))


READER = Reader("dv-report", "data validation", matches, read)


def _tce(planet: Element, notes: list[str]) -> Tce | None:
    """Return an event; None, with a note, where neither fit nor search has an ephemeris."""
    number = int(_number(planet.get("planetNumber")) or 0)
    fit = _fit(planet.find("allTransitsFit"))
    try:
        ephemeris = _ephemeris(planet, fit, number, notes)
    except DataError as error:
        notes.append(f"Planet candidate {number} was left out: {error}")
        return None
    values = dict(_attributes(planet)) | dict(_measurements(planet)) | dict(_fit_values(fit))
    for parity in ("odd", "even"):
        depths = _fit(planet.find(f"{parity}TransitsFit")).get("transitDepthPpm", (0.0, 0.0))
        if depths[0] > 0:
            values |= dict(_named(f"{parity}_depth", "_ppm", *depths))
    values |= _image_quality(planet)
    if (toi := _number(planet.get("toiId"))) is not None:
        values["toi"] = toi
    depth, _ = fit.get("transitDepthPpm", (0.0, 0.0))
    return Tce(
        number=number, ephemeris=ephemeris, depth_ppm=depth if depth > 0 else None, values=values
    )


def _ephemeris(
    planet: Element, fit: Mapping[str, tuple[float, float]], number: int, notes: list[str]
) -> Ephemeris:
    """Return the ephemeris of the fit, or else of the search."""
    names = ("orbitalPeriodDays", "transitEpochBtjd", "transitDurationHours")
    period, epoch, duration = (fit.get(name, (0.0, 0.0))[0] for name in names)
    if not (period > 0 and duration > 0):
        search = planet.find("planetCandidate")
        names = ("orbitalPeriodInDays", "epochTjd", "trialTransitPulseDurationInHours")
        period, epoch, duration = (
            (None if search is None else _number(search.get(name))) or 0.0 for name in names
        )
        notes.append(
            f"Planet candidate {number}: no transit was fitted; the ephemeris is the search's."
        )
    return Ephemeris(
        period_days=period if period > 0 else None, epoch_btjd=epoch, duration_hours=duration
    )


def _fit(element: Element | None) -> dict[str, tuple[float, float]]:
    """Return value and error of each parameter of a fit; an error that is not known is 0."""
    found: dict[str, tuple[float, float]] = {}
    for parameter in () if element is None else element.iter("modelParameter"):
        value = _number(parameter.get("value"))
        if value is not None:
            error = _number(parameter.get("uncertainty")) or 0.0
            found[str(parameter.get("name"))] = (value, max(error, 0.0))
    return found


def _fit_values(fit: Mapping[str, tuple[float, float]]) -> Iterator[tuple[str, float]]:
    for name, (stem, unit) in _FIT.items():
        value, error = fit.get(name, (math.nan, 0.0))
        yield from _named(stem, unit, value, error)
    for name, error_name in _FITTED_EPHEMERIS.items():
        _, error = fit.get(name, (math.nan, 0.0))
        if error > 0:
            yield error_name, error


def _measurements(planet: Element) -> Iterator[tuple[str, float]]:
    for where, (stem, unit) in _MEASURED.items():
        element = planet.find(where)
        value = None if element is None else _number(element.get("value"))
        error = None if element is None else _number(element.get("uncertainty"))
        # an uncertainty of -1 marks a value that was not measured
        if value is not None and error is not None and error >= 0:
            yield from _named(stem, unit, value, error)


def _named(stem: str, unit: str, value: float, error: float) -> Iterator[tuple[str, float]]:
    if math.isfinite(value):
        yield f"{stem}{unit}", value
        if error > 0:
            yield f"{stem}_err{unit}", error


def _attributes(planet: Element) -> Iterator[tuple[str, float]]:
    for where, names in _ATTRIBUTES.items():
        element = planet.find(where)
        for attribute, name in names.items():
            value = None if element is None else _number(element.get(attribute))
            if value is not None and (value >= 0 or name in _MAY_BE_NEGATIVE):
                yield name, value


def _image_quality(planet: Element) -> dict[str, float]:
    """Return the worst and the mean correlation of a sector's difference image with a star."""
    metrics = planet.findall("differenceImageResults/qualityMetric")
    values = [_number(metric.get("value")) for metric in metrics if metric.get("valid") == "true"]
    known = [value for value in values if value is not None]
    if not known:
        return {}
    return {"image_quality_min": min(known), "image_quality_mean": sum(known) / len(known)}


def _star(root: Element, notes: list[str]) -> tuple[Star, dict[str, str]]:
    """Return the star without stand-ins, and where each of its values comes from."""
    values: dict[str, float] = {}
    provenance: dict[str, str] = {}
    for tag, name in _STAR.items():
        element = root.find(tag)
        value = None if element is None else _number(element.get("value"))
        if element is not None and value is not None:
            provenance[name] = element.get("provenance", "")
            values[name] = value
    stand_ins = [name for name in values if provenance[name].lower() == STAND_IN]
    if stand_ins:
        names = ", ".join(stand_ins)
        notes.append(
            f"Not known of the star, and left out where the report has the Sun's: {names}."
        )
    known = {name: value for name, value in values.items() if name not in stand_ins}
    tic = _number(root.get("ticId"))
    sources = ", ".join(dict.fromkeys(provenance[name] for name in known if provenance[name]))
    source = f"data validation report ({sources})" if sources else "data validation report"
    name = "" if tic is None else f"TIC {int(tic)}"
    return Star(
        tic=None if tic is None else int(tic), name=name, source=source, **known
    ), provenance


def _sectors(root: Element) -> tuple[int, ...]:
    """Return the sectors of a row of bits, of which the first is for sector 0."""
    bits = root.get("sectorsObserved", "")
    return tuple(number for number, bit in enumerate(bits) if bit == "1")


def _number(text: str | None) -> float | None:
    """Return a finite number, 1 and 0 for true and false; None for anything else."""
    if text in ("true", "false"):
        return float(text == "true")
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None
