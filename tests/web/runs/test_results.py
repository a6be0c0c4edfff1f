"""What tasks return, read as facts and tables; recipes as files; no places on the server."""

import tomllib

from starsieve.registry import TASKS, read_shipped_recipe, shipped_recipes, training_task
from starsieve.tuning.toml import to_toml
from starsieve.web.runs.places import public_log, without_places
from starsieve.web.runs.results import MOST_ROWS, read_result, show_value

EVALUATION = {
    "model": "mine",
    "n": 12000,
    "metrics": {
        "all": {
            "teff": {
                "network": {"n": 3, "mae": 15.44444},
                "nearest": {"n": 3, "mae": float("nan")},
            }
        }
    },
    "intervals": {"teff": [{"level": 0.5, "coverage": 0.47}, {"level": 0.9, "coverage": 0.91}]},
    "notes": ["One thing.", "Another."],
    "calibration": {"teff": {"n": 3}},
}


def test_an_evaluation_is_read_as_facts_and_two_tables() -> None:
    facts, metrics, intervals = read_result(EVALUATION)

    assert facts.facts == {"model": "mine", "n": "12,000", "notes": "One thing., Another."}
    assert metrics.table is not None
    assert [column.name for column in metrics.table.columns] == [
        *("group", "label", "method", "n", "mae")
    ]
    assert metrics.table.rows[0] == {
        "group": "all", "label": "teff", "method": "network", "n": 3, "mae": 15.44,
    }  # fmt: skip
    assert intervals.table is not None
    assert intervals.table.rows[1] == {"label": "teff", "level": 0.9, "coverage": 0.91}


def test_rows_with_more_in_them_are_taken_apart() -> None:
    rows = [
        {
            "source": "made",
            "roc": {"value": 0.91234, "error": 0.01, "low": 0.9, "high": 0.92},
            "classes": [{"class": "planet", "n": 4}],
        }
    ]

    whole, classes = read_result({"sources": rows})

    assert whole.table is not None
    assert whole.table.rows == [{"source": "made", "roc": "0.91234 ± 0.01"}]
    assert classes.title == "sources · made · classes"


def test_what_latents_mean_is_read_as_tables_of_values_with_errors() -> None:
    def nats(value: float) -> dict[str, float]:
        return {"nats": value, "error": 0.01, "p_value": 0.005}

    models = [
        {
            "model": "mine",
            "informative": {"count": 2, "latents": [0, 1]},
            "mutual_information": {"spt": [nats(0.7), nats(0.2)]},
            "partial": [{"latent": 0, "given": "snr", "plain": nats(0.7), "inner": nats(0.4)}],
        },
        {"model": "PCA", "informative": {}, "mutual_information": {}, "partial": []},
    ]

    whole, informative, mutual, partial = read_result({"models": models})

    assert whole.table is not None
    assert not any("{" in str(cell) for row in whole.table.rows for cell in row.values())
    assert [row["model"] for row in whole.table.rows] == ["mine", "PCA"]
    assert informative.facts == {"count": "2", "latents": "0, 1"}
    assert mutual.table is not None
    assert mutual.table.rows[1] == {
        "label": "spt", "latent": 1, "nats": 0.2, "error": 0.01, "p_value": 0.005,
    }  # fmt: skip
    assert partial.table is not None
    assert partial.table.rows == [
        {"latent": 0, "given": "snr", "plain": "0.7 ± 0.01", "inner": "0.4 ± 0.01"}
    ]


def test_numbers_of_spectra_lead_to_them() -> None:
    (part,) = read_result({"failed": [{"spectrum": 7, "n": 3}]}, {"spectrum": "/spectra/{}"})

    assert part.table is not None
    assert part.table.rows[0][part.links["spectrum"]] == "/spectra/7"


def test_long_tables_are_cut_and_say_so() -> None:
    (part,) = read_result({"failed": [{"file": f"{n}.fits", "error": "odd"} for n in range(500)]})

    assert part.table is not None
    assert len(part.table.rows) == MOST_ROWS
    assert part.table.notes == (f"500 rows, the first {MOST_ROWS} are shown.",)


def test_whatever_is_returned_can_be_read() -> None:
    odd = {
        "none": None, "empty": {}, "nothing": [], "mixed": [1, {"a": [{"b": {"c": []}}]}],
        "deep": {"a": {"b": {"c": {"d": {"e": 1.5}}}}}, "": {"": {"": ""}}, "truth": True,
    }  # fmt: skip

    parts = read_result(odd)

    assert parts[0].facts["none"] == "—"
    assert any("e" in part.facts or part.table for part in parts)
    assert read_result({}) == []
    assert [show_value(v) for v in (True, 1234567, 0.123456789, float("inf"))] == [
        *("yes", "1,234,567", "0.12346", "—")
    ]


def test_a_recipe_as_a_file_is_the_same_recipe() -> None:
    for name in shipped_recipes():
        options = read_shipped_recipe(name)
        task = TASKS["transits.rank"] if name == "rank-toi" else training_task(options)
        whole = task.read_recipe(options)
        text = to_toml(whole.model_dump(mode="json"))
        assert task.read_recipe(tomllib.loads(text)) == whole


def test_odd_text_stays_what_it_is_in_a_file() -> None:
    odd = {"a b": 'quote " and \\ and \n and \x7f and é', "list": ["x", 1.5, True], "n": {"é": 1}}

    assert tomllib.loads(to_toml(odd)) == odd


def test_strangers_are_told_no_places() -> None:
    assert without_places(["/data/vera/archive/catalogue.sqlite is damaged", 3, {"a": "/b"}]) == [
        "…/catalogue.sqlite is damaged", 3, {"a": "/b"},
    ]  # fmt: skip
    log = '2026-01-01 ERROR Traceback\n    File "/srv/x/y.py", line 3\n2026 INFO at /srv/x/y\n'
    assert public_log(log) == "2026-01-01 ERROR Traceback\n2026 INFO at …/y\n"
