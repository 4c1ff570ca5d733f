#!/usr/bin/env python3
"""How long people wait: for `runner check`, and from a command to the first training step.

    cargo build --release
    RUNNER_DATA_DIR=... peers/bin/python benches/start.py [RUNS]

The first step is that of the denoising autoencoder on MNIST at batch 32, two threads, from the start
of the process, reading the data and building the network included. The peers draw the noise of all
images before they train (about a second), runner that of each image when it is needed.

Of runner it is seen in a terminal of its own, when the progress bar first has a loss; of Keras and
PyTorch, installed in the Python that runs this script, when they print the loss of the first step.
Each process is killed then. All run once before, so that files are in the system's cache.
"""

import fcntl
import os
import pty
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNNER = ROOT / "target/release/runner"


def check():
    """Seconds of `runner check`."""
    began = time.perf_counter()
    command = [RUNNER, "check", ROOT / "experiments/quickstart.toml"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def first_step():
    """Seconds until the progress bar of runner has a loss."""
    with tempfile.TemporaryDirectory() as folder:
        command = [RUNNER, ROOT / "experiments/dae_sigma050.toml", "--threads", "2", "--runs-dir", folder]
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        return until(b"loss ", process, ours, began)


def peer(script):
    """Seconds until a peer prints the loss of its first step."""
    command = [sys.executable, ROOT / "benches/peers" / script, "dae", "--first-step"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return until(b"loss ", process, process.stdout.fileno(), began)


def until(sign, process, source, began):
    """Seconds from `began` until `process` has written `sign` to `source`; then it is killed."""
    told = b""
    try:
        while sign not in told:
            try:
                more = os.read(source, 4096)
            except OSError:  # a terminal that nobody writes to any more
                more = b""
            if not more:
                sys.exit(f"{process.args[0]} ended without a step: {told.decode(errors='replace')}")
            told += more
        return time.perf_counter() - began
    finally:
        process.kill()
        process.wait()


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for name, measure, count in (
        ("runner check experiments/quickstart.toml", check, 20),
        ("first step, runner", first_step, runs),
        ("first step, Keras", lambda: peer("keras_peer.py"), runs),
        ("first step, PyTorch", lambda: peer("torch_peer.py"), runs),
    ):
        measure()
        seconds = [measure() for _ in range(count)]
        print(f"{name:42} {statistics.median(seconds):7.3f} s"
              f"  ({min(seconds):.3f} to {max(seconds):.3f}, n = {count})", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("RUNNER_DATA_DIR", str(ROOT / "data"))
    main()
