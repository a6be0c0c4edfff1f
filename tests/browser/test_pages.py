"""Every page: nothing goes wrong on it, and everybody can use it."""

import pytest

pytestmark = pytest.mark.browser

PAGES = ("/sign-in", "/api")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_serious_fault_of_accessibility(open_page, path, scheme):
    watched = open_page(color_scheme=scheme)
    watched.visit(path)

    assert watched.severe_faults() == []
