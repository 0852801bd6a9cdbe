"""`lenet import` as a user runs it: the published model, round trips, what files do not tell."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from javascript import Run
from lenet import exporters, ink
from lenet.cli import main as cli
from lenet.datasets import load
from lenet.exporters import FORMATS
from lenet.importers import ImportOptions, import_model, trial
from lenet.inference.recognizer import Recognizer
from lenet.ink import Orientation
from lenet.models import DEFAULT_MODEL, Dense, Scale, get_spec, layer_table, load_model
from made import NETWORKS, blots, refusal, untrained
from made_models import IMAGES, answers, dense_topology, dense_weights, write_tfjs
from seed_weights import SHARD, seed_parameters

# Prints the answers of TensorFlow.js for the published model.
ASK = """
import * as tf from "@tensorflow/tfjs";
await tf.setBackend("cpu");
const model = await tf.loadLayersModel("model.json");
const pixels = new Uint8Array(await (await fetch("images.bin")).arrayBuffer());
const images = tf.tensor(pixels, [pixels.length / 784, 28, 28, 1]).div(255);
console.log(JSON.stringify([...model.predict(images).dataSync()]));
"""
# Builds a model in TensorFlow.js and saves it with its own writer.
SAVE = """
import * as tf from "@tensorflow/tfjs";
await tf.setBackend("cpu");
const { layers } = tf;
const image = tf.input({ shape: [28, 28, 1] });
const chain = [
  layers.conv2d({ filters: 3, kernelSize: 5, strides: 2, padding: "same", activation: "tanh" }),
  layers.batchNormalization({}),
  layers.maxPooling2d({ poolSize: 2, strides: 2 }),
  layers.depthwiseConv2d({ kernelSize: 2, strides: 2 }),
  layers.reLU(),
  layers.dropout({ rate: 0.5 }),
  layers.flatten(),
  layers.dense({ units: 26, activation: "softmax" }),
];
const outputs = chain.reduce((x, layer) => layer.apply(x), image);
const model = tf.model({ inputs: image, outputs });
const drawn = (weight, seed) => tf.randomUniform(weight.shape, 0.1, 0.5, "float32", seed);
model.setWeights(model.getWeights().map(drawn));
let saved;
await model.save(tf.io.withSaveHandler(async (artifacts) => { saved = artifacts; return {}; }));
const pixels = new Uint8Array(await (await fetch("images.bin")).arrayBuffer());
const images = tf.tensor(pixels, [pixels.length / 784, 28, 28, 1]).div(255);
console.log(JSON.stringify({
  modelTopology: saved.modelTopology,
  weights: saved.weightSpecs,
  data: [...new Uint8Array(saved.weightData)],
  answers: [...model.predict(images).dataSync()],
}));
"""
PEN = 0.1  # at which the published model reads most of unipen_dev


def run(*arguments: object) -> int:
    return cli.main([str(argument) for argument in arguments])


def drawn(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels 0..25 of the drawings in a file."""
    drawings = list(ink.read_drawings(path))
    images = np.array([ink.rasterize(drawing.strokes, PEN) for drawing in drawings])
    labels = np.array([ord(str(drawing.label).upper()) - ord("A") for drawing in drawings])
    return images, labels


def test_the_published_model_is_imported_evaluated_and_used(
    tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model.safetensors"
    assert run("import", shared / "seed", "--out", out, "--pen-width", PEN) == 0
    output = capsys.readouterr().out
    assert "TensorFlow.js Layers, input 0..1" in output
    assert "conv2        16 x 10 x 10         3,216" in output
    assert "39,318 parameters, outputs ABCDEFGHIJKLMNOPQRSTUVWXYZ" in output
    assert f"lenet serve --model {out}" in output
    model = load_model(out)
    np.testing.assert_array_equal(model.parameters, seed_parameters(shared / "seed"))
    assert run("evaluate", "--model", out, "--data", "omniglot_latin", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    images, labels = drawn(shared / "strokes" / "omniglot_latin.jsonl.gz")
    assert record["n"] == len(labels)
    assert record["right"] == (answers(model, images).argmax(1) == labels).sum() > 0.9 * 520
    assert run("predict", "--model", out, shared / "strokes" / "omniglot_latin.jsonl.gz") == 0
    assert len(capsys.readouterr().out.splitlines()) == 520
    assert run("model-card", "--model", out) == 0
    card = capsys.readouterr().out
    assert "holzweber2021" in card
    assert "Another program trained it; it was imported from" in card


def test_it_answers_as_tensorflow_js_does(shared: Path, in_chromium: Run) -> None:
    """The same images: the same probabilities, and as many right."""
    model = import_model(shared / "seed").model
    for name in ("omniglot_latin", "unipen_dev"):
        images, labels = drawn(shared / "strokes" / f"{name}.jsonl.gz")
        seed = {part: (shared / "seed" / part).read_bytes() for part in ("model.json", SHARD)}
        output = in_chromium(ASK, {**seed, "images.bin": images.tobytes()})
        theirs, ours = np.reshape(json.loads(output), (-1, 26)), answers(model, images)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
        right = [int((shares.argmax(1) == labels).sum()) for shares in (ours, theirs)]
        print(f"{name}: {right[0]} right here, {right[1]} in TensorFlow.js, of {len(labels)}")
        assert right[0] == right[1]


def test_what_tensorflow_js_saves_is_read(tmp_path: Path, in_chromium: Run) -> None:
    record = json.loads(in_chromium(SAVE, {"images.bin": IMAGES.tobytes()}))
    (tmp_path / "weights.bin").write_bytes(bytes(record["data"]))
    manifest = [{"paths": ["./weights.bin"], "weights": record["weights"]}]
    model = {"modelTopology": record["modelTopology"], "weightsManifest": manifest}
    (tmp_path / "model.json").write_text(json.dumps(model))
    probabilities = answers(import_model(tmp_path).model)
    np.testing.assert_allclose(probabilities.ravel(), record["answers"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("form", ["tfjs", "keras", "onnx"])
def test_what_is_exported_can_be_imported(tmp_path: Path, form: str) -> None:
    """All but what shrinks its image first, or has images of other sizes."""
    for name in set(NETWORKS) - {"lecun1989", "resized", "uneven"}:
        model = untrained(name)
        graph = exporters.lower(model, blots(model))
        (tmp_path / name).mkdir()
        path, *_ = FORMATS[form].writer.write(graph, tmp_path / name)
        back = import_model(path).model
        expected = graph.probabilities(graph.sample)
        np.testing.assert_allclose(answers(back, graph.sample), expected, rtol=0, atol=1e-5)
        first = model.spec.layers[0]
        if isinstance(first, Scale) and (form == "onnx" or name.startswith("lenet5")):
            continue  # the exports make other pixels and backgrounds of it, to the same effect
        assert layer_table(back.spec) == layer_table(model.spec)
        last = model.spec.stages[-1].parameters  # which took the temperature in
        np.testing.assert_allclose(back.parameters[:-last], model.parameters[:-last], rtol=3e-7)


@pytest.mark.parametrize("name", ["lenet1", "lenet5-softmax", "lenet5-relu", "modern-s"])
def test_an_exported_state_dict_can_be_imported(tmp_path: Path, name: str) -> None:
    """Bit by bit; its temperature is the module's, and stays behind."""
    model = untrained(name, temperature=1.0)
    graph = exporters.lower(model, blots(model))
    _, path = FORMATS["torch"].writer.write(graph, tmp_path)
    back = import_model(path, ImportOptions(architecture=get_spec(name).to_json())).model
    np.testing.assert_allclose(back.parameters, model.parameters, rtol=3e-7)
    assert layer_table(back.spec) == layer_table(model.spec)


def test_our_own_file_passes_through(tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    assert run("import", DEFAULT_MODEL, "--out", out) == 0
    assert out.read_bytes() == DEFAULT_MODEL.read_bytes()
    assert "already" in refusal(
        import_model, DEFAULT_MODEL, ImportOptions(orientation=Orientation.TRANSPOSED)
    )
    tensors = load_file(DEFAULT_MODEL)  # by the safetensors package, which sorts
    with safe_open(DEFAULT_MODEL, "numpy") as opened:
        save_file(tensors, out, opened.metadata())
    assert import_model(out).model.metadata == load_model(DEFAULT_MODEL).metadata
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(DEFAULT_MODEL.read_bytes()[:-4])
    assert "cut short" in refusal(import_model, damaged)


# ---- What files do not tell --------------------------------------------------------------------


def saved(folder: Path, units: int = 26) -> Path:
    folder.mkdir(exist_ok=True)
    return write_tfjs(folder, dense_topology(units), dense_weights(units))


def test_options_reach_the_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = saved(tmp_path / "net", 4), tmp_path / "out.safetensors"
    assert run("import", path, "--out", out) == 1
    assert "has 4 outputs; say with --labels" in capsys.readouterr().err
    options = ["--labels", "xyz", "--keep-outputs", "1..", "--input=-1..1", "--pen-width", "0.3"]
    assert run("import", path.parent, "--out", out, *options, "--orientation", "transposed") == 0
    model = load_model(out)
    assert (model.labels, model.pen_width) == ("xyz", 0.3)
    assert model.training.name == "net"
    assert model.training.imported["input_range"] == [-1, 1]
    assert model.training.imported["orientation"] == "transposed"
    assert model.spec.layers[0] == Scale(-1, 1)
    weight, bias = (array.astype(float)[..., 1:] for _, array in dense_weights(4))
    turned = IMAGES.transpose(0, 2, 1).reshape(-1, 784) / 127.5 - 1
    logits = turned @ weight + bias
    shares = np.exp(logits - logits.max(1, keepdims=True))
    expected = shares / shares.sum(1, keepdims=True)
    np.testing.assert_allclose(answers(model), expected, rtol=0, atol=1e-5)
    assert str(tmp_path) not in repr(model.metadata)


def test_an_inverted_model_reads_dark_ink(tmp_path: Path) -> None:
    path, out = saved(tmp_path / "net"), tmp_path / "out.safetensors"
    assert run("import", path, "--out", out, "--invert") == 0
    inverted = load_model(out)
    assert inverted.training.imported["input_range"] == [1, 0]
    plain = import_model(path).model
    np.testing.assert_allclose(
        Recognizer(inverted).probabilities(IMAGES),
        Recognizer(plain).probabilities(255 - IMAGES),
        rtol=0,
        atol=1e-5,
    )


def test_a_network_for_bytes_gets_its_factor_in_its_weights(tmp_path: Path) -> None:
    """A pixel of 255 is beyond what a scale may say."""
    model = import_model(saved(tmp_path), ImportOptions(input_range=(0, 255))).model
    assert model.spec.layers == (Dense(26),)
    np.testing.assert_allclose(model.parameters[: 784 * 26], dense_weights()[0][1].ravel() * 255, rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--input", "5"], "is not a range"),
        (["--input", "1..1"], "is not a range"),
        (["--input", "0..nan"], "is not a range"),
        (["--pen-width", "3"], "must be between 0.02 and 1;"),
    ],
)
def test_arguments_are_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    with pytest.raises(SystemExit):
        run("import", tmp_path, "--out", tmp_path / "x", *arguments)
    assert expected in capsys.readouterr().err


def test_errors_name_the_file_and_the_remedy(
    tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.safetensors"
    for name, data in {"empty": b"", "text": b"hello", "tar": bytes(600)}.items():
        (tmp_path / name).write_bytes(data)
        assert run("import", tmp_path / name, "--out", out) == 1
        assert "not a model that can be imported; " in capsys.readouterr().err
    for place, more, expected in (
        (tmp_path / "none", [], "no such file"),
        (tmp_path, [], "a folder, not a model that can be imported; name a file in it"),
        (shared / "seed", ["--arch", "lenet5"], "leave --arch out"),
        (shared / "seed", ["--labels", "AB"], "26 outputs for 2 labels"),
        (shared / "seed", ["--arch", "lenet6"], "no such architecture"),
        (shared / "seed", ["--arch", str(tmp_path / "text")], "not JSON"),
    ):
        assert run("import", place, "--out", out, *more) == 1
        message = capsys.readouterr().err
        assert expected in message
        assert len(message.splitlines()) == 1
    assert not out.exists()
    assert run("import", shared / "seed", "--out", tmp_path / "no" / "out") == 1
    assert "cannot be written" in capsys.readouterr().err


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 414613\n"
SAVED_MODEL = b"\x08\x01\x12\x80\x01\x0a\x10\x12\x0e\x0a\x0cAssignVariableOp" + bytes(90)
STAND_INS = {
    **{
        f"model{ending}": (LFS, "a pointer of Git LFS, not a model that can be imported; run `git lfs pull`")
        for ending in (".h5", ".keras", ".onnx", ".safetensors", ".json", ".pt", "")
    },
    "page.h5": (b"<!DOCTYPE html>\n<html>busy</html>", "a web page (HTML), not a model"),
    "page.onnx": (b"\n\n<html>busy</html>", "a web page (HTML), not a model"),
    "saved_model.pb": (SAVED_MODEL, "a SavedModel of TensorFlow, not a model that can be imported; save the"),
    "model.tflite": (b"\x1c\0\0\0TFL3" + bytes(90), "a TensorFlow Lite (LiteRT) model, not a model"),
    "letters.npy": (b"\x93NUMPY" + bytes(90), "one array of NumPy (.npy), not a model"),
    "letters.png": (b"\x89PNG\r\n\x1a\n" + bytes(90), "a picture, not a model that can be imported"),
}


@pytest.mark.parametrize("name", STAND_INS)
def test_names_what_a_file_is_that_is_not_a_model(tmp_path: Path, name: str) -> None:
    data, expected = STAND_INS[name]
    (tmp_path / name).write_bytes(data)
    assert expected in refusal(import_model, tmp_path / name)
    if name == "saved_model.pb":
        assert expected in refusal(import_model, tmp_path)


def test_names_a_pointer_in_the_place_of_weights(tmp_path: Path) -> None:
    path = saved(tmp_path)
    next(tmp_path.glob("*.bin")).write_bytes(LFS)
    assert "shard1of1.bin: a pointer of Git LFS, not weights; run `git lfs pull`" in refusal(
        import_model, path
    )


def test_layers_without_weights_are_named(tmp_path: Path) -> None:
    """Keras's `to_json`, beside which the weights lie in another file."""
    path = tmp_path / "model.json"
    path.write_text(json.dumps(dense_topology()))
    assert "layers without weights; save the whole model" in refusal(import_model, path)


# ---- Orientation -------------------------------------------------------------------------------


def trained(folder: Path, orientation: Orientation, invert: bool = False) -> Path:
    """A dense layer fitted to font letters in that orientation by least squares."""
    data = load("font-letters")
    images = orientation.apply(data.images)
    pixels = (255 - images if invert else images).reshape(-1, 784) / 255.0
    rows = np.column_stack([pixels, np.ones(len(pixels))])
    square = rows.T @ rows + 30 * np.eye(785)
    weights = np.linalg.solve(square, rows.T @ (10.0 * np.eye(26)[data.labels]))
    folder.mkdir(exist_ok=True)
    arrays = [("d/kernel", weights[:784].astype(np.float32)), ("d/bias", weights[784].astype(np.float32))]
    return write_tfjs(folder, dense_topology(), arrays)


@pytest.mark.parametrize(
    ("orientation", "invert", "options"),
    [
        (Orientation.UPRIGHT, False, ""),
        (Orientation.TRANSPOSED, False, "--orientation transposed"),
        (Orientation.ROT90, False, "--orientation rot90"),
        (Orientation.FLIP_HORIZONTAL, True, "--orientation flip-horizontal --invert"),
    ],
)
def test_import_names_a_better_orientation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], orientation: Orientation, invert: bool, options: str
) -> None:
    path, out = trained(tmp_path / "net", orientation, invert), tmp_path / "out.safetensors"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    more = ["--labels", letters, "--input=-1.5..1", "--keep-outputs", "0..", "--pen-width", "0.2"]
    more = more if options else []
    assert run("import", path, "--out", out, *more) == 0
    message, _, following = capsys.readouterr().out.partition("next:\n")
    if options:
        assert f" % with {options}, " in message
        command = shlex.split(following)
        assert command == ["lenet", "import", *map(str, [path, "--out", out]), *more, *options.split()]
        assert run(*command[1:]) == 0
        assert "lenet serve --model" in capsys.readouterr().out
        assert run("import", path, "--out", out, "--orientation", "rot180") == 0
        assert f" % with {options}, " in capsys.readouterr().out
    accuracy = (
        Recognizer(import_model(path, hinted(options)).model).probabilities(FONT.images).argmax(1)
        == FONT.labels
    )
    assert accuracy.mean() > 0.6


def test_a_network_that_takes_too_long_is_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = trained(tmp_path / "net", Orientation.TRANSPOSED)
    model = import_model(path).model
    assert trial.orientation_hint(path, ImportOptions(), model) is not None
    monkeypatch.setattr(trial, "MAX_WORK", 1e6)
    assert trial.orientation_hint(path, ImportOptions(), model) is None


def hinted(options: str) -> ImportOptions:
    words = options.split()
    orientation = Orientation(words[1]) if "--orientation" in words else Orientation.UPRIGHT
    return ImportOptions(orientation=orientation, invert="--invert" in words)


FONT = load("font-letters").take(np.arange(0, 5000, 10))
