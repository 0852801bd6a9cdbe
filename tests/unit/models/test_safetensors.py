"""The reader and writer of safetensors, against the safetensors package."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lenet.errors import LenetError
from lenet.models.safetensors import DTYPES, MAX_HEADER, MAX_TENSORS, parse, serialize

SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, max_side=4)
WRITTEN = arrays.arrays(st.sampled_from([np.float32, np.int8]), SHAPES)
READ = arrays.arrays(st.sampled_from([DTYPES[name] for name in DTYPES if name != "BF16"]), SHAPES)
NAMES = st.text(min_size=1, max_size=8).filter(lambda name: name != "__metadata__")
TEXTS = st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3)


def same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> None:
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert array.dtype == second[name].dtype
        np.testing.assert_array_equal(array, second[name])


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, WRITTEN, max_size=5), TEXTS)
def test_what_is_written_is_read_by_both(tensors: dict[str, np.ndarray], texts: dict[str, str]) -> None:
    data = serialize(tensors, texts)
    same(safetensors.numpy.load(data), tensors)
    contents = parse(data)
    assert contents.metadata == texts
    same({name: contents.array(name) for name in contents.entries}, tensors)
    assert (len(data) - len(contents.data)) % 8 == 0


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, READ, min_size=1, max_size=5), TEXTS)  # without, it writes no JSON
def test_what_the_package_writes_is_read(tensors: dict[str, np.ndarray], texts: dict[str, str]) -> None:
    contents = parse(safetensors.numpy.save(tensors, texts))
    assert contents.metadata == texts
    same({name: contents.array(name) for name in contents.entries}, tensors)


def test_bfloat16_is_the_upper_half_of_float32() -> None:
    exact = np.array([1.5, -2, 0, np.inf], np.float32)
    data = serialize({"x": (exact.view(np.uint32) >> 16).astype(np.uint16).view(np.int8)}, {})
    data = data.replace(b'"I8","shape":[8]', b'"BF16","shape":[4]').replace(b"}}", b"}}", 1)
    size = int.from_bytes(data[:8], "little") + 2  # the header is two bytes longer
    np.testing.assert_array_equal(parse(size.to_bytes(8, "little") + data[8:]).array("x"), exact)


def test_too_much_is_not_written() -> None:
    with pytest.raises(LenetError, match="1 MiB"):
        serialize({}, {"long": "x" * MAX_HEADER})
    with pytest.raises(LenetError, match="64 MiB"):
        serialize({"x": np.zeros(2**26, np.int8)}, {})
    with pytest.raises(ValueError, match="surrogates"):
        serialize({}, {"half": "\ud800"})


def test_limits_hold_before_memory_is_spent() -> None:
    """A header may announce more than there is; nothing is allocated for it."""
    texts = [
        b'{"x":{"dtype":"F32","shape":[4194304,4],"data_offsets":[0,67108864]}}',
        b'{"x":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}',
        b"{" + b",".join(b'"%d":{}' % n for n in range(MAX_TENSORS + 1)) + b"}",
    ]
    for text in texts:
        data = len(text).to_bytes(8, "little") + text
        tracemalloc.start()
        with pytest.raises(LenetError):
            parse(data)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
        tracemalloc.stop()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused_in_one_line(data: bytes, headed: bool) -> None:
    if headed:
        data = (len(data) + 1).to_bytes(8, "little") + b"{" + data
    try:
        parse(data)
    except LenetError as error:
        assert "\n" not in str(error)  # noqa: PT017
