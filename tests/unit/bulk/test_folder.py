"""Pictures in folders, single pictures and files of strokes are read as `lenet predict` reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bulk_reading import read_all, read_shards
from lenet.bulk.plan import find_sources, plan_shards
from lenet.bulk.sources import folder
from lenet.bulk.types import ReadOptions
from lenet.errors import DataError
from lenet.inference.inputs import files_in_folder, read_inputs
from lenet.ink import write_drawings
from made import drawing


def picture(path: Path, x: int = 20) -> None:
    """Write a picture of an L at a place."""
    path.parent.mkdir(exist_ok=True, parents=True)
    image = Image.new("L", (60, 50), 230)
    ImageDraw.Draw(image).line([(x, 5), (x, 40), (x + 20, 40)], 30, 5)
    image.save(path)


def as_predict_reads(files: list[str]) -> tuple[list[str], np.ndarray]:
    inputs = [item for file in files for item in read_inputs(file)]
    blank = np.zeros((28, 28), np.uint8)
    images = [blank if item.image is None else item.image for item in inputs]
    return [item.source for item in inputs], np.stack(images)


def test_a_folder_is_read_as_predict_reads_it(tmp_path: Path) -> None:
    for number, name in enumerate(("b/2.png", "a/1.png", "a/1.jpg", "a-b/3.bmp", "ü.png", "Z.png")):
        picture(tmp_path / name, 10 + number)
    Image.new("L", (40, 40), 255).save(tmp_path / "blank.png")
    everything = read_all([str(tmp_path)], 3)
    names, images = as_predict_reads(files_in_folder(tmp_path)[0])
    assert everything.names == names
    np.testing.assert_array_equal(everything.images, images)
    assert not images[names.index(f"{tmp_path}/blank.png")].any()


def test_damaged_pictures_are_rejected_and_stop_nothing(tmp_path: Path) -> None:
    for number in range(5):
        picture(tmp_path / f"{number}.png")
    (tmp_path / "1.png").write_bytes((tmp_path / "1.png").read_bytes()[:60])
    (tmp_path / "3.png").write_bytes(b"")
    everything = read_all([str(tmp_path)])
    assert [name[-5:] for name in everything.names] == ["0.png", "2.png", "4.png"]
    assert [(reject.source, reject.offset) for reject in everything.rejects] == [
        (f"{tmp_path}/1.png", 1),
        (f"{tmp_path}/3.png", 3),
    ]
    assert everything.rejects[0].reason.startswith("the picture is damaged")


@pytest.mark.parametrize("is_new_process", [False, True])
@pytest.mark.parametrize("change", ["added", "removed", "resized"])
def test_a_folder_that_changes_is_refused(tmp_path: Path, change: str, is_new_process: bool) -> None:
    for number in range(5):
        picture(tmp_path / f"{number}.png")
    sources = find_sources([str(tmp_path)])
    shards = list(plan_shards(sources, 2, ""))
    match change:
        case "added":
            picture(tmp_path / "5.png")
        case "removed":
            (tmp_path / "4.png").unlink()
        case "resized":
            (tmp_path / "4.png").write_bytes(b"other")
    if is_new_process:
        folder.listing.cache_clear()
    elif change == "added":
        return  # what is planned is there
    with pytest.raises(DataError, match=f"{tmp_path}{'' if is_new_process else '/4.png'}: has changed"):
        read_shards(sources, shards)


def test_stored_images_are_taken_as_they_are(tmp_path: Path) -> None:
    images = np.random.default_rng(2).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    for number, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
    picture(tmp_path / "large.png")
    everything = read_all([str(tmp_path)], options=ReadOptions(preprocess=False))
    np.testing.assert_array_equal(everything.images, images)
    [reject] = everything.rejects
    assert reject.reason == "60 x 50 pixels, not 28 x 28; read it without --no-preprocess"


def test_single_files_share_a_shard(tmp_path: Path) -> None:
    files = []
    for number in range(4):
        picture(tmp_path / f"{number}.png", 10 + number)
        files.append(str(tmp_path / f"{number}.png"))
    write_drawings(tmp_path / "l.jsonl", [drawing() for _ in range(3)])
    files.append(str(tmp_path / "l.jsonl"))
    everything = read_all(files)
    names, images = as_predict_reads(files)
    assert everything.names == names
    np.testing.assert_array_equal(everything.images, images)
    assert len(list(plan_shards(find_sources(files), 100, ""))) == 1


def test_the_rest_of_an_unusual_file_of_strokes_is_rejected_as_one_item(tmp_path: Path) -> None:
    path = tmp_path / "l.json"
    path.write_text('[\n{"strokes": [[[1, 2], [3, 4]]]},\n{"strokes": [[[1]]]}\n]')
    everything = read_all([str(path)])
    assert everything.names == [f"{path}:1:1"]
    assert "the rest of the file is not read" in everything.rejects[0].reason
