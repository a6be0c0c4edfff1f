"""Every page: nothing goes wrong on it, and everybody can use it."""

import pytest

pytestmark = pytest.mark.browser

NARROW = {"width": 390, "height": 844}

PAGES = {
    "home": "/",
    "what is found": "/search?q=made",
    "nothing found": "/search?q=nobody",
    "spectra": "/spectra",
    "spectra, narrowed": "/spectra?collection=spex",
    "a spectrum": "/spectra/{spectrum}",
    "a spectrum with an odd name": "/spectra/{odd}",
    "uploads": "/uploads",
    "retrieval": "/similar",
    "latent spaces": "/latents",
    "a latent space": "/latents/spex/spex-prism",
    "an own latent space": "/latents/spex/made-components",
    "candidates": "/candidates",
    "a candidate": "/candidates/{candidate}",
    "stars": "/targets",
    "a star with light curves": "/targets/{star}",
    "a star with spectra": "/targets/1",
    "models": "/models",
    "a model that ships": "/models/spex-prism",
    "a model of parameters": "/models/diamondback-spex",
    "a model of planets": "/models/transit-vetter",
    "an own model": "/models/made-components",
    "runs": "/runs",
    "a run that is done": "/runs/{done_run}",
    "a run that failed": "/runs/{failed_run}",
    "a run that waits": "/runs/{queued_run}",
    "what can be started": "/runs/new",
    "a form of a task": "/runs/new?task=transits.vet",
    "a form of a training": "/runs/new?task=representations.train",
    "signing in": "/sign-in",
    "for programs": "/api",
}


def address(name: str, whole) -> str:
    numbers = {
        "spectrum": whole.spectra[0],
        "odd": whole.odd[0],
        "candidate": whole.candidates[0],
        "star": whole.star,
        "done_run": whole.done_run,
        "failed_run": whole.failed_run,
        "queued_run": whole.queued_run,
    }
    return PAGES[name].format(**numbers)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_without_fault_and_says_what_it_is(watched, whole, name):
    page = watched.visit(address(name, whole))

    assert page.locator("h1").count() == 1
    assert watched.severe_faults() == []
    assert page.title().endswith("starsieve")
    assert page.get_attribute("html", "lang") == "en"
    for link in page.locator(".bottom a", has_text="JSON").all():
        answer = page.request.get(watched.server + str(link.get_attribute("href")))
        assert answer.status in (200, 202)
        assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_without_fault_in_the_dark_on_a_telephone(open_page, whole, name):
    watched = open_page(color_scheme="dark", viewport=NARROW)
    watched.visit(address(name, whole))

    assert watched.overflowing() == []
    assert watched.severe_faults() == []
