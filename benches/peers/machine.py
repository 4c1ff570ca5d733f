"""What else happened on the machine: a measurement beside other work is no measurement."""

import time
from pathlib import Path


def times():
    """Clock ticks of all cores since the start, and those that the host gave to others."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return sum(ticks), ticks[7]


class Watch:
    """Tells the load average, and how much time was stolen since the last time it told."""

    def __init__(self):
        self.before = times()
        time.sleep(1)

    def tell(self, moment):
        now = times()
        total, stolen = (after - before for after, before in zip(now, self.before))
        self.before = now
        load = Path("/proc/loadavg").read_text().split()[0]
        print(f"{moment}: load average {load}, {100 * stolen / max(total, 1):.1f} % stolen by the host")
