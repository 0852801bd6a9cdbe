"""core/lenet.h and what was generated from it for Python, TypeScript and the C++ core."""

from __future__ import annotations

import ctypes
from types import ModuleType

import pytest

from repository import ROOT

HEADER = """
enum lenet_colour {
  LENET_RED = 2, /* as a
                    brick */
  LENET_GREEN    /* as grass */
};
enum { LENET_MANY = 1 << 4, LENET_MORE = LENET_MANY + 1 };
/* A share
 * of something. */
#define LENET_SHARE 0.25
typedef struct lenet_inner {
  uint8_t flag;
  double value; /* any */
} lenet_inner;
typedef struct lenet_outer {
  int32_t first;
  lenet_inner inner;
  float last;
} lenet_outer;
typedef struct lenet_array {
  const float* first; /* or null */
  int32_t count;
  uint8_t colours[LENET_MANY + 1]; /* of all */
  float last;
} lenet_array;
LENET_API int64_t lenet_measure(const lenet_outer* outer, int32_t count, /* how many */
                                float *result);
LENET_API void_is_unknown;
"""


@pytest.fixture
def abi(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "codegen"))
    import abi

    return abi


def test_what_is_checked_in_is_what_the_header_says(abi: ModuleType) -> None:
    interface = abi.parse(abi.HEADER.read_text(encoding="utf-8"))
    for path, write in abi.WRITERS.items():
        assert path.read_text(encoding="utf-8") == write(interface), f"run {abi.__file__}"


def test_functions_take_at_most_seven_arguments(abi: ModuleType) -> None:
    for function in abi.parse(abi.HEADER.read_text(encoding="utf-8")).functions:
        assert len(function.arguments) <= 7, function.name


def test_any_header_is_read(abi: ModuleType) -> None:
    text = HEADER.replace("LENET_API void_is_unknown;\n", "")
    interface = abi.parse(text)
    assert [(c.name, c.value) for c in interface.constants] == [
        ("MANY", 16),
        ("MORE", 17),
        ("SHARE", 0.25),
    ]
    assert interface.constants[2].comment == "A share of something."
    [colour] = interface.named_enums
    assert [(c.name, c.value, c.comment) for c in colour.constants] == [
        ("RED", 2, "as a brick"),
        ("GREEN", 3, "as grass"),
    ]
    inner, outer, array = interface.structs
    assert [(f.name, f.type, f.offset, f.length) for f in array.fields] == [
        ("first", "pointer", 0, None),  # in WebAssembly
        ("count", "int32_t", 4, None),
        ("colours", "uint8_t", 8, 17),
        ("last", "float", 28, None),
    ]
    assert array.fields[2].comment == "of all"
    assert (inner.is_portable, array.is_portable) == (True, False)
    assert [(f.name, f.offset) for f in inner.fields] == [("flag", 0), ("value", 8)]
    assert [(f.name, f.offset) for f in outer.fields] == [("first", 0), ("inner", 8), ("last", 24)]
    assert (inner.size, outer.size) == (16, 32)
    [measure] = interface.functions
    assert measure.arguments == (("outer", "pointer"), ("count", "int32_t"), ("result", "pointer"))


@pytest.mark.parametrize(
    "text",
    [
        HEADER,
        "typedef struct lenet_x {\n  int16_t a;\n} lenet_x;",
        "LENET_API int32_t lenet_f(int16_t a);",
        "enum { LENET_A = sizeof(int) };",
    ],
)
def test_what_is_not_understood_is_refused(abi: ModuleType, text: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        abi.parse(text)


def test_structures_of_python_are_laid_out_as_the_compiler_does(abi: ModuleType) -> None:
    from lenet.engine import abi as generated

    for struct in abi.parse(abi.HEADER.read_text(encoding="utf-8")).structs:
        made = getattr(generated, struct.name.removeprefix("lenet_").capitalize())
        assert [name for name, *_ in made._fields_] == [field.name for field in struct.fields]
        if not struct.is_portable:
            continue  # with pointers, ctypes lays it out by the rules of the platform
        assert ctypes.sizeof(made) == struct.size
        for field in struct.fields:
            assert getattr(made, field.name).offset == field.offset
