"""Settle the memory of a process before it serves: what is loaded stays, and freed blocks are used again."""

from __future__ import annotations

import gc

YOUNG_OBJECTS = 50_000  # between two collections; an answer makes hundreds, which need none
LARGEST_KEPT = 31 * 2**20  # bytes; glibc takes a size below 32 MiB as its threshold


def settle() -> None:
    """Take what is loaded out of garbage collection, collect rarely, and keep freed memory."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 100)
    keep_freed_memory()


def keep_freed_memory() -> None:
    """Let the C library keep the memory of large blocks, such as bodies, instead of returning it.

    The kernel clears each page that it gives: for a body of 6 MB that takes half of the server's time.
    When glibc frees a large block, it keeps smaller blocks from then on, and at most twice that size.
    Other C libraries ignore this; the block is never touched, so it takes no memory.
    """
    bytes(LARGEST_KEPT)
