"""Pages say what was found, and stay whole and harmless whatever the files are called."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import starsieve
from starsieve.atmospheres.inferences import Inferences
from starsieve.atmospheres.predictive import find_predictive
from starsieve.atmospheres.report import write_evaluation, write_index, write_object_page
from starsieve.atmospheres.several.answers import GridAnswer
from starsieve.errors import DataError, Failure, FileError
from starsieve.stats import Estimate
from tests.atmospheres.made_inferences import (
    NAMES,
    cool,
    make_explanation,
    make_fit,
    make_inference,
)

VOID = {"meta", "link", "br", "img", "hr", "path", "use", "polyline", "rect", "circle"}
HOSTILE = [
    "../../etc/passwd",
    "a/b\\c:d*e?f",
    "...",
    "",
    "CON",
    "\x00\n\t",
    "x" * 5000,
    "2MASS J04151954−0935066 β Pic b",
    "<script>alert('1')</script> & \"quotes\" --> ]]>",
    "織女星",
    "lone surrogate \udcff",
    "$\\frac{a",
]


class Reader(HTMLParser):
    """Collect tags, text and links, and check that every tag is closed where it should be."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.links, self.text = [], [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style",):
            self.text += data


def read(path):
    reader = Reader(path.read_text(encoding="utf-8"))
    assert reader.open == []
    return reader


def test_an_object_page_has_all_that_a_reader_needs(tmp_path):
    page = read(write_object_page(make_inference(), tmp_path))

    for words in (
        *("Object 0", "diamondback-spex", "Parameters", "Fit quality", "Provenance"),
        *("Median", "68 % interval", "95 % interval", "reduced chi-square", "1.02"),
        *("ab" * 32, "vacuum", "micron", "object0.fits"),
    ):
        assert words in page.text
    assert page.tags.count("h1") == 1
    assert page.tags.count("figure") == 2
    assert "Warning" not in page.text


def test_a_page_is_complete_in_itself(tmp_path):
    path = write_object_page(make_inference(), tmp_path)
    html = path.read_text()

    assert not re.search(r"(src|href)=[\"'](https?:)?//", html)
    assert "<script" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in html
    assert [path] == [each for each in tmp_path.rglob("*") if each.is_file()]


def test_warnings_stand_before_the_numbers_and_a_limit_is_no_value(tmp_path):
    text = read(write_object_page(cool(), tmp_path)).text

    assert "Not to be trusted" in text
    assert text.index("Teff piles up") < text.index("effective temperature")
    assert re.search(r"< 9\d\d", text)
    assert "95% limit" in text


def test_an_object_without_a_fit_has_a_page(tmp_path):
    page = read(write_object_page(make_inference(fit=None, chi2_reduced=None), tmp_path))

    assert "best-fitting" not in page.text
    assert page.tags.count("figure") == 2


def test_a_page_tells_which_wavelengths_drive_the_parameters_and_what_that_cannot_tell(tmp_path):
    explained = make_inference(explanation=make_explanation())

    path = write_object_page(explained, tmp_path, ("png",))
    page = read(path)

    assert "What drives the parameters" in page.text
    assert re.search(r"1\.350 to 1\.625\s*2\.40\s*−2\.00\s*2\.50", page.text)
    assert page.text.count(" to 1.625") == 1
    assert "No single band changes these" in page.text
    assert "effective temperature, metallicity" in page.text
    assert "stand in for it" in page.text
    assert page.tags.count("figure") == 3
    [link] = [link for link in page.links if "explanation" in link]
    assert (path.parent / link).is_file()


def test_a_page_of_several_grids_tells_which_counts(tmp_path):
    grids = {
        "thin": GridAnswer(0.04, 0.31, {"teff": 1290.0, "fsed": 2.0}),
        "thick": GridAnswer(0.96, 0.07, {"teff": 1310.4, "logg": 4.81}),
    }

    page = read(write_object_page(make_inference(grids=grids), tmp_path))

    assert "Which grid" in page.text
    assert re.search(r"thick\s*96%\s*7.0%\s*1310\s*4.81\s*thin\s*4%\s*31.0%\s*1290", page.text)
    assert "Which grid" not in read(write_object_page(make_inference(), tmp_path)).text


def test_a_page_says_so_if_no_band_could_be_left_out(tmp_path):
    none = make_explanation()
    none.without[:], none.influence[:] = np.nan, np.nan

    text = read(write_object_page(make_inference(explanation=none), tmp_path)).text

    assert "No band could be left out" in text


def test_a_page_without_an_explanation_has_no_word_of_it(tmp_path):
    assert "What drives" not in read(write_object_page(make_inference(), tmp_path)).text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text_and_inside_the_folder(name, tmp_path):
    folder = tmp_path / "report"
    inference = make_inference(object=name, file=f"/data/{name[:200]}", warnings=(name,))

    path = write_object_page(inference, folder)

    assert path.parent == folder / "objects"
    assert re.fullmatch(r"[a-z0-9-]{1,80}\.html", path.name)
    assert "script" not in read(path).tags
    assert list(tmp_path.iterdir()) == [folder]


def test_objects_of_one_name_have_pages_of_their_own_and_keep_them(tmp_path):
    alike = [make_inference(seed, object="J0415", file="night.fits") for seed in range(3)]

    first = [write_object_page(each, tmp_path) for each in alike]
    again = [write_object_page(each, tmp_path) for each in alike]

    assert len(set(first)) == 3
    assert first == again


def test_figures_are_written_beside_the_pages_and_linked(tmp_path):
    path = write_object_page(make_inference(), tmp_path, ("pdf", "png"))

    links = [link for link in read(path).links if "figures" in link]
    assert len(links) == 4
    assert all((path.parent / link).is_file() for link in links)


def test_the_index_leads_to_every_page_and_lists_what_failed(tmp_path):
    failures = (Failure("bad<1>.fits", "it is empty"),)
    many = Inferences((make_inference(0), cool(1), make_inference(2, object="a/b")), failures)
    pages = [write_object_page(each, tmp_path) for each in many]

    path = write_index(many, pages, tmp_path, title="A night")
    index = read(path)

    assert path == tmp_path / "index.html"
    assert [(tmp_path / link).resolve() for link in index.links] == [p.resolve() for p in pages]
    assert all((page.parent / "../index.html").resolve() == path.resolve() for page in pages)
    assert "outside the model's range" in index.text
    assert "bad<1>.fits" in index.text
    assert "it is empty" in index.text
    assert path.read_text().count('class="flagged"') == 1


def test_an_index_of_nothing_but_failures_is_a_page(tmp_path):
    index = read(write_index(Inferences((), (Failure("a.fits", "empty"),)), [], tmp_path))

    assert "0 spectra; 1 failed" in index.text


def test_an_index_needs_a_page_for_each(tmp_path):
    with pytest.raises(DataError, match=r"one page \(or None\) for each of 1 objects, got 0"):
        write_index(Inferences((make_inference(),)), [], tmp_path)


def test_the_index_lists_objects_without_a_page_but_does_not_link_them(tmp_path):
    many = Inferences((make_inference(0), make_inference(1, object="No page")))
    page = write_object_page(many[0], tmp_path)

    index = read(write_index(many, [page, None], tmp_path))

    assert [(tmp_path / link).resolve() for link in index.links] == [page.resolve()]
    assert "No page" in index.text
    assert "2 spectra" in index.text


def test_a_folder_that_can_not_be_written_to_is_one_clear_line(tmp_path):
    (tmp_path / "report").write_text("a file in the way")

    with pytest.raises(FileError, match="Can't write"):
        write_object_page(make_inference(), tmp_path / "report")


def test_a_page_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    path = write_object_page(make_inference(), tmp_path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(FileError, match="No space left on device"):
        write_object_page(replace(make_inference(), warnings=("new",)), tmp_path)

    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def evaluation(n=200):
    rng = np.random.default_rng(0)
    truth = {name: rng.normal(size=n) for name in NAMES}
    draws = {name: values + rng.normal(size=(100, n)) for name, values in truth.items()}
    return draws, truth


def test_an_evaluation_shows_baselines_in_the_same_table(tmp_path):
    draws, truth = evaluation()
    rows = [
        {"label": "teff", "method": "this model", "r2": Estimate(0.9961, 0.0012, 0.995, 0.997)},
        {"label": "teff", "method": "extra <trees>", "r2": 0.981234567, "n": 12},
    ]

    path = write_evaluation(
        "How good?", tmp_path, text=["Held-out nodes."], metrics={"Accuracy": rows},
        draws=draws, truth=truth, provenance={"seed": 3},
    )  # fmt: skip
    page = read(path)

    assert path.name == "evaluation.html"
    for words in ("Held-out nodes.", "0.9961 ± 0.0012", "extra <trees>", "0.9812", "Coverage"):
        assert words in page.text
    assert page.tags.count("figure") == 4


def test_labels_without_truth_are_left_out_of_an_evaluation(tmp_path):
    draws, truth = evaluation()
    truth["mh"] = np.full(200, np.nan)
    truth["logg"][:150] = np.nan

    text = read(write_evaluation("E", tmp_path, metrics={}, draws=draws, truth=truth)).text

    assert re.search(r"log g\s*50", text)
    assert not re.search(r"\[M/H\]\s*200", text)


def test_the_caption_names_what_is_shaded(tmp_path):
    plain = make_inference()
    models = plain.fit.model_flux * np.linspace(0.9, 1.1, 41)[:, None]
    bands = find_predictive(models, plain.fit.flux, plain.fit.sigma, plain.fit.valid)

    text = read(write_object_page(replace(plain, predictive=bands), tmp_path)).text

    assert "68 and 95 % of the predicted spectra" in text
    assert "predicted spectra" not in read(write_object_page(plain, tmp_path / "plain")).text


def test_an_evaluation_of_other_labels_than_predicted_is_refused(tmp_path):
    draws, truth = evaluation()
    del truth["mh"]

    with pytest.raises(DataError, match="expected the same"):
        write_evaluation("E", tmp_path, metrics={}, draws=draws, truth=truth)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["10703_10070", "10001_10443"])
def test_real_spectra_have_pages(name, real_data, tmp_path):
    (spectrum,) = starsieve.read(real_data / f"browndwarf/observed/spex/{name}.fits.gz")
    inference = make_inference(observed=spectrum, fit=make_fit(spectrum), object="")

    page = read(write_object_page(inference, tmp_path))

    assert "best-fitting model" in page.text
