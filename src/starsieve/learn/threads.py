"""How many threads a computation takes."""

import torch
from threadpoolctl import threadpool_limits


def take_one_thread() -> None:
    """Let PyTorch and linear algebra work in the thread that calls them, in this whole process.

    For a process that answers many at once: there are more answers than cores, and one that is
    shared out waits for its last part until another answer has left the other core.
    """
    torch.set_num_threads(1)
    threadpool_limits(1, user_api="blas")
