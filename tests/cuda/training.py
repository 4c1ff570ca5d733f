"""Runs trainings of this program and reads their results."""

import csv
import importlib.util
import os
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "experiments" / "quickstart.toml"
KEPT = ["metrics.csv", "checkpoints/last.safetensors", "checkpoints/best.safetensors"]


class Wrong(Exception):
    """A check failed."""


def limit(args):
    """Returns the time limit of a program started now, in seconds."""
    return max(1, min(args.limit, args.end - time.monotonic()))


def find_cublas():
    """Lets programs find cuBLAS in PyTorch's packages."""
    package = importlib.util.find_spec("nvidia")
    roots = map(Path, package.submodule_search_locations or [] if package else [])
    found = {str(file.parent) for root in roots for file in root.rglob("libcublas.so.1[123]")}
    known = os.environ.get("LD_LIBRARY_PATH")
    # Appended, since the existing path may contain the driver.
    os.environ["LD_LIBRARY_PATH"] = ":".join([known] * bool(known) + sorted(found))


def command(args, file, device, runs_dir, sets):
    """Returns the command line of a training."""
    words = [args.runner, file, "--quiet", "--device", device, "--runs-dir", runs_dir]
    return [*words, *(word for each in sets for word in ("--set", each))]


def started(args, runs_dir, file, device, *sets):
    """Starts a training in the background."""
    return subprocess.Popen(command(args, file, device, runs_dir, sets), stdout=subprocess.DEVNULL)


def trained(args, runs_dir, file, device, *sets, **environment):
    """Trains with these environment variables and returns the run's folder."""
    words = command(args, file, device, runs_dir, sets)
    variables = dict(os.environ, **environment)
    ended = subprocess.run(words, env=variables, stdout=subprocess.DEVNULL, timeout=limit(args))
    if ended.returncode != 0:
        raise Wrong(f"{' '.join(map(str, words))} ended with status {ended.returncode}")
    return only(runs_dir)


def only(runs_dir):
    folders = [path.parent for path in Path(runs_dir).glob("*/run.json")]
    if len(folders) != 1:
        raise Wrong(f"{runs_dir} has {len(folders)} runs, not one")
    return folders[0]


def rows(folder, name):
    with open(folder / name, newline="") as file:
        return list(csv.DictReader(file))


def same(one, other):
    """Returns whether two runs have the same metrics and checkpoints."""
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in KEPT)
