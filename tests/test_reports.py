"""The building blocks of pages."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starsieve import reports
from starsieve.reports import Facts, Link, Notice, Page, Section, Table, Text, Value, Values


def page(*parts, **options):
    return reports.render(Page("Title", [Section("Section", parts)], **options))


@given(st.text())
def test_no_text_becomes_markup(text):
    clean = page(*parts_of("harmless"))

    html = page(*parts_of(text))

    assert re.findall(r"<\w+", html) == re.findall(r"<\w+", clean)


def parts_of(text):
    filled = f"x{text}"
    return (
        Text(filled),
        Notice(filled, "bad"),
        Values([Value(filled, filled, filled, filled, filled, filled)]),
        Table([filled, filled], [[filled, Link(filled, filled)], [filled, filled]], filled),
        Facts([(filled, [filled, filled])]),
    )


@given(st.text(), st.text(), st.text())
def test_names_of_files_are_safe_and_tell_things_apart(title, one, other):
    stem = reports.file_stem(title, one)

    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,80}", stem)
    assert stem == reports.file_stem(title, one)
    assert (stem == reports.file_stem(title, other)) == (one == other)


def test_symbols_are_shown_for_labels_and_nothing_else():
    html = page(Table(["teff (K)", "logg", "enrichment", "<b>"], []))

    for shown in ("T<sub>eff</sub> (K)", "log g", "[α/M]", "&lt;b&gt;"):
        assert shown in html


def test_a_value_shows_its_errors_and_a_limit_has_none():
    html = page(Values([Value("teff", "1200", "30", "40", "K"), Value("logg", "< 4")]))

    assert "+30" in html
    assert "−40" in html
    assert "&lt; 4" in html
    assert html.count('class="error"') == 1


def test_words_and_numbers_are_aligned_apart():
    table = Table(["who", "how", "much"], [["1", "trees", "0.5"], ["2", "", "−3"]])

    assert table.word_columns == {0, 1}


def test_facts_are_flat_and_skip_what_is_not_known():
    facts = reports.as_facts({"a": {"b_c": 1.23456789}, "none": None, "no": (), "text": ""})

    assert facts == [("a b c", ["1.23457"]), ("no", ["nothing"])]


@pytest.mark.parametrize("n", [0, 1, 2, 50, 100, 5000])
def test_thumbnails_have_a_point_for_a_hundred_pixels_at_most(n):
    flux = np.linspace(-1.0, 1.0, n)

    markup = reports.draw_thumbnail(np.linspace(1.0, 2.0, n), flux).markup

    n_points = len(re.findall(r"[\d.]+,[\d.-]+", markup))
    assert n_points == (min(n, 100) if n > 1 else 0)


def test_thumbnails_leave_gaps_out_and_stand_flat_flux():
    flux = np.ones(50)
    flux[10:20] = np.nan

    assert "nan" not in reports.draw_thumbnail(np.linspace(1.0, 2.0, 50), flux).markup


def test_one_wild_pixel_does_not_flatten_a_thumbnail():
    flux = np.sin(np.linspace(0, 9, 2000)) + 2.0
    wave = np.linspace(1.0, 2.0, len(flux))
    flux[700] = -1e6

    points = re.findall(r"[\d.]+,([\d.-]+)", reports.draw_thumbnail(wave, flux).markup)

    assert np.ptp([float(each) for each in points]) > 15
