"""Exports: equal bytes, splits by contributor, tombstones; trainings on them; `lenet collect`."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
from contributing import CONSENT, CONSENT_DIGEST, contribution, key
from exporting import fill, items, lines, withdraw, write
from jsonschema import Draft202012Validator

from commands import lenet
from lenet import datasets
from lenet.datasets.contributions import check_withdrawn, manifest_path, read_withdrawals
from lenet.datasets.dataset import TEST, TRAIN, VALIDATION
from lenet.errors import DataError
from lenet.ink import read_drawings
from lenet.models import load_model
from lenet.server.collect.pseudonyms import part_of, pseudonym
from lenet.server.collect.types import State
from repository import ROOT

IDS = [UUID(int=number) for number in range(1000, 1400)]


def test_both_databases_give_the_same_bytes_whatever_the_order(tmp_path: Path, postgresql_url: str) -> None:
    fill(str(tmp_path / "a.db"), items())
    fill(str(tmp_path / "b.db"), items()[::-1])
    fill(postgresql_url, items())
    texts = set()
    for number, name in enumerate([str(tmp_path / "a.db"), str(tmp_path / "b.db"), postgresql_url]):
        (tmp_path / str(number)).mkdir()
        path = tmp_path / str(number) / "letters.jsonl.gz"
        write(name, path)
        assert path.read_bytes()[4:8] == bytes(4), "the gzip header has no time"
        texts.add((path.read_bytes(), manifest_path(path).read_bytes()))
    assert len(texts) == 1


def test_an_export_has_every_contribution_of_its_states_and_no_key(tmp_path: Path) -> None:
    name, path = str(tmp_path / "letters.db"), tmp_path / "letters.jsonl.gz"
    fill(name, items())
    fill(name, [contribution("new", identity=uuid4())], state=State.NEW)
    manifest = write(name, path)
    records = lines(path)
    assert [record["id"] for record in records] == [str(item.id) for item in items()]
    first = items()[0]
    assert records[0] == {
        "id": str(first.id),
        "writer": pseudonym(first.key_digest),
        "part": part_of(pseudonym(first.key_digest)),
        "label": "L",
        "state": "accepted",
        "hour": records[0]["hour"],
        "consent": CONSENT_DIGEST,
        "browser_letter": "L",
        "browser_verdict": "letter",
        "model": "0" * 64,
        "page": "1.2.3",
        "server_letter": "L",
        "server_verdict": "letter",
        "agrees": True,
        "strokes": [[[0, 0], [0, 10]], [[0, 10], [6, 10.5]]],
    }
    unpacked = gzip.decompress(path.read_bytes())
    assert not [item for item in items() if item.key_digest.hex().encode() in unpacked]
    assert manifest["sha256"] == hashlib.sha256(unpacked).hexdigest()
    assert (manifest["contributions"], manifest["contributors"]) == (80, 20)
    assert manifest["letters"] == dict.fromkeys("LMlm", 20)
    [consent] = manifest["consents"]
    assert consent["text"].encode() == CONSENT
    assert consent["contributions"] == 80
    assert len(write(name, path, (State.NEW, State.ACCEPTED))["states"]) == 2
    assert len(lines(path)) == 81


def test_the_manifest_and_the_list_follow_their_schemas(tmp_path: Path) -> None:
    name, path = str(tmp_path / "letters.db"), tmp_path / "letters.jsonl.gz"
    fill(name, items(3))
    withdraw(name, "contributor 1")
    schema = json.loads((ROOT / "docs/reference/schemas/contributions.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(write(name, path))
    assert lenet("collect", "export", name, "--withdrawn", tmp_path / "withdrawn.json").returncode == 0
    Draft202012Validator(schema).validate(json.loads((tmp_path / "withdrawn.json").read_text()))
    line = {"$ref": "#/$defs/line", "$defs": schema["$defs"]}
    for record in lines(path):
        Draft202012Validator(line).validate(record)


def test_the_parts_are_by_contributor_and_as_large_as_they_should_be() -> None:
    """The oracle is arithmetic on the digest as a whole number."""
    count = {"train": 0, "validation": 0, "test": 0}
    for number in range(20_000):
        writer = pseudonym(key(str(number)))
        tenths = int(writer[:8], 16) * 10 // 2**32
        expected = "test" if tenths < 2 else "validation" if tenths < 3 else "train"
        assert part_of(writer) == expected
        count[expected] += 1
    for part, share in (("train", 0.7), ("validation", 0.1), ("test", 0.2)):
        assert abs(count[part] / 20_000 - share) < 0.015
    assert (
        pseudonym(key("ada"))
        == hashlib.sha256(b"lenet-contributions/1 writer " + key("ada")).hexdigest()[:32]
    )


def test_training_and_validation_never_share_a_contributor(tmp_path: Path) -> None:
    name, path = str(tmp_path / "letters.db"), tmp_path / "letters.jsonl.gz"
    fill(name, items(40))
    write(name, path)
    part_of_image = {}
    for drawing in read_drawings(path):
        part_of_image[drawing.writer] = drawing.part
    data = datasets.load(str(path))
    writers = np.array([drawing.writer for drawing in read_drawings(path)])
    for code, part in ((TRAIN, "train"), (VALIDATION, "validation"), (TEST, "test")):
        assert set(writers[data.parts == code]) == {w for w, p in part_of_image.items() if p == part}
    training = datasets.load_all([str(path)])
    assert TEST not in training.parts
    assert "images of its test part are left out" in training.notes[0]
    train, validation = datasets.train_validation_split(training)
    assert set(train.parts) == {TRAIN}
    assert set(validation.parts) == {VALIDATION}
    test = datasets.load(f"{path}:test")
    assert set(test.parts) == {TEST}
    assert len(train) + len(validation) + len(test) == len(data)
    assert len(datasets.load(f"{path}:train")) == len(training)
    assert len(datasets.load_train_test(str(path)).test) == len(test)


@pytest.mark.parametrize("contributors", [2, 3, 5, 9])
def test_few_contributors_are_split_too_and_never_shared(contributors: int, tmp_path: Path) -> None:
    path = tmp_path / "letters.jsonl"
    record = {"label": "L", "part": "train", "strokes": [[[0, 0], [0, 10]]]}
    with path.open("w") as stream:
        for number in range(contributors):
            for letter in "LM":
                entry = {**record, "id": str(uuid4()), "writer": f"{number:032x}", "label": letter}
                stream.write(json.dumps(entry) + "\n")
    data = datasets.load_all([str(path)])
    writers = np.array([drawing.writer for drawing in read_drawings(path)])
    chosen = set(writers[data.parts == VALIDATION])
    assert chosen == {f"{0:032x}"}
    assert not chosen & set(writers[data.parts == TRAIN])


def test_a_single_contributor_is_split_by_drawings(tmp_path: Path) -> None:
    path = tmp_path / "letters.jsonl"
    record = {"writer": "a", "label": "L", "part": "train", "strokes": [[[0, 0], [0, 10]]]}
    path.write_text("".join(json.dumps({**record, "id": str(uuid4())}) + "\n" for _ in range(20)))
    train, validation = datasets.train_validation_split(datasets.load_all([str(path)]))
    assert (len(train), len(validation)) == (18, 2)


def test_keys_of_other_programs_mean_nothing(tmp_path: Path) -> None:
    path = tmp_path / "letters.jsonl"
    identity = str(uuid4())
    records: list[dict[str, object]] = [
        {"part": "test"},
        {"id": 7, "part": "test"},
        {"id": identity, "part": 3},
        {"id": identity, "part": []},
    ]
    strokes = {"label": "L", "strokes": [[[0, 0], [0, 10]]]}
    path.write_text("".join(json.dumps({**record, **strokes}) + "\n" for record in records))
    assert [(drawing.id, drawing.part) for drawing in read_drawings(path)] == [(None, None)] * 4
    assert not datasets.load(str(path)).parts.any()


# ---- Withdrawn contributions --------------------------------------------------------------------


def test_an_export_older_than_a_withdrawal_is_refused(exported: tuple[str, Path], tmp_path: Path) -> None:
    name, path = exported
    withdraw(name, "contributor 3")
    tombstones = tmp_path / "withdrawn.json"
    assert "wrote" in lenet("collect", "export", name, "--withdrawn", tombstones).stdout
    words = ("train", "--data", path, "--withdrawn", tombstones, "--out", tmp_path / "run")
    refused = lenet(*words)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"lenet: {path}: is older than {tombstones}, which has 4 more withdrawn contributions; export "
        "the data again\n"
    )
    assert not (tmp_path / "run").exists()
    manifest = write(name, path)
    [entry] = manifest["withdrawn"]
    assert entry["ids"] == [str(identity) for identity in IDS[12:16]]
    gone = check_withdrawn([str(path)], tombstones)
    assert (gone.ids, gone.contributors) == (frozenset(entry["ids"]), 1)
    assert not gone.ids & {drawing.id for drawing in read_drawings(path)}


def test_a_manifest_serves_as_the_list(exported: tuple[str, Path], tmp_path: Path) -> None:
    name, path = exported
    withdraw(name, "contributor 3")
    (tmp_path / "new").mkdir()
    newer = tmp_path / "new" / "letters.jsonl.gz"
    write(name, newer)
    with pytest.raises(DataError, match="is older than"):
        check_withdrawn([str(path)], manifest_path(newer))
    assert check_withdrawn([str(newer)], manifest_path(path)).contributors == 1


def test_the_model_says_without_how_many_contributors_it_was_trained(
    exported: tuple[str, Path], tmp_path: Path
) -> None:
    name, path = exported
    withdraw(name, "contributor 3")
    withdraw(name, "contributor 4")
    tombstones = tmp_path / "withdrawn.json"
    lenet("collect", "export", name, "--out", path, "--withdrawn", tombstones)
    words = ["--epochs", 1, "--batch-size", 4, "--arch", "lenet5", "--out", tmp_path / "run"]
    done = lenet("train", "--data", path, "--withdrawn", tombstones, *words)
    assert done.returncode == 0, done.stderr
    assert "images of its test part are left out" in done.stdout
    model = load_model(tmp_path / "run" / "model.safetensors")
    assert model.training.withdrawn_contributors == 2
    card = lenet("model-card", "--model", tmp_path / "run" / "model.safetensors").stdout
    assert "\nTrained without 2 withdrawn contributors.\n" in card


def test_withdrawn_drawings_in_other_files_are_left_out(exported: tuple[str, Path], tmp_path: Path) -> None:
    _, path = exported
    drawings = list(read_drawings(path))
    rendering = datasets.Rendering(without=frozenset(str(identity) for identity in IDS[:8]))
    assert len(datasets.rasterize_drawings(drawings, rendering)) == len(drawings) - 8


def test_an_export_without_its_own_manifest_is_refused(exported: tuple[str, Path], tmp_path: Path) -> None:
    name, path = exported
    tombstones = tmp_path / "withdrawn.json"
    lenet("collect", "export", name, "--withdrawn", tombstones)
    data = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(data, 1))  # packed otherwise: the same lines
    assert check_withdrawn([str(path)], tombstones).contributors == 0
    path.write_bytes(gzip.compress(data + b"\n"))
    with pytest.raises(DataError, match=r"is not the file that letters.manifest.json describes"):
        check_withdrawn([str(path)], tombstones)
    manifest_path(path).unlink()
    with pytest.raises(DataError, match=r"its age is unknown without letters.manifest.json; copy that file"):
        check_withdrawn([str(path)], tombstones)
    other = tmp_path / "other.jsonl"
    other.write_text('{"label": "L", "strokes": [[[0, 0], [0, 9]]]}\n')
    assert check_withdrawn([str(other), "font-letters"], tombstones).contributors == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"format": "lenet-withdrawn/2", "withdrawn": []}',
        '{"format": "lenet-withdrawn/1"}',
        '{"format": "lenet-withdrawn/1", "withdrawn": [{"hour": 1}]}',
        '{"format": "lenet-withdrawn/1", "withdrawn": [{"hour": 1.5, "ids": []}]}',
        '{"format": "lenet-withdrawn/1", "withdrawn": [{"hour": 1, "ids": ["a"]}]}',
        '{"format": "lenet-withdrawn/1", "withdrawn": [{"hour": 1, "ids": [1]}]}',
        "[" * 100_000,
    ],
)
def test_a_damaged_list_is_refused_in_one_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "withdrawn.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"^[^\n]+withdrawn.json: [^\n]+; [^\n]+$"):
        read_withdrawals(path)
