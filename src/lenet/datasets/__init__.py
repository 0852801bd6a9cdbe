"""Letters from every source as one `Dataset`: upright uint8 28x28 images and labels 0..25."""

from lenet.datasets.dataset import LETTERS, Dataset
from lenet.datasets.specs import load, load_all
from lenet.datasets.split import split_validation

__all__ = ["LETTERS", "Dataset", "load", "load_all", "split_validation"]
