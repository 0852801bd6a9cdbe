"""How to train: optimiser, schedule, augmentation, and recipes by name."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field

from lenet import engine
from lenet.errors import LenetError

OPTIMIZERS = {"sgd": engine.SGD, "adamw": engine.ADAMW}
SCHEDULES = {"constant": engine.CONSTANT, "one-cycle": engine.ONE_CYCLE}


@dataclass(frozen=True)
class Augmentation:
    """How strongly each image is changed every time it is seen; zeros change nothing.

    What is turned, stretched or sheared keeps its middle and the length of its longer side, as
    letters that are cropped do; then it is shifted.

    rotation  degrees, uniform in +-rotation
    scale     each axis by e^u, u uniform in +-scale
    shear     horizontal, uniform in +-shear
    shift     each axis, uniform in +-shift, share of the image side
    elastic   standard deviation of a smooth displacement (5x5 grid), share of half the image side
    thicken   probability of a mix with the 3x3 maximum
    thin      probability of a mix with the 3x3 minimum
    """

    rotation: float = 12.0
    scale: float = 0.15
    shear: float = 0.25
    shift: float = 0.02
    elastic: float = 0.06
    thicken: float = 0.2
    thin: float = 0.12

    def packed(self) -> engine.Augmentation:
        """As the engine takes it."""
        return engine.Augmentation(**{**asdict(self), "rotation": math.radians(self.rotation)})


NO_AUGMENTATION = Augmentation(0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Recipe:
    """How to train. The defaults were chosen for `holzweber2021` on `unipen_dev`, part of the time
    with all of UNIPEN left out of the training: what carries over to hands of another kind counts.

    optimizer, schedule  "adamw" or "sgd"; "one-cycle" (`rate` is its peak, reached after the share
                         `warmup` of all steps) or "constant"
    epochs               how long a training takes unless told otherwise
    batch                images a step
    momentum, beta2      AdamW: beta1 and beta2; SGD: momentum
    decay                before each epoch the rate, as it then is, is divided by 1 + decay * epoch,
                         counted from 0
    smoothing            label smoothing, 0..1
    balance              an image of a class of n is drawn in proportion to n^-balance: 0 each image
                         once an epoch, 1 all classes alike
    nonletters           how many made drawings that are no letter an epoch has for each letter; the
                         network learns to answer them with the same probability for each class.
                         In the history they count as wrong in `accuracy`, not in validation
    trust                with teachers: how much their answer counts beside the label, 0..1
    transfer             with teachers: how many images they answer, drawn and augmented once, from
                         which alone the network learns (an epoch shows each); 0: they answer the
                         training images, and the network sees these augmented
    """

    optimizer: str = "adamw"
    schedule: str = "one-cycle"
    epochs: int = 30
    batch: int = 256
    rate: float = 1e-2
    warmup: float = 0.3
    momentum: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.02
    smoothing: float = 0.05
    balance: float = 1.0
    decay: float = 0.0
    nonletters: float = 0.0
    trust: float = 0.7
    transfer: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)

    def packed(self, batch: int, steps: int, seed: int, epoch: int = 0) -> engine.Recipe:
        """As the engine takes it for an epoch, counted from 0, of a training of `steps` batches."""
        same = ("warmup", "momentum", "beta2", "epsilon", "weight_decay")
        slower = math.prod(1 + self.decay * past for past in range(epoch + 1))
        return engine.Recipe(
            optimizer=OPTIMIZERS[self.optimizer],
            schedule=SCHEDULES[self.schedule],
            batch_size=batch,
            steps=steps,
            seed=seed,
            learning_rate=self.rate / slower,
            label_smoothing=self.smoothing,
            augmentation=self.augmentation.packed(),
            **{name: getattr(self, name) for name in same},
        )


RECIPES = {
    "default": Recipe(),
    # The notebook that this project started from: plain SGD on the images as they are. Departure:
    # our initialisation (He) instead of Keras's (Glorot).
    "holzweber2021": Recipe(
        optimizer="sgd",
        schedule="constant",
        epochs=45,
        batch=64,
        rate=0.01,
        momentum=0.0,
        weight_decay=0.0,
        decay=0.01 / 45,
        smoothing=0.0,
        balance=0.0,
        augmentation=NO_AUGMENTATION,
    ),
}


def get_recipe(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        LenetError: no such name; the message lists those that exist.
    """
    if name not in RECIPES:
        raise LenetError(f"{name}: no such recipe; there are {', '.join(RECIPES)}")
    return RECIPES[name]
