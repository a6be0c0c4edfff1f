"""A process that answers many at once takes one thread for each."""

import subprocess
import sys

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
