"""Compares training speed and memory use of the chapter's denoising network with PyTorch."""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from training import QUICKSTART, limit, rows, trained

# The least certain one first.
BATCHES = [1024, 32, 128]
# A few seconds each.
EPOCHS = {1024: 12, 32: 4, 128: 6}
# Ahead at small batches, close at large ones.
GOALS = {32: 1.0, 128: 1.0, 1024: 0.8}
PEER = "img/s PyTorch"
TITLES = ["batch", "img/s", "memory", PEER, "memory", "ratio", f"{PEER} TF32", "goal"]
# The exit status of peer.py if there is no PyTorch for the device.
MISSING = 3


class Memory:
    """Measures the peak use of GPU memory above the initial use, in MiB."""

    def __init__(self, args):
        self.gpu = str(args.gpu or 0)
        # Stays empty if nvidia-smi does not know, as on MIG instances.
        self.used = []

    def __enter__(self):
        words = ["nvidia-smi", "-i", self.gpu, "--query-gpu=memory.used", "--loop-ms=200"]
        words += ["--format=csv,noheader,nounits"]
        try:
            self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        except OSError:
            self.process = None
            return self
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        # To measure the initial use.
        time.sleep(1)
        return self

    def watch(self):
        for line in self.process.stdout:
            if line.strip().isdigit():
                self.used.append(int(line))

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.thread.join()
            self.process.wait()

    def __str__(self):
        return f"{max(self.used) - self.used[0]} MiB" if self.used else "not known"


def speed(args, report, batch):
    """Measures our epochs, then PyTorch's."""
    images = args.bench_images
    sets = [f"data.train_limit={images}", "data.test_limit=100", f"train.batch_size={batch}"]
    sets += [f"train.epochs={EPOCHS[batch]}"]
    # In memory, so that disks do not affect the measurement.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as runs_dir, Memory(args) as ours:
        folder = trained(args, runs_dir, QUICKSTART, args.name, *sets)
        timings = rows(folder, "timings.csv")
    # The first epoch loads kernels.
    speeds = [float(row["images_per_second"]) for row in timings[1:]]
    own = statistics.median(speeds)
    print(f"    {own:,.0f} images per second, {ours}", flush=True)
    found = {}
    for precision in ["float32", "tf32"]:
        with Memory(args) as memory:
            result = peer(args, batch, images, precision)
        if isinstance(result, str):
            report.unseen.append(f"PyTorch at batch {batch} in {precision}: {result}")
        found[precision] = (result, memory)
    (torch, memory), (tensor_cores, _) = found["float32"], found["tf32"]
    tensor_cores = "none" if isinstance(tensor_cores, str) else f"{tensor_cores:,.0f}"
    row = [batch, f"{own:,.0f}", ours]
    if isinstance(torch, str):
        return [*row, "none", "", "", tensor_cores, "not checked"]
    ratio = own / torch
    met = ratio >= GOALS[batch]
    if not met:
        goal = f"the goal is at least {GOALS[batch]}"
        report.failures.append(f"speed at batch {batch} is {ratio:.2f} of PyTorch's, and {goal}")
    goal = f"{'met' if met else 'NOT met'} (at least {GOALS[batch]})"
    return [*row, f"{torch:,.0f}", memory, f"{ratio:.2f}", tensor_cores, goal]


def peer(args, batch, images, precision):
    """Returns PyTorch's images per second, or why there is no result."""
    script = Path(__file__).with_name("peer.py")
    words = [sys.executable, script, args.name, str(batch), str(images), precision]
    result = subprocess.run(words, capture_output=True, text=True, timeout=limit(args))
    if result.returncode == 0:
        return float(result.stdout)
    if result.returncode == MISSING:
        return "it is not installed, or does not support this device"
    lines = result.stderr.strip().splitlines()
    return f"it failed with status {result.returncode}: {lines[-1] if lines else 'no message'}"
