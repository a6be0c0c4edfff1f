"""``starsieve evaluate`` of a representation."""

import json

from starsieve.archive import Archive
from tests.representations.test_evaluate import keep_encoded


def test_evaluate_takes_representations(terminal):
    with Archive.create(terminal.folder / "starsieve-archive") as archive:
        keep_encoded(archive)

    done = terminal("evaluate", "made", "--collection", "observed", "--json")
    without = terminal("evaluate", "made")

    assert done.code == 0
    assert set(json.loads(done.out)) >= {"model", "n", "metrics", "intervals"}
    assert without.code == 2
    assert "--collection" in without.err
