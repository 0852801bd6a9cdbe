"""Memory of a process that serves."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

BODY = 6 * 2**20

FAULTS = f"""
import resource
from lenet.server.memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        bytearray(b"x") * {BODY}
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

keep_freed_memory()
faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries decide by themselves")
def test_the_memory_of_a_large_body_is_used_again() -> None:
    run = [sys.executable, "-c", FAULTS]
    output = subprocess.run(run, capture_output=True, text=True, check=True, timeout=60).stdout
    assert int(output) < BODY // 4096, "the kernel cleared pages for more than one of twenty bodies"
