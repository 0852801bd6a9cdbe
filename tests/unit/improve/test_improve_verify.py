"""`lenet improve --verify`, and signatures."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commands import lenet
from contributed import Setting, write_export
from lenet.errors import MissingDependencyError
from lenet.improve import signature
from lenet.improve.report import own_digest
from lenet.improve.run import improve
from lenet.improve.verify import Signer, verify
from made import refusal

pytestmark = pytest.mark.slow

needs_ssh_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen")


@pytest.fixture(scope="module")
def finished(setting: Setting, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an improvement that passed, in a folder with its inputs."""
    folder = tmp_path_factory.mktemp("finished")
    export = write_export(folder / "letters.jsonl.gz")
    assert improve(setting.options(export), folder / "out").model
    return folder / "out"


@pytest.fixture
def result(finished: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to damage."""
    return Path(shutil.copytree(finished, tmp_path / "out"))


def test_an_untouched_result_is_verified(finished: Path) -> None:
    verified = verify(finished)
    assert verified.passed
    assert len(verified.checked) == 3 + 5, "report, page, model; export, manifest, model, base, reference"
    assert verified.unchecked == ("the report is not signed: whoever changes it can change its digests, too",)
    done = lenet("improve", "--verify", finished)
    assert done.returncode == 0
    assert "the gate passed" in done.stdout
    assert json.loads(lenet("improve", "--verify", finished, "--json").stdout)["passed"] is True


def changed(folder: Path, change: Callable[[dict[str, Any]], object], *, with_digest: bool = False) -> None:
    """Change report.json, and also its own digest if an attacker is thorough."""
    path = folder / "report.json"
    value = json.loads(path.read_bytes())
    change(value)
    if with_digest:
        value["sha256"] = own_digest(value)
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def test_a_changed_figure_is_noticed(result: Path) -> None:
    changed(result, lambda value: value["sets"][0].update(accuracy=1.0))
    assert "was changed after it was written" in refusal(verify, result)


@pytest.mark.parametrize("name", ["model.safetensors", "report.html"])
def test_another_model_or_page_is_noticed(result: Path, name: str) -> None:
    with (result / name).open("ab") as stream:
        stream.write(b"\n")
    assert f"{name}: is not the file that report.json describes" in refusal(verify, result)
    (result / name).unlink()
    assert "no such file" in refusal(verify, result)


def test_a_model_beside_a_refusal_is_noticed(result: Path) -> None:
    def refuse(value: dict[str, Any]) -> None:
        value["passed"] = False
        del value["files"]["model.safetensors"]

    changed(result, refuse, with_digest=True)
    assert "is a model that the gate refused or did not see" in refusal(verify, result)


def test_a_changed_input_is_noticed_and_a_missing_one_is_named(
    setting: Setting, finished: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "inputs"
    shutil.copytree(finished.parent, folder)
    export = folder / "letters.jsonl.gz"
    changed(folder / "out", lambda value: value["inputs"][0].update(name=str(export)), with_digest=True)
    verify(folder / "out")
    export.write_bytes(export.read_bytes() + b"\n")
    assert "letters.jsonl.gz (export): has changed" in refusal(verify, folder / "out")
    export.unlink()
    assert any("is not here" in line for line in verify(folder / "out").unchecked)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"format": "lenet-improve/1"}', b"[" * 100_000, b"\xff", b"{}" * 9_000_000],
)
def test_anything_else_is_not_a_report(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "report.json").write_bytes(content)
    assert "do not use" in (message := refusal(verify, tmp_path)) or "is not a report" in message


# ---- Signatures ------------------------------------------------------------------------------


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key without a passphrase, and `signers` beside it, which allows it to ada."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", str(tmp_path / "key")]
    subprocess.run(command, check=True, timeout=60)
    public = (tmp_path / "key.pub").read_text(encoding="utf-8")
    (tmp_path / "signers").write_text(f'ada namespaces="lenet-improve" {public}', encoding="utf-8")
    return tmp_path / "key"


def sign(folder: Path, key: Path) -> None:
    content = (folder / "report.json").read_bytes()
    (folder / "report.json.sig").write_bytes(signature.sign(key, content))


@needs_ssh_keygen
def test_a_signature_is_of_the_report_and_of_the_signer(result: Path, key: Path) -> None:
    sign(result, key)
    signer = Signer(key.with_name("signers"), "ada")
    assert "report.json.sig: signed by ada" in verify(result, signer).checked
    assert any("whose owner is not checked" in line for line in verify(result).checked)
    other = Signer(key.with_name("signers"), "bob")
    assert "is not a valid signature of bob" in refusal(verify, result, other)
    changed(result, lambda value: value.update(margin=0.5), with_digest=True)
    assert "is not a valid signature" in refusal(verify, result)
    assert "is not a valid signature of ada" in refusal(verify, result, signer)


@needs_ssh_keygen
def test_a_damaged_or_missing_signature_is_refused(result: Path, key: Path) -> None:
    signer = Signer(key.with_name("signers"), "ada")
    assert "holds no report.json.sig" in refusal(verify, result, signer)
    (result / "report.json.sig").write_text("-----BEGIN SSH SIGNATURE-----\n", encoding="utf-8")
    assert "is not a valid signature" in refusal(verify, result)


@needs_ssh_keygen
def test_improve_signs_its_report(setting: Setting, key: Path, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz", each=2)
    improve(setting.options(export, sign=key, epochs=1), tmp_path / "out")
    assert (
        "report.json.sig: signed by ada"
        in verify(tmp_path / "out", Signer(key.with_name("signers"), "ada")).checked
    )


@needs_ssh_keygen
def test_a_key_that_cannot_sign_is_named_before_the_training(setting: Setting, tmp_path: Path) -> None:
    export = write_export(tmp_path / "letters.jsonl.gz")
    options = setting.options(export, sign=tmp_path / "nothing")
    assert "nothing: no such file" in refusal(improve, options, tmp_path / "out")
    (tmp_path / "nothing").write_text("not a key", encoding="utf-8")
    assert "nothing: cannot sign" in refusal(improve, options, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_ssh_keygen_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependencyError, match="install OpenSSH"):
        signature.sign(tmp_path / "key", b"")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["letters.jsonl.gz", "--out", "out"], "--reference: is missing"),
        (["--verify", "out", "--identity", "ada"], "belong together"),
        (["letters.jsonl.gz", "--reference", "a", "--out", "b", "--identity", "ada"], "give --verify DIR"),
    ],
)
def test_arguments_that_do_not_fit_are_named(arguments: list[str], message: str) -> None:
    done = lenet("improve", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
