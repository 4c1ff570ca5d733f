"""How fast the chapter's denoising network trains, and what memory it takes, beside PyTorch."""

import statistics
import subprocess
import sys
import threading
from pathlib import Path

from training import QUICKSTART, rows, trained

BATCHES = [32, 128, 1024]
# Ahead at small batches, close at large ones.
GOALS = {32: 1.0, 128: 1.0, 1024: 0.8}
PEER = "img/s PyTorch"
TITLES = ["batch", "img/s", "memory", PEER, "memory", "ratio", f"{PEER} TF32", "goal"]
# What peer.py ends with where there is no PyTorch for the device.
MISSING = 3


class Memory:
    """What is used of the GPU's memory at most, above what was used before, in MiB."""

    def __init__(self, args):
        self.args = args

    def used(self):
        """None where nvidia-smi does not know, as on parts of a GPU."""
        query = ["nvidia-smi", "-i", str(self.args.gpu or 0), "--query-gpu=memory.used"]
        try:
            return int(subprocess.check_output([*query, "--format=csv,noheader,nounits"], text=True))
        except (OSError, ValueError, subprocess.CalledProcessError):
            return None

    def __enter__(self):
        self.before = self.most = self.used()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while self.before is not None and not self.ended.wait(0.2):
            self.most = max(self.most, self.used() or 0)

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def __str__(self):
        return "not known" if self.before is None else f"{self.most - self.before} MiB"


def speed(args, report, batch):
    """An epoch of ours, then as many steps of PyTorch's."""
    pictures = args.bench_pictures
    sets = [f"data.train_limit={pictures}", "data.test_limit=100", f"train.batch_size={batch}"]
    with Memory(args) as ours:
        folder = trained(args, f"speed/{batch}", QUICKSTART, args.name, *sets, "train.epochs=4")
    # The first epoch loads kernels.
    speeds = [float(row["images_per_second"]) for row in rows(folder, "timings.csv")[1:]]
    own = statistics.median(speeds)
    print(f"    {own:,.0f} images a second, {ours}", flush=True)
    found = {}
    for precision in ["float32", "tf32"]:
        with Memory(args) as memory:
            result = peer(args, batch, pictures, precision)
        if isinstance(result, str):
            report.unseen.append(f"PyTorch at batch {batch} in {precision}: {result}")
        found[precision] = (result, memory)
    (torch, memory), (tensor_cores, _) = found["float32"], found["tf32"]
    tensor_cores = "none" if isinstance(tensor_cores, str) else f"{tensor_cores:,.0f}"
    row = [batch, f"{own:,.0f}", ours]
    if isinstance(torch, str):
        return [*row, "none", "", "", tensor_cores, "not looked at"]
    ratio = own / torch
    met = ratio >= GOALS[batch]
    if not met:
        goal = f"the goal is at least {GOALS[batch]}"
        report.failures.append(f"speed at batch {batch} is {ratio:.2f} of PyTorch's, and {goal}")
    goal = f"{'met' if met else 'NOT met'} (at least {GOALS[batch]})"
    return [*row, f"{torch:,.0f}", memory, f"{ratio:.2f}", tensor_cores, goal]


def peer(args, batch, pictures, precision):
    """PyTorch's images per second, or why there are none."""
    script = Path(__file__).with_name("peer.py")
    words = [sys.executable, script, args.name, str(batch), str(pictures), precision]
    result = subprocess.run(words, capture_output=True, text=True)
    if result.returncode == 0:
        return float(result.stdout)
    if result.returncode == MISSING:
        return "there is none that can compute here"
    lines = result.stderr.strip().splitlines()
    return f"it failed with status {result.returncode}: {lines[-1] if lines else 'no word'}"
