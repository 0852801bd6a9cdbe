"""Letters from every source as one `Dataset`: upright uint8 28x28 images and labels 0..25."""

from lenet.datasets.dataset import Dataset
from lenet.datasets.registry import load, load_all, load_train_test
from lenet.datasets.splits import TrainTest, train_test_split, train_validation_split

__all__ = [
    "Dataset",
    "TrainTest",
    "load",
    "load_all",
    "load_train_test",
    "train_test_split",
    "train_validation_split",
]
