"""What is freed is had again without asking the system."""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from requests_for import small_network
from torch import nn

from generator.model import freed_memory, wrap
from generator.model.convolutions.fast import _FastForward
from generator.model.freed_memory import give_freed_memory_back, keep_freed_memory
from generator.model.trunk import Trunk

BYTES = 48 << 20  # as four pictures' maps in VGG16's first block


def pages_faulted() -> int:
    """Pages that the system has to clear for a large tensor, once others have come and gone.

    The least of several times, each a page smaller: what lies beside the place of the one before
    may have taken a few of its bytes.
    """

    def once(pages_less: int) -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        torch.ones(BYTES // 4 - pages_less * resource.getpagesize() // 4)
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    return min(once(number) for number in range(6))


def resident() -> int:
    """Bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def test_large_tensors_come_and_go_in_the_same_pages() -> None:
    assert keep_freed_memory()
    assert pages_faulted() < BYTES // resource.getpagesize() // 4


def test_a_process_that_loads_a_network_keeps_what_it_frees_in_threads_too() -> None:
    """In a process of its own, in which nothing was told the C library before."""
    program = """
import sys
from concurrent.futures import ThreadPoolExecutor
sys.path[:0] = ["tests", "tests/model"]
from torch import nn
from generator.model import wrap
from test_freed_memory import pages_faulted
before = pages_faulted()
wrap(nn.Sequential(nn.Conv2d(3, 4, 3)), size=(16, 16))
with ThreadPoolExecutor(1) as pool:
    print(before, pages_faulted(), pool.submit(pages_faulted).result())
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    before, after, in_a_thread = map(int, ran.stdout.split())
    assert max(after, in_a_thread) < before / 4, ran.stderr


def test_a_trunk_is_freed_at_once() -> None:
    """Not when Python next looks for what refers to itself: it may be hundreds of megabytes."""
    wide = nn.Sequential(nn.Conv2d(3, 64, 3, padding=1), nn.Conv2d(64, 128, 3, padding=1))
    network = wrap(nn.Sequential(*wide, nn.Conv2d(128, 8, 3, padding=1)), size=(16, 16))
    gc.disable()
    try:
        trunk = Trunk(network, "2")
        for endless in (True, False):
            pictures = torch.rand(2, 3, 16, 16, requires_grad=True)
            with trunk.endless(endless):
                trunk.units(pictures, [0, 1]).sum().backward()
        quick = weakref.ref(trunk.module.get_submodule("1"))
        assert isinstance(vars(quick())["_conv_forward"], _FastForward)
        del trunk
        assert quick() is None
    finally:
        gc.enable()


def test_a_new_trunk_gives_back_what_was_kept() -> None:
    network = small_network()
    assert keep_freed_memory()
    before = resident()
    held = [torch.ones(BYTES // 4) for _ in range(4)]
    del held
    Trunk(network, "features.3")
    assert resident() < before + BYTES


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(freed_memory.ctypes, "CDLL", None)
    assert not keep_freed_memory() and not give_freed_memory_back()


def test_a_c_library_without_mallopt_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freed_memory.ctypes, "CDLL", lambda _: SimpleNamespace())
    assert not keep_freed_memory() and not give_freed_memory_back()


def test_an_older_glibc_takes_a_smaller_size(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []

    def mallopt(name: int, value: int) -> int:
        told.append((name, value))
        return int(name != -3 or value <= 1 << 25)

    monkeypatch.setattr(freed_memory.ctypes, "CDLL", lambda _: SimpleNamespace(mallopt=mallopt))
    assert keep_freed_memory()
    assert told == [(-3, 1 << 30), (-3, 1 << 25), (-1, 1 << 30), (-8, 1)]
