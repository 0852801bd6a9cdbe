"""A Ray cluster of two nodes on loopback; runs as a process of its own until its standard input ends."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

START_WAIT = 90  # seconds


@dataclass(frozen=True)
class Nodes:
    """A running cluster.

    Attributes:
        address: HOST:PORT.
        raylets: process numbers; drivers of this machine connect to the first.
        environment: variables that a driver needs.
    """

    address: str
    raylets: tuple[int, int]
    environment: dict[str, str]


@contextmanager
def two_nodes() -> Iterator[Nodes]:
    """Run a cluster with one core a node."""
    folder = tempfile.mkdtemp(prefix="ray-")  # short, since sockets lie in it
    common = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # nodes and drivers use loopback
    }
    nodes_alone = {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_TMPDIR": folder,
        # A node that does not answer is dead after a second.
        "RAY_health_check_period_ms": "500",
        "RAY_health_check_failure_threshold": "2",
    }
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **common, **nodes_alone},
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = next((line for line in process.stdout if line.startswith("{")), "{}")
            started = json.loads(line)
            yield Nodes(started["address"], tuple(started["raylets"]), common)
        finally:
            process.stdin.close()
            try:
                process.wait(30)
            finally:
                process.kill()
                shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Start the nodes, print their address and process numbers, and wait."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    other = cluster.add_node(num_cpus=1)
    raylets = [node.all_processes["raylet"][0].process.pid for node in (cluster.head_node, other)]
    print(json.dumps({"address": cluster.address, "raylets": raylets}), flush=True)
    sys.stdin.read()
    cluster.shutdown()


if __name__ == "__main__":
    main()
