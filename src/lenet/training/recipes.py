"""Recipes: the hyperparameters of a training, and those with a name."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field

from lenet import engine
from lenet.errors import LenetError

OPTIMIZERS = {"sgd": engine.SGD, "adamw": engine.ADAMW}
SCHEDULES = {"constant": engine.CONSTANT, "one-cycle": engine.ONE_CYCLE}


@dataclass(frozen=True)
class Augmentation:
    """Strengths of the random changes of each image, anew each time it is seen; 0 changes nothing.

    An image keeps its centre and the length of its longer side when it is rotated, scaled or
    sheared, as cropped letters do; then it is shifted.

    Attributes:
        rotation: degrees, uniform in +-rotation.
        scale: each axis by e^u, u uniform in +-scale.
        shear: horizontal, uniform in +-shear.
        shift: each axis, uniform in +-shift, a fraction of the image side.
        elastic: standard deviation of a smooth displacement (5x5 grid), a fraction of half the side
            (Simard, Steinkraus & Platt 2003).
        thicken: probability of a mix with the 3x3 maximum.
        thin: probability of a mix with the 3x3 minimum.
    """

    rotation: float = 12.0
    scale: float = 0.15
    shear: float = 0.25
    shift: float = 0.02
    elastic: float = 0.06
    thicken: float = 0.2
    thin: float = 0.12

    def to_engine(self) -> engine.Augmentation:
        """Return the strengths as the engine takes them."""
        return engine.Augmentation(**{**asdict(self), "rotation": math.radians(self.rotation)})


NO_AUGMENTATION = Augmentation(0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of a training.

    The defaults were chosen for `holzweber2021` on `unipen_dev`, partly with all of UNIPEN left out
    of the training: what carries over to other writers counts.

    Attributes:
        optimizer: "adamw" (Loshchilov & Hutter 2019) or "sgd".
        schedule: "one-cycle" (Smith & Topin 2019; `learning_rate` is its peak, reached after the
            fraction `warmup` of all steps) or "constant".
        epochs: number of epochs, unless a training asks for another.
        batch_size: images a step.
        learning_rate: of the optimizer, or the schedule's peak.
        warmup: fraction of all steps, 0..1.
        momentum: AdamW's beta1, or SGD's momentum.
        beta2: AdamW's.
        epsilon: AdamW's.
        weight_decay: decoupled, AdamW's.
        label_smoothing: 0..1 (Szegedy et al. 2016).
        class_balance: an image of a class of n is drawn in proportion to n^-class_balance: 0 draws
            each image once an epoch, 1 all classes equally often.
        epoch_lr_decay: before each epoch the current rate is divided by 1 + epoch_lr_decay * epoch,
            counted from 0.
        outlier_ratio: synthetic outliers for each letter of an epoch. Their target is the uniform
            distribution. In the history they count as wrong in `accuracy`, not in validation.
        distillation_alpha: weight of the teachers' soft targets beside the labels, 0..1 (Hinton,
            Vinyals & Dean 2015).
        transfer_set_size: images that are drawn and augmented once and labelled by the teachers;
            the network learns from them alone. 0: the teachers label the training images, which
            are augmented anew each time.
        augmentation: random changes of each image.
    """

    optimizer: str = "adamw"
    schedule: str = "one-cycle"
    epochs: int = 30
    batch_size: int = 256
    learning_rate: float = 1e-2
    warmup: float = 0.3
    momentum: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.02
    label_smoothing: float = 0.05
    class_balance: float = 1.0
    epoch_lr_decay: float = 0.0
    outlier_ratio: float = 0.0
    distillation_alpha: float = 0.7
    transfer_set_size: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)

    def to_engine(self, batch: int, steps: int, seed: int, epoch: int = 0) -> engine.Recipe:
        """Return the recipe as the engine takes it for one epoch.

        Args:
            batch: images a step.
            steps: number of steps of the whole training.
            seed: random seed.
            epoch: counted from 0.
        """
        same = ("warmup", "momentum", "beta2", "epsilon", "weight_decay")
        slower = math.prod(1 + self.epoch_lr_decay * past for past in range(epoch + 1))
        return engine.Recipe(
            optimizer=OPTIMIZERS[self.optimizer],
            schedule=SCHEDULES[self.schedule],
            batch_size=batch,
            steps=steps,
            seed=seed,
            learning_rate=self.learning_rate / slower,
            label_smoothing=self.label_smoothing,
            augmentation=self.augmentation.to_engine(),
            **{name: getattr(self, name) for name in same},
        )


RECIPES = {
    "default": Recipe(),
    # The notebook that this project started from: plain SGD on the images as they are. Departure:
    # our initialization (He) instead of Keras's (Glorot).
    "holzweber2021": Recipe(
        optimizer="sgd",
        schedule="constant",
        epochs=45,
        batch_size=64,
        learning_rate=0.01,
        momentum=0.0,
        weight_decay=0.0,
        epoch_lr_decay=0.01 / 45,
        label_smoothing=0.0,
        class_balance=0.0,
        augmentation=NO_AUGMENTATION,
    ),
}


def get_recipe(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        LenetError: no such name; the message lists the names.
    """
    if name not in RECIPES:
        raise LenetError(f"{name}: no such recipe; there are {', '.join(RECIPES)}")
    return RECIPES[name]
