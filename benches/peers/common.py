"""What both peers need: the images, the noise, and how an epoch is told."""

import argparse
import gzip
import json
import os
import resource
import time
from pathlib import Path

import numpy as np

SYSTEMS = ("dae", "latent2", "colorize")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--train", type=int, help="use only so many training images")
    parser.add_argument("--variant", default="")
    parser.add_argument("--first-step", action="store_true", help="tell the loss of the first step too")
    return parser.parse_args()


def idx(name):
    """The values of a gzipped IDX file of images, 0 to 1, (count, 28, 28, 1)."""
    path = Path(os.environ["RUNNER_DATA_DIR"]) / "mnist" / f"{name}-idx3-ubyte.gz"
    with gzip.open(path) as file:
        values = np.frombuffer(file.read(), np.uint8, offset=16)
    return values.reshape(-1, 28, 28, 1).astype(np.float32) / 255


def images(system, train=None):
    """Inputs and targets to train on and to validate on, channels last."""
    random = np.random.default_rng(1337)
    if system == "colorize":
        # The time does not depend on what the images show.
        targets = [random.random((n, 32, 32, 3), np.float32) for n in (train or 50_000, 1_000)]
        weights = np.array([0.299, 0.587, 0.114], np.float32)
        inputs = [(target @ weights)[..., None] for target in targets]
    else:
        targets = [idx("train-images")[:train], idx("t10k-images")]
        inputs = targets
        if system == "dae":
            noisy = (t + random.normal(0.5, 0.5, t.shape).astype(np.float32) for t in targets)
            inputs = [np.clip(n, 0, 1) for n in noisy]
    return (inputs[0], targets[0]), (inputs[1], targets[1])


def network(system):
    """Filters of the encoder, length of the code, channels of the output."""
    return {
        "dae": ((32, 64), 16, 1),
        "latent2": ((32, 64), 2, 1),
        "colorize": ((64, 128, 256), 256, 3),
    }[system]


class Clock:
    """Tells of each epoch when it ends: a JSON object a line, on stdout."""

    def __init__(self, peer, version, args):
        self.about = {
            "peer": peer,
            "version": version,
            "system": args.system,
            "batch": args.batch,
            "threads": args.threads,
        }
        self.start()

    def start(self):
        self.began, self.cpu = time.perf_counter(), time.process_time()

    def epoch(self, number, loss, val_loss):
        seconds, cpu = time.perf_counter() - self.began, time.process_time() - self.cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told = {"epoch": number, "seconds": round(seconds, 3), "cores": round(cpu / seconds, 2)}
        told |= {"loss": float(loss), "val_loss": float(val_loss), "peak_mib": round(peak)}
        print(json.dumps(self.about | told), flush=True)
        self.start()
