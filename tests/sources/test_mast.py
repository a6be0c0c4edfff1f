"""MAST: recorded answers replayed, and those that break; lists of TESS products are made."""

import json
from pathlib import Path

import pytest

from starsieve.errors import DataError, SourceError
from starsieve.readers.catalogues import read_catalogue
from starsieve.sources.cache import Cache
from starsieve.sources.http import Client
from starsieve.sources.mast import invoke, parse_tic, read_rows
from starsieve.sources.products import MOST_IN_A_ROW, fetch_products, list_products
from starsieve.sources.tess_files import choose, name_products
from starsieve.sources.tic import fetch_tic
from tests.sources.local_server import HASTY, Answer
from tests.sources.made_mast import (
    DOWNLOAD,
    INVOKE,
    MadeMast,
    as_answer,
    filters,
    light_curve,
    light_curve_name,
    question,
    report_name,
)

WASP_62, PI_MEN, LONELY = 149603524, 261136679, 1
FILES = {
    light_curve_name(WASP_62, 1): light_curve(WASP_62, 1),
    light_curve_name(WASP_62, 2): light_curve(WASP_62, 2),
    report_name(WASP_62, 1, 3): b"<report/>",
    light_curve_name(PI_MEN, 1): light_curve(PI_MEN, 1),
    "tess2018206045859-s0001-0000000261136679-0120-s_tp.fits": b"pixels",
}


@pytest.fixture
def recorded(real_data: Path) -> Path:
    return real_data / "tess" / "recorded" / "mast"


@pytest.fixture
def mast(server) -> MadeMast:
    made = MadeMast(FILES, {})
    made.serve(server)
    return made


@pytest.mark.real_data
def test_a_recorded_answer_of_the_tic_becomes_a_catalogue(server, client, cache, recorded):
    content = (recorded / "tic.json").read_bytes()
    there = sorted(int(row["ID"]) for row in json.loads(content)["data"])
    server.on(INVOKE, Answer(content))

    answer = fetch_tic([*there, LONELY], cache, client, server.service())

    [table] = answer.tables
    catalogue = read_catalogue(table.path)
    assert (catalogue.kind, sorted(catalogue["tic"].tolist())) == ("tic", there)
    assert [failure.file for failure in answer.failures] == [f"TIC {LONELY}"]
    assert "no such star" in answer.failures[0].error


@pytest.mark.real_data
def test_recorded_products_of_another_telescope_are_left_out(server, client, cache, recorded):
    # the recorded examples are of Hubble; no list of TESS products was at hand
    def reply(asked):
        observations = question(asked)["service"] == "Mast.Caom.Filtered"
        name = "caom.json" if observations else "products.json"
        return Answer((recorded / name).read_bytes())

    server.on(INVOKE, reply)

    found = list_products([WASP_62], cache, client, service=server.service())

    assert (found.products, found.without, found.failures) == ((), (WASP_62,), ())


def test_the_stars_of_the_app_need_three_requests(server, client, cache):
    def reply(asked):
        return as_answer([{"ID": number} for number in filters(asked)["ID"]])

    server.on(INVOKE, reply)

    answer = fetch_tic(range(1, 1134), cache, client, server.service())

    assert len(server.asked) == 3
    assert sum(len(read_rows(table.path)) for table in answer.tables) == 1133
    assert answer.failures == ()


def test_stars_are_asked_for_once(server, client, cache):
    server.on(INVOKE, as_answer([{"ID": 5}]))

    fetch_tic([5, 5], cache, client, server.service())
    fetch_tic([5], cache, client, server.service())

    assert len(server.asked) == 1
    assert filters(server.asked[0])["ID"] == ["5"]


def test_a_request_that_fails_names_its_stars_and_the_others_go_on(server, client, cache):
    def reply(asked):
        stars = filters(asked)["ID"]
        return Answer(b"sorry", 400) if "1" in stars else as_answer([{"ID": n} for n in stars])

    server.on(INVOKE, reply)

    answer = fetch_tic(range(1, 600), cache, client, server.service())

    assert [len(read_rows(table.path)) for table in answer.tables] == [99]
    assert [failure.file for failure in answer.failures] == ["TIC 1, 2, 3 and 497 more"]


def test_answers_of_several_pages_are_put_together(server, client):
    server.on(
        INVOKE,
        as_answer([{"a": 1}, {"a": 2}], page=1, pagesFiltered=2, rowsFiltered=3),
        as_answer([{"a": 3}], page=2, pagesFiltered=2, rowsFiltered=3),
    )

    columns, rows = invoke("Mast.Any", {}, client, server.service())

    assert (columns, [row["a"] for row in rows]) == (["a"], [1, 2, 3])
    assert [question(asked)["page"] for asked in server.asked] == [1, 2]


def test_missing_rows_are_noticed(server, client):
    server.on(INVOKE, as_answer([{"a": 1}], rowsFiltered=3))

    with pytest.raises(SourceError, match="gave 1 of 3 rows"):
        invoke("Mast.Any", {}, client, server.service())


def test_a_long_question_is_waited_for(server, client, monkeypatch):
    monkeypatch.setattr("starsieve.sources.mast.FIRST_PAUSE", 0.01)
    working = Answer(b'{"status": "EXECUTING"}')
    server.on(INVOKE, working, working, as_answer([{"a": 1}]))

    assert invoke("Mast.Any", {}, client, server.service())[1] == [{"a": 1}]


def test_a_question_that_never_ends_is_given_up(server):
    server.on(INVOKE, Answer(b'{"status": "EXECUTING"}'))

    with Client(HASTY) as client, pytest.raises(SourceError, match="for more than 0 s"):
        invoke("Mast.Any", {}, client, server.service())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"status": "ERROR", "msg": "Bad filter"}', "ERROR: Bad filter"),
        (b"<html>Sorry</html>", "no answer in JSON as documented .<html>Sorry"),
        (b"[1, 2]", "no answer in JSON"),
        (b'{"status": "COMPLETE"}', "no answer in JSON"),
        (b'{"status": "COMPLETE", "data": [1]}', "COMPLETE: no reason"),
        (b"", "no answer in JSON"),
    ],
)
def test_answers_that_are_none_are_refused(server, client, content, reason):
    server.on(INVOKE, Answer(content))

    with pytest.raises(SourceError, match=reason):
        invoke("Mast.Any", {}, client, server.service())


@pytest.mark.usefixtures("mast")
def test_files_of_many_stars_are_listed_in_two_requests(server, client, cache):
    found = list_products([WASP_62, PI_MEN, LONELY], cache, client, service=server.service())

    names = [product.name for product in found.products]
    assert len(server.asked) == 2
    assert sorted(names) == sorted(name for name in FILES if not name.endswith("_tp.fits"))
    assert found.without == (LONELY,)


@pytest.mark.usefixtures("mast")
def test_files_are_chosen_by_kind_and_sector(server, client, cache):
    found = list_products([WASP_62], cache, client, service=server.service()).products

    assert [p.sectors for p in choose(found, ["lc"], [2])] == ["2"]
    assert [p.sectors for p in choose(found, ["lc", "dvr"], [3])] == ["1-3"]
    assert len(choose(found, ["lc", "dvr"])) == 3


def test_choices_that_do_not_exist_are_refused(server, client, cache):
    with pytest.raises(DataError, match=r"Unknown kind of product: 'tp'\. Known are fast-lc, lc"):
        choose([], ["tp"])
    with pytest.raises(DataError, match="Unknown pipeline: 'eleanor'"):
        list_products([1], cache, client, pipelines=["eleanor"], service=server.service())


@pytest.mark.usefixtures("mast")
def test_files_come_whole_and_once(server, client, cache):
    found = list_products([WASP_62], cache, client, service=server.service()).products
    first = fetch_products(found, cache, client, service=server.service())
    n_asked = len(server.asked)
    second = fetch_products(found, cache, client, service=server.service())

    assert [file.path.read_bytes() for _, file in first.files] == [FILES[p.name] for p in found]
    assert [file.origin for _, file in second.files] == ["cache"] * 3
    assert len(server.asked) == n_asked


@pytest.mark.usefixtures("mast")
def test_offline_gives_the_same_as_before(server, client, cache):
    found = list_products([WASP_62], cache, client, service=server.service())
    files = fetch_products(found.products, cache, client, service=server.service()).files
    n_asked = len(server.asked)
    away = Cache(cache.folder, offline=True, now=cache.now)

    again = list_products([WASP_62], away, client, service=server.service())
    offline = fetch_products(again.products, away, client, service=server.service())

    assert again.products == found.products
    assert [file.sha256 for _, file in offline.files] == [file.sha256 for _, file in files]
    assert len(server.asked) == n_asked


@pytest.mark.parametrize(
    "bad",
    [
        Answer(b"<html>Sorry</html>"),
        Answer(FILES[light_curve_name(PI_MEN, 1)][:-2880]),
        Answer(FILES[light_curve_name(PI_MEN, 1)].replace(b"TICID", b"TICIE")),
        Answer(FILES[light_curve_name(PI_MEN, 1)], break_after=5000),
        Answer(FILES[light_curve_name(PI_MEN, 1)], status=503),
    ],
    ids=["a page", "truncated", "wrong checksum", "breaks off", "is down"],
)
def test_a_bad_file_is_fetched_again_and_the_good_one_kept(server, client, cache, bad):
    name = light_curve_name(PI_MEN, 1)
    [product] = name_products([f"mast:TESS/product/{name}"])
    server.on(DOWNLOAD, bad, Answer(FILES[name]))

    [(_, file)] = fetch_products([product], cache, client, service=server.service()).files

    assert file.path.read_bytes() == FILES[name]
    assert not list(cache.folder.rglob("*.bad"))


def test_one_bad_file_does_not_stop_the_others(server, client, cache, mast):
    found = list_products([WASP_62, PI_MEN], cache, client, service=server.service()).products
    mast.files[light_curve_name(WASP_62, 1)] = b"<html>Sorry</html>"

    done = fetch_products(found, cache, client, service=server.service())

    assert len(done.files) == 3
    [failure] = done.failures
    assert failure.file == light_curve_name(WASP_62, 1)
    assert "an HTML page came instead of FITS" in failure.error


def test_a_service_that_is_down_is_not_asked_for_a_thousand_files(server, client, cache):
    names = [light_curve_name(WASP_62, sector) for sector in range(1, 101)]
    products = name_products(f"mast:TESS/product/{name}" for name in names)
    server.on(DOWNLOAD, Answer(status=403))

    done = fetch_products(products, cache, client, service=server.service())

    assert (len(server.asked), len(done.failures)) == (MOST_IN_A_ROW, 100)
    assert "not tried" in done.failures[-1].error


def test_files_say_by_their_names_what_they_are():
    uris = [
        "mast:TESS/product/tess2020212050318-s0028-0000000261136679-0190-a_fast-lc.fits",
        "mast:HLSP/tess-spoc/s0018/target/0000/0000/1234/5678/"
        "hlsp_tess-spoc_tess_phot_0000000012345678-s0018_tess_v1_lc.fits",
        "mast:HLSP/qlp/s0018/0000/0000/1234/5678/"
        "hlsp_qlp_tess_ffi_s0018-0000000012345678_tess_v01_llc.fits",
        "mast:HST/product/u9o40504m_c3m.fits",
        "https://evil.example/tess2018206045859-s0001-0000000000000001-0120-s_lc.fits",
        "mast:TESS/product/../../tess2018206045859-s0001-0000000000000001-0120-s_lc.fits?x",
    ]

    found = name_products(uris)

    assert [(p.tic, p.kind, p.sectors, p.pipeline) for p in found] == [
        (12345678, "lc", "18", "qlp"),
        (12345678, "lc", "18", "tess-spoc"),
        (261136679, "fast-lc", "28", "spoc"),
    ]


@pytest.mark.parametrize("text", ["", "HD 209458", "-5", "0", "1.5", "TIC", "9" * 17])
def test_what_is_no_tic_number_is_refused(text):
    with pytest.raises(DataError, match="is no TIC number"):
        parse_tic(text)
