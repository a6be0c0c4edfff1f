"""What only a real connection shows: answers come at once, and a connection serves for many."""

import http.client
import time

import numpy as np


def test_answers_on_a_connection_that_is_kept_come_at_once(served):
    connection = http.client.HTTPConnection(*served.address)
    try:
        times = [_ask(connection) for _ in range(25)]
    finally:
        connection.close()

    # Nagle's delay, which waits for the other end, would be 40 ms each time but the first.
    assert np.quantile(times, 0.2) < 0.03


def _ask(connection: http.client.HTTPConnection) -> float:
    start = time.perf_counter()
    connection.request("GET", "/health.json")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    return time.perf_counter() - start
