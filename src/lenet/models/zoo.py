"""Registered architectures: their papers' parameter counts asserted, every departure listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lenet._util.suggest import did_you_mean
from lenet.errors import UnsupportedError
from lenet.models.layers import Conv, Dense, Layer, MaxPool, Rbf, Relu, Resize, Scale, Subsample, Tanh
from lenet.models.output_codes import letter_codes
from lenet.models.spec import Spec

PRETRAINED_DIR = Path(__file__).parent / "pretrained"
"""The model files that come with the package, by name."""


def pretrained_names() -> list[str]:
    """Return the names of the model files that come with the package."""
    return sorted(path.stem for path in PRETRAINED_DIR.glob("*.safetensors"))


@dataclass(frozen=True)
class Architecture:
    """A network with a name of its own.

    Attributes:
        name: its name on the command line.
        origin: the publication.
        spec: its specification, with 26 outputs.
        parameters: number of trainable values.
        published: (outputs, parameters) as the paper has them, or None.
        names: the paper's names for some layers, by ours.
        departures: differences from the paper, a sentence each.

    Raises:
        AssertionError: the specification has other numbers of parameters.
    """

    name: str
    origin: str
    spec: Spec
    parameters: int
    published: tuple[int, int] | None = None
    names: dict[str, str] = field(default_factory=dict)
    departures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        expected = [(self.spec, self.parameters)]
        if self.published:
            expected.append((self.spec.with_num_classes(self.published[0]), self.published[1]))
        for spec, parameters in expected:
            if spec.num_parameters != parameters:
                raise AssertionError(f"{self.name} has {spec.num_parameters} parameters, not {parameters}")


_OUTPUTS = "There are 26 outputs for letters instead of 10 for digits."
_SOFTMAX = "The loss is the cross-entropy of a softmax; the paper has tanh outputs and squared errors."
_OPTIMISER = "The recipe sets optimizer, schedule and augmentation; the paper has its own."
_IMAGES = "Images are as in EMNIST, where a letter fills 24 of 28 pixels."

_H2_TABLE = (*4 * ("XXXX....XXXX",), *4 * ("XXXXXXXX....",), *4 * ("....XXXXXXXX",))

LECUN1989 = Architecture(
    name="lecun1989",
    origin="LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition",
    spec=Spec(
        (28, 28),
        (
            Scale(-1, 1),
            Resize(16),  # (1, 16, 16)
            Conv(12, 5, stride=2, padding="same", pad_value=-1, bias="unit"),
            Tanh(),  # H1 (12, 8, 8)
            Conv(12, 5, stride=2, padding="same", pad_value=-1, bias="unit", table=_H2_TABLE),
            Tanh(),  # H2 (12, 4, 4)
            Dense(30),
            Tanh(),  # H3
            Dense(26),
        ),
    ),
    parameters=10_256,
    published=(10, 9_760),
    names={"conv1": "H1", "conv2": "H2", "dense1": "H3", "dense2": "output"},
    departures=(
        _OUTPUTS,
        _SOFTMAX,
        'The paper connects a map of H2 with 8 of 12 maps, by "a scheme that will not be described here". '
        "Here three groups of four maps leave out a third each (as in Karpathy's lecun1989-repro, 2022).",
        "H1 is padded with -1 for H2, as the input is for H1.",
        f"{_IMAGES} Area averaging makes 16x16 of them. The paper's digits fill the 16 pixels.",
        _OPTIMISER,
    ),
)

LENET1 = Architecture(
    name="lenet1",
    origin="LeCun et al. 1990, Handwritten digit recognition with a back-propagation network",
    spec=Spec(
        (28, 28),
        (
            Scale(-1, 1),
            Conv(4, 5),
            Tanh(),  # H1 (4, 24, 24)
            Subsample(2),
            Tanh(),  # H2 (4, 12, 12)
            Conv(12, 5, table=("XXX.XX......", ".XXXXX......", "......XXX.XX", ".......XXXXX")),  # table 1
            Tanh(),  # H3 (12, 8, 8)
            Subsample(2),
            Tanh(),  # H4 (12, 4, 4)
            Dense(26),
        ),
    ),
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
        "H2 and H4 are followed by tanh, as in LeNet-5; the paper does not say.",
        f"{_IMAGES} The paper's digits fill 16 of 28 pixels.",
        _OPTIMISER,
    ),
)


_C3_TABLE = (  # table I
    "X...XXX..XXXX.XX",
    "XX...XXX..XXXX.X",
    "XXX...XXX..X.XXX",
    ".XXX..XXXX..X.XX",
    "..XXX..XXXX.XX.X",
    "...XXX..XXXX.XXX",
)


def _lenet5(last: Layer) -> Spec:
    return Spec(
        (28, 28),
        (
            Scale(-0.1, 1.175),
            Conv(6, 5, padding="same", pad_value=-0.1),
            Tanh(),  # C1 (6, 28, 28)
            Subsample(2),
            Tanh(),  # S2 (6, 14, 14)
            Conv(16, 5, table=_C3_TABLE),
            Tanh(),  # C3 (16, 10, 10)
            Subsample(2),
            Tanh(),  # S4 (16, 5, 5)
            Dense(120),
            Tanh(),  # C5
            Dense(84),
            Tanh(),  # F6
            last,
        ),
    )


_LENET5_NAMES = {
    "conv1": "C1",
    "subsample1": "S2",
    "conv2": "C3",
    "subsample2": "S4",
    "dense1": "C5",
    "dense2": "F6",
}
_LENET5_DEPARTURES = (
    f"{_IMAGES} Two pixels of background make the paper's 32x32, where a digit fills 20 pixels.",
    "C5 is a dense layer, which is the same, because its maps are single units.",
    _OPTIMISER,
)
_LENET5_ORIGIN = (
    "LeCun, Bottou, Bengio, Haffner 1998, Gradient-based learning applied to document recognition"
)

LENET5 = Architecture(
    name="lenet5",
    origin=_LENET5_ORIGIN,
    spec=_lenet5(Rbf(26, tuple(letter_codes()))),
    parameters=60_000,
    published=(10, 60_000),
    names={**_LENET5_NAMES, "rbf1": "output"},
    departures=(
        "There are 26 outputs for letters; their codes are this project's pictures of capital letters.",
        "The loss is the cross-entropy of a softmax over minus the squared distances. "
        "That is equation 9 of the paper without its constant for drawings that are not characters.",
        *_LENET5_DEPARTURES,
    ),
)

LENET5_SOFTMAX = Architecture(
    name="lenet5-softmax",
    origin=f"{_LENET5_ORIGIN}; with outputs that are learned",
    spec=_lenet5(Dense(26)),
    parameters=62_210,
    names={**_LENET5_NAMES, "dense3": "output"},
    departures=(
        _OUTPUTS,
        "A dense layer under a softmax replaces the radial basis functions.",
        *_LENET5_DEPARTURES,
    ),
)

LENET5_RELU = Architecture(
    name="lenet5-relu",
    origin=f"{_LENET5_ORIGIN}; its sizes with modern parts",
    spec=Spec(
        (28, 28),
        (
            Conv(6, 5, padding="same"),  # C1 (6, 28, 28)
            Relu(),
            MaxPool(2),  # S2 (6, 14, 14)
            Conv(16, 5),  # C3 (16, 10, 10)
            Relu(),
            MaxPool(2),  # S4 (16, 5, 5)
            Dense(120),  # C5
            Relu(),
            Dense(84),  # F6
            Relu(),
            Dense(26),
        ),
    ),
    parameters=63_066,
    names={
        "conv1": "C1",
        "maxpool1": "S2",
        "conv2": "C3",
        "maxpool2": "S4",
        "dense1": "C5",
        "dense2": "F6",
        "dense3": "output",
    },
    departures=(
        _OUTPUTS,
        "Relu replaces the scaled tanh, and max pooling the trainable subsampling.",
        "C3 sees all maps of S2.",
        "A dense layer under a softmax replaces the radial basis functions.",
        "Pixels are 0 to 1, padded with zeros.",
        "The initial weights are He's.",
        _LENET5_DEPARTURES[1],
        _OPTIMISER,
    ),
)

HOLZWEBER2021 = Architecture(
    name="holzweber2021",
    origin="the published Keras model for EMNIST Letters that this project started from (2021)",
    spec=Spec(
        (28, 28),
        (
            Conv(8, 5, padding="same"),  # (8, 28, 28)
            Relu(),
            MaxPool(2),  # (8, 14, 14)
            Conv(16, 5),  # (16, 10, 10)
            Relu(),
            MaxPool(2),  # (16, 5, 5)
            Dense(84),
            Relu(),
            Dense(26),
        ),
    ),
    parameters=39_318,
    published=(26, 39_318),
)


def _modern(name: str, maps: tuple[int, int, int], hidden: int, parameters: int) -> Architecture:
    """Return a network of three convolutions, the later ones 3x3.

    It spends its parameters on feature maps; a LeNet spends most of them on its dense layers.
    """
    first, second, third = maps
    return Architecture(
        name=name,
        origin="this project; chosen by its accuracy on unipen_dev",
        spec=Spec(
            (28, 28),
            (
                Conv(first, 5, padding="same"),
                Relu(),
                MaxPool(2),  # (first, 14, 14)
                Conv(second, 3, padding="same"),
                Relu(),
                MaxPool(2),  # (second, 7, 7)
                Conv(third, 3),  # (third, 5, 5)
                Relu(),
                MaxPool(2),  # (third, 2, 2)
                Dense(hidden),
                Relu(),
                Dense(26),
            ),
        ),
        parameters=parameters,
    )


MODERN_S = _modern("modern-s", (16, 32, 64), 48, 37_162)
MODERN_L = _modern("modern-l", (32, 64, 128), 256, 231_194)

ARCHITECTURES: dict[str, Architecture] = {
    architecture.name: architecture
    for architecture in (
        LECUN1989,
        LENET1,
        LENET5,
        LENET5_SOFTMAX,
        LENET5_RELU,
        HOLZWEBER2021,
        MODERN_S,
        MODERN_L,
    )
}
"""The registered architectures by name, oldest first."""

DEFAULT_ARCHITECTURE = MODERN_S.name
"""The architecture that `lenet train` trains where none is named."""

DEFAULT_MODEL = PRETRAINED_DIR / f"{DEFAULT_ARCHITECTURE}.safetensors"
"""The model file that `lenet.load()` loads where none is named."""


def get_spec(name: str) -> Spec:
    """Return the specification of a registered architecture.

    Raises:
        LenetError: no such name; the message lists the names.
    """
    return get_architecture(name).spec


def get_architecture(name: str) -> Architecture:
    """Return a registered architecture.

    Raises:
        LenetError: no such name; the message lists the names.
    """
    if name in ARCHITECTURES:
        return ARCHITECTURES[name]
    remedy = f"{did_you_mean(name, ARCHITECTURES)} known: {', '.join(ARCHITECTURES)}".lstrip()
    raise UnsupportedError(f"{name}: no such architecture; {remedy}")
