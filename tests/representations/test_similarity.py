"""Spectra like one: found by what they look like, by their latents, or by both."""

import numpy as np
import pytest

from starsieve.archive import LabelRow, SourceFile, Target
from starsieve.data import Embeddings, Spectrum
from starsieve.errors import DataError, NotInArchiveError
from starsieve.representations.metric import Metric
from starsieve.representations.similar_report import write_similar
from starsieve.representations.similarity import similar
from starsieve.representations.yardstick import measure_space
from tests.representations.made_stars import make_star, make_stars, observe_elsewhere

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def stars():
    return make_stars(30)


@pytest.fixture
def stocked(archive, stars):
    """An archive with 30 stars, each with labels, a target on the sky, and four latents."""
    spectra, labels = stars
    spectra = [
        Spectrum(s.wave, s.flux, resolution=s.resolution, meta={"object": f"star {number}"})
        for number, s in enumerate(spectra)
    ]
    targets = archive.targets.add(
        [Target(f"star {number}", 10.0 + number, -5.0) for number in range(30)]
    )
    files = [SourceFile(f"star{number}.fits", f"{number:064x}", 1) for number in range(30)]
    ids = archive.spectra.add(spectra, "stars", files, targets)
    archive.labels.add(
        LabelRow(name, float(value), spectrum=number, origin="made")
        for number, row in zip(ids, labels, strict=True)
        for name, value in zip(("teff", "mh"), row, strict=True)
    )
    rng = np.random.default_rng(0)
    scaled = (labels - labels.mean(0)) / labels.std(0)
    latents = np.concatenate([scaled, 1e-3 * rng.normal(size=(30, 2))], axis=1)
    sigma = np.tile([0.01, 0.01, 1.0, 1.0], (30, 1))
    made = Embeddings(latents, np.array(ids), sigma, model="toy", collection="stars")
    archive.embeddings.add(made, "0" * 64)
    return archive, ids, labels


def test_a_file_of_another_instrument_finds_its_star(stocked, stars):
    archive, ids, labels = stocked
    query = observe_elsewhere(stars[0][12], velocity=-40.0)

    found = similar(query, "stars", archive=archive, k=3)

    first = found[0]
    assert first.id == ids[12]
    assert first.object == "star 12"
    assert first.file == "star12.fits"
    assert first.labels == pytest.approx({"teff": labels[12, 0], "mh": labels[12, 1]})
    assert first.velocity == pytest.approx(-40.0, abs=10.0)
    assert first.common_um == pytest.approx((0.512, 0.588), abs=0.002)
    assert [each.distance for each in found] == sorted(each.distance for each in found)


@pytest.mark.parametrize("seed", range(3))
def test_a_sharper_query_is_blurred_to_what_it_is_compared_with(stars, seed):
    spectra, _ = stars
    blurred = [observe_elsewhere(star, snr=300, seed=n) for n, star in enumerate(spectra)]
    query = make_star(*stars[1][9], velocity=60.0, snr=100, seed=seed)

    found = similar(query, blurred, k=3, metric=Metric(degree=2, broadening=False))

    assert found[0].id == 9
    assert found[0].velocity == pytest.approx(60.0, abs=15.0)


def test_a_spectrum_of_the_archive_never_finds_itself(stocked):
    archive, ids, _ = stocked

    found = similar(np.int64(ids[4]), archive=archive, k=30)

    assert len(found) == 29
    assert ids[4] not in [each.id for each in found]


def test_the_answer_says_where_two_spectra_differ():
    star = make_star(5200, 0.0)
    bump = 0.5 * np.exp(-0.5 * ((star.wave - 0.5432) / 2e-4) ** 2)
    query = Spectrum(star.wave, star.flux + bump, np.full(2000, 0.01))

    (found,) = similar(query, [star], k=1)

    worst = found.differences[0]
    assert worst.low_um < 0.5432 < worst.high_um
    assert worst.high_um - worst.low_um < 0.006
    assert worst.share > 0.8
    assert worst.excess > 0


def test_equal_spectra_differ_nowhere():
    star = make_star(5200, 0.0, snr=50, seed=1)

    (found,) = similar(make_star(5200, 0.0, snr=50, seed=2), [star], k=1)

    assert found.distance < 1.5
    assert all(each.share < 0.3 for each in found.differences)


def test_latents_that_say_nothing_do_not_count(stocked):
    archive, ids, labels = stocked

    found = similar(ids[4], archive=archive, by="latent", model="toy", k=1)[0]

    scaled = labels / labels.std(0)
    gaps = np.linalg.norm(scaled - scaled[4], axis=1)
    gaps[4] = np.inf
    nearest = np.argsort(gaps)[:3]
    assert found.id in [ids[row] for row in nearest]
    assert found.distance == found.latent_distance
    assert found.overlay is not None
    assert "latents" in similar(ids[4], archive=archive, by="latent").definition


def test_both_ranks_what_latents_select_by_spectrum(stocked):
    archive, ids, _ = stocked

    both = similar(ids[4], archive=archive, by="both", k=5)
    spectrum = similar(ids[4], archive=archive, by="spectrum", k=5)

    assert [each.id for each in both] == [each.id for each in spectrum]
    assert all(each.latent_distance is not None for each in both)
    assert both[0].distance == pytest.approx(spectrum[0].distance)


def test_labels_and_places_on_the_sky_filter(stocked):
    archive, ids, labels = stocked

    hot = similar(ids[0], archive=archive, where=["teff>5500", "mh<=0"], k=30)
    near = similar(ids[0], archive=archive, near=(15.0, -5.0, 1.5 * 3600), k=30)

    wanted = {ids[n] for n in range(1, 30) if labels[n, 0] > 5500 and labels[n, 1] <= 0}
    assert {each.id for each in hot} == wanted
    assert {each.id for each in near} == {ids[n] for n in (4, 5, 6)}


def test_the_same_object_can_be_left_out(stocked, stars):
    archive, ids, _ = stocked
    again = Spectrum(stars[0][3].wave, stars[0][3].flux, meta={"object": "STAR  3"})

    with_it = similar(again, "stars", archive=archive, k=1)
    without = similar(again, "stars", archive=archive, k=30, other_objects=True)

    assert with_it[0].id == ids[3]
    assert ids[3] not in [each.id for each in without]


def test_repeats_teach_which_latents_an_instrument_disturbs():
    rng = np.random.default_rng(0)
    stars = np.repeat(rng.normal(size=(40, 2)), 2, axis=0)
    latents = stars + rng.normal(0, [0.02, 0.8], size=(80, 2))
    objects = np.repeat([f"star {n}" for n in range(40)], 2)
    embeddings = Embeddings(latents, np.arange(80))

    by_repeats, by_spread = (
        measure_space(embeddings, objects),
        measure_space(embeddings, yardstick="spread"),
    )

    assert by_repeats.yardstick == "repeats"
    assert (
        found_first(by_repeats(latents), objects) > found_first(by_spread(latents), objects) + 0.1
    )


def found_first(latents, objects):
    gaps = np.linalg.norm(latents[:, None] - latents[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    return np.mean(objects[gaps.argmin(axis=1)] == objects)


def test_the_record_has_what_other_programs_rely_on(stocked):
    archive, ids, _ = stocked

    record = similar(ids[0], archive=archive, k=2).to_record()

    assert record["query"] == str(ids[0])
    assert len(record["neighbours"]) == 2
    assert all({"id", "file", "object", "distance"} <= set(each) for each in record["neighbours"])
    assert record["definition"]


def test_the_page_shows_every_neighbour(stocked, tmp_path):
    archive, ids, _ = stocked

    found = similar(ids[0], archive=archive, k=2)
    page = write_similar(found, tmp_path).read_text(encoding="utf-8")

    assert page.count("<svg") >= 4
    assert "Distance: root mean square" in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k must be at least 1"),
        ({"by": "eye"}, "by must be one of latent, spectrum, both"),
        ({"where": ["colour>3"]}, "there are: teff, mh"),
        ({"where": ["teff>warm"]}, "'warm' is no number"),
        ({"where": ["teff>9000"]}, "None of 30 spectra is left"),
        ({"by": "latent", "yardstick": "repeats"}, "too few to learn from"),
    ],
)
def test_impossible_wishes_are_explained(stocked, options, message):
    archive, ids, _ = stocked

    with pytest.raises(DataError, match=message):
        similar(ids[0], archive=archive, **options)


def test_what_is_not_there_is_named(stocked):
    archive, ids, _ = stocked

    with pytest.raises(NotInArchiveError, match="No spectrum 999"):
        similar(999, archive=archive)
    with pytest.raises(NotInArchiveError, match="stars"):
        similar(ids[0], "planets", archive=archive)
    with pytest.raises(NotInArchiveError, match="other"):
        similar(ids[0], archive=archive, model="other", by="latent")


def test_another_metric_is_stated(stocked):
    archive, ids, _ = stocked

    found = similar(ids[0], archive=archive, metric=Metric(max_velocity=5, degree=0))

    assert "within 5 km/s" in found.definition
    assert all(abs(each.velocity) <= 5.001 for each in found)


def test_an_index_preselects_where_there_are_millions(stocked, monkeypatch):
    archive, ids, _ = stocked
    exact = similar(ids[4], archive=archive, by="latent", k=5)
    for name in ("latent_search.EXACT_UP_TO", "index.EXACT_UP_TO"):
        monkeypatch.setattr(f"starsieve.representations.{name}", 20)
    for name, few in (("PRESELECTED", 1), ("FEWEST_PRESELECTED", 25)):
        monkeypatch.setattr(f"starsieve.representations.latent_search.{name}", few)

    found = similar(ids[4], archive=archive, by="latent", k=5)

    assert "the 25 nearest" in found.notes[0]
    assert [each.id for each in found] == [each.id for each in exact]


def test_only_the_pixels_of_a_range_count(stocked, stars):
    archive, ids, _ = stocked
    first, second = stars[0][3], stars[0][20]
    inside = (second.wave > 0.53) & (second.wave < 0.56)
    query = Spectrum(first.wave, np.where(inside, second.flux, first.flux), first.sigma)
    metric = Metric(max_velocity=0)

    whole = similar(query, "stars", archive=archive, k=1, metric=metric)
    part = similar(query, "stars", archive=archive, k=1, metric=metric, wave_range=(0.531, 0.559))

    assert whole[0].id == ids[3]
    assert part[0].id == ids[20]
    assert part[0].common_um[0] >= 0.531
    assert part[0].common_um[1] <= 0.559
    assert "only pixels of the query between 0.531 and 0.559 um counted" in part.notes


def test_a_part_of_a_spectrum_does_not_find_the_rest_of_it(stocked):
    archive, ids, _ = stocked

    found = similar(ids[4], archive=archive, k=30, wave_range=(0.53, 0.56))

    assert len(found) == 29
    assert ids[4] not in [each.id for each in found]


def test_latents_of_a_part_are_made_anew(stocked):
    archive, ids, _ = stocked
    stored = archive.embeddings.read("stars", "toy").latents

    class Model:
        name = "toy"
        card = type("Card", (), {"weights_sha256": "0" * 64})

        def encode_with_reasons(self, spectra):
            assert spectra[0].wave[spectra[0].usable].max() <= 0.56
            return Embeddings(stored[7:8], np.array([0]), model="toy"), ("",)

    found = similar(
        ids[4], archive=archive, by="latent", model=Model(), k=1, wave_range=(0.53, 0.56)
    )

    assert found[0].id == ids[7]
    assert found[0].distance == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("wave_range", "words"),
    [
        ((0.56, 0.53), "the lower one first, got 0.56 and 0.53"),
        ((0.0, 0.53), "two wavelengths in micron"),
        ((np.nan, 0.53), "two wavelengths in micron"),
        ((2.0, 2.4), "no usable pixels between 2 and 2.4 um; it has them from 0.5"),
    ],
)
def test_an_impossible_range_is_refused(stocked, wave_range, words):
    archive, ids, _ = stocked

    with pytest.raises(DataError, match=words):
        similar(ids[0], archive=archive, wave_range=wave_range)


def test_a_long_comparison_tells_how_far_it_is(stocked):
    archive, ids, _ = stocked
    told = []

    similar(ids[0], archive=archive, progress=lambda *words: told.append(words))

    assert told == [(29, 29, "comparing")]
