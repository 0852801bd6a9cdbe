"""Letters from every source as one `Dataset`: upright uint8 28x28 images and labels 0..25."""

from lenet.datasets.dataset import LETTERS, Dataset
from lenet.datasets.specs import load, load_all, load_train_test
from lenet.datasets.split import TrainTest, split_validation, train_test_split

__all__ = [
    "LETTERS",
    "Dataset",
    "TrainTest",
    "load",
    "load_all",
    "load_train_test",
    "split_validation",
    "train_test_split",
]
