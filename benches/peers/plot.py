#!/usr/bin/env python3
"""Draws the epochs that run.py measured: a bar for each program's median, whiskers from least to most.

    peers/bin/pip install matplotlib
    peers/bin/python benches/peers/plot.py results.jsonl docs/epochs.png
"""

import json
import statistics
import sys

TITLES = {
    "dae 32": "denoising\nbatch 32",
    "dae 128": "denoising\nbatch 128",
    "latent2 32": "code of 2\nbatch 32",
    "colorize 32": "colorization\nbatch 32\n6,400 images",
}
# Told apart by colour-blind readers too, and by their lightness in gray.
COLOURS = {"runner, 2 threads": "#0072B2", "Keras": "#E69F00", "PyTorch": "#9AA5B1"}
BAR = 0.27


def chart(results, file):
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    cases = [case for case in TITLES if any(r["case"] == case for r in results)]
    figure, axes = pyplot.subplots(figsize=(8, 1.2 + 1.05 * len(cases)), dpi=200, layout="constrained")
    for i, (peer, colour) in enumerate(COLOURS.items()):
        for row, case in enumerate(cases):
            seconds = [r["seconds"] for r in results if (r["case"], r["peer"]) == (case, peer)]
            if not seconds:
                continue
            middle, place = statistics.median(seconds), row + (i - 1) * BAR
            whisker = [[middle - min(seconds)], [max(seconds) - middle]]
            axes.barh(place, middle, BAR * 0.92, color=colour, label=peer if row == 0 else None)
            axes.errorbar(middle, place, xerr=whisker, color="#222222", capsize=2.5, linewidth=1)
            axes.annotate(f"{middle:.1f} s", (max(seconds), place), (6, -0.5), textcoords="offset points",
                          va="center_baseline", fontsize=10, fontweight="bold" if i == 0 else "normal",
                          bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})
    axes.set_yticks(range(len(cases)), [TITLES[case] for case in cases], fontsize=10.5)
    axes.invert_yaxis()
    axes.set_xlabel("seconds an epoch, validation included (less is better; median, least to most)", fontsize=10.5)
    axes.locator_params(axis="x", nbins=6, integer=True)
    axes.margins(x=0.1, y=0.02)
    axes.set_xlim(left=0)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside upper left", ncols=len(COLOURS), frameon=False, fontsize=10.5)
    figure.savefig(file, metadata={"Software": None} if str(file).endswith(".png") else None)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1]) as lines:
        chart([json.loads(line) for line in lines], sys.argv[2])
