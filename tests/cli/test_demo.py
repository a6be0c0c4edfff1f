"""``starsieve demo``: on what is real where it can be had, on what is simulated where not."""

import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from starsieve.archive import Archive
from starsieve.data import LightCurve
from starsieve.data.star import Star
from starsieve.demo import brown_dwarfs, likeness, made_stars, tess_stars
from starsieve.errors import SourceError
from starsieve.learn import library as models
from starsieve.sources import exofop, mast, spex
from starsieve.sources.cache import Cache
from starsieve.transits.classifier import DEFAULT as VETTER
from starsieve.transits.inject import inject_planet
from starsieve.transits.simulate import simulate_star
from tests.cli.terminal import Terminal
from tests.sources.local_server import Answer, LocalServer, local_server
from tests.sources.made_mast import DOWNLOAD, INVOKE, MadeMast, light_curve_name
from tests.transits.made_vetter import save_vetter

BROWN_DWARFS = ("demo", "--only", "brown-dwarfs", "--workers", "1")
LIKENESS = ("demo", "--only", "likeness", "--workers", "1")
PLANETS = ("demo", "--only", "planets", "--workers", "1")
PI_MEN, HD_202772 = list(tess_stars.STARS)[:2]


@pytest.fixture(scope="module")
def both_models(shipped_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the models that the demonstration uses; those that are slow are tiny ones."""
    folder = tmp_path_factory.mktemp("both") / "pretrained"
    shutil.copytree(shipped_models, folder)
    shutil.copytree(models.PRETRAINED / likeness.MODEL, folder / likeness.MODEL)
    save_vetter(folder / VETTER)
    return folder


@pytest.fixture(autouse=True)
def shipped(both_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tiny models be those that ship."""
    monkeypatch.setattr(models, "PRETRAINED", both_models)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no archive of the world answer."""
    nothing = tess_stars.Came(failures=["MAST does not answer."])
    monkeypatch.setattr(tess_stars, "ask", lambda tics, cache: nothing)


def make_entries(files: list[Path]) -> list[spex.SpexEntry]:
    """Return what the library would say about some files."""
    first = spex.SpexEntry(
        path=files[0],
        sha256="",
        name="",
        source_key="",
        ra=None,
        dec=None,
        spectral_type="L5",
        subtype=15.0,
        literature_type="L5",
        spex_type="",
        snr=100.0,
        resolution=120.0,
        binary=False,
        date="",
        reference="2024ApJ...975...59M",
    )
    return [
        replace(
            first,
            path=file,
            sha256=sha256(file.read_bytes()).hexdigest(),
            name=f"Dwarf {number}",
            source_key=str(number),
            subtype=15.0 + number,
        )
        for number, file in enumerate(files)
    ]


@pytest.fixture
def library(observed: list[Path], monkeypatch: pytest.MonkeyPatch) -> list[spex.SpexEntry]:
    """A library of three objects."""
    entries = make_entries(observed)
    monkeypatch.setattr(spex, "find_library", lambda: None)
    monkeypatch.setattr(spex, "list_spectra", lambda kinds="MLT": entries)
    monkeypatch.setattr(spex, "verify", lambda entries: None)
    return entries


def test_the_demo_ends_with_where_to_look_and_can_be_repeated(
    terminal: Terminal, library: list[spex.SpexEntry]
) -> None:
    first, again = terminal(*BROWN_DWARFS), terminal(*BROWN_DWARFS)
    report = terminal.folder / "starsieve-archive" / "report"
    assert (first.code, again.code) == (0, 0)
    assert first.out == again.out
    assert first.out.endswith(f"Look at: {report / 'index.html'}\n")
    assert 'href="brown-dwarfs/index.html"' in (report / "index.html").read_text()
    assert len(list((report / "brown-dwarfs" / "objects").glob("*.html"))) == 3
    index = (report / "brown-dwarfs" / "index.html").read_text()
    assert all(f"{entry.name} (L5)" in index for entry in library)
    (info,) = terminal("archive", "info", "--json").records
    assert (info["n_spectra"], info["n_predictions"]) == (3, 3)


def test_a_limited_demo_brings_no_more(
    terminal: Terminal, library: list[spex.SpexEntry], tmp_path: Path
) -> None:
    outcome = terminal(*BROWN_DWARFS, "--limit", "2", "--report", tmp_path / "pages")
    assert outcome.code == 0
    assert len(list((tmp_path / "pages" / "brown-dwarfs" / "objects").glob("*.html"))) == 2
    assert terminal("archive", "info", "--json").records[0]["n_spectra"] == 2


def test_the_index_of_the_demo_lists_objects_that_have_no_page(
    terminal: Terminal, library: list[spex.SpexEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brown_dwarfs, "N_PAGES", 2)
    assert "pages for 2" in terminal(*BROWN_DWARFS).out
    report = terminal.folder / "starsieve-archive" / "report" / "brown-dwarfs"
    assert len(list((report / "objects").glob("*.html"))) == 2
    index = (report / "index.html").read_text()
    assert all(f"{entry.name} (L5)" in index for entry in library)
    assert index.count('href="objects/') == 2


def test_without_the_library_the_demo_simulates_and_says_so(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> None:
        msg = f"The SpeX Prism Library is not installed. Get it with: {spex.INSTALL}"
        raise SourceError(msg)

    monkeypatch.setattr(spex, "find_library", absent)
    outcome = terminal(*BROWN_DWARFS, "--limit", "2")
    assert outcome.code == 0
    assert "pip install --no-deps splat" in outcome.err
    assert "simulated" in outcome.err
    index = Path("starsieve-archive/report/brown-dwarfs/index.html").read_text()
    assert "Simulated brown dwarfs" in index
    assert index.count("simulated 00") >= 2


def test_the_likes_of_objects_have_a_page_and_can_be_found_again(
    terminal: Terminal, library: list[spex.SpexEntry]
) -> None:
    first, again = (terminal(*LIKENESS, "--limit", "2") for _ in range(2))

    assert (first.code, again.code) == (0, 0)
    assert first.out == again.out
    assert "3 spectra encoded; what is most like 2 of them" in first.out
    folder = Path("starsieve-archive/report/likeness")
    index = (folder / "index.html").read_text()
    assert all(f"{entry.name} (L5)" in index for entry in library)
    assert not (folder / "outliers").exists(), "three spectra can't say what is unusual"
    assert len(list(folder.glob("*/similar.html"))) == 2


def test_of_each_object_the_best_single_spectrum_is_chosen(observed: list[Path]) -> None:
    plain, binary, faint = make_entries(observed)
    copy = replace(plain, snr=200.0, name="better")
    entries = [plain, replace(binary, binary=True), replace(faint, snr=None), copy]
    assert [entry.name for entry in brown_dwarfs.choose(entries, None)] == ["better", "Dwarf 2"]


def test_a_limit_takes_the_best_of_each_type_first(observed: list[Path]) -> None:
    first = make_entries(observed[:1])[0]
    entries = [
        replace(first, source_key=str(key), subtype=subtype, snr=snr)
        for key, (subtype, snr) in enumerate([(10, 50), (10, 90), (10, 80), (21, 20), (15, 30)])
    ]
    chosen = brown_dwarfs.choose(entries, 4)
    assert [(entry.subtype, entry.snr) for entry in chosen] == [
        (10, 90),
        (10, 80),
        (15, 30),
        (21, 20),
    ]


@pytest.mark.usefixtures("offline")
def test_without_mast_stars_are_simulated_and_what_was_put_in_is_shown(terminal: Terminal) -> None:
    first, again = (terminal(*PLANETS, "--limit", "1") for _ in range(2))

    assert (first.code, again.code) == (0, 0)
    assert first.out == again.out
    assert "MAST does not answer. The light curves here are simulated." in first.err
    assert "1 of 1 signal put into these stars found." in first.out
    folder = Path("starsieve-archive/report/planets")
    index = (folder / "index.html").read_text()
    assert "Simulated stars" in index
    assert "planet of 11.5 Earth radii" in index
    assert not list(folder.glob("params_planet*")), "nobody must upload what was made up"
    (info,) = terminal("archive", "info", "--json").records
    assert info["n_light_curves"] == len(made_stars.STARS)
    with Archive.open(Path("starsieve-archive")) as store:
        names = [row.name for row in store.candidates.list()]
    assert "tess-simulated/simulated star 01.01" in names


@pytest.mark.usefixtures("offline")
def test_all_parts_are_on_one_page(terminal: Terminal, library: list[spex.SpexEntry]) -> None:
    outcome = terminal("demo", "--limit", "1", "--workers", "1")

    assert outcome.code == 0
    index = Path("starsieve-archive/report/index.html").read_text()
    assert "L and T dwarfs of the SpeX Prism Library" in index
    assert "MAST does not answer." in index
    assert 'href="likeness/index.html"' in index
    assert 'href="planets/index.html"' in index


def test_a_part_that_does_not_exist_is_named(terminal: Terminal) -> None:
    outcome = terminal("demo", "--only", "galaxies")

    assert outcome.code == 2
    assert "galaxies" in outcome.err
    assert not Path("starsieve-archive").exists()


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with local_server() as running:
        yield running


@pytest.fixture
def online(server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeMast:
    """Let a server on this machine be MAST and ExoFOP, with two of the well-known stars."""
    files = {light_curve_name(tic, 1): tess_file(tic) for tic in (PI_MEN, HD_202772)}
    made = MadeMast(files, {PI_MEN: {"ID": PI_MEN, "ra": 84.3, "dec": -80.5, "rad": 1.1}})
    made.serve(server)
    server.on("/download_toi.php", Answer(TOIS.encode()))
    monkeypatch.setenv("STARSIEVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(exofop, "EXOFOP", server.service("ExoFOP"))
    monkeypatch.setattr(mast, "MAST", server.service("MAST"))
    return made


TOIS = f"""TIC ID,TOI,TFOPWG Disposition,RA,Dec,Epoch (BJD),Period (days),Duration (hours),\
Depth (ppm)
{PI_MEN},144.01,CP,05:37:09.89,-80:28:08.8,2458502.0,5.0,3.2,8000
{PI_MEN},144.02,PC,05:37:09.89,-80:28:08.8,2458503.0,11.0,3.2,50
1234,99.01,PC,01:00:00.0,-10:00:00.0,2458503.0,11.0,3.2,50
"""


def tess_file(tic: int) -> bytes:
    """Make a light curve file of SPOC's layout with a planet in it."""
    quiet = simulate_star(tic, star=Star(tic=tic, tmag=9.0), cadence_seconds=600)
    curve = inject_planet(
        quiet, period_days=5.0, radius_earth=9.0, impact=0.1, epoch_btjd=1502.0
    ).curve
    stream = io.BytesIO()
    spoc(curve, tic).writeto(stream, checksum=True)
    return stream.getvalue()


def spoc(curve: LightCurve, tic: int) -> fits.HDUList:
    n = len(curve)
    columns = [
        fits.Column("TIME", "D", unit="BJD - 2457000, days", array=curve.time),
        fits.Column("PDCSAP_FLUX", "E", unit="e-/s", array=curve.flux),
        fits.Column("PDCSAP_FLUX_ERR", "E", unit="e-/s", array=curve.sigma),
        fits.Column("QUALITY", "J", array=np.zeros(n, dtype=np.int32)),
    ]
    primary = fits.PrimaryHDU()
    primary.header.update({"TELESCOP": "TESS", "OBJECT": f"TIC {tic}", "TICID": tic, "SECTOR": 1})
    table = fits.BinTableHDU.from_columns(columns, name="LIGHTCURVE")
    table.header.update({"TELESCOP": "TESS", "BJDREFI": 2457000, "TIMEUNIT": "d"})
    return fits.HDUList([primary, table])


@pytest.mark.usefixtures("online")
def test_well_known_stars_are_compared_with_what_is_listed(terminal: Terminal) -> None:
    outcome = terminal(*PLANETS)

    assert outcome.code == 0
    assert "Stars of TESS: 2 stars" in outcome.out
    assert "1 of 2 signals listed for these stars found." in outcome.out
    index = Path("starsieve-archive/report/planets/index.html").read_text()
    assert "pi Men" in index
    assert "TOI 144.01 (CP)" in index
    with Archive.open(Path("starsieve-archive")) as store:
        assert {row.name for row in store.candidates.list(origin="TOI")} == {"144.01", "144.02"}


def test_a_file_that_does_not_come_leaves_the_others(terminal: Terminal, online: MadeMast) -> None:
    del online.files[light_curve_name(HD_202772, 1)]
    outcome = terminal(*PLANETS, "--limit", "2")

    assert outcome.code == 0
    assert "Stars of TESS: 1 star," in outcome.out


def test_nobody_waits_longer_than_said(
    server: LocalServer, online: MadeMast, tmp_path: Path
) -> None:
    server.on(DOWNLOAD, Answer(b"x" * 5000, stall_after=100))
    came = tess_stars.ask([PI_MEN], Cache(tmp_path / "cache"), patience=1.0)

    assert came.curves == []
    assert came.failures == ["Not all came from MAST and ExoFOP within 1 s."]


def test_when_mast_is_down_nobody_else_is_asked(
    server: LocalServer, online: MadeMast, tmp_path: Path
) -> None:
    server.on(INVOKE, Answer(status=503))
    came = tess_stars.ask([PI_MEN], Cache(tmp_path / "cache"))

    assert came.curves == []
    assert "answers 503" in came.failures[0]
    assert len(server.asked) == 1
