"""Tables of ExoFOP and the NASA Exoplanet Archive.

Nothing was recorded of ExoFOP's downloads or of TAP: the answers here are made after their
documentation, or are files that were downloaded there once.
"""

from pathlib import Path

import pytest

from starsieve.errors import SourceError
from starsieve.readers.catalogues import read_catalogue
from starsieve.sources.exofop import fetch_ctoi, fetch_toi
from starsieve.sources.nasa_exoplanet import fetch_table
from tests.sources.local_server import Answer
from tests.sources.made_mast import TOI_CSV, ctoi_csv


def test_the_toi_table_becomes_a_catalogue(server, client, cache):
    server.on("/download_toi.php", Answer(TOI_CSV.encode()))

    table = fetch_toi(cache, client, server.service("ExoFOP"))

    catalogue = read_catalogue(table.path)
    assert server.asked[0].values == {"sort": "toi", "output": "csv"}
    assert (catalogue.kind, catalogue["tic"].tolist()) == ("toi", [307210830, 149603524])
    assert table.describe() == "TOI table of ExoFOP, fetched just now"


def test_the_ctoi_table_becomes_a_catalogue(server, client, cache):
    server.on("/download_ctoi.php", Answer(ctoi_csv().encode()))

    catalogue = read_catalogue(fetch_ctoi(cache, client, server.service()).path)

    assert (catalogue.kind, len(catalogue)) == ("ctoi", 1)


def test_a_page_instead_of_the_table_is_never_kept(server, client, cache):
    server.on("/download_toi.php", Answer(b"<html>Down for maintenance</html>"))

    with pytest.raises(SourceError, match=r"an HTML page came .*Down for maintenance"):
        fetch_toi(cache, client, server.service())

    assert not list(cache.folder.rglob("*.csv"))


def test_the_table_of_yesterday_is_used_with_a_note_when_the_service_is_down(
    server, client, cache, clock
):
    server.on("/download_toi.php", Answer(TOI_CSV.encode()), Answer(status=503))
    fetch_toi(cache, client, server.service("ExoFOP"))
    clock.forward(days=3)

    table = fetch_toi(cache, client, server.service("ExoFOP"))

    assert table.origin == "stale"
    assert "answers 503" in table.note
    assert table.note.endswith("Instead: TOI table of ExoFOP, fetched 3 days ago.")


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("table", "file", "kind"),
    [("toi", "toi_2025-10-04.csv", "toi"), ("cumulative", "koi_cumulative.csv", "koi")],
)
def test_tables_of_the_exoplanet_archive_become_catalogues(
    server, client, cache, real_data: Path, table, file, kind
):
    server.on("/TAP/sync", Answer((real_data / "tess" / "catalogs" / file).read_bytes()))

    fetched = fetch_table(table, cache, client, server.service())

    assert read_catalogue(fetched.path).kind == kind
    assert server.asked[0].values == {"query": f"select * from {table}", "format": "csv"}


def test_planets_are_asked_for_with_their_default_parameters(server, client, cache):
    server.on("/TAP/sync", Answer(b"pl_name,hostname,pl_orbper\nWASP-62 b,WASP-62,4.41\n"))

    fetched = fetch_table("ps", cache, client, server.service())

    assert read_catalogue(fetched.path).kind == "planets"
    assert server.asked[0].values["query"].endswith("default_flag = 1")


def test_what_tap_says_of_an_error_is_passed_on(server, client, cache):
    said = b'<?xml version="1.0"?><VOTABLE><INFO name="QUERY_STATUS" value="ERROR">No table'
    server.on("/TAP/sync", Answer(said))

    with pytest.raises(SourceError, match=r"an XML document came .*QUERY_STATUS"):
        fetch_table("toi", cache, client, server.service())
