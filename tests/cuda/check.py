#!/usr/bin/env python3
"""Trains on a GPU and on the CPU, holds them against each other and PyTorch, prints one table.

    tests/cuda/check.py target/release/runner [--data FOLDER] [--gpu N]

`--device cpu` lets the CPU stand in for the GPU: for trying this program out. `--guarantees` leaves out
what takes a GPU's speed, and does the rest with small networks.
"""

import argparse
import csv
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The chapter's systems, and what stands in for their data where those are not there.
SYSTEMS = [
    ("autoencoder", "ae_mnist", "synthetic_digits"),
    ("latent of 2", "ae_latent2", "synthetic_digits"),
    ("denoising", "dae_sigma050", "synthetic_digits"),
    ("colorization", "colorize_cifar10", "synthetic_scenes"),
]
BATCHES = [32, 128, 1024]
# Rounding grows while Adam makes steps of the same size of small gradients as of large ones.
TOLERANCE = 0.03
# Ahead at small batches, close at large ones.
GOALS = {32: 1.0, 128: 1.0, 1024: 0.8}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("runner", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("RUNNER_DATA_DIR"))
    parser.add_argument("--gpu", type=int, default=0)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--pictures", type=int, default=6000, help="to train the systems on")
    parser.add_argument("--bench-pictures", type=int, default=60000, help="to measure speed on")
    parser.add_argument("--guarantees", action="store_true", help="show these only")
    args = parser.parse_args()
    args.runner = args.runner.resolve()
    args.name = f"cuda:{args.gpu}" if args.device == "cuda" else "cpu"
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        systems = [] if args.guarantees else [system(args, *each, failures) for each in SYSTEMS]
        guarantees = [repeated(args, failures), resumed(args, failures)]
        if args.device == "cuda":
            guarantees += [shared(args, failures), refused(args, failures)]
        if "EMULATED_GPUS" in os.environ:
            guarantees += [failed(args, failures), tight(args, failures)]
        speeds = [] if args.guarantees else [speed(args, batch) for batch in BATCHES]
    print()
    if systems:
        table(["system", "data", "val_loss CPU", f"val_loss {args.name}", "difference"], systems)
    table(["guarantee", "holds"], guarantees)
    titles = [
        "batch", f"img/s {args.name}", "memory", "img/s PyTorch", "memory", "ratio",
        "img/s PyTorch TF32", "goal",
    ]
    if speeds:
        table(titles, speeds)
    for failure in failures:
        print(f"FAILED: {failure}")
    print("failed" if failures else "all checks passed")
    sys.exit(1 if failures else 0)


def run(args, runs_dir, file, device, *sets, wait=True):
    """Trains and gives the run's folder; or with `wait=False` the process."""
    command = [args.runner, file, "--quiet", "--device", device, "--runs-dir", runs_dir]
    command += [part for each in sets for part in ("--set", each)]
    # nvidia-smi counts GPUs so.
    environment = dict(os.environ, CUDA_DEVICE_ORDER="PCI_BUS_ID")
    if args.data:
        environment["RUNNER_DATA_DIR"] = str(Path(args.data).resolve())
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    if not wait:
        return process
    process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} ended with status {process.returncode}")
    return only(runs_dir)


def only(runs_dir):
    (folder,) = [path for path in Path(runs_dir).iterdir() if (path / "run.json").exists()]
    return folder


def rows(folder, name):
    with open(folder / name, newline="") as file:
        return list(csv.DictReader(file))


def experiment(args, name, stand_in):
    """The shipped experiment, with other data if its own are not there; and what data it has."""
    file = ROOT / "experiments" / f"{name}.toml"
    dataset = "cifar10" if "cifar" in name else "mnist"
    if args.data and (Path(args.data) / dataset).is_dir():
        return file, dataset, []
    return file, stand_in, [f"data.dataset={stand_in}"]


def system(args, title, name, stand_in, failures):
    file, data, sets = experiment(args, name, stand_in)
    sets += [f"data.train_limit={args.pictures}", "data.test_limit=1000", "train.epochs=2"]
    losses = []
    for device in ["cpu", args.name]:
        print(f"{title} on {device} ...", flush=True)
        place = f"systems/{name}-{len(losses)}"
        losses.append(float(rows(run(args, place, file, device, *sets), "metrics.csv")[-1]["val_loss"]))
    difference = abs(losses[1] / losses[0] - 1)
    if difference > TOLERANCE:
        failures.append(f"{title}: val_loss {losses[1]} on {args.name}, {losses[0]} on the CPU")
    return [title, data, f"{losses[0]:.5f}", f"{losses[1]:.5f}", f"{100 * difference:.2f} %"]


QUICKSTART = ROOT / "experiments" / "quickstart.toml"
KEPT = ["metrics.csv", "checkpoints/last.safetensors", "checkpoints/best.safetensors"]


def short(args):
    """Settings for a training that takes some seconds, emulated or not."""
    if args.guarantees:
        return ["data.train_limit=500", "data.test_limit=64", "train.epochs=3", "model.filters=[4,8]"]
    return ["data.train_limit=3000", "data.test_limit=200", "train.epochs=20"]


def same(one, other):
    """Whether two runs have the same metrics and checkpoints."""
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in KEPT)


def repeated(args, failures):
    print("the same experiment twice ...", flush=True)
    one, other = (run(args, f"twice/{i}", QUICKSTART, args.name, *short(args)) for i in range(2))
    if not same(one, other):
        failures.append("two trainings of one experiment differ")
    return ["the same experiment twice gives the same bytes", "yes" if same(one, other) else "NO"]


def resumed(args, failures):
    print("an experiment that is cut off ...", flush=True)
    process = run(args, "cut", QUICKSTART, args.name, *short(args), wait=False)
    for _ in range(6000):
        metrics = list(Path("cut").glob("*/metrics.csv"))
        if process.poll() is not None or metrics and len(metrics[0].read_text().splitlines()) > 1:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate()
    cut = run(args, "cut", QUICKSTART, args.name, *short(args))
    resumes = json.loads((cut / "run.json").read_text())["resumes"]
    holds = same(cut, only("twice/0"))
    if resumes == 0:
        failures.append("the training that was to be cut off was over before")
    if not holds:
        failures.append("a training that was cut off and resumed differs from a whole one")
    return ["cut off and resumed, it gives the same bytes", "yes" if holds else "NO"]


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


def shared(args, failures):
    print("a sweep over all GPUs, two runs on each at a time ...", flush=True)
    Path("sweep.toml").write_text(SWEEP)
    checked = subprocess.check_output([args.runner, "check", "sweep.toml"], text=True)
    gpus = checked.count("device cuda:")
    everywhere = ["--devices", ",".join(map(str, range(gpus))), "--jobs", str(2 * gpus)]
    folders = []
    for place, more in [("together", everywhere), ("alone", [])]:
        command = [args.runner, "sweep.toml", "--quiet", "--device", "cuda", "--runs-dir", place]
        subprocess.run([*command, *more], check=True, stdout=subprocess.DEVNULL)
        folders.append(sorted(path.parent for path in Path(place).rglob("run.json")))
    devices = {json.loads((run / "run.json").read_text())["device"] for run in folders[0]}
    holds = len(folders[0]) == 4 and all(same(*pair) for pair in zip(*folders))
    if not holds:
        failures.append("runs of a sweep that share GPUs differ from those that do not")
    if len(devices) != min(gpus, 4):
        failures.append(f"{gpus} GPUs, and the runs of a sweep had {devices}")
    return [f"a sweep on {gpus} GPU(s) at once gives the same bytes", "yes" if holds else "NO"]


def refused(args, failures):
    print("a network that fits no GPU ...", flush=True)
    sets = ["data.train_limit=60000", "data.test_limit=10", "train.batch_size=60000"]
    sets += ["model.filters=[512,1024]", "train.epochs=1"]
    command = [args.runner, QUICKSTART, "--quiet", "--device", args.name, "--runs-dir", "large"]
    command += [part for each in sets for part in ("--set", each)]
    result = subprocess.run(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    holds = result.returncode == 1 and "choose a smaller train.batch_size" in result.stderr
    if not holds:
        failures.append(f"status {result.returncode}: {result.stderr}")
    return ["a network that does not fit is refused", "yes" if holds else "NO"]


def failed(args, failures):
    print("a GPU that fails in the middle ...", flush=True)
    command = [args.runner, QUICKSTART, "--quiet", "--device", args.name, "--runs-dir", "failed"]
    command += [part for each in short(args) for part in ("--set", each)]
    environment = dict(os.environ, EMULATED_GPU_LAUNCHES="500")
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    told = "the GPU gave up: CUDA_ERROR_ILLEGAL_ADDRESS"
    holds = result.returncode == 1 and told in result.stderr and "panicked" not in result.stderr
    holds = holds and told in json.loads((only("failed") / "run.json").read_text())["error"]
    if not holds:
        failures.append(f"status {result.returncode}: {result.stderr}")
    return ["a GPU that fails is told of, also in run.json", "yes" if holds else "NO"]


def tight(args, failures):
    print("memory for the batches, but not for a shorter one beside them ...", flush=True)
    sets = ["data.train_limit=500", "data.test_limit=10", "train.epochs=2", "model.filters=[8,16]"]
    sets += ["train.batch_size=300"]
    command = [args.runner, QUICKSTART, "--quiet", "--device", args.name]
    command += [part for each in sets for part in ("--set", each)]
    large = dict(os.environ, EMULATED_GPU_COUNTS="counts")
    subprocess.run([*command, "--runs-dir", "wide"], env=large, check=True, stdout=subprocess.DEVNULL)
    most = int(Path("counts").read_text().split()[0])
    small = dict(os.environ, EMULATED_GPU_MEMORY=str(most * 17 // 20))
    subprocess.run([*command, "--runs-dir", "tight"], env=small, check=True, stdout=subprocess.DEVNULL)
    holds = same(only("wide"), only("tight"))
    if not holds:
        failures.append("a training with little memory differs from one with much")
    return ["memory that is tight changes nothing", "yes" if holds else "NO"]


class Memory:
    """What is used of the GPU's memory at most, above what was used before, in MiB."""

    def __init__(self, args):
        self.args = args

    def used(self):
        if self.args.device == "cpu":
            return 0
        query = ["nvidia-smi", "-i", str(self.args.gpu), "--query-gpu=memory.used"]
        answer = subprocess.check_output([*query, "--format=csv,noheader,nounits"], text=True)
        return int(answer)

    def __enter__(self):
        self.before = self.most = self.used()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.ended.wait(0.2):
            self.most = max(self.most, self.used())

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def __str__(self):
        return f"{self.most - self.before} MiB"


def speed(args, batch):
    """The chapter's denoising network: an epoch of ours, then as many steps of PyTorch's."""
    print(f"speed at batch {batch} ...", flush=True)
    pictures = args.bench_pictures
    sets = [f"data.train_limit={pictures}", "data.test_limit=100", f"train.batch_size={batch}"]
    with Memory(args) as ours:
        folder = run(args, f"speed/{batch}", QUICKSTART, args.name, *sets, "train.epochs=4")
    # The first epoch loads kernels.
    speeds = [float(row["images_per_second"]) for row in rows(folder, "timings.csv")[1:]]
    own = statistics.median(speeds)
    peers = []
    for precision in ["float32", "tf32"]:
        with Memory(args) as memory:
            peers.append((peer(args, batch, pictures, precision), memory))
    (torch, memory), (tensor_cores, _) = peers
    if torch is None:
        return [batch, f"{own:,.0f}", ours, "no PyTorch with CUDA", "", "", "", ""]
    ratio = own / torch
    goal = f"{'met' if ratio >= GOALS[batch] else 'NOT met'} (at least {GOALS[batch]})"
    return [
        batch, f"{own:,.0f}", ours, f"{torch:,.0f}", memory, f"{ratio:.2f}", f"{tensor_cores:,.0f}",
        goal,
    ]


def peer(args, batch, pictures, precision):
    """PyTorch's images per second; none where there is no PyTorch for this device."""
    script = Path(__file__).with_name("peer.py")
    command = [sys.executable, script, args.name, str(batch), str(pictures), precision]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return float(result.stdout) if result.returncode == 0 else None


def table(titles, lines):
    lines = [[str(cell) for cell in line] for line in [titles, *lines]]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for index, line in enumerate(lines):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        if index == 0:
            print("-" * (sum(widths) + 2 * len(widths) - 2))
    print()


if __name__ == "__main__":
    main()
