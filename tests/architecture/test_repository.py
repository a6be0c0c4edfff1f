"""What the repository itself promises: fragments, pinned versions, nothing of one machine."""

import re
import tomllib

import pytest

from tests.architecture.paths import ROOT, list_tracked_files

FRAGMENTS = sorted(path for path in (ROOT / "changes").iterdir() if path.name != "README.md")

MACHINE_PATHS = re.compile(r"(?<![\w./:<>-])/(?:work|root|home/\w+|Users/\w+|mnt/\w+)/")
"""Absolute paths that only one machine has; never in a file that others read."""


def normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_a_change_is_described_in_a_sentence_or_two(path):
    text = path.read_text(encoding="utf-8").strip()

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.md", path.name), "Name it like-this.md."
    assert 20 <= len(text) <= 600, f"Expected one or two sentences, got {len(text)} characters."
    assert text[0].isupper() or text[0] == "`"
    assert text.endswith(".")


def test_no_file_names_a_place_on_one_machine():
    files = list_tracked_files()
    if not files:
        pytest.skip("not a git checkout: which files belong to the project is not known")
    found = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # weights, images
        if match := MACHINE_PATHS.search(text):
            found.append(f"{path.relative_to(ROOT)}: {match[0]}")

    assert found == []


def test_every_dependency_has_a_tested_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [project["project"]["dependencies"]]
    lists += project["project"]["optional-dependencies"].values()
    lists += project["dependency-groups"].values()
    wanted = {
        normalise(re.match(r"[\w.-]+", requirement)[0])
        for requirements in lists
        for requirement in requirements
        if isinstance(requirement, str)
    }
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {normalise(line.partition("==")[0]) for line in lines if "==" in line}

    assert wanted - pinned == set()


def test_pinned_versions_hold_on_every_machine():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]

    wrong = [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)]

    assert wrong == [], "Expected name==version, without local versions, links or paths."
