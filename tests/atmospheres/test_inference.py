import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from starsieve.atmospheres.inferences import Failure, Inferences
from starsieve.data.foreign import optional
from starsieve.errors import DataError
from tests.atmospheres.made_inferences import CENTRES, NAMES, WIDTHS, cool, make_inference

SUMMARY = {"median", "mean", "std", "q025", "q16", "q84", "q975", "unit"}


def test_the_summary_is_that_of_the_draws():
    summary = make_inference().summary("teff")

    assert summary.median == pytest.approx(CENTRES[0], abs=5)
    assert summary.std == pytest.approx(WIDTHS[0], rel=0.1)
    assert summary.q84 - summary.q16 == pytest.approx(2 * WIDTHS[0], rel=0.1)
    assert summary.q025 < summary.q16 < summary.median < summary.q84 < summary.q975
    assert summary.unit == "K"


def test_the_record_is_what_other_programs_rely_on():
    record = json.loads(json.dumps(make_inference().to_record(), allow_nan=False))

    assert set(record) >= {
        *("file", "object", "model", "parameters", "in_distribution"),
        *("ood_score", "chi2_reduced", "warnings"),
    }
    assert set(record["parameters"]) == set(NAMES)
    assert all(set(each) == SUMMARY for each in record["parameters"].values())
    assert record["in_distribution"] is True
    assert record["n_draws"] == 1000


def test_numbers_that_json_can_not_hold_become_null():
    odd = make_inference(ood_score=float("inf"), chi2_reduced=float("nan"))

    record = json.loads(json.dumps(odd.to_record(), allow_nan=False))

    assert record["ood_score"] is None
    assert record["chi2_reduced"] is None


def test_a_value_is_quoted_with_its_errors_and_its_unit():
    value, above, below, unit = make_inference().quote("teff").split()

    assert int(value) == pytest.approx(1300, abs=5)
    assert (above[0], below[0], unit) == ("+", "-", "K")
    assert make_inference().quote("logg").endswith(" dex")


def test_a_posterior_at_the_edge_is_quoted_as_a_limit_that_holds():
    inference = cool()

    sign, limit, unit = inference.quote("teff").split()

    assert (sign, unit) == ("<", "K")
    assert np.mean(inference.draws[:, 0] < float(limit)) >= 0.95
    assert inference.to_record()["limits"]["teff"]["kind"] == "upper"


def test_a_lower_limit_excludes_from_below():
    inference = make_inference(limits={"fsed": "lower"})

    sign, limit = inference.quote("fsed").split()

    assert sign == ">"
    assert np.mean(inference.draws[:, 3] > float(limit)) >= 0.95


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"draws": np.zeros((10, 3))}, r"shape \(n_draws, 4\)"),
        ({"draws": np.zeros((0, 4))}, "draws must have shape"),
        ({"draws": np.full((10, 4), np.nan)}, "not finite"),
        ({"limits": {"mass": "upper"}}, "teff, logg, mh, fsed"),
        ({"limits": {"teff": "left"}}, "upper, lower"),
    ],
)
def test_what_makes_no_inference_is_refused(changes, message):
    with pytest.raises(DataError, match=message):
        make_inference(**changes)


def test_a_fit_on_two_grids_is_refused():
    fit = make_inference().fit

    with pytest.raises(DataError, match="model_flux must have shape"):
        replace(fit, model_flux=fit.model_flux[:-1])


def test_asking_for_an_unknown_label_names_the_known_ones():
    with pytest.raises(DataError, match="teff, logg, mh, fsed"):
        make_inference().summary("mass")


def test_many_print_as_an_aligned_table_with_failures_below():
    many = Inferences((make_inference(0), cool(1)), (Failure("bad.fits", "it is empty"),))

    header, first, second, failed = str(many).splitlines()

    start = header.index("logg")
    assert float(first[start:].split()[0]) == pytest.approx(4.8, abs=0.05)
    assert float(second[start:].split()[0]) == pytest.approx(4.8, abs=0.05)
    assert first[start - 1] == second[start - 1] == " "
    assert "< 9" in second
    assert "outside the model's range" in second
    assert failed == "failed: bad.fits: it is empty"


def test_html_escapes_what_files_are_called():
    hostile = make_inference(object="<script>alert(1)</script>")
    many = Inferences((hostile,), (Failure("<b>.fits", "a < b"),))

    html = many._repr_html_()

    assert "<script>" not in html
    assert "<b>" not in html
    assert "a &lt; b" in html


def test_many_turn_into_a_table_with_units():
    other = make_inference(2, names=("teff",), draws=np.full((5, 1), 1000.0), ranges={})
    table = Inferences((make_inference(0), cool(1), other)).to_table()

    assert len(table) == 3
    assert table["teff_median"].unit == "K"
    assert table["teff_limit"].tolist() == ["", "upper", ""]
    assert np.isnan(table["logg_median"][2])
    assert not table["in_distribution"][1]


def test_many_turn_into_a_data_frame():
    optional("pandas")

    frame = Inferences((make_inference(0), cool(1))).to_pandas()

    assert frame["teff_median"].iloc[0] == make_inference(0).summary("teff").median
    assert list(frame["object"]) == ["Object 0", "Object 1"]


def test_many_are_a_sequence():
    many = Inferences(tuple(make_inference(seed) for seed in range(3)))

    assert [each.object for each in many] == ["Object 0", "Object 1", "Object 2"]
    assert len(many[1:]) == 2
    assert isinstance(many[1:], Inferences)
    assert many[-1].object == "Object 2"


def test_none_print_too():
    assert "object" in str(Inferences(()))
    assert len(Inferences(()).to_table()) == 0


def test_an_object_without_a_name_is_called_as_its_file():
    assert make_inference(object=" ").title == "object0.fits"


def test_results_cost_no_heavy_import():
    code = (
        "import sys, starsieve.atmospheres.inference; "
        "print({'torch', 'matplotlib', 'astropy', 'pandas'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "set()"


def test_an_inference_shows_itself_in_one_line():
    shown = repr(make_inference())

    assert shown.startswith("<Inference of ")
    assert f"teff {make_inference().quote('teff')}" in shown
    assert "\n" not in shown
