"""Runs the library's GPU tests, one process per module, because a GPU fault ends all tests of its process."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from training import Wrong, limit

# The last lines of a failed module's output to print.
LINES = 40
# The longest time of each tool of the sanitizer, in seconds.
SANITIZED = 30


def tests(args):
    """Returns the names of the tests by module."""
    words = [args.tests, "--list", "--format", "terse", "--ignored", "on_cuda"]
    listed = subprocess.check_output(words, text=True, timeout=limit(args))
    names = [line.removesuffix(": test") for line in listed.splitlines() if line.endswith(": test")]
    modules = {}
    for name in names:
        modules.setdefault(name.rpartition("::")[0], []).append(name)
    return modules


def words(args, names):
    # One at a time, since each opens the GPU; uncaptured, in case one hangs.
    return [args.tests, "--ignored", "--exact", "--nocapture", "--test-threads=1", *names]


def run(args, module, names):
    # Without shrinking, since one failing case is enough.
    passes(words(args, names), limit(args), PROPTEST_MAX_SHRINK_ITERS="0")
    return [module, len(names)]


class Late(Wrong):
    """Tests took too long."""


def sanitized(args, report, tool, tests):
    """Runs tests of our kernels, with few random cases each, under a tool of NVIDIA's compute-sanitizer."""
    absent = [f"compute-sanitizer {tool}", "not checked"]
    roots = [os.environ.get("CUDA_PATH"), "/usr/local/cuda"]
    places = os.pathsep.join([os.environ["PATH"], *(str(Path(root) / "bin") for root in roots if root)])
    sanitizer = shutil.which("compute-sanitizer", path=places)
    if not sanitizer:
        report.unseen.append(f"{absent[0]}: it is not installed")
        return absent
    names = [name for module in tests if "::kernels::" in f"{module}::" for name in tests[module]]
    command = [sanitizer, "--tool", tool, "--error-exitcode", "9", *words(args, names)]
    try:
        passes(command, min(SANITIZED, limit(args)), PROPTEST_CASES="2", PROPTEST_MAX_SHRINK_ITERS="0")
    except Late as late:
        report.unseen.append(f"{absent[0]}: {late}")
        return absent
    return [absent[0], len(names)]


def passes(command, seconds, **environment):
    """Runs tests, and prints the end of their output if they fail."""
    wrong = Wrong
    try:
        ended = subprocess.run(command, env=dict(os.environ, **environment), timeout=seconds,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, status = ended.stdout, f"status {ended.returncode}"
    except subprocess.TimeoutExpired as error:
        output, status, wrong = error.stdout or b"", f"timed out after {error.timeout:.0f} seconds", Late
    if status != "status 0":
        lines = output.decode(errors="replace").splitlines()[-LINES:]
        print("\n".join(lines), file=sys.stderr, flush=True)
        raise wrong(f"{status}, see above")
