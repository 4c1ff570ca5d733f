#!/usr/bin/env python3
"""Epochs of this program beside those of Keras and PyTorch, in turns, on the same machine.

    cargo build --release
    python3 -m venv peers && peers/bin/pip install numpy keras tensorflow-cpu torch matplotlib
    RUNNER_DATA_DIR=... peers/bin/python benches/peers/run.py [--rounds 3] [--out results.jsonl]
        [--plot docs/epochs.png] ["dae 32" ...]

Each round runs every program once for two epochs. Every line of the output is an epoch, validation
included; the table at the end has medians, and says how many cores each program really had. The case
`kernels` trains on a tenth of MNIST with each instruction set and without peers. Only `--plot` takes
matplotlib.
"""

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine
import plot

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CASES = {
    "dae 32": ("dae", "dae_sigma050.toml", 32, None),
    "dae 128": ("dae", "dae_sigma050.toml", 128, None),
    "latent2 32": ("latent2", "ae_latent2.toml", 32, None),
    "colorize 32": ("colorize", "colorize_cifar10.toml", 32, 6400),
    "kernels": ("dae", "dae_sigma050.toml", 32, 6000),
}
FAMILIES = ("avx512", "avx2", "portable")


def ours(system, file, batch, train, threads, kernels=""):
    settings = {"train.epochs": 2, "train.batch_size": batch}
    if system == "colorize":
        # The peers train on random images; the time does not depend on what they show.
        settings |= {"data.dataset": "synthetic_scenes", "data.test_limit": 1000}
    if train:
        settings["data.train_limit"] = train
    name = f"runner, {threads} thread{'s' * (threads > 1)}"
    environment = dict(os.environ)
    if kernels:
        settings["data.test_limit"] = 1000
        name, environment["RUNNER_KERNELS"] = f"runner, {kernels}", kernels
    with tempfile.TemporaryDirectory() as folder:
        command = [ROOT / "target/release/runner", ROOT / "experiments" / file, "--quiet"]
        command += ["--runs-dir", folder, "--threads", str(threads)]
        command += [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
        cpu = sum(getattr(after, t) - getattr(before, t) for t in ("ru_utime", "ru_stime"))
        run = next(Path(folder).glob("*/run.json")).parent
        with open(run / "metrics.csv") as metrics, open(run / "timings.csv") as timings:
            for told, timed in zip(csv.DictReader(metrics), csv.DictReader(timings)):
                yield {
                    "peer": name,
                    "epoch": int(told["epoch"]),
                    "seconds": float(timed["seconds"]),
                    "cores": cpu / seconds,
                    "val_loss": float(told["val_loss"]),
                    "peak_mib": float(timed["peak_memory_mib"]),
                }


def peer(script, system, batch, train, variant=""):
    command = [sys.executable, HERE / script, system, "--batch", str(batch), "--variant", variant]
    command += ["--train", str(train)] if train else []
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    yield from map(json.loads, told.stdout.splitlines())


def programs(case):
    """What a case compares, in the order of its turns."""
    system, file, batch, train = CASES[case]
    if case == "kernels":
        return [ours(system, file, batch, train, 2, family) for family in FAMILIES if available(family)]
    return [
        ours(system, file, batch, train, 2),
        peer("keras_peer.py", system, batch, train),
        ours(system, file, batch, train, 1),
        peer("torch_peer.py", system, batch, train),
    ]


def available(family):
    flags = {"avx512": "avx512dq", "avx2": "avx2", "portable": ""}[family]
    return flags in Path("/proc/cpuinfo").read_text()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", default="results.jsonl")
    parser.add_argument("--plot", help="draw the medians to this .png or .svg")
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="case", help=", ".join(CASES))
    args = parser.parse_args()
    if unknown := set(args.cases) - set(CASES):
        parser.error(f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    results, watch = [], machine.Watch()
    watch.tell("before")
    with open(args.out, "a") as out:
        for _ in range(args.rounds):
            for case in args.cases:
                for epochs in programs(case):
                    for epoch in epochs:
                        epoch = {"case": case} | epoch
                        results.append(epoch)
                        print(json.dumps(epoch), file=out, flush=True)
    watch.tell("after")
    for case in args.cases:
        for name in sorted({r["peer"] for r in results if r["case"] == case}):
            own = [r for r in results if (r["case"], r["peer"]) == (case, name)]
            seconds = [r["seconds"] for r in own]
            print(
                f"{case:12} {name:20} {statistics.median(seconds):6.2f} s"
                f"  ({min(seconds):.2f} to {max(seconds):.2f}, n = {len(seconds)})"
                f"  {statistics.median(r['cores'] for r in own):.2f} cores"
                f"  {max(r['peak_mib'] for r in own):5.0f} MiB  val_loss {own[-1]['val_loss']:.5f}"
            )
    if args.plot:
        plot.chart(results, args.plot)


if __name__ == "__main__":
    os.environ.setdefault("RUNNER_DATA_DIR", str(ROOT / "data"))
    main()
