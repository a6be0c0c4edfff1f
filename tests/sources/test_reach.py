"""Services that are there, and one that is not."""

from starsieve.sources.reach import reachable
from starsieve.sources.service import Service


def test_only_what_answers_is_reachable(server):
    nobody = Service("Nobody", "http://127.0.0.1:9/", ("127.0.0.1",), "")

    assert reachable((server.service("MAST"), nobody)) == {"MAST": True, "Nobody": False}
