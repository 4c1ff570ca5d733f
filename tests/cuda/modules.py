"""Runs the library's GPU tests, one process per module, because a GPU fault ends all tests of its process."""

import os
import subprocess
import sys

from training import Wrong, limit

# The last lines of a failed module's output to print.
LINES = 40


def tests(args):
    """Returns the names of the tests by module."""
    words = [args.tests, "--list", "--format", "terse", "--ignored", "on_cuda"]
    listed = subprocess.check_output(words, text=True, timeout=limit(args))
    names = [line.removesuffix(": test") for line in listed.splitlines() if line.endswith(": test")]
    modules = {}
    for name in names:
        modules.setdefault(name.rpartition("::")[0], []).append(name)
    return modules


def run(args, module, names):
    # One at a time, since each opens the GPU; uncaptured, in case one hangs; without shrinking, since one failing
    # case is enough.
    words = [args.tests, "--ignored", "--exact", "--nocapture", "--test-threads=1", *names]
    environment = dict(os.environ, PROPTEST_MAX_SHRINK_ITERS="0")
    try:
        ended = subprocess.run(words, env=environment, timeout=limit(args),
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, status = ended.stdout, f"status {ended.returncode}"
    except subprocess.TimeoutExpired as error:
        output, status = error.stdout or b"", f"timed out after {error.timeout:.0f} seconds"
    if status != "status 0":
        lines = output.decode(errors="replace").splitlines()[-LINES:]
        print("\n".join(lines), file=sys.stderr, flush=True)
        raise Wrong(f"{status}, see above")
    return [module, len(names)]
