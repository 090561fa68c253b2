"""Which addresses are this machine: the lab's, and never the real world's."""

from __future__ import annotations

import pytest

from console.realm import is_local

HERE = [
    "127.0.0.1",
    "127.0.0.1:9092",
    "http://127.0.0.1:4566/x",
    "https://localhost",
    "LOCALHOST:1",
]
HERE += [
    "[::1]:9092",
    "http://[::1]:6443",
    "127.8.9.10:1",
    "127.1:80",
    "0.0.0.0:9092",
    "localhost.",
]
HERE += ["http://user:secret@127.0.0.1:80", "[::ffff:127.0.0.1]:1", "[::]"]
HERE += ["https://localhost", "localhost.", "kafka.localhost:9092"]
THERE = ["", "10.0.0.1:9092", "b-1.msk.amazonaws.com:9098", "127.example.com", "localhost.example"]
THERE += [
    "https://127.0.0.1.example.com",
    "http://127.0.0.1@example.com/",
    "[::2]:1",
    "http://[::1",
]


@pytest.mark.parametrize("address", HERE)
def test_it_is_this_machine(address: str) -> None:
    assert is_local(address)


@pytest.mark.parametrize("address", THERE)
def test_it_is_not(address: str) -> None:
    assert not is_local(address)
