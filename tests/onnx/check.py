"""Checks exported models with onnx, and compares their results in onnxruntime with the program's.

check.py draw FOLDER HEIGHT WIDTH CHANNELS   draws images for training and testing
check.py compare FOLDER RUN                  compares the exported models with the run and its outputs
"""

import csv
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from PIL import Image
from safetensors.numpy import load_file

# Numbers of images for training and testing.
COUNTS = {"train": 120, "test": 12}
folder = pathlib.Path(sys.argv[2])


def draw(height, width, channels):
    """Draws soft blobs, in gray or colour."""
    rng = np.random.default_rng(5)
    for part, count in COUNTS.items():
        (folder / "images" / part).mkdir(parents=True)
        for index in range(count):
            coarse = (rng.random((3, 3, channels)) * 255).astype(np.uint8).squeeze()
            image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
            image.save(folder / "images" / part / f"{index:02}.png")


def session(part):
    path = str(folder / f"{part}.onnx")
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def images(name, channels):
    """Reads the images of a folder: (batch, height, width, channels) from 0 to 255."""
    read = [np.asarray(Image.open(path)) for path in sorted((folder / name).glob("[0-9]*.png"))]
    assert len(read) == COUNTS["test"], f"{len(read)} images in {name}"
    return np.stack(read).reshape(*np.shape(read)[:3], channels)


def check_models(info):
    for part in ["autoencoder", "encoder", "decoder"]:
        model = onnx.load(folder / f"{part}.onnx")
        onnx.checker.check_model(model, full_check=True)
        told = {entry.key: entry.value for entry in model.metadata_props}
        assert told["identity"] == info["identity"] and told["part"] == part, told
        assert told["dataset"] == info["dataset"] and told["weights"] == "best", told
    return told["task"]


def check_weights(run, info):
    weights = load_file(folder / "net.safetensors")
    trained = load_file(run / "checkpoints" / "best.safetensors")
    own = {name: value for name, value in trained.items() if not name.startswith("optimizer.")}
    assert weights.keys() == own.keys() and len(own) < len(trained), weights.keys()
    assert all(np.array_equal(weights[name], own[name]) for name in own)
    assert sum(value.size for value in weights.values()) == info["parameters"]


def check_codes(run, codes):
    """Compares with codes.csv, if there is one for the same images."""
    if not (run / "codes.csv").exists():
        return ""
    rows = list(csv.DictReader((run / "codes.csv").open()))
    rows.sort(key=lambda row: row["file"])
    known = np.array([[float(row[f"z{i}"]) for i in range(codes.shape[1])] for row in rows])
    away = np.abs(known - codes).max()
    assert away < 1e-5 * max(1, np.abs(known).max()), f"codes differ from codes.csv by {away}"
    return f", and {away:.0e} from codes.csv"


def compare(run):
    info = json.loads((run / "run.json").read_text())
    task = check_models(info)
    check_weights(run, info)
    whole = session("autoencoder")
    [batch, *size] = whole.get_outputs()[0].shape
    assert batch == "batch", batch

    image = (images("images/test", size[2]) / 255).astype(np.float32)
    if task == "colorize":
        image = image @ np.array([[0.299], [0.587], [0.114]], np.float32)
    reconstruction, codes = whole.run(None, {"image": image})
    shown = np.clip(reconstruction.astype(np.float64), 0, 1) * 255
    away = np.abs(shown - images("out", size[2])).max()
    # Half a step from rounding to 8 bits, plus the effect of a different summation order.
    assert away < 0.502, f"images differ from those of `runner apply` by {away} of 255"
    of_codes = check_codes(run, codes)

    def close(a, b):
        return np.allclose(a, b, rtol=1e-5, atol=1e-5)

    assert close(session("encoder").run(["code"], {"image": image})[0], codes)
    assert close(session("decoder").run(None, {"code": codes})[0], reconstruction)
    # A single image gives the same result as in a batch.
    assert close(whole.run(["reconstruction"], {"image": image[3:4]})[0], reconstruction[3:4])
    # A network that ignores its input would pass all of the above.
    spread = np.ptp(codes, axis=0).max(), np.ptp(reconstruction, axis=0).max()
    assert min(spread) > 0.2, f"the network of {folder} has learned nothing: {spread}"
    print(f"{folder}: onnxruntime differs by at most {away:.3f} of 255 from `runner apply`{of_codes}")


if sys.argv[1] == "draw":
    draw(*map(int, sys.argv[3:]))
else:
    compare(pathlib.Path(sys.argv[3]))
