"""Dataset -> Model: recipes, samples and their soft targets, the training loop, checkpoints, history.

`prepare` is the whole pipeline before the first step:

    train, validation = train_validation_split(data)
    samples = Samples(train, sample_weights(train, recipe.class_balance))
    samples = add_outliers(samples, recipe.outlier_ratio, recipe.label_smoothing, seed)
    samples = distill(samples, teachers, recipe, seed)
    model = Trainer(spec, samples, recipe, options, ...).fit()

Rules: opens no test data.
"""

from lenet.training.distillation import distill
from lenet.training.history import Epoch
from lenet.training.options import TrainingOptions
from lenet.training.recipes import NO_AUGMENTATION, RECIPES, Augmentation, Recipe, get_recipe
from lenet.training.sampling import Samples, add_outliers, sample_weights
from lenet.training.trainer import Trainer, prepare

__all__ = [
    "NO_AUGMENTATION",
    "RECIPES",
    "Augmentation",
    "Epoch",
    "Recipe",
    "Samples",
    "Trainer",
    "TrainingOptions",
    "add_outliers",
    "distill",
    "get_recipe",
    "prepare",
    "sample_weights",
]
