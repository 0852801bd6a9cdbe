"""Attacks the program: kills, hostile files, lying servers, odd names, many connections, requests, databases.

    python tools/attack.py                              # all, two minutes each
    python tools/attack.py kills mutations --seconds 60
    python tools/attack.py mutations --seed 7

Each attack stops after its seconds. Traffic goes to the loopback address only, files lie in a temporary
folder, and only processes that the attack started are killed. The program survives if it works or ends in
one line, within its limits of time and memory. Prints a table; the exit status is 1 if something did not
survive.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))
from attacks import (
    archives,
    collecting,
    collector,
    connections,
    files,
    kills,
    mutations,
    names,
    requests,
    servers,
)
from attacks.outcome import Attack, Outcome

ATTACKS: dict[str, Attack] = {
    "train-kills": kills.train,
    "export-kills": kills.export,
    "interrupts": kills.interrupts,
    "mutations": mutations.attack,
    "archives": archives.attack,
    "files": files.attack,
    "servers": servers.attack,
    "names": names.attack,
    "connections": connections.attack,
    "requests": requests.attack,
    "collector": collector.attack,
    "collecting": collecting.attack,
}


def within(attack: Attack, seconds: float, seed: int) -> Iterator[Outcome]:
    """Yield an attack's outcomes until its time is over."""
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        for outcome in attack(Path(folder), random.Random(seed)):
            yield outcome
            if time.monotonic() > end:
                return


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="ATTACK", help=f"default: all of {', '.join(ATTACKS)}")
    parser.add_argument("--seconds", type=float, default=120, help="of each attack (default: %(default)g)")
    parser.add_argument("--seed", type=int, default=1, help="of what is random (default: %(default)s)")
    args = parser.parse_args()
    if unknown := sorted(set(args.names) - set(ATTACKS)):
        parser.error(f"unknown attack {', '.join(unknown)}; choose from {', '.join(ATTACKS)}")
    failures = 0
    print(f"{'attack':<14}{'tried':>8}{'survived':>10}{'seconds':>9}")
    for name in args.names or ATTACKS:
        begin = time.monotonic()
        outcomes = list(within(ATTACKS[name], args.seconds, args.seed))
        failed = [outcome for outcome in outcomes if not outcome.survived]
        seconds = time.monotonic() - begin
        print(f"{name:<14}{len(outcomes):>8,}{len(outcomes) - len(failed):>10,}{seconds:>9.0f}", flush=True)
        for outcome in failed[:20]:
            print(f"    {outcome.name}: {outcome.detail}", flush=True)
        failures += len(failed)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
