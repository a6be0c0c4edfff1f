"""Everything that the page of a star shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starsieve.archive import Archive, LabelRow, LightCurveInfo, ProductRow, Target
from starsieve.archive.candidate_pages import read_candidate_page
from starsieve.archive.candidate_query import STAR, CandidateQuery
from starsieve.archive.spectrum_lists import SpectrumRow
from starsieve.archive.star_spectra import list_star_spectra
from starsieve.data.validation import VALIDATED
from starsieve.readers.raw_flux import RAW_FLUX
from starsieve.web.planets.columns import choose, name_of
from starsieve.web.planets.numbers import with_error
from starsieve.web.tables import Column, WebTable

LIGHT = ("corrected", "raw")
"""Kinds of light curves that are as observed, and not what somebody else made of them."""

MOST_SPECTRA = 20
MOST_CANDIDATES = 100
NEAR_ARCSEC = 180.0
"""What of the sky around a star is shown."""

WORDS = {
    "tmag": ("TESS magnitude", "mag", 2),
    "teff": ("effective temperature", "K", 0),
    "logg": ("surface gravity, log g", "cgs", 2),
    "mh": ("metallicity [M/H]", "dex", 2),
    "radius": ("radius", "Sun", 3),
    "mass": ("mass", "Sun", 3),
    "density": ("density", "Sun", 3),
    "luminosity": ("luminosity", "Sun", 3),
    "distance_pc": ("distance", "pc", 1),
    "parallax_mas": ("parallax", "mas", 3),
    "pmra_mas_yr": ("proper motion, RA", "mas/yr", 2),
    "pmdec_mas_yr": ("proper motion, Dec", "mas/yr", 2),
    "contamination": ("contamination by neighbours", "", 3),
}
"""Parameters in words, with a short unit and digits."""

CANDIDATE_COLUMNS = (
    *(
        "name",
        "planet_probability",
        "model",
        "disposition",
        "verdict",
        "period_days",
        "duration_hours",
    ),
    *("depth_ppm", "radius_earth", "snr"),
)


@dataclass(frozen=True, slots=True)
class StarPage:
    """A star, and all that the archive has of it.

    Parameters
    ----------
    target : Target
    labels : tuple of LabelRow
    candidates : tuple of mapping
        As rows of the table of candidates.
    light_curves : tuple of LightCurveInfo
    spectra : tuple of SpectrumRow
        The first `MOST_SPECTRA`.
    n_spectra : int
    products : tuple of ProductRow
        Files that MAST is known to have.
    around : tuple of (Target, float)
        Other stars of the archive within `NEAR_ARCSEC`, and how far they are in arcsec.
    """

    target: Target
    labels: tuple[LabelRow, ...]
    candidates: tuple[Mapping[str, Any], ...]
    light_curves: tuple[LightCurveInfo, ...]
    spectra: tuple[SpectrumRow, ...]
    n_spectra: int
    products: tuple[ProductRow, ...]
    around: tuple[tuple[Target, float], ...]

    def to_record(self) -> dict[str, Any]:
        """Return what the page's JSON twin tells."""
        return {
            "star": self.target,
            "parameters": self.labels,
            "candidates": self.candidates,
            "light_curves": [curve_record(each) for each in self.light_curves],
            "spectra": [each.id for each in self.spectra],
            "n_spectra": self.n_spectra,
            "products": self.products,
            "around": [{"star": star, "arcsec": away} for star, away in self.around],
        }

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of light that there are, and the columns of the files that they come from."""
        found = {
            kind_of(each): str(each.meta.get("flux_column") or "flux") for each in self.light_curves
        }
        searched = found.get("corrected", found.get("raw"))
        if searched is None:
            return []
        raw = [("raw", found["raw"])] if {"raw", "corrected"} <= set(found) else []
        return [("corrected", searched), *raw, ("flat", "detrended")]

    @property
    def sectors(self) -> list[int]:
        """The sectors or quarters that were observed."""
        numbers = (
            segment_number(each.meta) for each in self.light_curves if kind_of(each) in LIGHT
        )
        return sorted({number for number in numbers if number is not None})

    @property
    def commands(self) -> list[tuple[str, str]]:
        """What is missing, and the command that would bring it."""
        tic = self.target.tic
        if tic is None:
            return []
        found: list[tuple[str, str]] = []
        if not self.light_curves:
            found.append(("Bring its light curves", f"starsieve fetch light-curves {tic}"))
        if not any(each.meta.get("flux_column") in VALIDATED for each in self.light_curves):
            command = f"starsieve fetch light-curves {tic} --products lc,dvt"
            found.append(("Bring its data validation, too", command))
        if not self.labels:
            command = f"starsieve fetch tic {tic}"
            found.append(("Bring what the TESS Input Catalog says of it", command))
        if not self.candidates:
            found.append(("Bring the list of TOIs", "starsieve fetch toi"))
        if self.light_curves and not any(each["origin"] == "search" for each in self.candidates):
            found.append(("Search and vet it", f"starsieve vet {tic}"))
        return found


def read_star(archive: Archive, number: int) -> StarPage:
    """Return all that the archive has of a star.

    Raises
    ------
    NotInArchiveError
        If there is none of that number.
    """
    target = archive.targets.get(number)
    found = read_candidate_page(
        archive,
        CandidateQuery(target=number, sort="id", descending=False),
        count=MOST_CANDIDATES,
    )
    spectra = list_star_spectra(archive, number, MOST_SPECTRA)
    return StarPage(
        target=target,
        labels=tuple(archive.labels.of_target(number)),
        candidates=found.rows,
        light_curves=tuple(archive.light_curves.of_target(number)),
        spectra=spectra.rows,
        n_spectra=spectra.total,
        products=tuple(archive.products.list(target=number)),
        around=tuple(_around(archive, target)),
    )


def _around(archive: Archive, target: Target) -> list[tuple[Target, float]]:
    if target.ra is None or target.dec is None:
        return []
    near = archive.targets.near(target.ra, target.dec, NEAR_ARCSEC)
    return [(star, away) for star, away in near if star.id != target.id]


def candidate_table(rows: Sequence[Mapping[str, Any]]) -> WebTable:
    """Return a star's candidates as a table that leads to their pages."""
    columns = choose(CANDIDATE_COLUMNS)
    shown = [
        {
            **row,
            "name": name_of(row["origin"], row["name"]),
            "href": f"/candidates/{row['id']}",
        }
        for row in rows
    ]
    return WebTable("candidates", columns, shown)


def parameter_table(
    labels: Sequence[LabelRow], candidates: Sequence[Mapping[str, Any]] = ()
) -> WebTable:
    """Return what is known of a star, and who says so.

    Parameters
    ----------
    labels : sequence of LabelRow
    candidates : sequence of mapping
        Of the star: what their lists say of it stands where nobody else says it.
    """
    said = {label.name for label in labels}
    listed = {
        name: LabelRow(name, row[name], origin=row["origin"])
        for row in reversed(candidates)
        for name in STAR
        if name not in said and row[name] is not None and row["origin"] != "search"
    }
    labels = [*labels, *(listed[name] for name in STAR if name in listed)]
    rows = [
        {
            "what": WORDS.get(row.name, (row.name.replace("_", " "), row.unit, 3))[0],
            "value": with_error(row.value, [row.error], WORDS.get(row.name, ("", "", 3))[2]),
            "unit": WORDS.get(row.name, ("", row.unit, 3))[1],
            "origin": row.origin,
        }
        for row in labels
    ]
    columns = [
        Column("what", "Parameter"),
        Column("value", "Value"),
        Column("unit", "Unit"),
        Column("origin", "Says who"),
    ]
    return WebTable("parameters", columns, rows)


def curve_table(infos: Sequence[LightCurveInfo]) -> WebTable:
    """Return a star's light curves as a table."""
    columns = [
        Column("id", "Number", meaning="in this archive"),
        Column("flux_column", "Flux", meaning="column of the file"),
        Column("sector", "Sector"),
        Column("pipeline", "Pipeline"),
        Column("cadence_seconds", "Cadence", "s", digits=0),
        Column("n_cadences", "Cadences"),
        Column("collection", "Collection"),
        Column("file", "File"),
    ]
    rows = [curve_record(each) for each in infos]
    return WebTable("light-curves", columns, rows)


def curve_record(info: LightCurveInfo) -> dict[str, Any]:
    """Return what is told of a light curve."""
    about = info.meta
    sectors = about.get("sectors") or []
    whole = f"{min(sectors)}–{max(sectors)}" if len(sectors) > 1 else (sectors or [None])[0]
    return {
        "id": info.id,
        "collection": info.collection,
        "flux_column": about.get("flux_column"),
        "kind": kind_of(info),
        "sector": about.get("sector", about.get("quarter", whole)),
        "pipeline": about.get("pipeline"),
        "cadence_seconds": about.get("cadence_seconds"),
        "n_cadences": info.n_cadences,
        "flux_unit": info.flux_unit,
        "file": (info.file or "").rpartition("/")[2] or None,
        "file_hash": info.file_hash,
    }


def segment_number(about: Mapping[str, Any]) -> int | None:
    """Return the sector, quarter or campaign that metadata tell."""
    found = about.get("sector", about.get("quarter", about.get("campaign")))
    return None if found is None else int(found)


def kind_of(info: LightCurveInfo) -> str:
    """Return whether a light curve is corrected, raw, validated, or what was fitted to one."""
    column = info.meta.get("flux_column")
    if column == RAW_FLUX:
        return "raw"
    if column in VALIDATED:
        return "validated" if column == VALIDATED[0] else "fitted"
    return "corrected"


def product_table(products: Sequence[ProductRow]) -> WebTable:
    """Return files that MAST is known to have of a star."""
    columns = [Column("name", "File"), Column("kind", "Kind"), Column("sector", "Sector")]
    rows = [
        {"name": each.uri.rpartition("/")[2], "kind": each.kind, "sector": each.sector}
        for each in products
    ]
    return WebTable("products", columns, rows)
