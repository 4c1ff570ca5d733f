"""Reports on rare cases: several data sets, repeats only, keys that not all runs have, no epoch yet."""

import glob
import os
import random
import shutil
import subprocess

from PIL import Image

from tools import call, imitate, noise, open_page, runner, runs, shot, work, write_rows

originals = sorted(glob.glob(os.path.join(runs, "sigma=*")))


def report_of(folder):
    file = os.path.join(work, os.path.basename(folder) + ".html")
    call("report", folder, "-o", file)
    return file


def row(epoch, loss):
    return [epoch, 10 * epoch, loss, loss, loss, loss, 20 - loss, 1 - loss, 0.001]


def an_original_stands_beside_runs_of_its_own_data_set(browser):
    page = open_page(browser, file=report_of(os.path.join(work, "runs", "mixed")))
    for scripted in (True, False):
        if not scripted:
            page = open_page(browser, file=os.path.join(work, "mixed.html"), java_script_enabled=False)
        walls = page.locator("#images .wall")
        assert walls.count() == 2, walls.count()
        assert [walls.nth(i).locator("thead tr").first.locator("th").count() for i in range(2)] == [2, 2]
        first = [walls.nth(i).locator("tbody .tile use").first.get_attribute("href") for i in range(2)]
        assert first[0] != first[1], first
        assert "differ in data.dataset" in page.locator("#summary").inner_text()
        assert page.locator("#runs .top1").count() == 0, "none is better"
        page.locator("#images").scroll_into_view_if_needed()
        shot(page, f"mixed-{'script' if scripted else 'plain'}")
        page.context.close()


def repeats_alone_have_a_run_to_be_held_against(browser):
    folder = os.path.join(work, "repeats")
    for seed in range(3):
        imitate(originals[0], os.path.join(folder, f"seed{seed}"), {"seed": seed}, [("^seed = .*", f"seed = {seed}")], [row(1, 0.1 + seed)])
    page = open_page(browser, file=report_of(folder))
    box = page.locator("details.run")
    assert box.count() == 3
    for i in range(3):
        box.nth(i).locator("> summary").click()
        # The box is filled once it has opened, which the browser reports asynchronously.
        box.nth(i).locator(".difference tbody tr").nth(1).wait_for()
    page.context.close()


def no_epoch_yet_leaves_a_table(browser):
    folder = os.path.join(work, "begun")
    imitate(originals[0], os.path.join(folder, "begun"), {"status": "interrupted", "best": None})
    imitate(originals[1], os.path.join(folder, "begun too"), {"status": "failed", "best": None}, [("^latent_dim = .*", "latent_dim = 77")])
    os.remove(os.path.join(folder, "begun", "noise_levels.csv"))
    os.remove(os.path.join(folder, "begun too", "noise_levels.csv"))
    page = open_page(browser, file=report_of(folder))
    assert page.locator("#runs tbody tr").count() == 2
    page.locator("details.run").first.locator("> summary").click()
    page.locator("details.run .difference tbody tr").first.wait_for()
    page.context.close()


def a_key_that_not_all_runs_have_sets_them_apart(browser):
    folder = os.path.join(work, "optional")
    for i in range(12):
        # A quarter of the runs lack the key, so that the value of the others is the usual one.
        kept = "" if i % 4 == 0 else "\npatience = 3"
        resolved = [("^seed = .*", "seed = 1"), ("^sigma = .*", f"sigma = {i // 4}.5"), ("^latent_dim = .*", f"latent_dim = {i % 4 or 1}{kept}")]
        imitate(originals[0], os.path.join(folder, f"run{i}"), {"seed": 1}, resolved, [row(1, 0.1 + i)])
    page = open_page(browser, file=report_of(folder))
    labels = page.locator("#runs tbody th").all_inner_texts()
    assert len(set(labels)) == 12, labels
    page.locator("#keys select").nth(1).select_option("task.noise.sigma")
    names = page.locator("#keys .legend li").all_inner_texts()
    assert len(names) == 4 and "latent_dim=1, patience not given" in names, names
    page.context.close()


def charts_say_what_they_show(browser):
    folder = os.path.join(work, "words")
    for i in range(8):
        # The run with the lowest loss was pruned, and so was the worse of two settings.
        status = "pruned" if i in (0, 5) else "completed"
        resolved = [("^seed = .*", "seed = 1"), ("^learning_rate = .*", f"learning_rate = {i % 2}.5"), ("^latent_dim = .*", f"latent_dim = {i // 2 % 2 + 2}"), ("^batch_size = .*", f"batch_size = {i // 4 + 8}")]
        imitate(originals[0], os.path.join(folder, f"run{i}"), {"status": status, "seed": 1}, resolved, [row(3, 0.3 + i), row(5, 0.1 + i)])
    shutil.rmtree(os.path.join(folder, "run4"))
    page = open_page(browser, file=report_of(folder))
    page.locator("#keys select").nth(1).select_option("train.optimizer.learning_rate")
    page.locator("#keys select").nth(2).select_option("model.latent_dim")
    assert "over batch_size;" in page.locator("#heat p").inner_text(), page.locator("#heat p").inner_text()
    stars = page.locator("#heat .cell", has_text="★")
    assert stars.count() == 1
    assert "learning_rate=0.5, latent_dim=3" in stars.locator("title").text_content(), "the lowest over both batch sizes"
    # Values of pruned runs are hollow, and so are means over fewer settings.
    assert page.locator("#heat .cell title", has_text="(pruned)").count() == 1
    assert page.locator("#heat .cell title", has_text="not over all settings of batch_size").count() == 1
    assert page.locator("#heat .cell .open").count() == 2
    assert page.locator("#keys .two circle.hollow").count() == 2
    chart = page.locator("#curves .chart > svg")
    chart.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#curves .tip").inner_text().startswith("epoch 3"), page.locator("#curves .tip").inner_text()
    heads = page.locator("#runs thead th").all_inner_texts()
    place = next(i for i, head in enumerate(heads) if head.startswith("best epoch"))
    assert page.locator("#runs tbody tr").first.locator("th, td").nth(place).inner_text() == "5"
    shot(page, "words", full_page=True)
    page.context.close()


def the_metric_that_decides_is_seen(browser):
    folder = os.path.join(work, "decides")
    for i in range(5):
        resolved = [("^seed = .*", "seed = 1"), ("^latent_dim = .*", f"latent_dim = {i % 4 + 2}"), ("^batch_size = .*", f"batch_size = {16 if i == 4 else 32}"), ('^metric = "val_loss"', 'metric = "val_mae"')]
        imitate(originals[0], os.path.join(folder, f"run{i}"), {"status": "completed", "seed": 1}, resolved, [row(1, 0.1 + i)])
    page = open_page(browser, file=report_of(folder))
    assert page.locator("#runs th[aria-sort]").inner_text().startswith("val_mae"), page.locator("#runs th[aria-sort]").inner_text()
    colours = page.locator('#keys svg[aria-label="parallel coordinates"] g[color]').evaluate_all("all => all.map(g => g.getAttribute('color'))")
    assert len(set(colours)) == 5 and "gray" not in colours, colours
    assert sorted(page.locator("#keys .legend li").all_inner_texts()) == ["batch_size=16", "batch_size=32"], "also the usual one"
    page.context.close()


def charts_over_names(browser):
    """Points over unordered values are not connected; names and numbers fit; lines are distinguishable."""
    folder = os.path.join(work, "names")
    for i in range(16):
        # Most runs have the same batch size, which is shown only if it differs.
        resolved = [("^seed = .*", "seed = 1"), ("^filters = .*", f"filters = [{100 + i % 8}, 200]"), ("^batch_size = .*", f"batch_size = {32 if i < 13 else 16}"), ("^latent_dim = .*", f"latent_dim = {2 + i // 8}")]
        imitate(originals[0], os.path.join(folder, f"run{i}"), {"status": "completed", "seed": 1}, resolved, [row(1, 0.0065 + i / 1e4)])
    file = report_of(folder)
    for width in (1280, 390):
        page = open_page(browser, "#key=model.filters&second=model.latent_dim", file=file, viewport={"width": width, "height": 900})
        chart = page.locator("#keys .two .chart > svg").first
        assert chart.locator("path").count() == 0 and chart.locator("g circle").count() == 16
        assert "[107, 200]" in chart.locator("text").all_text_contents()[-3]
        names = page.locator("#keys .legend li").all_inner_texts()
        assert sorted(names) == ["latent_dim=2", "latent_dim=3", "latent_dim=3, batch_size=16"], names
        page.locator("#keys select").nth(1).select_option("model.latent_dim")
        page.locator("#keys select").nth(2).select_option("model.filters")
        dashes = page.locator("#keys .legend .swatch line").evaluate_all("all => all.map(line => line.getAttribute('stroke-dasharray'))")
        assert len(dashes) > 7 and len(set(dashes)) == 2, dashes
        for svg in page.locator("#keys .two .chart > svg").all():
            assert not svg.evaluate(OVERLAPS), svg.evaluate(OVERLAPS)
        page.locator("#keys").scroll_into_view_if_needed()
        shot(page, f"names-{width}")
        page.context.close()


# Texts of a chart that overlap others or leave it.
OVERLAPS = """svg => {
  const frame = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll('text')].map(text => [text.lastChild?.textContent, text.getBoundingClientRect()]).filter(([text]) => text);
  const out = boxes.filter(([, box]) => box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1);
  const meets = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
  const pairs = boxes.flatMap(([text, box], i) => boxes.slice(i + 1).filter(([, other]) => meets(box, other)).map(([other]) => [text, other]));
  return [...out.map(([text]) => text), ...pairs].join('; ');
}"""


def twins_count_once(browser):
    folder = os.path.join(work, "twins")
    for name, loss in (("alone", 0.1), ("swept", 0.3)):
        imitate(originals[0], os.path.join(folder, name), {"identity": "ab" * 32, "status": "interrupted" if name == "alone" else "completed"}, [], [row(1, loss)])
    os.makedirs(os.path.join(folder, "sweep"))
    os.rename(os.path.join(folder, "swept"), os.path.join(folder, "sweep", "swept"))
    page = open_page(browser, file=report_of(folder))
    cell = page.locator("#runs tr.group td.number[title]").first
    assert cell.inner_text() == "0.30000", cell.inner_text()
    page.context.close()


def large_images_are_shown_small(browser):
    folder = os.path.join(work, "large")
    imitate(originals[0], os.path.join(folder, "large"), {}, [], [row(1, 0.1)])
    path = os.path.join(folder, "large", "samples.png")
    image = Image.open(path)
    image.resize((image.width * 10, image.height * 10)).save(path)
    page = open_page(browser, file=report_of(folder))
    assert page.locator("#curves .chart g circle").count() == 1, "the only epoch is visible"
    frame = page.locator("#images .tile").first.bounding_box()
    assert (frame["width"], frame["height"]) == (84, 84), frame
    shot(page, "large-images", full_page=True)
    page.context.close()


def many_runs_are_all_found(browser):
    """A page of many runs writes rows and details when there is time or need, but every run can be found by its name."""
    folder = os.path.join(work, "hundreds")
    for i in range(130):
        resolved = [("^seed = .*", "seed = 1"), ("^latent_dim = .*", f"latent_dim = {1000 + i}")]
        imitate(originals[0], os.path.join(folder, f"run{i}"), {"status": "completed", "seed": 1}, resolved, [row(1, 0.1 + i)])
    page = open_page(browser, file=report_of(folder))
    page.locator("#runs tbody tr").nth(129).wait_for()
    assert page.locator("details.run noscript").count() == 130, "nothing is written out before it is looked at"
    elements = page.evaluate("document.getElementsByTagName('*').length")
    assert elements < 8000, elements
    box = page.get_by_label("Filter runs by text")
    box.press_sequentially("latent_dim=112")
    assert page.locator("#runs tbody tr").count() == 10, page.locator("#runs tbody tr").count()
    box.fill("")
    page.locator("#runs tbody tr").nth(129).wait_for()
    page.locator("#runs tbody a", has_text="run77").click()
    details = page.locator("details.run[open]")
    assert details.count() == 1 and "latent_dim = 1077" in details.text_content()
    details.locator(".difference tbody tr").nth(2).wait_for()
    page.locator("#levels summary").click()
    page.locator("#levels tbody tr").nth(129).wait_for()
    page.locator("#runs thead button", has_text="latent_dim").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.sort") == "model.latent_dim", "the focus stays for the next key"
    page.context.close()
    page = open_page(browser, file=os.path.join(work, "hundreds.html"), java_script_enabled=False)
    assert page.locator("#runs tbody tr").count() == 130
    assert page.locator("details.run .columns").count() == 130
    page.context.close()


def check(browser):
    for look in (
        an_original_stands_beside_runs_of_its_own_data_set, repeats_alone_have_a_run_to_be_held_against, no_epoch_yet_leaves_a_table,
        a_key_that_not_all_runs_have_sets_them_apart, charts_say_what_they_show, the_metric_that_decides_is_seen, charts_over_names, twins_count_once, large_images_are_shown_small,
        many_runs_are_all_found,
    ):
        look(browser)
        assert not noise, (look.__name__, noise)


def is_small():
    """200 runs of 100 epochs take less than 300 MiB of memory; a page of 50 runs with different images, less than 5 MB."""
    many = os.path.join(work, "many")
    chance = random.Random(1)
    for i in range(200):
        original = originals[i % len(originals)]
        folder = os.path.join(many, f"run{i}")
        rows = [[epoch, 10 * epoch, *(chance.random() for _ in range(6)), 0.001] for epoch in range(1, 101)]
        resolved = [("^seed = .*", f"seed = {i % 2}"), ("^sigma = .*", f"sigma = {0.01 * (i // 2)}")]
        imitate(original, folder, {"seed": i % 2, "epochs": 100, "status": "completed"}, resolved, rows)
        times = [[epoch, chance.random(), 1000.5, 100.25] for epoch in range(1, 101)]
        write_rows(os.path.join(folder, "timings.csv"), ["epoch", "seconds", "images_per_second", "peak_memory_mib"], times)
        # Outputs that no other run shares.
        image = Image.open(os.path.join(original, "samples.png")).convert("L")
        shift = [min(255, max(0, v + (i % 97))) for v in range(256)]
        image.point(shift).convert("RGB").save(os.path.join(folder, "samples.png"))
    process = subprocess.Popen([runner, "report", many, "-o", os.path.join(work, "many.html")], cwd=work)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    memory = used.ru_maxrss / 1024
    size = os.path.getsize(os.path.join(work, "many.html")) / 1e6
    print(f"200 runs of 100 epochs: {memory:.0f} MiB of memory, {size:.1f} MB")
    assert memory < 300, memory
    for i in range(50, 200):
        shutil.rmtree(os.path.join(many, f"run{i}"))
    call("report", many, "-o", os.path.join(work, "fifty.html"))
    size = os.path.getsize(os.path.join(work, "fifty.html")) / 1e6
    print(f"50 runs: {size:.1f} MB")
    assert size < 5, size
