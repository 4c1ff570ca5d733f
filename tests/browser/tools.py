"""Helpers for checking reports: the program, pages, and runs imitated from others."""

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

runner, work, shots = sys.argv[1:]
runs = os.path.join(work, "runs", "noise")
others = os.path.join(work, "runs", "others")
page_file = os.path.join(work, "a report with spaces.html")
noise = []


def call(*arguments):
    done = subprocess.run([runner, *arguments], capture_output=True, text=True, cwd=work)
    assert done.returncode == 0, done.stderr
    return done.stdout


def of_run(run, name):
    """Path of a run's file; None if it does not exist."""
    # Runs of a sweep have its name before that of their folder.
    folder = run["folder"].split("/")[-1]
    files = [os.path.join(parent, folder, name) for parent in (runs, others)]
    return next((file for file in files if os.path.exists(file)), None)


def metrics(run):
    file = of_run(run, "metrics.csv")
    if file is None:
        return []
    with open(file) as file:
        return list(csv.DictReader(file))


def curve(run, name):
    """Values of a metric in all epochs, from the data of the page."""
    kept = run["curves"][name]
    if isinstance(kept, str):
        return curve(run, kept)
    return kept if isinstance(kept, list) else [kept] * len(numbers(run))


def numbers(run):
    """The epochs that the values of curves are of, from the data of the page."""
    return run["at"] if isinstance(run["at"], list) else list(range(1, run["at"] + 1))


def curves_equal(run, rows):
    """Compares curves with the rows of a file. Tables show the best and the last epoch; of the others, a chart shows at
    most seven digits."""
    for name in run["curves"]:
        kept = [float(row[name]) if row[name] else None for row in rows]
        shown = curve(run, name)
        assert len(shown) == len(kept), (run["name"], name)
        for i, (value, whole) in enumerate(zip(shown, kept)):
            exact = whole is None or i in (run["best"], len(rows) - 1)
            assert value == whole or not exact and value == float(f"{whole:.6e}"), (run["name"], name, i)


def epochs(run):
    """Completed epochs with a checkpoint; rows may be ahead of these."""
    with open(of_run(run, "run.json")) as file:
        return json.load(file)["epochs"]


def open_page(browser, fragment="", file=page_file, **options):
    options.setdefault("viewport", {"width": 1280, "height": 900})
    context = browser.new_context(**options)
    context.set_offline(True)
    page = context.new_page()
    page.on("console", lambda message: noise.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: noise.append(f"error: {error}"))
    page.on("dialog", lambda dialog: noise.append(f"dialog: {dialog.message}"))
    allowed = ("file:", "data:")
    page.on("request", lambda r: r.url.startswith(allowed) or noise.append(f"request: {r.url}"))
    page.goto("file://" + file.replace(" ", "%20") + fragment)
    return page


def column(page, name):
    """Texts of a column of the table, from top to bottom."""
    heads = page.locator("#runs thead th").all_inner_texts()
    place = next(i for i, head in enumerate(heads) if re.sub(r"[ ↑↓▴▾]+$", "", head) == name)
    rows = page.locator("#runs tbody tr")
    return [rows.nth(i).locator("th, td").nth(place).inner_text() for i in range(rows.count())]


def leading(texts):
    return [float(text.split(" ")[0]) for text in texts if text not in ("", "–")]


def shot(page, name, **options):
    page.screenshot(path=os.path.join(shots, name + ".png"), **options)


def imitate(original, folder, info=None, resolved=(), rows=None):
    """Makes a run with the files of another and its own identity. `info` is merged into `run.json`,
    `resolved` has pairs of pattern and replacement, `rows` are the rows of `metrics.csv`."""
    name = os.path.basename(folder)
    os.makedirs(folder)
    for file in ("model.txt", "experiment.toml", "noise_levels.csv", "samples.png"):
        if os.path.exists(os.path.join(original, file)):
            shutil.copy(os.path.join(original, file), folder)
    with open(os.path.join(original, "run.json")) as file:
        known = json.load(file)
    # With fewer rows than epochs, the file would count as truncated.
    known.update(identity=hashlib.sha256(folder.encode()).hexdigest(), name=name, epochs=len(rows or []))
    if rows:
        epoch, _, _, loss, *_ = min(rows, key=lambda cells: cells[3])
        known["best"] = {"metric": "val_loss", "epoch": epoch, "value": loss}
    # resolved.toml is changed below.
    known.pop("resolved_digest", None)
    known.update(info or {})
    with open(os.path.join(folder, "run.json"), "w") as file:
        json.dump(known, file)
    with open(os.path.join(original, "resolved.toml")) as file:
        text = file.read()
    for pattern, value in resolved:
        text, count = re.subn(pattern, value, text, flags=re.MULTILINE)
        assert count == 1, (pattern, text)
    with open(os.path.join(folder, "resolved.toml"), "w") as file:
        file.write(text)
    write_rows(os.path.join(folder, "metrics.csv"), ["epoch", "step", "loss", "val_loss", "val_mse", "val_mae", "val_psnr", "val_ssim", "learning_rate"], rows or [])


def write_rows(path, header, rows):
    with open(path, "w") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
