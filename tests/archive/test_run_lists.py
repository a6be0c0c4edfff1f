from starsieve.archive import Archive, CandidateRow, PredictionRow, ScoreRow, Target
from starsieve.archive.model_use import ModelUse, find_use
from starsieve.archive.run_lists import count_runs, page_runs, queue_position
from tests.conftest import make_spectra


def test_runs_come_in_pages_the_newest_first(archive: Archive) -> None:
    numbers = [archive.runs.queue(f"task.{n % 2}", {"n": n}, who="Vera") for n in range(7)]
    archive.runs.take()

    page = page_runs(archive, limit=3, offset=1)
    other = page_runs(archive, status="queued", task="task.0", limit=2)

    assert ([row.number for row in page.rows], page.total) == (numbers[-2:-5:-1], 7)
    assert ([row.number for row in other.rows], other.total) == ([numbers[6], numbers[4]], 3)
    assert page.rows[0].who == "Vera"


def test_facets_count_what_another_choice_would_show(archive: Archive) -> None:
    for n in range(5):
        archive.runs.queue(f"task.{n % 2}", {})
    archive.runs.take()

    whole = count_runs(archive)
    queued = count_runs(archive, status="queued", task="task.0")

    assert whole.statuses == {"queued": 4, "running": 1}
    assert whole.tasks == {"task.0": 3, "task.1": 2}
    assert queued.statuses == {"queued": 2, "running": 1}
    assert queued.tasks == {"task.0": 2, "task.1": 2}


def test_the_queue_is_counted_from_its_head(archive: Archive) -> None:
    first, second, third = (archive.runs.queue("some.task", {}) for _ in range(3))
    archive.runs.take()

    assert [queue_position(archive, number) for number in (second, third)] == [1, 2]
    assert queue_position(archive, first) == 0


def test_what_a_model_made_is_counted(archive: Archive) -> None:
    for name in ("night1", "night2"):
        ids = archive.spectra.add(list(make_spectra(3)), name)
        archive.predictions.add("mine", None, [PredictionRow(n, {}) for n in ids[:2]])
    archive.predictions.add("other", None, [PredictionRow(ids[0], {})])
    (star,) = archive.targets.add([Target("TIC 5", 10.0, 10.0, tic=5)])
    (number,) = archive.candidates.add([CandidateRow(origin="TOI", name="1.01", target=star)]).ids
    archive.scores.add("judge", None, [ScoreRow(candidate=number, planet_probability=0.5)])

    assert find_use(archive, "mine") == ModelUse({"night1": 2, "night2": 2}, {}, {})
    assert find_use(archive, "judge") == ModelUse({}, {}, {"TOI": 1})
    assert find_use(archive, "nobody") == ModelUse()
