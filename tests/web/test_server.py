"""The server as it is started from a shell: one process or several, and a graceful stop."""

import os
import signal
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

from starsieve.archive import Archive
from starsieve.errors import ArchiveError
from starsieve.web.options import WebOptions
from starsieve.web.server import _Config, serve


@pytest.fixture
def folder(tmp_path):
    Archive.create(tmp_path / "archive").close()
    return tmp_path / "archive"


def start(folder, *options):
    """Start a server; return it and the address that it prints."""
    command = [sys.executable, "-m", "starsieve", "serve", "--port", "0", "--workers", "0"]
    environment = {**os.environ, "STARSIEVE_CACHE": str(folder.parent / "cache")}
    environment.pop("STARSIEVE_DATABASE_URL", None)
    server = subprocess.Popen(
        [*command, "--archive", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    said = server.stdout.readline()
    assert said.startswith("Serving at "), server.stderr.read()
    return server, said.removeprefix("Serving at ").strip()


def ask(address, seconds=240):
    """Return an answer, once there is one."""
    until = time.monotonic() + seconds
    while True:
        try:
            with urlopen(f"{address}health.json", timeout=5) as answer:
                return answer.read()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["1", "2"])
def test_it_serves_until_it_is_told_to_stop(folder, processes):
    server, address = start(folder, "--processes", processes)
    try:
        assert b'"status":"ok"' in ask(address)
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=30)
    finally:
        server.kill()

    assert server.returncode == 0
    assert "the token for writing, shown this once: " in said
    assert "Traceback" not in said


def test_a_process_that_starts_slowly_is_waited_for(tmp_path):
    options = WebOptions(spool=tmp_path, processes=2)
    config = _Config("starsieve.web.server:app_from_environment", options)

    assert config.timeout_worker_healthcheck >= 60  # a machine at work imports for ten seconds


def test_a_port_that_is_taken_is_a_clear_error(folder, tmp_path):
    with socket.socket() as other, Archive.open(folder) as archive:
        other.bind(("127.0.0.1", 0))
        other.listen()
        options = WebOptions(spool=tmp_path / "spool", port=other.getsockname()[1])

        with pytest.raises(ArchiveError, match=r"Can.t listen at 127\.0\.0\.1, port .*--port 0"):
            serve(archive, options)
