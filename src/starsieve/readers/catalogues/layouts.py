"""Whose columns mean what: the layouts of catalogues.

ExoFOP's download and the archive's tables are written after their public column descriptions; the
others after real files.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from starsieve.data.catalogue import CatalogueKind
from starsieve.errors import DataError, UnknownFormatError

FloatArray = npt.NDArray[np.float64]

BTJD_ZERO = 2_457_000.0
BKJD_ZERO = 2_454_833.0
SUN_DENSITY = 1.4098
"""Mean density of the Sun in g/cm3."""

_PPM_PER_MMAG = 400 * np.log(10)


@dataclass(frozen=True, slots=True)
class Conversion:
    """From a file's unit to ours: what becomes of a value, and of a small step at a value."""

    words: str
    value: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]


SAME = Conversion("", lambda x: x, np.ones_like)
BJD = Conversion("BJD - 2457000", lambda x: x - BTJD_ZERO, np.ones_like)
BKJD = Conversion("BJD - 2454833 + 2167", lambda x: x + (BKJD_ZERO - BTJD_ZERO), np.ones_like)
MMAG = Conversion(
    "1e6 (1 - 10^(-0.4 mmag / 1000))",
    lambda x: 1e6 * -np.expm1(-x * _PPM_PER_MMAG / 1e6),
    lambda x: _PPM_PER_MMAG * np.exp(-x * _PPM_PER_MMAG / 1e6),
)
PERCENT = Conversion("1e4 times per cent", lambda x: x * 1e4, lambda x: np.full_like(x, 1e4))
LOGARITHM = Conversion("10 to its power", lambda x: 10.0**x, lambda x: np.log(10) * 10.0**x)
CGS_DENSITY = Conversion(
    f"g/cm3 over the Sun's {SUN_DENSITY}",
    lambda x: x / SUN_DENSITY,
    lambda x: np.full_like(x, 1 / SUN_DENSITY),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A column of a file, by its plain name, and how its numbers become ours."""

    name: str
    conversion: Conversion = SAME


@dataclass(frozen=True, slots=True)
class Layout:
    """A way to write a catalogue.

    Parameters
    ----------
    name : str
        As in `Catalogue.layout`.
    kind : CatalogueKind
    words : str
        For messages: whose table it is.
    needs : tuple of str
        Our columns without which a table is not of this layout.
    columns : mapping of str to tuple of Source
        Our columns, and those of the file that give them: the first that is there does.
    errors : tuple of str
        How the file calls the errors of its column ``{}``: one, or an upper and a lower one.
    zero_is_unknown : tuple of str
        Our columns in which the file writes 0 for what nobody knows.
    words_of : mapping of str to str
        Dispositions of the file in the words of the TOI tables.
    """

    name: str
    kind: CatalogueKind
    words: str
    needs: tuple[str, ...]
    columns: Mapping[str, tuple[Source, ...]]
    errors: tuple[str, ...] = ()
    zero_is_unknown: tuple[str, ...] = ()
    words_of: Mapping[str, str] = field(default_factory=dict)

    def find(self, column: str, header: Sequence[str]) -> Source | None:
        """Return where one of our columns comes from in a file with these plain names."""
        return next((s for s in self.columns.get(column, ()) if s.name in header), None)

    def missing(self, header: Sequence[str]) -> list[str]:
        """Return our columns that are needed and that a file with these plain names lacks."""
        return [name for name in self.needs if self.find(name, header) is None]

    def n_known(self, header: Sequence[str]) -> int:
        """Return how many columns of a file this layout knows."""
        known = {source.name for sources in self.columns.values() for source in sources}
        return len(known & set(header))


def plain(name: str) -> str:
    """Return a heading without what writers change: case, blanks, brackets.

    Examples
    --------
    >>> plain("Stellar log(g) (cm/s^2)"), plain("Period_(days)")
    ('stellar_log_g_cm_s_2', 'period_days')
    """
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _columns(**given: str | Source | tuple[str | Source, ...]) -> dict[str, tuple[Source, ...]]:
    several = {
        name: value if isinstance(value, tuple) else (value,) for name, value in given.items()
    }
    return {
        name: tuple(Source(s) if isinstance(s, str) else s for s in sources)
        for name, sources in several.items()
    }


_TRANSIT = ("period_days", "epoch_btjd", "duration_hours")

_EXOFOP_STAR = _columns(
    ra="ra",
    dec="dec",
    tmag="tess_mag",
    pmra_mas_yr="pm_ra_mas_yr",
    pmdec_mas_yr="pm_dec_mas_yr",
    distance_pc="stellar_distance_pc",
    teff="stellar_eff_temp_k",
    logg="stellar_log_g_cm_s_2",
    mh="stellar_metallicity",
    radius="stellar_radius_r_sun",
    mass="stellar_mass_m_sun",
)
_EXOFOP_PLANET = _columns(
    tic="tic_id",
    disposition="tfopwg_disposition",
    period_days="period_days",
    epoch_btjd=(Source("epoch_bjd", BJD), Source("transit_epoch_bjd", BJD)),
    duration_hours=("duration_hours", "duration_hrs"),
    depth_ppm=("depth_ppm", Source("depth_mmag", MMAG)),
    radius_earth="planet_radius_r_earth",
    insolation_earth="planet_insolation_earth_flux",
    teq_k="planet_equil_temp_k",
    snr="planet_snr",
)

_NASA_PLANET = _columns(
    period_days="pl_orbper",
    epoch_btjd=Source("pl_tranmid", BJD),
    radius_earth="pl_rade",
    insolation_earth="pl_insol",
    teq_k="pl_eqt",
    ra="ra",
    dec="dec",
    teff="st_teff",
    logg="st_logg",
    radius="st_rad",
    updated="rowupdate",
)

_KEPLER_WORDS = {"CONFIRMED": "CP", "CANDIDATE": "PC", "FALSE POSITIVE": "FP"}

_TIC = _columns(
    ra="ra",
    dec="dec",
    tmag="tmag",
    gaia="gaia",
    kic="kic",
    pmra_mas_yr="pmra",
    pmdec_mas_yr="pmdec",
    parallax_mas="plx",
    teff="teff",
    logg="logg",
    mh="mh",
    radius="rad",
    mass="mass",
    density="rho",
    luminosity="lum",
    distance_pc="d",
    contamination="contratio",
    disposition="disposition",
)

LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="exofop-toi",
        kind="toi",
        words="a TOI table of ExoFOP, as of today or of 2019 with depths in mmag",
        needs=("name", "tic", *_TRANSIT, "depth_ppm"),
        columns=_EXOFOP_PLANET
        | _EXOFOP_STAR
        | _columns(
            name="toi",
            created="date_toi_alerted_utc",
            updated=("date_modified", "date_toi_updated_utc"),
            comments=("comments", "public_comment"),
        ),
        errors=("{}_err",),
        zero_is_unknown=("period_days",),
    ),
    Layout(
        name="exofop-2020",
        kind="toi",
        words="a TOI table of ExoFOP of 2020 without TOI numbers",
        needs=("rowid", "tic", "disposition"),
        columns=_columns(
            rowid="rowid",
            tic="tic_id",
            disposition="tfopwg_disposition",
            snr="planet_snr",
            comments="comments",
        ),
    ),
    Layout(
        name="exofop-ctoi",
        kind="ctoi",
        words="a CTOI table of ExoFOP",
        needs=("name", "tic", *_TRANSIT),
        columns=_EXOFOP_PLANET
        | _EXOFOP_STAR
        | _columns(
            name="ctoi",
            created=("date_posted", "created"),
            updated=("ctoi_lastmod", "lastmod"),
            comments="notes",
        ),
        errors=("{}_err",),
        zero_is_unknown=("period_days", "epoch_btjd", "duration_hours"),
    ),
    Layout(
        name="nasa-toi",
        kind="toi",
        words="a TOI table of the NASA Exoplanet Archive",
        needs=("name", "tic", *_TRANSIT, "depth_ppm"),
        columns=_NASA_PLANET
        | _columns(
            name="toi",
            tic="tid",
            disposition="tfopwg_disp",
            duration_hours="pl_trandurh",
            depth_ppm="pl_trandep",
            tmag="st_tmag",
            distance_pc="st_dist",
            pmra_mas_yr="st_pmra",
            pmdec_mas_yr="st_pmdec",
            created="toi_created",
        ),
        errors=("{}err1", "{}err2"),
    ),
    Layout(
        name="nasa-koi",
        kind="koi",
        words="a KOI table of the NASA Exoplanet Archive",
        needs=("name", "kic", *_TRANSIT, "depth_ppm"),
        columns=_columns(
            name="kepoi_name",
            kic="kepid",
            disposition="koi_disposition",
            period_days="koi_period",
            epoch_btjd=Source("koi_time0bk", BKJD),
            duration_hours="koi_duration",
            depth_ppm="koi_depth",
            radius_earth="koi_prad",
            insolation_earth="koi_insol",
            teq_k="koi_teq",
            snr="koi_model_snr",
            ra="ra",
            dec="dec",
            teff="koi_steff",
            logg="koi_slogg",
            mh="koi_smet",
            radius="koi_srad",
            mass="koi_smass",
            created="koi_vet_date",
            comments="koi_comment",
        ),
        errors=("{}_err1", "{}_err2"),
        words_of=_KEPLER_WORDS,
    ),
    Layout(
        name="kepler-tce",
        kind="tce",
        words="a table of Kepler's threshold-crossing events",
        needs=("kic", "number", *_TRANSIT, "depth_ppm"),
        columns=_columns(
            number="tce_plnt_num",
            kic="kepid",
            disposition="av_training_set",
            period_days="tce_period",
            epoch_btjd=Source("tce_time0bk", BKJD),
            duration_hours="tce_duration",
            depth_ppm="tce_depth",
            radius_earth="tce_prad",
            insolation_earth="tce_insol",
            teq_k="tce_eqt",
            snr="tce_model_snr",
            teff="tce_steff",
            logg="tce_slogg",
            radius="tce_sradius",
        ),
        errors=("{}_err",),
    ),
    Layout(
        name="nasa-planets",
        kind="planets",
        words="a table of confirmed planets of the NASA Exoplanet Archive",
        needs=("name", "star", "period_days"),
        columns=_NASA_PLANET
        | _columns(
            name="pl_name",
            star="hostname",
            tic="tic_id",
            gaia=("gaia_dr2_id", "gaia_id"),
            duration_hours="pl_trandur",
            depth_ppm=Source("pl_trandep", PERCENT),
            tmag="sy_tmag",
            distance_pc="sy_dist",
            parallax_mas="sy_plx",
            pmra_mas_yr="sy_pmra",
            pmdec_mas_yr="sy_pmdec",
            mh="st_met",
            mass="st_mass",
            density=Source("st_dens", CGS_DENSITY),
            luminosity=Source("st_lum", LOGARITHM),
        ),
        errors=("{}err1", "{}err2"),
    ),
    Layout(
        name="tic",
        kind="tic",
        words="a table of the TESS Input Catalog",
        needs=("tic", "ra", "dec", "tmag"),
        columns=_TIC | _columns(tic=("id", "tic_id", "ticid")),
        errors=("e_{}",),
    ),
    Layout(
        name="mast-products",
        kind="products",
        words="a list of data products of MAST",
        needs=("uri",),
        columns=_columns(uri=("datauri", "dataurl"), tic=("tic_id", "target_name", "ticid")),
    ),
)
"""Every layout. To add one, list it here."""

_MEANINGS = {
    "name": "the candidate's name",
    "star": "the star's name",
    "tic": "the star's TIC number",
    "kic": "the star's KIC number",
    "number": "the event's number",
    "period_days": "the period in days",
    "epoch_btjd": "the middle of one transit",
    "duration_hours": "the duration in hours",
    "depth_ppm": "the depth",
    "ra": "the right ascension in degrees",
    "dec": "the declination in degrees",
    "tmag": "the TESS magnitude",
    "disposition": "the disposition",
    "uri": "the file's address",
    "rowid": "the row's number",
}

_ENOUGH = 3
"""Columns that a table must share with a layout to be taken for it with something missing."""


def find_layout(header: Sequence[str]) -> Layout:
    """Return the layout that a table's columns are of.

    Raises
    ------
    DataError
        If a layout is recognised, but a column that it needs is missing or was renamed.
    UnknownFormatError
        If no layout is.
    """
    names = [plain(name) for name in header]
    fitting = [layout for layout in LAYOUTS if not layout.missing(names)]
    if fitting:
        return max(fitting, key=lambda layout: layout.n_known(names))
    nearest = max(LAYOUTS, key=lambda layout: layout.n_known(names))
    if nearest.n_known(names) < _ENOUGH:
        known = "; ".join(f"{layout.words} ({layout.name})" for layout in LAYOUTS)
        shown = ", ".join(repr(name) for name in header[:12]) + " ..." * (len(header) > 12)
        msg = f"has columns of no catalogue that is known: {shown}. Known are {known}."
        raise UnknownFormatError(msg)
    raise DataError(_what_is_missing(nearest, names, header))


def _what_is_missing(layout: Layout, names: Sequence[str], header: Sequence[str]) -> str:
    known = {source.name for sources in layout.columns.values() for source in sources}
    # What begins as a known name is its error or its limit, not a new name for it.
    strange = {n: name for name in header if not (n := plain(name)).startswith(tuple(known))}
    sentences = []
    for column in layout.missing(names):
        expected = [source.name for source in layout.columns[column]]
        wanted = " or ".join(repr(name) for name in expected)
        sentence = f"column {wanted} ({_MEANINGS[column]})"
        close = [
            strange[match]
            for name in expected
            for match in difflib.get_close_matches(name, strange, n=1, cutoff=0.5)
        ]
        sentences.append(sentence + (f" - perhaps renamed to {close[0]!r}" if close else ""))
    missing = ", and ".join(sentences)
    return (
        f"looks like {layout.words}, but lacks {missing}. "
        "Give the columns the names that they have there."
    )
