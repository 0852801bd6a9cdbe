"""`lenet collect`: what its commands print and refuse."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from contributing import contribution
from exporting import fill, withdraw, write

from commands import lenet
from lenet.datasets.contributions import manifest_path
from lenet.errors import LenetError
from lenet.server.collect.database import open_database
from lenet.server.collect.types import State

IDS = [UUID(int=number) for number in range(1000, 1400)]


def test_the_commands_count_moderate_and_withdraw(database_name: str, tmp_path: Path) -> None:
    code = "0123 4567 89AB CDEF 0123 4567 89ab cdef"
    digest = hashlib.sha256(code.replace(" ", "").lower().encode()).digest()
    mine = [replace(contribution(shift=n), key_digest=digest) for n in range(3)]
    fill(database_name, [*mine, contribution("eve", "z")], state=State.NEW)
    done = lenet("collect", "moderate", database_name, "--id", mine[0].id, "--state", "rejected")
    assert done.stdout == "1 contribution is rejected\n"
    assert lenet("collect", "moderate", database_name, "--all", "--state", "accepted").stdout[:2] == "3 "
    printed = lenet("collect", "stats", database_name).stdout
    assert printed == (
        "    letter       new  accepted  rejected\n"
        "         L         0         2         1\n"
        "         z         0         1         0\n"
        "       all         0         3         1\n"
        "2 contributors, 0 withdrawn contributions\n"
    )
    wrong = lenet("collect", "withdraw", database_name, text="0" * 32)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("lenet: no contributions with this code or id; check it")
    receipt = lenet("collect", "withdraw", database_name, text=f"{code}\n")
    assert receipt.stdout.startswith("3 contributions are withdrawn\nhour ")
    value = json.loads(lenet("collect", "stats", database_name, "--json").stdout)
    assert value == {"contributors": 1, "letters": {"z": {"accepted": 1}}, "withdrawn": 3}
    out = tmp_path / "letters.jsonl.gz"
    done = lenet("collect", "export", database_name, "--out", out)
    assert done.stdout == f"wrote {out} and {manifest_path(out)}\n1 contribution of 1 contributor\n"


def test_the_export_counts_what_waits_for_moderation(database_name: str, tmp_path: Path) -> None:
    fill(database_name, [contribution(shift=n) for n in range(3)], state=State.NEW)
    out = tmp_path / "letters.jsonl.gz"
    waits = "3 new contributions are left out until accepted"
    assert waits in lenet("collect", "export", database_name, "--out", out).stdout
    every = lenet("collect", "export", database_name, "--out", out, "--state", "new", "accepted").stdout
    assert "3 contributions of" in every
    assert "left out" not in every


def test_one_contribution_is_withdrawn_by_its_id(database_name: str) -> None:
    both = [contribution(), contribution()]
    fill(database_name, both)
    done = lenet("collect", "withdraw", database_name, "--id", both[0].id)
    assert done.stdout.startswith("1 contribution is withdrawn\n")
    assert json.loads(lenet("collect", "stats", database_name, "--json").stdout)["withdrawn"] == 1


def test_wrong_arguments_are_one_line(tmp_path: Path) -> None:
    name = str(tmp_path / "letters.db")
    assert "no such file" in lenet("collect", "stats", name).stderr
    assert not list(tmp_path.iterdir())
    open_database(name).close()
    for words, status in (
        (("export", name), 2),
        (("export", name, "--out", tmp_path / "letters.csv"), 1),
        (("withdraw", name), 1),
        (("withdraw", name, "--id", "x"), 2),
        (("moderate", name, "--all", "--state", "withdrawn"), 2),
    ):
        done = lenet("collect", *words, text="short")
        assert done.returncode == status
        assert done.stderr.count("\n") == 1
        assert ";" in done.stderr


def test_a_missing_package_is_status_3_and_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    done = lenet("collect", "stats", tmp_path / "letters.db")
    assert done.returncode == 3
    assert done.stderr == 'lenet: sqlalchemy is not installed; pip install "lenet[collect]"\n'


def test_an_export_that_fails_leaves_the_earlier_one(
    exported: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, path = exported
    before = path.read_bytes(), manifest_path(path).read_bytes()

    def fail(*_: object) -> bytes:
        raise LenetError("power: is gone; wait")

    withdraw(name, "contributor 3")
    monkeypatch.setattr("lenet.server.collect.export._record", fail)
    with pytest.raises(LenetError, match="power"):
        write(name, path)
    assert (path.read_bytes(), manifest_path(path).read_bytes()) == before
