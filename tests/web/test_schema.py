"""Whatever the description of the API allows to ask is answered, and never by a defect."""

import time
from collections.abc import Iterator

import hypothesis
import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance

from starsieve.archive import Archive
from starsieve.web.app import create_app
from starsieve.web.options import WebOptions

SECONDS = 60.0
"""Of the processor: other work on the machine does not count."""
EXAMPLES = 12
"""Of each operation, in each way: as described, and not as described."""

CHECKS = [not_a_server_error, content_type_conformance]


@pytest.fixture(scope="module")
def app(whole, tmp_path_factory) -> Iterator[FastAPI]:
    """The app over an archive with something of everything, in this process."""
    options = WebOptions(spool=tmp_path_factory.mktemp("spool"), workers=0, hosts=("testserver",))
    with Archive.open(whole.root) as archive:
        yield create_app(archive, options)


def test_the_description_holds_every_address_for_programs(app):
    description = app.openapi()

    assert description["info"]["title"] == "starsieve"
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            assert operation.get("tags"), f"{method} {path} belongs to nothing"
            assert operation.get("description") or operation.get("summary"), f"{method} {path}"


@pytest.mark.slow
def test_no_request_of_the_described_kind_meets_a_defect(app):
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    start, wrong = time.process_time(), []
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                explore(operation, mode)
            except hypothesis.errors.Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE  # what takes nothing can't be misused
            except Exception as error:
                wrong.append(f"{operation.label}, {mode.value}: {error!r}")
    assert wrong == []
    assert time.process_time() - start < SECONDS, "fewer EXAMPLES, or a slow route?"


def explore(operation, mode: GenerationMode) -> None:
    """Send the same few requests at every run."""

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def send(case) -> None:
        case.call_and_validate(checks=CHECKS)

    send()
