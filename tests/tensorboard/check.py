"""Compares a run's event files, as read by TensorBoard's package, with its metrics.csv."""

import csv
import math
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run = pathlib.Path(sys.argv[1])
events = EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0, "images": 0})
events.Reload()
rows = list(csv.DictReader((run / "metrics.csv").open()))
assert rows, "no rows"
tags = events.Tags()
checked = 0
for tag in tags["scalars"]:
    column = tag.split("/")[-1]
    if column not in rows[0]:
        continue
    expected = {int(row["epoch"]): float(row[column]) for row in rows if row[column]}
    points = events.Scalars(tag)
    found = {point.step: point.value for point in points}
    assert len(points) == len(found), f"{tag}: duplicate steps"
    assert found.keys() == expected.keys(), f"{tag}: steps {sorted(found)}"
    for step, value in expected.items():
        assert math.isclose(found[step], value, rel_tol=1e-6), f"{tag} at {step}: {found[step]} {value}"
    checked += 1
assert checked >= 4, f"only {checked} of {tags['scalars']} are columns of metrics.csv"
assert any("learning_rate" in tag for tag in tags["scalars"]), tags["scalars"]
assert tags["images"], "no image sheets"
print(f"TensorBoard reads {checked} scalars over {len(rows)} epochs, and {len(tags['images'])} images")
