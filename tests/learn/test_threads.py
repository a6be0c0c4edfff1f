"""Where many things are computed at once, each takes one thread."""

import subprocess
import sys
import threading

import pytest
import torch
from threadpoolctl import threadpool_info

from starsieve.learn.threads import map_threads

PROGRAM = """
import threading
import numpy as np, torch
from threadpoolctl import threadpool_info
from starsieve.learn.threads import take_one_thread
np.ones((4, 4)) @ np.ones((4, 4))
torch.set_num_threads(2)
take_one_thread()
found = []
there = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
there.start()
there.join()
found += [torch.get_num_threads()]
found += [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]
print(sorted(set(found)))
"""


def test_torch_and_linear_algebra_take_one_thread_in_every_thread():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[1]"


@pytest.fixture(params=[1, 2])
def n_threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def taken() -> set[int]:
    blas = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
    return {torch.get_num_threads()} | blas


def test_work_is_done_by_as_many_threads_as_torch_may_take(n_threads):
    together = threading.Barrier(n_threads, timeout=20)

    def meet(number):
        together.wait()  # nobody gets on alone
        return number, threading.get_ident()

    found = list(map_threads(meet, range(4)))

    assert [number for number, _ in found] == [0, 1, 2, 3]
    assert len({thread for _, thread in found}) == n_threads


def test_each_of_the_threads_computes_alone_and_all_are_given_back():
    before, blas = torch.get_num_threads(), taken()
    torch.set_num_threads(2)

    try:
        found = list(map_threads(lambda _: taken(), range(6)))
        after = torch.get_num_threads()
    finally:
        torch.set_num_threads(before)

    assert set.union(*found) == {1}
    assert after == 2
    assert taken() == blas


def test_what_fails_in_a_thread_fails_for_who_asked(n_threads):
    def divide(number):
        return 1 / number

    with pytest.raises(ZeroDivisionError):
        list(map_threads(divide, [1, 0, 2]))

    assert torch.get_num_threads() == n_threads
