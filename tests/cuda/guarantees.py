"""The guarantees on every GPU: one function each, which raises an exception if it does not hold."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from training import QUICKSTART, Wrong, command, limit, only, same, started, trained

SWEEP = """
[data]
dataset = "synthetic_digits"
train_limit = 640
test_limit = 64
[model]
filters = [4, 8]
[train]
epochs = 2
[sweep]
"experiment.seed" = [1, 2, 3, 4]
"""


def guarantees(args):
    """Yields the title and the function of each guarantee that can be checked here."""
    yield "the same experiment twice gives the same bytes", repeated
    if not args.guarantees:
        yield "the same in batches of 1024", repeated_by_thousands
    yield "interrupted and resumed, it gives the same bytes", resumed
    if args.device == "cuda":
        yield "a sweep with two runs at a time on each GPU gives the same bytes", shared
        yield "a network that does not fit is refused", refused
    if "EMULATED_GPUS" in os.environ:
        yield "a GPU failure is reported, also in run.json", failed
        yield "so is one while memory is allocated, or with an unknown code", failed_early
        yield "low memory does not change the result", tight


def short(args):
    """Settings for a training that takes a few seconds, emulated or not."""
    if args.guarantees:
        return ["data.train_limit=500", "data.test_limit=64", "train.epochs=3", "model.filters=[4,8]"]
    return ["data.train_limit=3000", "data.test_limit=200", "train.epochs=20"]


def repeated(args, place="twice", *more):
    sets = [*short(args), *more]
    one, other = (trained(args, f"{place}/{i}", QUICKSTART, args.name, *sets) for i in range(2))
    if not same(one, other):
        raise Wrong("two trainings of one experiment differ")


def repeated_by_thousands(args):
    """cuBLAS may use other algorithms for large products than for small ones."""
    repeated(args, "thousands", "train.batch_size=1024")


def resumed(args):
    process = started(args, "cut", QUICKSTART, args.name, *short(args))
    end = time.monotonic() + limit(args)
    while time.monotonic() < end:
        metrics = list(Path("cut").glob("*/metrics.csv"))
        if process.poll() is not None or metrics and len(metrics[0].read_text().splitlines()) > 1:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    try:
        process.wait(limit(args))
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    cut = trained(args, "cut", QUICKSTART, args.name, *short(args))
    if json.loads((cut / "run.json").read_text())["resumes"] == 0:
        raise Wrong("the training ended before it could be interrupted")
    if not same(cut, only("twice/0")):
        raise Wrong("an interrupted and resumed training differs from an uninterrupted one")


def shared(args):
    Path("sweep.toml").write_text(SWEEP)
    words = [args.runner, "check", "sweep.toml"]
    checked = subprocess.check_output(words, text=True, timeout=limit(args))
    gpus = range(checked.count("device cuda:")) if args.gpu is None else [args.gpu]
    everywhere = ["--devices", ",".join(map(str, gpus)), "--jobs", str(2 * len(gpus))]
    folders = []
    for place, device, more in [("together", "cuda", everywhere), ("alone", args.name, [])]:
        words = [*command(args, "sweep.toml", device, place, []), *more]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, timeout=limit(args))
        folders.append(sorted(path.parent for path in Path(place).rglob("run.json")))
    devices = {json.loads((run / "run.json").read_text())["device"] for run in folders[0]}
    if len(folders[0]) != 4 or not all(same(*pair) for pair in zip(*folders)):
        raise Wrong("runs of a sweep that share GPUs differ from those that do not")
    if len(devices) != min(len(gpus), 4):
        raise Wrong(f"{len(gpus)} GPUs, and the runs of a sweep had {devices}")


def refused(args):
    sets = ["data.train_limit=60000", "data.test_limit=10", "train.batch_size=60000"]
    sets += ["model.filters=[512,1024]", "train.epochs=1"]
    words = command(args, QUICKSTART, args.name, "large", sets)
    result = subprocess.run(words, capture_output=True, text=True, timeout=limit(args))
    if result.returncode != 1 or "choose a smaller train.batch_size" not in result.stderr:
        raise Wrong(f"status {result.returncode}: {result.stderr}")


def failed(args):
    breaks(args, "failed", short(args), "CUDA_ERROR_ILLEGAL_ADDRESS", EMULATED_GPU_LAUNCHES="500")


def failed_early(args):
    """With our kernels and with dfdx's, the GPU fails at an early allocation, or with a code of newer drivers."""
    for loss in ["mse", "ssim"]:
        for count in [0, 1, 2, 4, 8, 16, 32]:
            sets = [*short(args), f"train.loss={loss}"]
            breaks(args, f"early/{loss}/{count}", sets, "CUDA_ERROR_ILLEGAL_ADDRESS",
                   EMULATED_GPU_ALLOCATIONS=str(count))
        breaks(args, f"unknown/{loss}", sets, "CUDA_ERROR_UNKNOWN", EMULATED_GPU_LAUNCHES="500",
               EMULATED_GPU_CODE="225")


def breaks(args, place, sets, code, **emulated):
    """Trains on a GPU that fails with this code, and checks what is said about it."""
    words = command(args, QUICKSTART, args.name, place, sets)
    environment = dict(os.environ, **emulated)
    result = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=limit(args))
    told = f"the GPU failed: {code}"
    if result.returncode != 1 or told not in result.stderr or "panicked" in result.stderr:
        raise Wrong(f"{place}: status {result.returncode}: {result.stderr}")
    if told not in json.loads((only(place) / "run.json").read_text())["error"]:
        raise Wrong(f"{place}: run.json does not report it")


def tight(args):
    """Enough memory for full batches, but not for a shorter one in addition, nor for keeping the data."""
    sets = ["data.train_limit=500", "data.test_limit=10", "train.epochs=2", "model.filters=[8,16]"]
    sets += ["train.batch_size=300"]
    wide = trained(args, "wide", QUICKSTART, args.name, *sets, EMULATED_GPU_COUNTS="counts",
                   EMULATED_GPU_MEMORY=str(1 << 28))
    most = int(Path("counts").read_text().split()[0])
    memory = str(most * 17 // 20)
    little = trained(args, "tight", QUICKSTART, args.name, *sets, EMULATED_GPU_MEMORY=memory)
    # With enough to keep the data, too.
    ample = trained(args, "ample", QUICKSTART, args.name, *sets)
    if not same(wide, little) or not same(ample, little):
        raise Wrong("a training with little memory differs from one with much")
