"""A browser shows the token once, and may write from then on."""

import pytest

from starsieve.web.routes.session import own_path
from starsieve.web.token import COOKIE


def test_the_right_token_signs_in(browser, token):
    answer = browser.post(
        "/sign-in",
        data={"token": token, "name": "Vera; Rubin", "next": "/api"},
        follow_redirects=False,
    )

    assert answer.status_code == 303
    assert answer.headers["location"] == "/api"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Sign out" in browser.get("/api").text


def test_a_wrong_token_does_not(browser, token):
    answer = browser.post("/sign-in", data={"token": token[:-1]})

    assert answer.status_code == 403
    assert "not the token" in answer.text
    assert COOKIE not in browser.cookies


def test_signing_out_forgets_the_token(browser, token):
    browser.post("/sign-in", data={"token": token, "next": "/api"})
    browser.post("/sign-out", follow_redirects=False)

    assert COOKIE not in browser.cookies
    assert "Sign in to write" in browser.get("/api").text


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example",
        "//evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/x\r\nset-cookie: a=b",
        "",
    ],
)
def test_nobody_is_sent_elsewhere(path):
    assert own_path(path) == "/"


def test_a_page_for_signing_in_keeps_where_one_came_from(browser):
    assert 'value="/runs?page=2"' in browser.get("/sign-in", params={"next": "/runs?page=2"}).text
