"""Trainings of this program, and what they leave."""

import csv
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "experiments" / "quickstart.toml"
KEPT = ["metrics.csv", "checkpoints/last.safetensors", "checkpoints/best.safetensors"]


class Wrong(Exception):
    """What should not be so."""


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
    ended = subprocess.run(words, env=dict(os.environ, **environment), stdout=subprocess.DEVNULL)
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
