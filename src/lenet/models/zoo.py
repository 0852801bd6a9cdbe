"""The networks that go by name, with the papers' numbers asserted and every departure listed."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Any

from lenet.errors import LenetError
from lenet.models.output_codes import letter_codes
from lenet.models.spec import plan


@dataclass(frozen=True)
class Architecture:
    """A network that goes by name.

    origin      where it was published
    spec        its specification, with 26 outputs
    parameters  how many numbers are to be learned
    published   the same with as many outputs as the paper's; (outputs, parameters)
    names       what the paper calls some of the layers
    departures  in what it differs from the paper

    AssertionError where the numbers of parameters are others.
    """

    name: str
    origin: str
    spec: dict[str, Any]
    parameters: int
    published: tuple[int, int] | None = None
    names: dict[str, str] = field(default_factory=dict)
    departures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        expected = [(self.spec, self.parameters)]
        if self.published:
            expected.append((with_outputs(self.spec, self.published[0]), self.published[1]))
        for spec, parameters in expected:
            count = sum(stage.parameters for stage in plan(spec))
            if count != parameters:
                raise AssertionError(f"{self.name} has {count} parameters, not {parameters}")


def with_outputs(spec: dict[str, Any], outputs: int) -> dict[str, Any]:
    """The specification with another number of outputs, of an rbf layer with its first codes.

    Raises LenetError for more outputs than an rbf layer has codes.
    """
    *layers, last = spec["layers"]
    if "rbf" in last:
        if outputs > len(last["codes"]):
            raise LenetError(f"{len(last['codes'])} codes for {outputs} classes; take a network without rbf")
        last = {"rbf": outputs, "codes": last["codes"][:outputs]}
    else:
        last = {"dense": outputs}
    return {**spec, "layers": [*layers, last]}


_OUTPUTS = "26 letters for 10 digits."
_SOFTMAX = "Linear outputs under a softmax with cross-entropy; the paper has tanh outputs and squared errors."
_OPTIMISER = "The optimiser, its schedule and augmentation are the recipe's, not the paper's."
_IMAGES = "Images as EMNIST makes them, the letter 24 pixels of 28;"

_STRIDED = {
    **{"conv": 12, "kernel": 5, "stride": 2, "padding": "same"},
    **{"background": -1, "bias": "unit"},
}

LECUN1989 = Architecture(
    name="lecun1989",
    origin="LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition",
    spec={
        "input": [28, 28],
        "layers": [
            {"scale": [-1, 1]},
            {"resize": 16},  # (1, 16, 16)
            _STRIDED,
            {"tanh": {}},  # H1 (12, 8, 8)
            {
                **_STRIDED,
                "table": [*4 * ["XXXX....XXXX"], *4 * ["XXXXXXXX...."], *4 * ["....XXXXXXXX"]],
            },
            {"tanh": {}},  # H2 (12, 4, 4)
            {"dense": 30},
            {"tanh": {}},  # H3
            {"dense": 26},
        ],
    },
    parameters=10_256,
    published=(10, 9_760),
    names={"conv1": "H1", "conv2": "H2", "dense1": "H3", "dense2": "output"},
    departures=(
        _OUTPUTS,
        _SOFTMAX,
        'Which 8 of its 12 maps a map of H2 sees is "a scheme that will not be described here": '
        "three groups of four maps leave out a third each (as in Karpathy's lecun1989-repro, "
        "2022).",
        "The background of H1, which H2 sees beyond its edges, is -1 as that of the input.",
        f"{_IMAGES} means of parts of them make 16x16. The paper's digits fill the 16 pixels.",
        _OPTIMISER,
    ),
)

LENET1 = Architecture(
    name="lenet1",
    origin="LeCun et al. 1990, Handwritten digit recognition with a back-propagation network",
    spec={
        "input": [28, 28],
        "layers": [
            {"scale": [-1, 1]},
            {"conv": 4, "kernel": 5},
            {"tanh": {}},  # H1 (4, 24, 24)
            {"subsample": 2},
            {"tanh": {}},  # H2 (4, 12, 12)
            {
                **{"conv": 12, "kernel": 5},
                "table": [
                    "XXX.XX......",
                    ".XXXXX......",
                    "......XXX.XX",
                    ".......XXXXX",
                ],  # table 1
            },
            {"tanh": {}},  # H3 (12, 8, 8)
            {"subsample": 2},
            {"tanh": {}},  # H4 (12, 4, 4)
            {"dense": 26},
        ],
    },
    parameters=5_666,
    published=(10, 2_578),
    names={
        "conv1": "H1",
        "subsample1": "H2",
        "conv2": "H3",
        "subsample2": "H4",
        "dense1": "output",
    },
    departures=(
        _OUTPUTS,
        _SOFTMAX,
        "The paper does not say whether H2 and H4 are squashed; here they are, as in LeNet-5.",
        f"{_IMAGES} the paper's digits are 16 pixels of 28.",
        _OPTIMISER,
    ),
)


def _lenet5(last: dict[str, Any]) -> dict[str, Any]:
    return {
        "input": [28, 28],
        "layers": [
            {"scale": [-0.1, 1.175]},
            {"conv": 6, "kernel": 5, "padding": "same", "background": -0.1},
            {"tanh": {}},  # C1 (6, 28, 28)
            {"subsample": 2},
            {"tanh": {}},  # S2 (6, 14, 14)
            {
                **{"conv": 16, "kernel": 5},
                "table": [  # table I
                    *("X...XXX..XXXX.XX", "XX...XXX..XXXX.X", "XXX...XXX..X.XXX"),
                    *(".XXX..XXXX..X.XX", "..XXX..XXXX.XX.X", "...XXX..XXXX.XXX"),
                ],
            },
            {"tanh": {}},  # C3 (16, 10, 10)
            {"subsample": 2},
            {"tanh": {}},  # S4 (16, 5, 5)
            {"dense": 120},
            {"tanh": {}},  # C5
            {"dense": 84},
            {"tanh": {}},  # F6
            last,
        ],
    }


_LENET5_NAMES = {
    **{"conv1": "C1", "subsample1": "S2", "conv2": "C3", "subsample2": "S4"},
    **{"dense1": "C5", "dense2": "F6"},
}
_LENET5_DEPARTURES = (
    f"{_IMAGES} two pixels of background around them make the paper's 32x32, where digits are 20 pixels.",
    "C5 is a dense layer: its maps are single units, so it is the same.",
    _OPTIMISER,
)
_LENET5_ORIGIN = (
    "LeCun, Bottou, Bengio, Haffner 1998, Gradient-based learning applied to document recognition"
)

LENET5 = Architecture(
    name="lenet5",
    origin=_LENET5_ORIGIN,
    spec=_lenet5({"rbf": 26, "codes": letter_codes()}),
    parameters=60_000,
    published=(10, 60_000),
    names={**_LENET5_NAMES, "rbf1": "output"},
    departures=(
        "26 letters for 10 digits; their codes are this project's pictures of capital letters.",
        "A softmax over minus the squared distances with cross-entropy: equation 9 of the paper "
        "without the constant that stands for what is no character.",
        *_LENET5_DEPARTURES,
    ),
)

LENET5_SOFTMAX = Architecture(
    name="lenet5-softmax",
    origin=f"{_LENET5_ORIGIN}; with outputs that are learned",
    spec=_lenet5({"dense": 26}),
    parameters=62_210,
    names={**_LENET5_NAMES, "dense3": "output"},
    departures=(
        _OUTPUTS,
        "A dense layer under a softmax with cross-entropy for the radial basis functions.",
        *_LENET5_DEPARTURES,
    ),
)

LENET5_RELU = Architecture(
    name="lenet5-relu",
    origin=f"{_LENET5_ORIGIN}; its sizes with modern parts",
    spec={
        "input": [28, 28],
        "layers": [
            {"conv": 6, "kernel": 5, "padding": "same"},  # C1 (6, 28, 28)
            {"relu": {}},
            {"maxpool": 2},  # S2 (6, 14, 14)
            {"conv": 16, "kernel": 5, "padding": "valid"},  # C3 (16, 10, 10)
            {"relu": {}},
            {"maxpool": 2},  # S4 (16, 5, 5)
            {"dense": 120},  # C5
            {"relu": {}},
            {"dense": 84},  # F6
            {"relu": {}},
            {"dense": 26},
        ],
    },
    parameters=63_066,
    names={
        **{"conv1": "C1", "maxpool1": "S2", "conv2": "C3", "maxpool2": "S4"},
        **{"dense1": "C5", "dense2": "F6", "dense3": "output"},
    },
    departures=(
        _OUTPUTS,
        "Relu for the scaled tanh, maxima for trainable subsampling, C3 connected to all maps of "
        "S2, a dense layer under a softmax for the radial basis functions, pixels of 0 to 1 padded "
        "with zeros, and He's initial weights.",
        _LENET5_DEPARTURES[1],
        _OPTIMISER,
    ),
)

HOLZWEBER2021 = Architecture(
    name="holzweber2021",
    origin="the published Keras model for EMNIST Letters that this project started from (2021)",
    spec={
        "input": [28, 28],
        "layers": [
            {"conv": 8, "kernel": 5, "padding": "same"},  # (8, 28, 28)
            {"relu": {}},
            {"maxpool": 2},  # (8, 14, 14)
            {"conv": 16, "kernel": 5, "padding": "valid"},  # (16, 10, 10)
            {"relu": {}},
            {"maxpool": 2},  # (16, 5, 5)
            {"dense": 84},
            {"relu": {}},
            {"dense": 26},
        ],
    },
    parameters=39_318,
    published=(26, 39_318),
)


def _modern(name: str, maps: tuple[int, int, int], hidden: int, parameters: int) -> Architecture:
    """Three convolutions, the later ones 3x3: of as many parameters more is in the feature maps and
    less in the dense layer, where a LeNet has most of them."""
    first, second, third = maps
    return Architecture(
        name=name,
        origin="found here, for drawings of all kinds of people",
        spec={
            "input": [28, 28],
            "layers": [
                {"conv": first, "kernel": 5, "padding": "same"},
                {"relu": {}},
                {"maxpool": 2},  # (first, 14, 14)
                {"conv": second, "kernel": 3, "padding": "same"},
                {"relu": {}},
                {"maxpool": 2},  # (second, 7, 7)
                {"conv": third, "kernel": 3, "padding": "valid"},  # (third, 5, 5)
                {"relu": {}},
                {"maxpool": 2},  # (third, 2, 2)
                {"dense": hidden},
                {"relu": {}},
                {"dense": 26},
            ],
        },
        parameters=parameters,
    )


MODERN_S = _modern("modern-s", (16, 32, 64), 48, 37_162)
MODERN_L = _modern("modern-l", (32, 64, 128), 256, 231_194)

ARCHITECTURES: dict[str, Architecture] = {
    a.name: a
    for a in (
        *(LECUN1989, LENET1, LENET5, LENET5_SOFTMAX, LENET5_RELU, HOLZWEBER2021),
        *(MODERN_S, MODERN_L),
    )
}

DEFAULT_ARCHITECTURE = MODERN_S.name
"""What `lenet train` trains, and the model that `lenet.load()` loads, where none is named."""


def named(name: str) -> dict[str, Any]:
    """The specification of that name. Raises LenetError that lists the names."""
    return architecture(name).spec


def architecture(name: str) -> Architecture:
    """The network of that name. Raises LenetError that lists the names."""
    if name in ARCHITECTURES:
        return ARCHITECTURES[name]
    close = difflib.get_close_matches(name, ARCHITECTURES, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise LenetError(f"{name}: no such architecture; {hint}known: {', '.join(ARCHITECTURES)}")
