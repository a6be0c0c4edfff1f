import multiprocessing
import random
import time
from collections.abc import Callable
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import starsieve.ingest
from starsieve.archive import Archive, check
from starsieve.data import LightCurve, Spectrum
from starsieve.data.known import Known
from starsieve.errors import ArchiveError, DataError, FileError
from starsieve.ingest import find_files, ingest
from starsieve.readers import Hints, Reading, read
from starsieve.readers.files import content_hash
from starsieve.settings import Settings
from tests.archive.children import ingest_folder, ingest_with_little_space

HERE = Settings()
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.archive.children"])


def write_spectrum(path: Path, seed: int = 0, n_pixels: int = 40) -> Path:
    rng = np.random.default_rng(seed)
    columns = (
        np.linspace(0.8, 2.5, n_pixels),
        rng.normal(1, 0.1, n_pixels),
        np.full(n_pixels, 0.1),
    )
    rows = (" ".join(map(repr, row)) for row in np.transpose(columns).tolist())
    path.write_text("# wave[micron] flux sigma\n" + "\n".join(rows) + "\n")
    return path


def write_grid(path: Path, n_spectra: int = 3, n_pixels: int = 12) -> Path:
    waves = np.linspace(2.5, 0.9, n_pixels).tolist()
    lines = [",".join(["gravity", "temperature", "c_o_ratio", "metallicity", *map(str, waves)])]
    for number in range(n_spectra):
        flux = (1.0 + number + np.arange(n_pixels)).tolist()
        lines.append(",".join(map(str, [4.5, 1000 + 100 * number, 1.0, 0.0, *flux])))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def night(tmp_path: Path) -> Path:
    folder = tmp_path / "night"
    folder.mkdir()
    for number in range(8):
        write_spectrum(folder / f"{number:02}.txt", seed=number, n_pixels=40 + number)
    return folder


def test_a_folder_becomes_a_collection(archive: Archive, night: Path) -> None:
    report = ingest([night], "observed", archive, HERE)

    assert (report.kept, report.already, report.refused) == (8, 0, ())
    stored = archive.spectra.read(report.ids)
    for path, spectrum in zip(sorted(night.iterdir()), stored, strict=True):
        np.testing.assert_array_equal(spectrum.flux, read(path).spectrum.flux)
    assert [info.file for info in archive.spectra.table("observed")] == [
        str(path) for path in sorted(night.iterdir())
    ]


def test_several_processes_read_as_one(archive: Archive, night: Path) -> None:
    report = ingest([night], "observed", archive, Settings(engine="processes", workers=2))
    again = ingest([night], "observed", archive, Settings(engine="processes", workers=2))

    assert (report.kept, again.kept, again.already) == (8, 0, 8)
    lengths = [info.n_pixels for info in archive.spectra.table("observed")]
    assert lengths == [40 + number for number in range(8)]


def test_a_file_is_known_by_its_content(archive: Archive, night: Path) -> None:
    ingest([night], "observed", archive, HERE)
    (night / "00.txt").rename(night / "renamed.txt")
    (night / "copy.txt").write_bytes((night / "01.txt").read_bytes())
    write_spectrum(night / "02.txt", seed=99)

    report = ingest([night], "observed", archive, HERE)

    assert (report.kept, report.already) == (1, 8)
    assert archive.collections.get("observed").n_items == 9


def test_two_names_of_one_content_are_one_spectrum(archive: Archive, tmp_path: Path) -> None:
    one = write_spectrum(tmp_path / "a.txt")
    (tmp_path / "b.txt").write_bytes(one.read_bytes())

    report = ingest([one, tmp_path / "b.txt", one], "observed", archive, HERE)

    assert (report.kept, report.already, len(report.ids)) == (1, 1, 1)


def test_bad_files_are_refused_by_name_and_reason_and_the_rest_go_on(
    archive: Archive, night: Path
) -> None:
    (night / "empty.txt").touch()
    (night / "words.txt").write_text("it was a dark and stormy night\n")
    missing = night / "missing.txt"

    report = ingest([night, missing], "observed", archive, HERE)

    assert (report.kept, len(report.ids)) == (8, 8)
    reasons = {Path(file).name: reason for file, reason in report.refused}
    assert reasons.keys() == {"empty.txt", "words.txt", "missing.txt"}
    assert "empty" in reasons["empty.txt"]
    assert "no such file" in reasons["missing.txt"]
    files = archive.source_files.list("observed")
    refused = {Path(file.path).name: file.reason for file in files if file.outcome == "refused"}
    assert refused == reasons


def test_a_file_that_was_mended_is_kept(archive: Archive, night: Path) -> None:
    (night / "03.txt").write_text("broken\n")
    ingest([night], "observed", archive, HERE)
    ingest([night], "observed", archive, HERE)
    write_spectrum(night / "03.txt", seed=3)

    report = ingest([night], "observed", archive, HERE)

    assert (report.kept, report.already, report.refused) == (1, 7, ())


def test_a_refused_file_is_listed_once(archive: Archive, night: Path) -> None:
    (night / "empty.txt").touch()
    for _ in range(2):
        ingest([night, night / "missing.txt"], "observed", archive, HERE)

    refused = [f.path for f in archive.source_files.list("observed") if f.outcome == "refused"]
    assert sorted(refused) == [str(night / "empty.txt"), str(night / "missing.txt")]


def test_file_names_may_hold_any_bytes(archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    try:
        write_spectrum(folder / "good \udcff.txt")
        (folder / "bad \udcfe.txt").touch()
    except OSError:
        pytest.skip("this file system takes only valid names")

    report = ingest([folder], "observed", archive, HERE)

    assert (report.kept, len(report.refused)) == (1, 1)
    (info,) = archive.spectra.table("observed")
    assert info.file is not None
    assert info.file.endswith(r"good \udcff.txt")


def test_hidden_files_are_left_out_and_folders_searched(night: Path) -> None:
    (night / ".DS_Store").touch()
    (night / ".git").mkdir()
    (night / ".git" / "x.txt").touch()
    (night / "deeper").mkdir()
    write_spectrum(night / "deeper" / "x.txt")

    found = find_files([night, night / "00.txt"])

    assert len(found) == 9
    assert night / "deeper" / "x.txt" in found


def test_a_folder_without_files_is_an_error(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()

    with pytest.raises(FileError, match=r"nothing: no spectra"):
        ingest([tmp_path / "nothing"], "observed", archive, HERE)
    with pytest.raises(FileError, match="name a file"):
        ingest([], "observed", archive, HERE)


def test_a_collection_needs_a_name(archive: Archive, night: Path) -> None:
    with pytest.raises(DataError, match="no name"):
        ingest([night], "../elsewhere", archive, HERE)


def test_hints_reach_the_reader(archive: Archive, night: Path) -> None:
    ingest([night], "observed", archive, HERE, hints=Hints(flux_unit="Jy", resolution=120.0))

    infos = archive.spectra.table("observed")
    assert {(info.flux_unit, info.resolution) for info in infos} == {("Jy", 120.0)}


def test_progress_goes_from_nothing_to_all(archive: Archive, night: Path) -> None:
    told: list[tuple[int, int, str]] = []
    ingest([night / "00.txt"], "observed", archive, HERE)

    ingest([night], "observed", archive, HERE, progress=lambda *now: told.append(now))

    assert told[0][:2] == (0, 8)
    assert told[-1] == (8, 8, "07.txt")
    assert [now[0] for now in told] == sorted(now[0] for now in told)


def test_a_model_grid_is_gridded_at_once(archive: Archive, tmp_path: Path) -> None:
    grid = write_grid(tmp_path / "grid.csv")

    report = ingest([grid], "models", archive, HERE)
    again = ingest([grid], "models", archive, HERE)

    assert (report.kept, len(report.ids), again.already) == (1, 3, 1)
    stored = archive.spectra.read_grid("models")
    assert stored.labels["teff"].tolist() == [1000, 1100, 1200]
    assert {row.origin for row in archive.labels.read("models")} == {"grid"}


def test_a_grid_that_does_not_fit_is_refused(archive: Archive, tmp_path: Path) -> None:
    paths = [write_grid(tmp_path / "a.csv"), write_grid(tmp_path / "b.csv", n_pixels=13)]

    report = ingest(paths, "models", archive, HERE)

    assert report.kept == 1
    ((file, reason),) = report.refused
    assert file == str(paths[1])
    assert "another wavelength grid" in reason


def test_what_is_of_another_kind_is_refused(archive: Archive, tmp_path: Path) -> None:
    spectrum = write_spectrum(tmp_path / "a.txt")
    grid = write_grid(tmp_path / "b.csv")

    report = ingest([spectrum, grid], "observed", archive, HERE)

    assert (report.kept, len(report.refused)) == (1, 1)
    assert "holds a model grid, but 'observed' keeps spectra" in report.refused[0][1]


def pretend(content: Any, kind: Any) -> Callable[[Path, Hints], Reading]:
    return lambda path, _: Reading(str(path), "made", kind, (content,), (), f"{path.name:>064}")


def test_light_curves_of_one_star_share_their_target(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"sector-{number}" for number in range(3)]
    for path in paths:
        path.touch()
    meta = {"target": 261136679, "ra": 84.29, "dec": -80.47, "object": "TIC 261136679"}
    curve = LightCurve(np.arange(9.0), np.ones(9), meta=meta)
    monkeypatch.setattr(starsieve.ingest, "read", pretend(curve, "light curve"))

    report = ingest(paths, "tess", archive, HERE)

    assert report.kept == 3
    star = archive.targets.find(tic=261136679)
    assert (star.name, star.ra, star.dec) == ("TIC 261136679", 84.29, -80.47)
    assert {info.target for info in archive.light_curves.table("tess")} == {star.id}


def test_what_cannot_be_stored_is_refused_and_the_rest_go_on(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").touch()
    odd = Spectrum(np.arange(1.0, 4.0), np.ones(3), meta={"header": object()})
    monkeypatch.setattr(starsieve.ingest, "read", pretend(odd, "spectrum"))

    report = ingest([tmp_path / "a"], "observed", archive, HERE)

    assert report.kept == 0
    assert "can't be stored" in report.refused[0][1]


@contextmanager
def child(work: Callable[..., None], *arguments: Any) -> Any:
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=work, args=(*arguments, theirs))
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def answer(connection: Connection) -> Any:
    assert connection.poll(60), "the other process says nothing"
    return connection.recv()


def assert_complete(archive: Archive, folder: Path, collection: str) -> None:
    """Every file of the folder is in the collection exactly once, with what was assumed."""
    truth = {r.content_hash: r for r in map(read, folder.iterdir())}
    table = archive.spectra.table(collection)
    assert sorted(str(info.file_hash) for info in table) == sorted(truth)
    stored = archive.spectra.read([info.id for info in table])
    for info, spectrum in zip(table, stored, strict=True):
        reading = truth[str(info.file_hash)]
        expected = reading.spectrum
        for name in ("wave", "flux", "sigma", "valid"):
            assert getattr(spectrum, name).tobytes() == getattr(expected, name).tobytes()
        assumed = {"assumed": list(reading.assumed)} if reading.assumed else {}
        assert spectrum.meta == {**expected.meta, **assumed}
        assert spectrum.flux_unit == expected.flux_unit


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        write_spectrum(folder / f"{number:02}.txt", seed=number, n_pixels=20 + number)
    return folder


def seconds_to_ingest(folder: Path, root: Path, url: str | None) -> float:
    with child(ingest_folder, folder, root, url, "unharmed") as (_, connection):
        assert answer(connection) == "begins"
        begin = time.monotonic()
        assert answer(connection) == (40, 0, 0)
        return time.monotonic() - begin


def test_a_killed_ingest_loses_nothing(
    tmp_path: Path, many: Path, database_url: str | None
) -> None:
    moments = random.Random(20)
    n_kills = 20 if database_url is None else 8
    duration = seconds_to_ingest(many, tmp_path / "first", database_url)
    for kill in range(n_kills):
        # A server has one archive, so there every kill gets a collection of its own.
        root = tmp_path / (f"archive-{kill}" if database_url is None else "first")
        arguments = (many, root, database_url, f"night-{kill}")
        with child(ingest_folder, *arguments) as (process, connection):
            assert answer(connection) == "begins"
            time.sleep(moments.uniform(0, duration))
            process.kill()

        with Archive.create(root, database_url) as archive:
            assert check(archive, repair=True).clean
            assert check(archive).problems == ()
            report = ingest([many], f"night-{kill}", archive, HERE)
            assert (report.kept + report.already, report.refused) == (40, ())
            assert_complete(archive, many, f"night-{kill}")
            assert check(archive).problems == ()


def test_two_processes_write_to_one_collection(
    tmp_path: Path, many: Path, database_url: str | None
) -> None:
    arguments = (many, tmp_path / "archive", database_url, "observed")

    with (
        child(ingest_folder, *arguments) as (_, one),
        child(ingest_folder, *arguments) as (_, other),
    ):
        assert [answer(one), answer(other)] == ["begins", "begins"]
        ends = [answer(one), answer(other)]

    assert [sum(end) for end in ends] == [40, 40]
    with Archive.open(tmp_path / "archive", database_url) as archive:
        assert_complete(archive, many, "observed")
        assert check(archive).problems == ()


def test_a_full_disk_is_one_clear_error_and_harms_nothing(tmp_path: Path) -> None:
    folder, root = tmp_path / "long", tmp_path / "archive"
    folder.mkdir()
    for number in range(7):
        n_pixels = 50 if number < 5 else 60_000  # the second batch is too much
        write_spectrum(folder / f"{number:02}.txt", seed=number, n_pixels=n_pixels)

    with child(ingest_with_little_space, folder, root, None, "observed") as (_, connection):
        assert answer(connection) == "begins"
        message = answer(connection)

    assert "the disk is full" in message
    assert "\n" not in message
    with Archive.open(root) as archive:
        assert check(archive, repair=True).clean
        assert archive.collections.get("observed").n_items == 5
        assert ingest([folder], "observed", archive, HERE).kept == 2
        assert_complete(archive, folder, "observed")


def test_a_writer_that_never_ends_is_named(
    archive: Archive, night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starsieve.archive.lock.WAIT_SECONDS", 0.05)
    with (
        archive.collections.appending("observed", "spectra"),
        pytest.raises(ArchiveError, match="'observed' has been written to by process"),
    ):
        ingest([night], "observed", archive, HERE)


@pytest.mark.real_data
def test_real_files_of_many_kinds_are_kept(archive: Archive, real_data: Path) -> None:
    spex = sorted((real_data / "browndwarf" / "observed" / "spex").glob("*.fits.gz"))[:40]
    curves = sorted((real_data / "tess" / "lightcurves").glob("*_lc.fits"))[:3]

    assert ingest(spex, "spex", archive, HERE).kept == 40
    assert ingest(curves, "tess", archive, HERE).kept == 3

    assert {info.object for info in archive.light_curves.table("tess")} == {
        f"TIC {star.tic}"
        for info in archive.light_curves.table("tess")
        for star in [archive.targets.get(info.target or 0)]
    }
    assert check(archive).problems == ()


def test_what_a_catalogue_knows_of_a_file_is_kept_with_its_spectra(
    archive: Archive, tmp_path: Path
) -> None:
    path = write_spectrum(tmp_path / "nameless.txt")
    known = Known(
        object="2MASS J0415-0935",
        ra=63.8,
        dec=-9.6,
        meta={"object": "2MASS J0415-0935", "spectral_type": "T8"},
        labels={"spt": 28.0},
        origin="a catalogue",
    )

    report = ingest([path], "observed", archive, HERE, known={content_hash(path): known})

    (info,) = archive.spectra.table("observed")
    assert info.object == "2MASS J0415-0935"
    assert info.meta["spectral_type"] == "T8"
    assert archive.targets.get(info.target).dec == -9.6
    (label,) = archive.labels.read("observed")
    assert (label.name, label.value, label.origin) == ("spt", 28.0, "a catalogue")
    assert report.kept == 1
