"""Two processes that train one network, as torchrun starts them."""

import os
import socket
import subprocess
import sys

import pytest
import torch
from torch import nn

from starsieve.errors import DataError
from starsieve.learn.distributed import average_gradients, get_device, get_rank, get_world_size

SCRIPT = """
import sys, torch
from torch import nn
from starsieve.learn.distributed import get_rank, process_group, share_weights
from starsieve.learn.loop import Schedule, fit

torch.set_num_threads(1)
torch.manual_seed(get_rank())  # other weights and other batches in each process
network = nn.Linear(2, 1)
generator = torch.Generator().manual_seed(get_rank())

def loss():
    x = torch.randn(32, 2, generator=generator)
    return ((network(x) - x @ torch.tensor([[1.0], [-2.0]])) ** 2).mean()

with process_group("cpu"):
    share_weights(network)
    fit(network, loss, lambda: 1.0, Schedule(steps=60, learning_rate=0.1, validate_every=60))
torch.save(network.weight.detach(), sys.argv[1])
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_two_processes_come_to_the_same_weights(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(SCRIPT, encoding="utf-8")
    together = os.environ | {
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": free_port(),
    }

    processes = [
        subprocess.Popen(
            [sys.executable, str(script), str(tmp_path / f"{rank}.pt")],
            env=together | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(2)
    ]
    codes = [process.wait(timeout=120) for process in processes]

    assert codes == [0, 0]
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    torch.testing.assert_close(first, second)
    torch.testing.assert_close(first, torch.tensor([[1.0, -2.0]]), atol=0.2, rtol=0)


def test_a_process_alone_trains_as_ever(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    network = nn.Linear(2, 1)
    network(torch.ones(1, 2)).sum().backward()
    before = network.weight.grad.clone()

    average_gradients(network)

    assert torch.equal(network.weight.grad, before)
    assert (get_rank(), get_world_size()) == (0, 1)


def test_the_device_is_the_one_asked_for(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "3")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)

    assert get_device("auto") == get_device("cuda") == "cuda:3"
    assert get_device("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert get_device("auto") == "cpu"
    with pytest.raises(DataError, match="finds no graphics card"):
        get_device("cuda")
