"""Trainings of this program, and what they leave."""

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
    """What should not be so."""


def limit(args):
    """Seconds that a program may take from now on."""
    return max(1, min(args.limit, args.end - time.monotonic()))


def find_cublas():
    """Lets programs find cuBLAS where PyTorch's packages have it."""
    package = importlib.util.find_spec("nvidia")
    roots = map(Path, package.submodule_search_locations or [] if package else [])
    found = {str(file.parent) for root in roots for file in root.rglob("libcublas.so.1[123]")}
    known = os.environ.get("LD_LIBRARY_PATH")
    # Behind what is there: the driver may be.
    os.environ["LD_LIBRARY_PATH"] = ":".join([known] * bool(known) + sorted(found))


def command(args, file, device, runs_dir, sets):
    """How the program is called."""
    words = [args.runner, file, "--quiet", "--device", device, "--runs-dir", runs_dir]
    return [*words, *(word for each in sets for word in ("--set", each))]


def started(args, runs_dir, file, device, *sets):
    """A training that goes on."""
    return subprocess.Popen(command(args, file, device, runs_dir, sets), stdout=subprocess.DEVNULL)


def trained(args, runs_dir, file, device, *sets, **environment):
    """Trains, with these variables, and gives the run's folder."""
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
    """Whether two runs have the same metrics and checkpoints."""
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in KEPT)
