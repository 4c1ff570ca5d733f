#!/usr/bin/env python3
"""What a sweep has to show on a real machine, by hand: it takes minutes and quiet cores.

    cargo build --release
    benches/sweep.py kills target/release/runner     # 20 runs, 5 kills of the parent, 2 of children
    benches/sweep.py jobs target/release/runner      # --jobs 2 beside --jobs 1
    benches/sweep.py plan target/release/runner      # 10,000 points: time and memory
"""

import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SMALL = """
[data]
dataset = "synthetic_digits"
train_limit = 1200
test_limit = 100
[task]
kind = "denoise"
[model]
filters = [8, 16]
latent_dim = 8
[train]
epochs = 6
[sweep]
"task.noise.sigma" = { kind = "linspace", from = 0.25, to = 1.0, count = 5 }
"model.latent_dim" = [4, 16]
repeats = 2
"""


def children(pid):
    """The processes that `pid` has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
                if int(stat.rsplit(")", 1)[1].split()[1]) == pid:
                    found.append(int(entry.name))
            except (OSError, IndexError, ValueError):
                pass
    return found


def kills(runner, place):
    (place / "many.toml").write_text(SMALL.replace("train_limit = 1200", "train_limit = 6000"))
    command = [runner, "many.toml", "--quiet", "--jobs", "2"]
    start = time.time()
    subprocess.run(command + ["--runs-dir", "whole"], cwd=place, check=True, stdout=subprocess.DEVNULL)
    whole = time.time() - start
    print(f"undisturbed: {whole:.1f} s")
    seed = random.randrange(10**6)
    random.seed(seed)
    print(f"random moments of seed {seed}")
    parents, killed_children, after_completion = 0, 0, {}
    while True:
        process = subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        moment = time.time() + random.uniform(0.3, whole / 5)
        while process.poll() is None and (parents == 5 or time.time() < moment):
            if killed_children < 2 and random.random() < 0.02:
                running = children(process.pid)
                if running:
                    os.kill(random.choice(running), signal.SIGKILL)
                    killed_children += 1
            time.sleep(0.05)
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        parents += 1
        complete = (run for run in (place / "runs/many").iterdir() if (run / "run.json").exists()
                    and '"status": "completed"' in (run / "run.json").read_text())
        for run in complete:
            after_completion.setdefault(run.name, (run / "log.txt").read_text())
    print(f"killed: the parent {parents} times, {killed_children} children; last exit status {process.returncode}")
    a, b = place / "whole/many", place / "runs/many"
    names = sorted(run.name for run in a.iterdir() if (run / "run.json").exists())
    assert names == sorted(run.name for run in b.iterdir() if (run / "run.json").exists())
    assert (a / "trials.csv").read_bytes() == (b / "trials.csv").read_bytes(), "trials.csv differs"
    assert (a / "trial_groups.csv").read_bytes() == (b / "trial_groups.csv").read_bytes()
    for name in names:
        for file in ["metrics.csv", "checkpoints/last.safetensors", "checkpoints/best.safetensors"]:
            assert (a / name / file).read_bytes() == (b / name / file).read_bytes(), f"{name}/{file} differs"
    for name, log in after_completion.items():
        assert (b / name / "log.txt").read_text() == log, f"{name} was trained again after it was complete"
    print(f"equal to the undisturbed sweep: trials.csv, trial_groups.csv and {len(names)} runs' metrics.csv and "
          f"checkpoints; {len(after_completion)} runs were complete at a kill and not touched again")
    assert process.returncode == 0 and parents == 5 and killed_children == 2, "too few kills: run it again"


def jobs(runner, place):
    text = SMALL.replace("train_limit = 1200", "train_limit = 6000").replace("count = 5", "count = 2")
    (place / "many.toml").write_text(text.replace("repeats = 2", "repeats = 1"))
    ways = [["--jobs", "2", "--threads", "2"], ["--jobs", "1", "--threads", "2"], ["--jobs", "1", "--threads", "1"]]
    took = {tuple(way): [] for way in ways}
    for attempt in range(5):
        for way in ways:
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
            folder = f"{attempt}-{'-'.join(way)}".replace("--", "")
            subprocess.run([runner, "many.toml", "--quiet", "--runs-dir", folder] + way, cwd=place, check=True,
                           stdout=subprocess.DEVNULL)
            seconds, after = time.time() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"{' '.join(way)}: {seconds:.2f} s, {cpu:.2f} s of processor time")
            took[tuple(way)].append(seconds)
    two, threaded, one = (statistics.median(took[tuple(way)]) for way in ways)
    print(f"medians {two:.2f} s, {threaded:.2f} s, {one:.2f} s: --jobs 2 takes {two / threaded:.2f} of --jobs 1 with two threads, and is {one / two:.2f} times as fast as one thread")


def plan(runner, place):
    lists = "\n".join([
        '"experiment.seed" = { kind = "range", from = 1, to = 100, step = 1 }',
        '"model.latent_dim" = { kind = "range", from = 1, to = 100, step = 1 }',
    ])
    (place / "plan.toml").write_text(f'[data]\ndataset = "synthetic_digits"\n[sweep]\n{lists}\n')
    start = time.time()
    process = subprocess.Popen([runner, "check", "plan.toml"], cwd=place, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    print(f"10,000 points: {time.time() - start:.2f} s, {usage.ru_maxrss / 1024:.0f} MiB at the peak, status {status}")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ["kills", "jobs", "plan"]:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        globals()[sys.argv[1]](os.path.abspath(sys.argv[2]), Path(folder))
