"""Network specifications that every reader must refuse, with a part of the message."""

from __future__ import annotations

import math


def spec(*layers: object, side: object = (28, 28)) -> dict[str, object]:
    return {"input": side, "layers": [*layers, {"dense": 26}]}


def conv(**keys: object) -> dict[str, object]:
    return spec({"conv": 2, "kernel": 3, **keys})


def rbf(**keys: object) -> dict[str, object]:
    return {"input": [28, 28], "layers": [{"dense": 2}, {"rbf": 26, **keys}]}


BAD = {
    "no object": (7, "exactly"),
    "no layers": ({"input": [28, 28]}, "exactly"),
    "more keys": ({**spec(), "name": "x"}, "exactly"),
    "input": (spec(side=28), "rows, columns"),
    "three sides": (spec(side=[28, 28, 1]), "rows, columns"),
    "side 0": (spec(side=[28, 0]), "1..512"),
    "side 513": (spec(side=[513, 28]), "1..512"),
    "side true": (spec(side=[True, 28]), "1..512"),
    "side 28.0": (spec(side=[28.0, 28]), "1..512"),
    "no list": ({"input": [28, 28], "layers": {"dense": 26}}, "list of 1 to 32"),
    "none": ({"input": [28, 28], "layers": []}, "list of 1 to 32"),
    "many": (spec(*[{"relu": {}}] * 32), "list of 1 to 32"),
    "word": (spec("relu"), "layer 1: must be an object"),
    "unknown": (spec({"relu": {}}, {"dropout": 0.5}), "layer 2: must be an object"),
    "two": (spec({"relu": {}, "maxpool": 2}), "layer 1: must be an object"),
    "unknown key": (spec({"maxpool": 2, "stride": 2}), "layer 1: maxpool takes only"),
    "dilation": (spec({"conv": 2, "kernel": 3, "dilation": 2}), "layer 1: conv takes only"),
    "tanh 1": (spec({"tanh": 1}), 'layer 1: write {"tanh": {}}'),
    "scale one": (spec({"scale": [1]}), "[low, high]"),
    "scale word": (spec({"scale": ["0", 1]}), "a number, -100..100"),
    "scale true": (spec({"scale": [False, 1]}), "a number, -100..100"),
    "scale 101": (spec({"scale": [0, 101]}), "a number, -100..100"),
    "scale nan": (spec({"scale": [math.nan, 1]}), "a number, -100..100"),
    "scale late": (spec({"relu": {}}, {"scale": [0, 1]}), "layer 2: scale must be the first"),
    "resize late": (spec({"relu": {}}, {"resize": 9}), "layer 2: resize must be the first"),
    "resize twice": (spec({"resize": 9}, {"resize": 9}), "layer 2: resize must be the first"),
    "resize up": (spec({"resize": 29}), "the side 29 is larger than its input"),
    "subsample": (spec({"subsample": 29}), "the window 29 is larger"),
    "subsample after dense": (spec({"dense": 9}, {"subsample": 1}), "layer 2: subsample1"),
    "pad_value": (conv(padding="same", pad_value="0"), "a number, -100..100"),
    "pad_value huge": (conv(padding="same", pad_value=1e300), "a number, -100..100"),
    "pad_value, no padding": (conv(pad_value=1), 'for padding "same" alone'),
    "old key, no padding": (conv(background=1), 'for padding "same" alone'),
    "bias": (conv(bias="position"), '"bias" must be "channel" or "unit"'),
    "bias list": (conv(bias=[]), '"bias" must be "channel" or "unit"'),
    "table null": (conv(table=None), "must not be null"),
    "table word": (conv(table="XX"), 'a list of its rows of "X" and "."'),
    "table marks": (conv(table=["X-"]), 'a list of its rows of "X" and "."'),
    "table numbers": (conv(table=[1, 1]), 'a list of its rows of "X" and "."'),
    "table empty": (conv(table=[]), 'a column without "X"'),
    "table narrow": (conv(table=["X"]), "each row must have 2 marks"),
    "table uneven": (conv(table=["XX", "X"]), "each row must have 2 marks"),
    "table tall": (conv(table=["XX", "XX"]), '"table" must have 1 rows'),
    "table with a gap": (conv(table=["X."]), 'a column without "X"'),
    "table on dense": (spec({"dense": 2, "table": ["XX"]}), "dense takes only"),
    "no codes": (rbf(), '"codes": must be a list of 26 rows'),
    "few codes": (rbf(codes=["XX"]), '"codes": must be a list of 26 rows'),
    "codes uneven": (rbf(codes=[*25 * ["XX"], "X"]), "each row must have as many marks"),
    "codes long": (rbf(codes=26 * ["XXX"]), "each code must have 2 marks"),
    "codes empty": (rbf(codes=26 * [""]), "each code must have 2 marks"),
    "tables large": (
        {"input": [28, 28], "layers": [{"dense": 700}, {"rbf": 26, "codes": 26 * [700 * "X"]}]},
        "more than 16,384 entries",
    ),
    "after rbf": (spec({"dense": 1}, {"rbf": 2, "codes": ["X", "."]}), "layer 3: nothing follows"),
    "nothing to learn": (
        {"input": [1, 1], "layers": [{"rbf": 1, "codes": ["X"]}]},
        "has no parameters",
    ),
    "relu 0": (spec({"relu": 0}), "layer 1: write"),
    "no kernel": (spec({"conv": 2}), 'layer 1: "kernel"'),
    "kernel 16": (spec({"conv": 2, "kernel": 16}), "1..15"),
    "kernel true": (spec({"conv": 2, "kernel": True}), "1..15"),
    "stride 0": (spec({"conv": 2, "kernel": 3, "stride": 0}), "1..8"),
    "channels": (spec({"conv": 4_097, "kernel": 3}), "1..4096"),
    "channels long": (spec({"conv": 10**4_000, "kernel": 3}), "this value"),
    "padding 2": (spec({"conv": 2, "kernel": 5, "padding": 2}), "same"),
    "padding list": (spec({"conv": 2, "kernel": 5, "padding": []}), "same"),
    "even same": (spec({"conv": 2, "kernel": 4, "padding": "same"}), "odd kernel"),
    "large kernel": (spec({"maxpool": 7}, {"conv": 2, "kernel": 5}), "layer 2: conv1: the kernel 5"),
    "large window": (spec({"maxpool": 7}, {"maxpool": 5}), "layer 2: maxpool2: the window 5"),
    "conv after dense": (spec({"dense": 9}, {"conv": 2, "kernel": 1}), "layer 2: conv1"),
    "pool after dense": (spec({"dense": 9}, {"maxpool": 1}), "layer 2: maxpool1"),
    "last": ({"input": [28, 28], "layers": [{"dense": 26}, {"relu": {}}]}, "layer 2: the last"),
    "parameters": (spec(*[{"dense": 4_096}] * 6), "more than 67,108,864 parameters"),
}
