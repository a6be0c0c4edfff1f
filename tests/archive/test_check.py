import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from starsieve.archive import Archive, LabelRow, SourceFile, check, schema
from starsieve.archive.arrays import SPECTRUM_COLUMNS, Arrays
from starsieve.data import SpectrumSet
from starsieve.errors import ArchiveError
from tests.archive.test_models import write_model
from tests.archive.test_spectra import assert_same, make_spectrum
from tests.conftest import make_spectra

SMALL = {"VALUES_PER_CHUNK": 16, "CHUNKS_PER_SHARD": 2}


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SMALL.items():
        monkeypatch.setattr(f"starsieve.archive.arrays.{name}", value)


def add_files(archive: Archive, n: int = 10, n_pixels: int = 20) -> list[int]:
    spectra = [make_spectrum(n_pixels, seed=number) for number in range(n)]
    sources = [SourceFile(f"{number}.txt", f"{number:064}", 1) for number in range(n)]
    return archive.spectra.add(spectra, "observed", sources)


def test_a_sound_archive_is_clean(archive: Archive, spectra: SpectrumSet) -> None:
    add_files(archive)
    archive.spectra.add_grid(spectra, "toys")
    archive.runs.start("some.task", {})
    write_model(archive.models.folder("sonora"))
    archive.models.register("sonora")

    assert check(archive).problems == ()


def test_pixels_that_nothing_uses_are_harmless_and_given_back(archive: Archive) -> None:
    ids = add_files(archive)
    arrays = Arrays(archive.collections.folder("observed"), SPECTRUM_COLUMNS)
    more = {column.name: np.ones(500) for column in SPECTRUM_COLUMNS}
    arrays.write(200, more)
    (archive.root / "arrays" / "observed" / "flux" / "c" / "x.partial").write_bytes(b"half")

    found = check(archive)
    repaired = check(archive, repair=True)

    assert found.clean
    assert repaired.clean
    assert len(found.problems) == 2
    assert all(p.harmless and p.repaired for p in repaired.problems)
    assert check(archive).problems == ()
    assert_same(archive.spectra.read(ids[-1:])[0], make_spectrum(20, seed=9))


def test_pixels_that_a_dead_writer_left_are_used_again(archive: Archive) -> None:
    add_files(archive, 5)
    arrays = Arrays(archive.collections.folder("observed"), SPECTRUM_COLUMNS)
    arrays.write(100, {column.name: np.full(33, 7) for column in SPECTRUM_COLUMNS})

    ids = archive.spectra.add([make_spectrum(8, seed=4)], "observed")

    assert_same(archive.spectra.read(ids)[0], make_spectrum(8, seed=4))


def test_arrays_of_a_collection_that_was_never_finished_are_removed(archive: Archive) -> None:
    arrays = Arrays(archive.collections.folder("new"), SPECTRUM_COLUMNS)
    arrays.write(0, {column.name: np.full(33, 7) for column in SPECTRUM_COLUMNS})

    assert check(archive).clean
    assert check(archive, repair=True).clean

    assert not archive.collections.folder("new").exists()


def truncate_shard(folder: Path) -> None:
    shard = folder / "flux" / "c" / "2"
    shard.write_bytes(shard.read_bytes()[:-9])


def remove_shard(folder: Path) -> None:
    (folder / "sigma" / "c" / "2").unlink()


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("damage", [truncate_shard, remove_shard])
def test_spectra_that_lost_their_pixels_can_be_ingested_again(
    archive: Archive, damage: Callable[[Path], None]
) -> None:
    ids = add_files(archive)
    damage(archive.collections.folder("observed"))  # pixels 64 to 96, of spectra 3 and 4

    found = check(archive)
    repaired = check(archive, repair=True)

    assert not found.clean
    assert "2 of 10 spectra" in found.problems[0].what
    assert repaired.clean
    assert check(archive).clean
    assert [info.id for info in archive.spectra.table("observed")] == ids[:3] + ids[5:]
    assert len(add_files(archive)) == 2
    stored = {s.flux.tobytes() for batch in archive.spectra.iterate("observed") for _, s in batch}
    assert stored == {make_spectrum(20, seed=n).flux.tobytes() for n in range(10)}


def test_lost_arrays_are_found(archive: Archive, spectra: SpectrumSet) -> None:
    add_files(archive)
    archive.spectra.add_grid(spectra, "toys")
    shutil.rmtree(archive.root / "arrays")

    assert len(check(archive).problems) == 2
    assert check(archive, repair=True).clean

    assert check(archive).problems == ()
    assert len(add_files(archive)) == 10
    assert len(archive.spectra.add_grid(spectra, "toys")) == 400
    assert len(archive.spectra.read_grid("toys").flux) == 400


@pytest.mark.usefixtures("small_shards")
def test_a_grid_with_a_lost_shard_is_cut_before_it(archive: Archive) -> None:
    for number in range(3):
        source = SourceFile(f"{number}.h5", f"{number:064}", 1)
        archive.spectra.add_grid(make_spectra(10, seed=number), "toys", source=source)
    (archive.collections.folder("toys") / "flux" / "c" / "7" / "0").unlink()  # rows 14 and 15

    assert not check(archive).clean
    assert check(archive, repair=True).clean

    assert check(archive).problems == ()
    np.testing.assert_array_equal(archive.spectra.read_grid("toys").flux, make_spectra(10).flux)
    assert [file.path for file in archive.source_files.list("toys")] == ["0.h5"]


def test_labels_go_with_their_spectrum(archive: Archive) -> None:
    (number,) = archive.spectra.add([make_spectrum()], "observed")
    archive.labels.add([LabelRow("teff", 1.0, spectrum=number)])
    shutil.rmtree(archive.collections.folder("observed"))

    check(archive, repair=True)

    assert archive.labels.read("observed") == []


def test_a_model_without_weights_is_found(archive: Archive) -> None:
    write_model(archive.models.folder("sonora"))
    archive.models.register("sonora")
    (archive.models.folder("sonora") / "weights.safetensors").unlink()

    (problem,) = check(archive).problems

    assert (problem.where, problem.what) == ("model sonora", "lacks weights.safetensors")
    assert check(archive, repair=True).clean
    assert archive.models.list() == []


def test_a_run_without_a_process_is_found(archive: Archive) -> None:
    number = archive.runs.start("some.task", {})
    with archive.catalogue.writing() as connection:
        connection.execute(update(schema.run).values(pid=2**22 + 1))

    assert not check(archive).clean
    assert check(archive, repair=True).clean
    assert archive.runs.get(number).status == "interrupted"


def test_a_file_of_which_nothing_is_there_is_forgotten(archive: Archive) -> None:
    add_files(archive, 2)
    with archive.catalogue.writing() as connection:
        connection.execute(schema.spectrum.delete().where(schema.spectrum.c.start == 0))

    (problem,) = check(archive).problems

    assert problem.where == "file 0.txt"
    assert check(archive, repair=True).clean
    assert [file.path for file in archive.source_files.list("observed")] == ["1.txt"]


def test_a_damaged_catalogue_is_told(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "a") as archive:
        archive.spectra.add_grid(make_spectra(3000), "toys")
    catalogue = tmp_path / "a" / "catalogue.sqlite"
    content = bytearray(catalogue.read_bytes())
    for first in range(40_000, len(content) - 4096, 8192):
        content[first : first + 4096] = b"\xa5" * 4096
    catalogue.write_bytes(content)

    with pytest.raises(ArchiveError, match="damaged"), Archive.open(tmp_path / "a") as archive:
        check(archive)
