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

# In the order in which PyTorch is measured: what the goals are about first.
BATCHES = [32, 1024, 128]
# A few seconds each.
EPOCHS = {1024: 12, 32: 4, 128: 6}
# Ahead at small batches, close at large ones.
GOALS = {32: 1.0, 128: 1.0, 1024: 0.8}
OWN_TITLES = ["batch", "img/s", "memory"]
PEER_TITLES = ["batch", "PyTorch", "img/s", "memory", "ratio of ours", "goal"]
# The longest wait for nvidia-smi, in seconds.
PATIENCE = 10
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
        self.begun = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        # The first answer is the initial use.
        self.begun.wait(PATIENCE)
        return self

    def watch(self):
        for line in self.process.stdout:
            if line.strip().isdigit():
                self.used.append(int(line))
            self.begun.set()
        self.begun.set()

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
            self.thread.join(PATIENCE)

    def __str__(self):
        return f"{max(self.used) - self.used[0]} MiB" if self.used else "not known"


def own(args, speeds, batch):
    """Measures our epochs."""
    sets = [f"data.train_limit={args.bench_images}", "data.test_limit=100", f"train.batch_size={batch}"]
    sets += [f"train.epochs={EPOCHS[batch]}"]
    # In memory, so that disks do not affect the measurement.
    shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=shared) as runs_dir, Memory(args) as memory:
        folder = trained(args, runs_dir, QUICKSTART, args.name, *sets)
        timings = rows(folder, "timings.csv")
    # The first epoch loads kernels.
    speeds[batch] = statistics.median(float(row["images_per_second"]) for row in timings[1:])
    return [batch, f"{speeds[batch]:,.0f}", memory]


def compared(args, report, speeds, batch, precision):
    """Measures PyTorch's epochs, and compares ours with those in float32."""
    with Memory(args) as memory:
        result = peer(args, batch, precision)
    if isinstance(result, str):
        report.unseen.append(f"PyTorch at batch {batch} in {precision}: {result}")
        return [batch, precision, "none", "", "", "not checked"]
    row = [batch, precision, f"{result:,.0f}", memory]
    if batch not in speeds:
        report.unseen.append(f"the goal at batch {batch}: our own speed was not measured in this call")
        return [*row, "", "not checked"]
    ratio = speeds[batch] / result
    if precision != "float32":
        return [*row, f"{ratio:.2f}", "none"]
    met = ratio >= GOALS[batch]
    if not met:
        goal = f"the goal is at least {GOALS[batch]}"
        report.failures.append(f"speed at batch {batch} is {ratio:.2f} of PyTorch's, and {goal}")
    return [*row, f"{ratio:.2f}", f"{'met' if met else 'NOT met'} (at least {GOALS[batch]})"]


def peer(args, batch, precision):
    """Returns PyTorch's images per second, or why there is no result."""
    script = Path(__file__).with_name("peer.py")
    words = [sys.executable, script, args.name, str(batch), str(args.bench_images), precision]
    try:
        result = subprocess.run(words, capture_output=True, text=True, timeout=limit(args))
    except subprocess.TimeoutExpired as error:
        return f"it took longer than {error.timeout:.0f} seconds"
    if result.returncode == 0:
        return float(result.stdout)
    if result.returncode == MISSING:
        return "it is not installed, or does not support this device"
    lines = result.stderr.strip().splitlines()
    return f"it failed with status {result.returncode}: {lines[-1] if lines else 'no message'}"
