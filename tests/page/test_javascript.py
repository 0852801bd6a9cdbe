"""The runtimes in Chromium run, and a script that fails fails its test."""

from __future__ import annotations

import pytest

from javascript import Run


def test_tensorflow_js_runs(in_chromium: Run) -> None:
    script = """
import * as tf from "@tensorflow/tfjs";
await tf.setBackend("cpu");
const answer = await (await fetch("a.bin")).arrayBuffer();
console.log(tf.version.tfjs, new Uint8Array(answer), tf.scalar(2).add(3).dataSync()[0]);
"""
    assert in_chromium(script, {"a.bin": b"\x01\x02"}) == "4.22.0 1,2 5\n"


def test_onnx_runtime_web_runs(in_chromium: Run) -> None:
    script = """
import * as ort from "onnxruntime-web/wasm";
ort.env.wasm.numThreads = 1;
const pair = new ort.Tensor("uint8", [1, 2], [2]);
console.log(ort.env.versions.web, pair.data);
"""
    assert in_chromium(script, {}) == "1.30.0 1,2\n"


def test_a_script_that_fails_says_why(in_chromium: Run) -> None:
    with pytest.raises(AssertionError, match="no such thing"):
        in_chromium('throw new Error("no such thing");', {})


def test_nothing_comes_from_elsewhere(in_chromium: Run) -> None:
    with pytest.raises(AssertionError, match="Failed to fetch"):
        in_chromium('await fetch("http://127.0.0.2/");', {})
