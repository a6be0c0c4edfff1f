"""``starsieve tune`` and ``studies``: from a recipe with a search to a better recipe."""

import json
import tomllib
from pathlib import Path

import pytest

from starsieve.archive import Archive
from starsieve.cli.main import main
from starsieve.registry import training_task
from tests.cli.terminal import Terminal
from tests.representations.test_pca import make_spectra

RECIPE = """
collections = ["made"]
model = "made"
wave_range = [0.5, 0.6]
n_pixels = 60
steps = 6
batch_size = 8
validate_every = 3

[network]
kind = "dense"
n_latents = 2
hidden = [16]

[search]
learning_rate = { low = 1e-4, high = 1e-1, log = true }
network.n_latents = [2, 3]

[tuning]
trials = 2
pruner = { kind = "none" }
"""


@pytest.fixture
def recipe(terminal: Terminal, tmp_path: Path) -> Path:
    """An archive with spectra, and a recipe that searches."""
    with Archive.create(Path("starsieve-archive")) as archive:
        archive.spectra.add(list(make_spectra(40)[0]), "made")
    path = tmp_path / "made.toml"
    path.write_text(RECIPE)
    return path


def test_a_recipe_is_tuned_looked_at_written_and_trained(
    terminal: Terminal, recipe: Path, tmp_path: Path
) -> None:
    report, best = tmp_path / "out", tmp_path / "best.toml"

    tuned = terminal("tune", recipe, "--out", best, "--report", report, "--figures", "png")

    assert tuned.code == 0, tuned.err
    assert "validation_loss" in tuned.out
    names = {path.name for path in report.iterdir()}
    assert {"tuning.html", "trials.csv", "best.toml", "budget.png", "pairs.png"} <= names
    page = (report / "tuning.html").read_text()
    assert page.count("<svg") >= 4
    assert "Budget" in page
    assert "<script" not in page
    assert (report / "best.toml").read_text() == best.read_text()

    more = terminal("tune", recipe, "--trials", "5", "--json")
    (result,) = more.records
    assert result["n_trials"] == 5
    (study,) = terminal("studies", "list", "--json").records
    assert (study["study"], study["trials"], study["best"]) == (
        "made", 5, result["best"]["value"]
    )  # fmt: skip
    trials = terminal("studies", "show", "made", "--json").records
    assert [trial["number"] for trial in trials] == [1, 2, 3, 4, 5]

    for kind, file in (("budget", "b.html"), ("slices", "s.html"), ("losses", "l.pdf")):
        assert terminal("studies", "plot", "made", "--kind", kind, "--out", file).code == 0
        assert Path(file).stat().st_size > 5000
    refused = terminal("studies", "plot", "made", "--kind", "pairs", "--out", "p.html")
    assert (refused.code, "no interactive figure 'pairs'" in refused.err) == (1, True)

    exported = terminal("studies", "export", "made")
    options = tomllib.loads(exported.out)
    assert training_task(options).read_recipe(options).model_dump(mode="json") == result["recipe"]
    assert terminal("studies", "export", "made", "--to", best).code == 0
    assert best.read_text() == exported.out
    (trained,) = terminal("train", best, "--json").records
    assert trained["validation_loss"] == result["best"]["value"]

    assert terminal("studies", "remove", "made").code == 0
    assert terminal("studies", "list", "--json").records == []


def test_a_search_can_wait_for_a_worker(terminal: Terminal, recipe: Path) -> None:
    (queued,) = terminal("tune", recipe, "--queue", "--study", "later", "--json").records

    assert (queued["task"], queued["status"]) == ("representations.tune", "queued")
    assert terminal("worker", "--once", "--quiet").code == 0
    (study,) = terminal("studies", "list", "--json").records
    assert (study["study"], study["states"]) == ("later", {"complete": 2})
    refused = terminal("tune", recipe, "--queue", "--out", "best.toml")
    assert refused.code == 2
    assert "--out and --report come later" in refused.err


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (("--set", "step=3"), 1, "unknown option 'step', did you mean 'steps'?"),
        (("--set", "search.learning_rat=[1, 2]"), 1, "did you mean 'learning_rate'?"),
        (("--set", "search=3"), 1, "[search] must be a table, got 3"),
        (("--set", "tuning.trial=3"), 1, "unknown option 'trial', did you mean 'trials'?"),
        (("--set", "tuning.metric=los"), 1, "no number 'los' to tune by. There are: "),
        (("--trials", "0"), 2, "--trials"),
        (("--figures", "png"), 2, "--figures needs --report DIR"),
        (("--set", "collections=['none']"), 1, "none"),
    ],
)
def test_what_can_not_be_is_said_in_a_line(
    terminal: Terminal, recipe: Path, change: tuple[str, ...], code: int, said: str
) -> None:
    outcome = terminal("tune", recipe, *change)

    assert outcome.code == code
    assert said in outcome.err
    assert "Traceback" not in outcome.err
    assert len(outcome.err.splitlines()[-1]) < 400


def test_a_study_that_is_not_there_is_named(terminal: Terminal, recipe: Path) -> None:
    for verb in ("show", "export", "remove"):
        outcome = terminal("studies", verb, "nothing")
        assert outcome.code == 1
        assert "No study 'nothing' in the archive. There are: none yet." in outcome.err


def test_a_search_of_another_question_needs_another_name(
    terminal: Terminal, recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert terminal("tune", recipe).code == 0

    outcome = terminal("tune", recipe, "--set", "steps=9")

    assert outcome.code == 1
    assert "another training" in outcome.err
    assert main(["tune", str(recipe), "--set", "steps=9", "--study", "longer", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["study"] == "longer"
