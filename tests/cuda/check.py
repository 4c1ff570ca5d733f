#!/usr/bin/env python3
"""Runs tests and trainings on a GPU, compares them with the CPU and PyTorch, and prints tables.

    tests/cuda/check.py target/release/runner [--tests FILE] [--data FOLDER] [--gpu N] [--within SECONDS]

The most informative checks come first, since a GPU may be available for minutes only; `--only` and `--skip` choose
among them, so that they can be spread over several calls. Exits with status 1 if anything failed or a speed goal
was missed. A failed check does not stop the others, unless training does not work at all. Everything printed is
also kept in `--log`, or in check.log in the folder that OUT names. `--device cpu` uses the CPU in place of the GPU,
to try this script out. `--guarantees` omits everything that needs a GPU's speed, and checks the rest with small
networks.
"""

import argparse
import atexit
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import modules
import speed
from guarantees import guarantees
from training import QUICKSTART, ROOT, Wrong, find_cublas, rows, trained

# The chapter's systems, and the datasets to use if theirs are not available.
SYSTEMS = [
    ("autoencoder", "ae_mnist", "synthetic_digits"),
    ("latent of 2", "ae_latent2", "synthetic_digits"),
    ("denoising", "dae_sigma050", "synthetic_digits"),
    ("colorization", "colorize_cifar10", "synthetic_scenes"),
    # A batch size that no other check covers.
    ("denoising, batch 1024", "dae_sigma050", "synthetic_digits", "train.batch_size=1024"),
]
# What can be chosen, in the order in which it is checked. The losses on the CPU do not need a GPU, and may be known
# already.
SECTIONS = ["kernels", "speed", "guarantees", "peer", "references", "systems", "dfdx", "sanitizer"]
# Those that need the speed of a GPU.
FAST = ["speed", "peer", "references", "systems", "sanitizer"]
# Adam amplifies rounding errors, because its steps for small gradients are as large as for large ones.
TOLERANCE = 0.03


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("runner", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("RUNNER_DATA_DIR") or None)
    parser.add_argument("--gpu", type=int, help="use only this GPU (default: the first, and all in a sweep)")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--images", type=int, default=6000, help="images to train the systems on")
    parser.add_argument("--bench-images", type=int, default=60000, help="images to measure speed with")
    parser.add_argument("--guarantees", action="store_true", help="check only the guarantees")
    parser.add_argument("--tests", type=Path, help="the library's tests, built with the feature cuda")
    parser.add_argument("--limit", type=float, default=120, help="time limit per program, in seconds")
    parser.add_argument("--within", type=float, default=float("inf"), help="total time limit, in seconds")
    parser.add_argument("--only", type=sections, default=SECTIONS, help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--skip", type=sections, default=[], help="the others of them")
    parser.add_argument("--references", type=Path, help="file of the systems' losses on the CPU; written if absent")
    parser.add_argument("--log", type=Path, help="file to write the output to as well")
    args = parser.parse_args()
    args.sections = [each for each in args.only if each not in args.skip]
    if args.guarantees:
        args.sections = [each for each in args.sections if each not in FAST]
    if args.log or os.environ.get("OUT"):
        keep_output(args.log or Path(os.environ["OUT"]) / "check.log")
    args.references = args.references and args.references.resolve()
    args.end = time.monotonic() + args.within
    args.runner = args.runner.resolve()
    args.tests = args.tests and args.tests.resolve()
    args.name = f"cuda:{args.gpu or 0}" if args.device == "cuda" else "cpu"
    # The order that nvidia-smi uses.
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    find_cublas()
    if args.data:
        args.data = args.data.resolve()
        os.environ["RUNNER_DATA_DIR"] = str(args.data)
    report = Report(args.end)
    with tempfile.TemporaryDirectory() as folder, awake(args):
        os.chdir(folder)
        check_all(args, report)
    sys.exit(report.end())


def sections(text):
    names = text.split(",")
    if unknown := [name for name in names if name not in SECTIONS]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)} is none of {', '.join(SECTIONS)}")
    return names


def keep_output(path):
    """Writes the output of this program, and of those that it starts, to a file as well."""
    tee = subprocess.Popen(["tee", path], stdin=subprocess.PIPE)
    for stream in (1, 2):
        os.dup2(tee.stdin.fileno(), stream)
    tee.stdin.close()

    def end():
        sys.stdout.flush()
        sys.stderr.flush()
        for stream in (1, 2):
            os.close(stream)
        tee.wait(10)

    atexit.register(end)


@contextlib.contextmanager
def awake(args):
    """Keeps the driver loaded between programs, which saves each of them a second or more."""
    if args.device == "cpu" or not shutil.which("nvidia-smi"):
        yield
        return
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(["nvidia-smi", "-l", "5"], **silent)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def check_all(args, report):
    chosen = args.sections
    if chosen != ["references"]:
        report.table(["first of all", ""])
        if report.row("a small training", lambda: smallest(args))[-1] == "FAILED":
            return
    tests = {}
    if args.tests and {"kernels", "dfdx", "sanitizer"} & set(chosen):
        report.row("the list of tests", lambda: listed(args, tests))
    # Tests of our own kernels first, since most trainings use them; dfdx's are used for one loss only.
    own = [module for module in tests if any(part in module for part in ("kernels", "::data", "::memory"))]
    if "kernels" in chosen:
        test_modules(args, report, own, tests)
    speeds = {}
    if "speed" in chosen:
        report.table(speed.OWN_TITLES)
        for batch in speed.BATCHES:
            report.row(f"speed at batch {batch}", lambda: speed.own(args, speeds, batch))
    if "guarantees" in chosen:
        report.table(["guarantee", "holds"])
        for title, check in guarantees(args):
            report.row(title, lambda: check(args) or [title, "yes"])
    if "peer" in chosen:
        report.table(speed.PEER_TITLES)
        for precision in ["float32", "tf32"]:
            for batch in speed.BATCHES:
                what = f"PyTorch at batch {batch} in {precision}"
                report.row(what, lambda: speed.compared(args, report, speeds, batch, precision))
    check_systems(args, report)
    if "dfdx" in chosen:
        test_modules(args, report, [module for module in tests if module not in own], tests)
    if "sanitizer" in chosen and tests:
        report.table(["sanitizer", "tests passed"])
        for tool in ["memcheck", "racecheck"]:
            what = f"compute-sanitizer {tool}"
            report.row(what, lambda: modules.sanitized(args, report, tool, tests))


def check_systems(args, report):
    known = {}
    if args.references and args.references.exists():
        known.update(json.loads(args.references.read_text()))
    if "references" in args.sections:
        report.table(["system", "val_loss CPU"])
        for title, *which in SYSTEMS:
            report.row(f"{title} on the CPU", lambda: [title, f"{reference(args, known, title, *which):.5f}"])
    if "systems" in args.sections:
        report.table(["system", "data", "val_loss CPU", "val_loss", "difference"])
        for title, *which in SYSTEMS:
            report.row(title, lambda: system(args, report, known, title, *which))


def listed(args, tests):
    tests.update(modules.tests(args))
    if not tests:
        raise Wrong("no GPU tests found: was it built with the feature cuda?")
    return ["the list of tests", f"{len(tests)} modules"]


def test_modules(args, report, some, tests):
    if some:
        report.table(["tests", "passed"])
    for module in some:
        report.row(module, lambda: modules.run(args, module, tests[module]))


def smallest(args):
    """A training of a few steps, to find out early if nothing works."""
    trained(args, "first", QUICKSTART, args.name, "data.train_limit=64", "data.test_limit=8", "train.epochs=1")
    return ["a small training", "succeeds"]


class Report:
    """The results: printed as soon as they are known, and as tables at the end."""

    def __init__(self, end):
        self.end_of_time = end
        self.tables = []
        self.failures = []
        # Checks that could not be made, which are not failures.
        self.unseen = []

    def table(self, titles):
        self.tables.append([titles])

    def row(self, what, check):
        """Adds the result of `check` to the last table."""
        print(f"{what} ...", flush=True)
        late = [what, "not checked"]
        try:
            row = late if self.is_over() else check()
        except Exception as error:  # any failure: the other checks must still run
            row = late if self.is_over() else self.failed(what, error)
        if row is late:
            self.unseen.append(f"{what}: out of time")
        row = [str(cell) for cell in row]
        print("    " + "  ".join(row), flush=True)
        self.tables[-1].append(row)
        return row

    def is_over(self):
        return time.monotonic() > self.end_of_time

    def failed(self, what, error):
        name = "" if isinstance(error, Wrong) else f"{type(error).__name__}: "
        self.failures.append(f"{what}: {name}{error}")
        print(f"    {name}{error}", flush=True)
        return [what, "FAILED"]

    def end(self):
        """Prints everything, and returns the exit status."""
        print()
        for lines in self.tables:
            width = len(lines[0])
            lines = [line + [""] * (width - len(line)) for line in lines]
            widths = [max(map(len, column)) for column in zip(*lines)]
            lines.insert(1, ["-" * width for width in widths])
            for line in lines:
                print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
            print()
        for unseen in self.unseen:
            print(f"NOT CHECKED: {unseen}")
        for failure in self.failures:
            print(f"FAILED: {failure}")
        if self.failures:
            print(f"failed: {len(self.failures)}")
        else:
            print("all checks passed" + (", as far as they could be made" if self.unseen else ""))
        return 1 if self.failures else 0


def experiment(args, name, stand_in):
    """Returns the experiment's file, its dataset, and the settings for other data if its own is not available."""
    file = ROOT / "experiments" / f"{name}.toml"
    dataset = "cifar10" if "cifar" in name else "mnist"
    if args.data and (args.data / dataset).is_dir():
        return file, dataset, []
    return file, stand_in, [f"data.dataset={stand_in}"]


def val_loss(args, title, device, name, stand_in, *more):
    file, _, sets = experiment(args, name, stand_in)
    sets += [*more, f"data.train_limit={args.images}", "data.test_limit=1000", "train.epochs=2"]
    folder = trained(args, f"systems/{title} {device}", file, device, *sets)
    return float(rows(folder, "metrics.csv")[-1]["val_loss"])


def reference(args, known, title, name, stand_in, *more):
    """Returns the loss on the CPU, from `known` or a training, which is then written to the file for it."""
    data = experiment(args, name, stand_in)[1]
    key = f"{title}: {args.images} images of {data}"
    if key not in known:
        known[key] = val_loss(args, title, "cpu", name, stand_in, *more)
        if args.references and os.access(args.references.parent, os.W_OK):
            args.references.write_text(json.dumps(known, indent=2) + "\n")
    return known[key]


def system(args, report, known, title, name, stand_in, *more):
    expected = reference(args, known, title, name, stand_in, *more)
    data = experiment(args, name, stand_in)[1]
    loss = val_loss(args, f"{title} again", args.name, name, stand_in, *more)
    difference = abs(loss / expected - 1)
    if not difference <= TOLERANCE:
        report.failures.append(f"{title}: val_loss {loss} on {args.name}, {expected} on the CPU")
    return [title, data, f"{expected:.5f}", f"{loss:.5f}", f"{100 * difference:.2f} %"]


if __name__ == "__main__":
    main()
