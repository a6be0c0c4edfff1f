from dataclasses import replace

from starsieve.archive import Archive, CandidateRow, LabelRow, ScoreRow, Target
from starsieve.archive.overview import pick_candidates, pick_spectra, read_overview
from tests.archive.test_light_curves import make_curve
from tests.archive.test_predictions import make_prediction
from tests.archive.test_spectra import make_spectrum


def add_spectra(archive: Archive, names: str) -> list[int]:
    spectra = [make_spectrum(seed=n, meta={"object": name}) for n, name in enumerate(names)]
    return archive.spectra.add(spectra, "prism")


def test_an_empty_archive_has_nothing(archive: Archive) -> None:
    overview = read_overview(archive)

    assert overview.is_empty
    assert (overview.collections, overview.candidates, overview.n_labels) == ((), {}, 0)
    assert pick_spectra(archive) == (None, [])
    assert pick_candidates(archive) == []


def test_what_is_there_is_counted_by_what_it_is(archive: Archive) -> None:
    ids = add_spectra(archive, "ab")
    archive.predictions.add("sonora", None, [make_prediction(ids[0])])
    (star,) = archive.targets.add([Target("pi Men")])
    stored = archive.candidates.add(
        CandidateRow(origin=origin, name="1.01", target=star) for origin in ("TOI", "CTOI")
    )
    archive.scores.add("vetter", None, [ScoreRow(candidate=stored.ids[0], planet_probability=0.5)])

    overview = read_overview(archive)

    assert [(c.name, c.n_items) for c in overview.collections] == [("prism", 2)]
    assert (overview.n_spectra, overview.n_targets, overview.is_empty) == (2, 1, False)
    assert overview.predictions == {"sonora": 1}
    assert (overview.candidates, overview.scores) == ({"CTOI": 1, "TOI": 1}, {"vetter": 1})


def test_examples_go_from_one_end_of_a_parameter_to_the_other(archive: Archive) -> None:
    ids = add_spectra(archive, "abcdef")
    rows = [make_prediction(number, 1500.0 - 100 * n) for n, number in enumerate(ids)]
    known = [replace(row, in_distribution=row.spectrum != ids[5]) for row in rows]
    archive.predictions.add("sonora", None, known)

    assert pick_spectra(archive, 3) == ("sonora", [ids[4], ids[2], ids[0]])


def test_examples_go_along_a_label_where_no_model_has_said_anything(archive: Archive) -> None:
    ids = add_spectra(archive, "abcde")
    types = (3.0, 25.0, 14.0, 9.0, 13.0)
    rows = zip(ids, types, strict=True)
    archive.labels.add([LabelRow("spt", value, spectrum=number) for number, value in rows])

    assert pick_spectra(archive, 3) == (None, [ids[0], ids[2], ids[1]])


def test_examples_without_predictions_are_spread_over_those_with_names(archive: Archive) -> None:
    spectra = [
        make_spectrum(seed=n, meta={"object": name} if name else {})
        for n, name in enumerate(["", "a", "b", "c", "d", "e", ""])
    ]
    ids = archive.spectra.add(spectra, "prism")

    assert pick_spectra(archive, 3) == (None, [ids[1], ids[3], ids[5]])
    assert pick_spectra(archive, 50) == (None, ids[1:6])


def test_probable_planets_whose_light_curves_can_be_seen_are_examples(archive: Archive) -> None:
    stars = archive.targets.add([Target("dark"), Target("bright")])
    rows = [CandidateRow(origin="TOI", name=f"{n}.01", target=stars[n]) for n in (0, 1)]
    rows.append(CandidateRow(origin="search", name="night/bright.01", target=stars[1]))
    first, second, third = archive.candidates.add(rows).ids
    scores = [
        ScoreRow(candidate=number, planet_probability=probability)
        for number, probability in ((first, 0.9), (second, 0.2), (third, 0.7))
    ]
    archive.scores.add("vetter", None, scores)

    assert [each.title for each in pick_candidates(archive)] == [
        *("TOI 0.01", "night/bright.01", "TOI 1.01")
    ]
    archive.light_curves.add([make_curve(50)], "night", targets=[stars[1]])
    best, other = pick_candidates(archive)
    assert (best.title, best.planet_probability, best.star) == ("night/bright.01", 0.7, "bright")
    assert other.id == second
