"""Sliders move one thing at a time, and say who is near."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from starsieve.data import Embeddings
from starsieve.errors import DataError, ModelMismatchError
from starsieve.representations.sliders import make_sliders
from starsieve.representations.sliders_session import SlidersSession


@dataclass
class Bumps:
    """A decoder whose every latent raises a bump of its own."""

    n_latents: int = 3
    name: str = "bumps"

    def __post_init__(self):
        self.wave = np.linspace(1.0, 2.0, 90)
        self.seen = np.full(90, True)
        centres = 1.2 + 0.3 * np.arange(self.n_latents)
        self.shapes = np.exp(-0.5 * ((self.wave - centres[:, None]) / 0.03) ** 2)

    def decode(self, latents):
        return 1.0 + np.asarray(latents) @ self.shapes


@pytest.fixture
def sliders():
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(200, 3)) * [0.1, 2.0, 1.0] + [1.0, 0.0, 5.0]
    embeddings = Embeddings(latents, np.arange(200) + 1000, model="bumps", collection="toy")
    teff = np.where(np.arange(200) % 2, latents[:, 1] * 100 + 5000, np.nan)
    return make_sliders(Bumps(), embeddings, {"teff": teff}, [f"star {n}" for n in range(200)])


def test_the_start_is_the_median_of_the_collection(sliders):
    point = sliders.point()

    assert np.allclose(point, np.median(sliders.space.latents, axis=0))
    assert np.allclose(sliders.decode(point), 1 + point @ sliders.model.shapes)


def test_moving_one_slider_changes_only_its_own_feature(sliders):
    values, flux = sliders.traverse(1, steps=5)

    changed = np.ptp(flux, axis=0) > 1e-9
    assert np.array_equal(changed, sliders.model.shapes[1] * np.ptp(values) > 1e-9)
    assert np.all(np.diff(values) > 0)
    assert np.isclose(values[0], np.quantile(sliders.space.latents[:, 1], 0.005))
    assert np.isclose(values[-1], np.quantile(sliders.space.latents[:, 1], 0.995))


def test_a_traversal_starts_from_any_point(sliders):
    start = sliders.point({0: 3.0})

    _, flux = sliders.traverse(1, steps=3, start=start)

    peak = np.argmax(sliders.model.shapes[0])
    assert np.allclose(flux[:, peak], 4.0, atol=0.05)


def test_latents_that_tell_most_come_first(sliders):
    assert sliders.order.tolist() == [1, 2, 0]


def test_latents_that_are_the_prior_come_last_where_there_are_posteriors():
    rng = np.random.default_rng(1)
    latents = rng.normal(size=(100, 3)) * [0.01, 1.0, 1.0]
    sigma = np.tile([1.0, 0.3, 0.01], (100, 1))

    found = make_sliders(Bumps(), Embeddings(latents, np.arange(100), sigma))

    assert found.order.tolist() == [2, 1, 0]


def test_the_nearest_spectrum_of_its_own_place_is_itself(sliders):
    near = sliders.neighbours(sliders.space.latents[7], k=4)

    assert (near[0].id, near[0].object) == (1007, "star 7")
    assert near[0].distance < 1e-5
    assert near[0].labels["teff"] == pytest.approx(sliders.space.labels["teff"][7])
    assert [each.distance for each in near] == sorted(each.distance for each in near)


def test_unknown_labels_are_not_shown(sliders):
    (even,) = sliders.neighbours(sliders.space.latents[8], k=1)

    assert even.labels == {}


def test_answers_are_json_and_say_what_was_asked(sliders):
    question = json.loads(json.dumps({"set": {"1": 0.5}, "traverse": 2, "steps": 4}))

    answer = json.loads(json.dumps(SlidersSession(sliders).answer(question), allow_nan=False))

    assert answer["latents"][1] == 0.5
    assert np.allclose(answer["wave"], sliders.model.wave)
    assert np.allclose(answer["flux"], sliders.decode(answer["latents"]), atol=2e-6)
    assert len(answer["neighbours"]) == 5
    assert np.shape(answer["traversal"]["flux"]) == (4, 90)
    known = [each for each in answer["neighbours"] if "teff" in each["labels"]]
    assert answer["labels"]["teff"] == {"value": known[0]["labels"]["teff"], "of": known[0]["id"]}


def test_wavelengths_and_neighbours_can_be_left_out(sliders):
    answer = SlidersSession(sliders).answer({"wave": False, "neighbours": 0})

    assert set(answer) == {"latents", "flux", "neighbours", "labels"}
    assert answer["neighbours"] == []


def test_pixels_that_no_spectrum_had_are_not_drawn(sliders):
    sliders.model.seen[:3] = False

    flux = SlidersSession(sliders).answer({})["flux"]

    assert flux[:3] == [None] * 3
    assert None not in flux[3:]


def test_long_spectra_are_sent_as_means_of_neighbouring_pixels(sliders):
    sliders.model.seen[:5] = False
    session = SlidersSession(sliders, most_pixels=25)

    answer = session.answer({"traverse": 0, "steps": 2})

    whole = np.where(sliders.model.seen, sliders.decode(sliders.point()), np.nan)
    assert session.step == 4
    assert len(answer["wave"]) == len(answer["flux"]) == 23
    assert answer["flux"][:2] == [None, pytest.approx(np.nanmean(whole[4:8]), abs=1e-6)]
    assert answer["wave"][3] == pytest.approx(sliders.model.wave[12:16].mean())
    assert np.shape(answer["traversal"]["flux"]) == (2, 23)


def test_a_page_is_told_its_sliders(sliders):
    told = SlidersSession(sliders).describe()

    assert [each["latent"] for each in told["latents"]] == [1, 2, 0]
    assert all(each["low"] < each["start"] < each["high"] for each in told["latents"])
    assert (told["model"], told["collection"], told["n_spectra"]) == ("bumps", "toy", 200)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"latents": [1.0, 2.0]}, "3 latents, got 2"),
        ({"latents": "abc"}, "latents"),
        ({"set": {"9": 1.0}}, "latents 0 to 2, got 9"),
        ({"set": {"-1": 1.0}}, "latents 0 to 2, got -1"),
        ({"set": {"1": float("nan")}}, "set.1"),
        ({"set": {"teff": 1.0}}, "set.teff"),
        ({"traverse": 3}, "latents 0 to 2, got 3"),
        ({"traverse": 0, "steps": 1}, "steps"),
        ({"neighbours": 10_000}, "neighbours"),
        ({"latent": [1.0, 2.0, 3.0]}, "latent: .*Keys are"),
        ([], "The question"),
    ],
)
def test_impossible_questions_are_one_clear_error(sliders, question, message):
    with pytest.raises(DataError, match=message) as caught:
        SlidersSession(sliders).answer(question)

    assert len(str(caught.value).splitlines()) == 1


def test_more_neighbours_than_spectra_are_all_of_them():
    few = Embeddings(np.eye(3), np.arange(3))

    assert len(make_sliders(Bumps(), few).neighbours([0.0, 0.0, 1.0], k=9)) == 3


def test_embeddings_of_another_model_are_refused():
    with pytest.raises(ModelMismatchError, match=r"'other', not of 'bumps'"):
        make_sliders(Bumps(), Embeddings(np.eye(3), np.arange(3), model="other"))


def test_nowhere_to_start_is_said():
    with pytest.raises(DataError, match="None of 2 spectra"):
        make_sliders(Bumps(), Embeddings(np.full((2, 3), np.nan), np.arange(2)))
