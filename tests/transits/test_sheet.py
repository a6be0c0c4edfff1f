"""A candidate's sheet has what a person needs to judge it, whatever the candidate lacks."""

import re
from dataclasses import replace

import numpy as np
import pytest

from starsieve.data.ephemeris import Ephemeris
from starsieve.plots.vetting import DifferenceImage
from starsieve.transits.match import KnownSignal, Match
from starsieve.transits.sheet import write_sheet
from starsieve.transits.views import Views
from tests.transits.vetting import VERDICT, make_signal, make_vetted, make_vetting


def sheet(tmp_path, vetted, pdf=False, **star) -> str:
    path = write_sheet(make_vetting(vetted, **star), vetted, tmp_path, pdf=pdf)
    return path.read_text()


def test_a_sheet_has_probabilities_reasons_numbers_and_origin(tmp_path):
    html = sheet(tmp_path, make_vetted(signal=make_signal()))

    for words in ("0.80", "± 0.05", "Eclipsing binary", "local view", "+1.25", "Summary", "toy"):
        assert words in html
    assert "3.700000" in html
    assert "min snr" in html


def test_a_sheet_is_self_contained(tmp_path):
    html = sheet(tmp_path, make_vetted(signal=make_signal()))

    assert "<svg" in html
    assert not re.search(r'(?:src|xlink:href)="(?!#|data:)', html)


def test_stars_with_a_number_are_linked_to_the_archives(tmp_path):
    assert "exofop.ipac.caltech.edu/tess/target.php?id=11" in sheet(tmp_path, make_vetted())
    assert "exofop" not in sheet(tmp_path, make_vetted(), tic=None).lower()


def test_the_same_as_pdf_if_wanted(tmp_path):
    with_pdf = sheet(tmp_path, make_vetted(signal=make_signal()), pdf=True)
    [pdf] = (tmp_path / "sheets").glob("*.pdf")

    assert pdf.name in with_pdf
    assert pdf.read_bytes().startswith(b"%PDF")


def test_without_a_light_curve_the_sheet_says_what_was_stated(tmp_path):
    html = sheet(tmp_path, make_vetted(stated={"mes": 12.5}), pdf=True)

    assert "Data validation" in html
    assert "12.5" in html
    assert "Summary" not in html
    assert not list((tmp_path / "sheets").glob("*.pdf"))


def test_what_must_be_known_first_stands_first(tmp_path):
    known = KnownSignal(
        name="TOI 1.01", kind="toi", ephemeris=make_signal().ephemeris, disposition="EB"
    )
    match = Match(
        known=known, relation="same period", period_ratio=1.0, epoch_offset_hours=0.1,
        same_star=True,
    )  # fmt: skip
    verdict = replace(VERDICT, warnings=("the members of the ensemble disagree",))
    html = sheet(tmp_path, make_vetted(matches=(match,), warnings=("few data",), verdict=verdict))

    assert "Known: TOI 1.01 (EB): same period" in html
    assert "Few data." in html
    assert "The members of the ensemble disagree." in html


def test_a_single_event_has_a_sheet_too(tmp_path):
    alone = Ephemeris(period_days=None, epoch_btjd=1508.0, duration_hours=4.0)
    candidate = replace(make_vetted().candidate, ephemeris=alone)

    html = sheet(tmp_path, make_vetted(candidate=candidate, signal=make_signal(alone)))

    assert "a single event" in html


def test_what_the_classifier_saw_is_shown(tmp_path):
    views = Views(local_view=-np.hanning(61).astype(np.float32))

    assert "What the classifier saw" in sheet(tmp_path, make_vetted(views=views))
    assert "What the classifier saw" not in sheet(tmp_path, make_vetted())


def test_pixels_are_shown_where_there_are_some(tmp_path):
    pixels = np.ones((5, 5))
    image = DifferenceImage(pixels, pixels, (2.0, 2.0), (3.0, 2.0), 21.0, 7.0)

    html = sheet(tmp_path, make_vetted(signal=make_signal(), image=image))

    assert "no pixels" not in html


def test_no_name_becomes_markup_or_leaves_the_folder(tmp_path):
    html = sheet(tmp_path, make_vetted(), name="../../<script>alert(1)</script>")

    assert "<script" not in html
    assert [path.parent for path in tmp_path.rglob("*.html")] == [tmp_path / "sheets"]


def test_the_same_candidate_always_has_the_same_page(tmp_path):
    vetted = make_vetted()
    paths = {write_sheet(make_vetting(vetted), vetted, tmp_path, pdf=False) for _ in range(2)}

    assert len(paths) == 1


@pytest.mark.parametrize("error", [np.nan, np.inf, 0.0])
def test_an_error_that_is_not_known_is_not_shown(error):
    from starsieve.transits.sheet import _rounded

    assert _rounded(3.7, [error], 2) == ["3.70", ""]
