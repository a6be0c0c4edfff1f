import math
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from starsieve.archive import Archive, LabelRow, SourceFile
from starsieve.data import LightCurve, Spectrum, SpectrumSet
from starsieve.errors import ArchiveError, DataError, NotInArchiveError
from tests.conftest import make_spectra

ANY_ARCHIVE = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
WORDS = st.text(max_size=20)
META = st.dictionaries(
    WORDS,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=5,
)


@st.composite
def any_spectrum(draw: st.DrawFn) -> Spectrum:
    """Make a spectrum of any length and types, with any numbers, NaN and infinity included."""
    n_pixels = draw(st.integers(1, 12))
    kinds = st.sampled_from([np.float16, np.float32, np.float64])
    steps = draw(arrays.arrays(np.float32, n_pixels, elements=st.integers(1, 9)))
    numbers = [arrays.arrays(draw(kinds), n_pixels) for _ in range(2)]
    sigma = draw(st.none() | numbers[1])
    return Spectrum(
        wave=np.cumsum(steps).astype(draw(st.sampled_from([np.float32, np.float64]))),
        flux=draw(numbers[0]),
        sigma=sigma,
        valid=draw(st.none() | arrays.arrays(np.bool_, n_pixels)),
        flux_unit=draw(st.sampled_from(["", "W / (um m2)"])),
        medium=draw(st.sampled_from(["air", "vacuum"])),
        frame=draw(st.sampled_from(["unknown", "rest"])),
        resolution=draw(st.none() | st.floats(1e-3, 1e6)),
        meta=draw(META),
    )


def assert_same(one: Spectrum, other: Spectrum) -> None:
    for name in ("wave", "flux", "sigma", "valid"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            assert a.tobytes() == b.tobytes(), name
    for name in ("flux_unit", "medium", "frame", "resolution"):
        assert getattr(one, name) == getattr(other, name)
    assert repr(one.meta) == repr(other.meta)  # NaN is not equal to itself, but reads the same


def make_spectrum(n_pixels: int = 30, seed: int = 0, **more: Any) -> Spectrum:
    rng = np.random.default_rng(seed)
    wave = np.cumsum(rng.uniform(0.01, 0.02, n_pixels))
    return Spectrum(wave, rng.normal(size=n_pixels), rng.uniform(1, 2, n_pixels), **more)


def numbers_of(spectra: SpectrumSet) -> list[int]:
    assert spectra.ids is not None
    return spectra.ids.tolist()


@ANY_ARCHIVE
@given(st.lists(any_spectrum(), min_size=1, max_size=5), st.integers(0, 2**32))
def test_spectra_come_back_bit_by_bit(
    archive: Archive, spectra: list[Spectrum], number: int
) -> None:
    collection = f"c{number}"

    ids = archive.spectra.add(spectra, collection)

    for spectrum, stored in zip(spectra, archive.spectra.read(ids), strict=True):
        assert_same(stored, spectrum)


def test_spectra_are_read_in_the_order_asked_for(archive: Archive) -> None:
    spectra = [make_spectrum(5 + n, seed=n) for n in range(10)]
    ids = archive.spectra.add(spectra, "observed")

    for number, stored in zip(
        (7, 2, 2, 3), archive.spectra.read([ids[7], *ids[2:3], ids[2], ids[3]]), strict=True
    ):
        assert_same(stored, spectra[number])


def test_a_collection_grows_batch_by_batch(archive: Archive) -> None:
    spectra = [make_spectrum(5 + n, seed=n) for n in range(23)]
    for first in range(0, 23, 4):
        archive.spectra.add(spectra[first : first + 4], "observed")

    batches = list(archive.spectra.iterate("observed", batch=5))

    assert [len(batch) for batch in batches] == [5, 5, 5, 5, 3]
    for (_, stored), spectrum in zip(chain(*batches), spectra, strict=True):
        assert_same(stored, spectrum)


def test_spectra_of_many_shards_come_back(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starsieve.archive.arrays.VALUES_PER_CHUNK", 16)
    monkeypatch.setattr("starsieve.archive.arrays.CHUNKS_PER_SHARD", 2)
    monkeypatch.setattr("starsieve.archive.ragged.VALUES_AT_A_TIME", 100)
    spectra = [make_spectrum(5 + 7 * n, seed=n) for n in range(12)]

    ids = archive.spectra.add(spectra[:7], "observed") + archive.spectra.add(
        spectra[7:], "observed"
    )

    for stored, spectrum in zip(archive.spectra.read(ids), spectra, strict=True):
        assert_same(stored, spectrum)


def test_the_table_tells_all_but_the_pixels(archive: Archive) -> None:
    source = SourceFile("night/a.fits", "ab" * 32, 17, "spex")
    spectrum = make_spectrum(
        medium="air", frame="rest", resolution=120.0, flux_unit="Jy", meta={"object": "HD 1"}
    )

    (number,) = archive.spectra.add([spectrum], "observed", [source])

    (info,) = archive.spectra.table("observed")
    assert (info.id, info.object, info.n_pixels, info.has_sigma) == (number, "HD 1", 30, True)
    assert (info.medium, info.frame, info.resolution, info.flux_unit) == (
        "air",
        "rest",
        120.0,
        "Jy",
    )
    assert (info.file, info.file_hash) == ("night/a.fits", "ab" * 32)
    (file,) = archive.source_files.list("observed")
    assert (file.outcome, file.layout, file.size) == ("kept", "spex", 17)


def test_all_about_one_spectrum_is_what_the_table_says(
    archive: Archive, spectra: SpectrumSet
) -> None:
    archive.spectra.add([make_spectrum(seed=n, n_pixels=20 + n) for n in range(3)], "observed")
    archive.spectra.add_grid(spectra.take(np.arange(4)), "made")

    for collection in ("observed", "made"):
        for row in archive.spectra.table(collection):
            assert archive.spectra.info(row.id) == row
    with pytest.raises(NotInArchiveError, match="No spectrum 999"):
        archive.spectra.info(999)


def test_a_spectrum_knows_those_beside_it_in_its_collection(archive: Archive) -> None:
    first = archive.spectra.add([make_spectrum(seed=n) for n in range(2)], "observed")
    archive.spectra.add([make_spectrum(seed=9)], "others")
    last = archive.spectra.add([make_spectrum(seed=5)], "observed")
    numbers = [*first, *last]

    assert [archive.spectra.beside(number) for number in numbers] == [
        (None, numbers[1]),
        (numbers[0], numbers[2]),
        (numbers[1], None),
    ]
    with pytest.raises(NotInArchiveError, match="No spectrum 999"):
        archive.spectra.beside(999)


def test_what_is_no_json_but_plain_is_kept_as_such(archive: Archive) -> None:
    meta = {
        "snr": np.float32(12.5),
        "orders": np.arange(3),
        "night": date(2024, 2, 29),
        "path": Path("a") / "b",
        "pair": (1, 2),
    }

    ids = archive.spectra.add([make_spectrum(meta=meta)], "observed")

    assert archive.spectra.read(ids)[0].meta == {
        "snr": 12.5,
        "orders": [0, 1, 2],
        "night": "2024-02-29",
        "path": "a/b",
        "pair": [1, 2],
    }


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"meta": {"header": {"x": object()}}}, r"meta\['header'\]\['x'\] is of type object"),
        ({"meta": {"header": {1: 2}}}, "key 1"),
        ({"flux_unit": "a\x00b"}, "unit"),
    ],
)
def test_what_cannot_be_kept_exactly_is_refused_and_nothing_stored(
    archive: Archive, bad: dict[str, Any], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        archive.spectra.add([make_spectrum(), make_spectrum(**bad)], "observed")
    assert archive.collections.list() == []


def test_wider_numbers_than_double_are_refused(archive: Archive) -> None:
    if np.dtype(np.longdouble).itemsize == 8:
        pytest.skip("long double is double here")
    spectrum = Spectrum(np.arange(1.0, 4.0), np.ones(3, dtype=np.longdouble))

    with pytest.raises(DataError, match="astype"):
        archive.spectra.add([spectrum], "observed")


def test_adding_nothing_makes_nothing(archive: Archive) -> None:
    assert archive.spectra.add([], "observed") == []
    assert archive.collections.list() == []


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", "A", ".hidden", "x" * 81, "a b"])
def test_a_name_that_is_a_path_is_refused(archive: Archive, name: str) -> None:
    with pytest.raises(DataError, match="no name"):
        archive.spectra.add([make_spectrum()], name)


def test_a_collection_keeps_one_kind(archive: Archive, spectra: SpectrumSet) -> None:
    archive.spectra.add([make_spectrum()], "observed")

    with pytest.raises(DataError, match="kind"):
        archive.spectra.add_grid(spectra, "observed")
    with pytest.raises(DataError, match="kind"):
        archive.light_curves.add([LightCurve(np.arange(3.0), np.ones(3))], "observed")
    with pytest.raises(DataError, match="gridded"):
        archive.spectra.read_grid("observed")


def test_unknown_things_are_named_with_what_there_is(archive: Archive) -> None:
    archive.spectra.add([make_spectrum()], "observed")

    with pytest.raises(NotInArchiveError, match="No spectrum 99"):
        archive.spectra.read([99])
    for call in (archive.spectra.table, archive.spectra.read_grid, archive.collections.get):
        with pytest.raises(NotInArchiveError, match=r"'obsrved'.*observed"):
            call("obsrved")
    with pytest.raises(NotInArchiveError):
        next(archive.spectra.iterate("obsrved"))


def test_a_file_is_stored_once(archive: Archive) -> None:
    spectra = [make_spectrum(seed=n) for n in range(3)]
    files = [
        SourceFile("a", "a" * 64, 1),
        SourceFile("b", "b" * 64, 1),
        SourceFile("b", "b" * 64, 1),
    ]
    archive.spectra.add(spectra[:1], "observed", files[:1])

    ids = archive.spectra.add(spectra, "observed", files)

    assert len(ids) == 2
    assert archive.spectra.add(spectra, "observed", files) == []
    assert len(archive.spectra.add(spectra, "elsewhere", files)) == 3


def test_a_grid_comes_back_with_numbers_and_labels(archive: Archive, spectra: SpectrumSet) -> None:
    ids = archive.spectra.add_grid(spectra, "toys")

    stored = archive.spectra.read_grid("toys")

    assert stored.ids is not None
    assert stored.ids.tolist() == ids
    for name in ("wave", "flux", "sigma"):
        assert getattr(stored, name).tobytes() == getattr(spectra, name).tobytes()
    for name in ("teff", "logg"):
        np.testing.assert_array_equal(stored.labels[name], spectra.labels[name])
    assert_same(archive.spectra.read(ids[7:8])[0], list(spectra)[7])


def test_rows_of_a_grid_are_read_as_asked_for(archive: Archive, spectra: SpectrumSet) -> None:
    archive.spectra.add_grid(spectra, "toys")

    for rows in (slice(3, 9), slice(390, 999), slice(-2, None), slice(5, 5)):
        stored = archive.spectra.read_grid("toys", rows)
        np.testing.assert_array_equal(stored.flux, spectra.flux[rows])
        np.testing.assert_array_equal(stored.labels.get("teff", []), spectra.labels["teff"][rows])
    with pytest.raises(DataError, match="step"):
        archive.spectra.read_grid("toys", slice(None, None, 2))


def test_single_precision_stays(archive: Archive) -> None:
    rng = np.random.default_rng(0)
    spectra = SpectrumSet(np.linspace(1, 2, 9), rng.normal(size=(4, 9)).astype(np.float32))

    archive.spectra.add_grid(spectra, "toys")

    stored = archive.spectra.read_grid("toys")
    assert stored.flux.dtype == np.float32
    assert stored.sigma is None
    np.testing.assert_array_equal(stored.flux, spectra.flux)


def test_blocks_hold_every_row_once(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("starsieve.archive.arrays.VALUES_PER_CHUNK", 60 * 32)
    spectra = make_spectra(150)
    archive.spectra.add_grid(spectra, "toys")

    in_order = list(archive.spectra.blocks("toys"))
    shuffled = list(archive.spectra.blocks("toys", seed=3))

    np.testing.assert_array_equal(np.concatenate([b.flux for b in in_order]), spectra.flux)
    assert [len(block.flux) for block in in_order] == [32, 32, 32, 32, 22]
    numbers = [numbers_of(block) for block in shuffled]
    assert sorted(numbers) == [numbers_of(block) for block in in_order]
    assert numbers != sorted(numbers)
    assert numbers == [numbers_of(block) for block in archive.spectra.blocks("toys", seed=3)]


def test_unknown_labels_come_back_as_nan(archive: Archive) -> None:
    spectra = make_spectra(3)
    known = {"teff": np.array([1000.0, np.nan, 1200.0]), "c_to_o": np.full(3, np.nan)}
    archive.spectra.add_grid(
        SpectrumSet(spectra.wave, spectra.flux, spectra.sigma, labels=known), "toys"
    )

    stored = archive.spectra.read_grid("toys")

    np.testing.assert_array_equal(stored.labels["teff"], known["teff"])
    assert set(stored.labels) == {"teff"}
    units = {row.name: (row.unit, row.origin) for row in archive.labels.read("toys")}
    assert units == {"teff": ("K", "grid")}


def test_labels_of_two_origins_are_not_mixed(archive: Archive) -> None:
    ids = archive.spectra.add_grid(make_spectra(3), "toys")
    archive.labels.add([LabelRow("teff", 1.0, origin="me", spectrum=ids[1])])

    with pytest.raises(DataError, match="several origins"):
        archive.spectra.read_grid("toys")
    mine = archive.spectra.read_grid("toys", origin="me").labels["teff"]
    np.testing.assert_array_equal(mine, [math.nan, 1.0, math.nan])


def test_a_derived_collection_names_its_parent(archive: Archive) -> None:
    spectra = make_spectra(4)
    parents = archive.spectra.add(
        [make_spectrum(seed=n, meta={"object": f"star {n}"}) for n in range(4)], "observed"
    )
    derived = SpectrumSet(spectra.wave, spectra.flux, ids=np.array(parents[::-1]))

    archive.spectra.add_grid(derived, "resampled", parent="observed", recipe={"pixels": 60})

    info = archive.collections.get("resampled")
    assert (info.kind, info.parent, info.recipe) == ("grid", "observed", {"pixels": 60})
    rows = archive.spectra.table("resampled")
    assert [row.parent for row in rows] == parents[::-1]
    assert [row.object for row in rows] == ["star 3", "star 2", "star 1", "star 0"]
    assert rows[0].n_pixels == 60


def test_a_derived_collection_knows_the_files_it_came_from(archive: Archive) -> None:
    paths = ("night1/a.fits", "night1/b.fits", "night2/a.fits")
    sources = [SourceFile(path, f"{number:064}", 1) for number, path in enumerate(paths)]
    ids = archive.spectra.add([make_spectrum(seed=n) for n in range(3)], "observed", sources)
    toys = make_spectra(3)
    derived = SpectrumSet(toys.wave, toys.flux, ids=np.array(ids))
    archive.spectra.add_grid(derived, "resampled", parent="observed")

    files = archive.collections.files("resampled")

    assert files == {"a.fits": f"{0:064}", "b.fits": f"{1:064}", "night2/a.fits": f"{2:064}"}


def test_a_parent_has_to_be_there(archive: Archive) -> None:
    spectra = make_spectra(2)
    archive.spectra.add([make_spectrum()], "observed")

    with pytest.raises(NotInArchiveError, match="'nobody'"):
        archive.spectra.add_grid(spectra, "resampled", parent="nobody")
    strangers = SpectrumSet(spectra.wave, spectra.flux, ids=np.array([1, 4711]))
    with pytest.raises(NotInArchiveError, match="4711"):
        archive.spectra.add_grid(strangers, "resampled", parent="observed")
    assert [c.name for c in archive.collections.list()] == ["observed"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"wave": np.linspace(1, 3, 60)}, "wavelength grid"),
        ({"flux_unit": "Jy"}, "unit"),
        ({"resolution": 17.0}, "resolution"),
        ({"sigma": None}, "sigma"),
        ({"flux": np.ones((2, 60), dtype=np.float32)}, "type"),
    ],
)
def test_a_grid_takes_only_what_fits(archive: Archive, change: dict[str, Any], words: str) -> None:
    toys = make_spectra(2)
    archive.spectra.add_grid(toys, "toys")
    other = {"wave": toys.wave, "flux": toys.flux, "sigma": toys.sigma} | change

    with pytest.raises(DataError, match=words):
        archive.spectra.add_grid(SpectrumSet(**other), "toys")
    assert archive.collections.get("toys").n_items == 2


def test_a_grid_grows_and_keeps_the_metadata_that_all_share(archive: Archive) -> None:
    for number in range(3):
        toys = make_spectra(40, seed=number)
        archive.spectra.add_grid(
            SpectrumSet(toys.wave, toys.flux, toys.sigma, meta={"grid": "toys", "part": number}),
            "toys",
        )

    stored = archive.spectra.read_grid("toys")

    assert stored.meta == {"grid": "toys"}
    np.testing.assert_array_equal(stored.flux[40:80], make_spectra(40, seed=1).flux)


def test_a_lost_shard_is_told_and_not_read_as_nan(archive: Archive, spectra: SpectrumSet) -> None:
    archive.spectra.add_grid(spectra, "toys")
    (archive.root / "arrays" / "toys" / "flux" / "c" / "0" / "0").unlink()

    with pytest.raises(ArchiveError, match="archive check"):
        archive.spectra.read_grid("toys")


def test_an_altered_shard_is_told(archive: Archive, spectra: SpectrumSet) -> None:
    archive.spectra.add_grid(spectra, "toys")
    shard = archive.root / "arrays" / "toys" / "flux" / "c" / "0" / "0"
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 0xFF
    shard.write_bytes(content)

    with pytest.raises(ArchiveError, match="archive check"):
        archive.spectra.read_grid("toys")


@pytest.mark.parametrize("name", ["flux", "wave"])
def test_damaged_array_metadata_are_told(archive: Archive, spectra: SpectrumSet, name: str) -> None:
    archive.spectra.add_grid(spectra, "toys")
    (archive.root / "arrays" / "toys" / name / "zarr.json").write_text("{")

    with pytest.raises(ArchiveError, match="archive check"):
        archive.spectra.read_grid("toys")
