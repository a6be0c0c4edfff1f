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


def share_threads(n_processes: int) -> None:
    """Let this process take its share of the cores, where several compute at once."""
    share = max(1, torch.get_num_threads() // n_processes)
    torch.set_num_threads(share)
    threadpool_limits(share, user_api="blas")
