#!/usr/bin/env python3
"""Counts the driver calls of a training step on an emulated GPU: launches, and nothing else.

    tests/cuda/emulated/step.py RUNNER
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

BATCH = 32
# Steps; even on a slow machine, twice as many take less than the half minute until a checkpoint.
FEW = 4
# For the 7 layers of the chapter's denoising network; each launch costs some microseconds.
MOST_LAUNCHES = 53


def counts(runner, folder, steps):
    """Returns the number of calls of each function in a training of this many steps."""
    file = Path(folder) / "counts"
    command = [
        runner, "experiments/quickstart.toml", "--quiet", "--device", "cuda",
        "--runs-dir", f"{folder}/{steps}", "--set", f"data.train_limit={steps * BATCH}",
        "--set", "data.test_limit=32", "--set", "train.epochs=1", "--set", f"train.batch_size={BATCH}",
    ]
    environment = dict(os.environ, EMULATED_GPU_COUNTS=str(file))
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    lines = (line.split(" ", 1) for line in file.read_text().splitlines())
    return {name: int(number) for number, name in lines if "bytes" not in name}


def main():
    with tempfile.TemporaryDirectory() as folder:
        few, many = (counts(sys.argv[1], folder, steps) for steps in (FEW, 2 * FEW))
    more = {name: (many[name] - few.get(name, 0)) / FEW for name in many if many[name] != few.get(name)}
    for name, number in sorted(more.items()):
        print(f"{number:6.1f} {name}")
    launches = sum(number for name, number in more.items() if name.startswith(("kernel", "cublas")))
    print(f"{launches:6.1f} launches per step of {BATCH} images")
    if launches != sum(more.values()):
        sys.exit("a step makes driver calls other than launches")
    if launches > MOST_LAUNCHES:
        sys.exit(f"a step takes more than {MOST_LAUNCHES} launches")


main()
