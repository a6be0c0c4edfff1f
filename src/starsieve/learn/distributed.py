"""Several processes that train one network, as ``torchrun`` starts them.

Each draws batches of its own, and their gradients are averaged before every step, so that all have
the same weights throughout. Without ``torchrun`` nothing here does anything.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, distributed, nn

from starsieve.errors import DataError


def get_rank() -> int:
    """Return the number of this process among those that train together; 0 for the first."""
    return int(os.environ.get("RANK", "0"))


def get_world_size() -> int:
    """Return how many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def get_device(wanted: str) -> str:
    """Return the device of this process: ``auto`` is its graphics card if there is one.

    Raises
    ------
    DataError
        If ``cuda`` is asked for and there is none.
    """
    there = torch.cuda.is_available()
    if wanted == "cpu" or (wanted == "auto" and not there):
        return "cpu"
    if not there:
        msg = "device 'cuda' is asked for, and torch finds no graphics card; use 'auto' or 'cpu'."
        raise DataError(msg)
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}"


@contextmanager
def process_group(device: str) -> Iterator[None]:
    """Connect the processes for as long as they train together."""
    if get_world_size() == 1:
        yield
        return
    distributed.init_process_group("gloo" if device == "cpu" else "nccl")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def share_weights(network: nn.Module) -> None:
    """Give all processes the weights and buffers of the first."""
    if distributed.is_initialized():
        for tensor in network.state_dict().values():
            distributed.broadcast(tensor, 0)


def average_gradients(network: nn.Module) -> None:
    """Replace each gradient by its mean over the processes."""
    if not distributed.is_initialized():
        return
    gradients: list[Tensor] = []
    for parameter in network.parameters():
        if parameter.grad is None:  # it must be in every process's message
            parameter.grad = torch.zeros_like(parameter)
        gradients.append(parameter.grad)
    together = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(together)
    together /= distributed.get_world_size()
    sizes = [gradient.numel() for gradient in gradients]
    for gradient, mean in zip(gradients, together.split(sizes), strict=True):
        gradient.copy_(mean.view_as(gradient))
