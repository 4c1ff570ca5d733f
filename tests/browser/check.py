"""Operates a report like a reader and compares its values with the CSV files."""

import json
import os
import re
import shutil

from PIL import Image
from playwright.sync_api import sync_playwright

import rare
from tools import call, column, curve, curves_equal, epochs, leading, metrics, noise, numbers, open_page, others, page_file, runs, shot, shots


def values_equal_the_files(page):
    data = json.loads(page.locator("#data").text_content())
    assert len(data["runs"]) == 27, len(data["runs"])
    for run in data["runs"]:
        rows = metrics(run)
        curves_equal(run, rows)
        losses = [float(row["val_loss"]) for row in rows[:epochs(run)] if row["val_loss"]]
        best = losses.index(min(losses)) if losses else None
        assert run["best"] == best, run["name"]
    page.get_by_role("button", name="Unfold repeats").click()
    cells = page.locator("#runs tr[data-run]")
    shown = 0
    for i in range(cells.count()):
        run = next(r for r in data["runs"] if r["id"] == cells.nth(i).get_attribute("data-run"))
        titles = [t for t in cells.nth(i).locator("td[title]:not(.pairs)").evaluate_all("all => all.map(td => [td.title, td.textContent])")]
        if run["best"] is None:
            continue
        row = metrics(run)[run["best"]]
        values = {float(row[name]) for name in ("val_loss", "val_psnr", "val_ssim")}
        assert {float(title) for title, _ in titles} == values, (run["name"], titles, values)
        for title, text in titles:
            assert abs(float(title) - float(text)) <= 1e-4 * abs(float(title)), (title, text)
        shown += 1
    assert shown >= 25, shown
    page.get_by_role("button", name="Fold repeats").click()
    groups = {g["label"]: [data["runs"][i] for i in g["runs"]] for g in data["groups"]}
    for row in page.locator("#runs tr.group").all():
        label = row.locator("th").inner_text().removesuffix(" · 2 runs").lstrip("▸ ")
        losses = [float(metrics(r)[r["best"]]["val_loss"]) for r in groups[label]]
        title = float(row.locator("td.number[title]").first.get_attribute("title"))
        assert abs(title - sum(losses) / len(losses)) < 1e-12, label
    return data


def summary_tells(page):
    text = page.locator("#summary").inner_text()
    for word in ("27 runs vary", "24 completed", "1 running", "1 failed", "1 diverged", "File too large",
                 "For sigma=0.25, val_loss is lowest in noise/", "Tested at 0.75, the network of noise/", "over 2 seeds", "is still running"):
        assert word in text, (word, text)
    assert page.evaluate("window.hacked") is None
    assert "<img src=x onerror=alert(1)>" in page.locator(".about").inner_text()
    assert page.locator("body img").count() == 0


def begins_with_what_decides(page):
    heads = page.locator("#runs thead th").all_inner_texts()
    assert heads[1] == "run" and heads[2].startswith("val_loss ↓"), heads
    box, name = page.locator("#runs .scroll"), page.locator("#runs tr.group th").first
    page.set_viewport_size({"width": 800, "height": 900})
    box.evaluate("box => { box.scrollLeft = 400; }")
    left = [place.bounding_box()["x"] for place in (box, name, page.locator("#runs thead .name"))]
    assert max(left) - min(left) < 1, ("the names stay in sight", left)
    box.evaluate("box => { box.scrollLeft = 0; }")
    page.set_viewport_size({"width": 1280, "height": 900})


def sorts(page):
    for name in ("val_loss", "val_psnr", "sigma"):
        button = page.locator("#runs thead button", has_text=re.compile(f"^{name}[ ↑↓▴▾]*$"))
        button.click()
        first = leading(column(page, name))
        button.click()
        second = leading(column(page, name))
        # Incomplete runs stay below, sorted separately.
        first, second = (first[:12], second[:12]) if name != "sigma" else (first, second)
        assert first != second and sorted(first) == sorted(second), (name, first, second)
        for order in (first, second):
            assert order in (sorted(order), sorted(order, reverse=True)), (name, order)
    page.locator('#runs [data-sort="val_loss"]').click()


def filters(page):
    box = page.get_by_label("Filter runs by text")
    box.fill("sigma=0.5 completed")
    assert page.locator("#count").inner_text() == "6 of 27 runs", page.locator("#count").inner_text()
    assert set(column(page, "sigma")) == {"0.5"}
    box.fill("")
    page.locator("summary", has_text="Ranges").click()
    page.locator('[data-range="task.noise.sigma"]').nth(0).fill("0.6")
    page.locator('[data-range="task.noise.sigma"]').nth(1).fill("0.9")
    page.locator('[data-range="task.noise.sigma"]').nth(1).press("Enter")
    page.keyboard.press("Escape")
    assert set(column(page, "sigma")) == {"0.75"}
    assert "range=" in page.url
    page.locator("#chips button").click()
    assert page.locator("#count").inner_text() == "27 runs"
    page.locator("summary", has_text="Columns").click()
    page.locator('[data-column="seed"]').check()
    page.locator('[data-column="val_ssim"]').uncheck()
    page.keyboard.press("Escape")
    heads = " ".join(page.locator("#runs thead th").all_inner_texts())
    assert "seed" in heads and "val_ssim" not in heads, heads


def chooses(page):
    curves = page.locator("#curves .chart path.curve")
    page.get_by_role("button", name="none").click()
    assert curves.count() == 0
    page.locator("#runs tr.group .pick input").nth(1).check()
    assert curves.count() == 2
    page.get_by_role("button", name="all shown").click()
    assert curves.count() == 27, curves.count()
    page.get_by_role("button", name="first 7").click()
    assert curves.count() == 14, curves.count()


def hovers(page, data):
    chart = page.locator("#curves .chart > svg")
    chart.scroll_into_view_if_needed()
    frame = chart.bounding_box()
    page.mouse.move(frame["x"] + frame["width"] * 0.5, frame["y"] + frame["height"] * 0.5)
    tip = page.locator("#curves .tip")
    assert tip.is_visible()
    epoch = int(re.match(r"epoch (\d+)", tip.inner_text()).group(1))
    known = {loss for run in data["runs"] for at, loss in zip(numbers(run), curve(run, "val_loss")) if at == epoch}
    shown = [float(value) for value in tip.locator("li").evaluate_all("all => all.map(li => li.dataset.value)")]
    assert shown and all(value in known for value in shown), shown
    shot(page, "hover")
    chart.focus()
    page.keyboard.press("ArrowRight")
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert not tip.is_visible()


def plots(page):
    path = page.locator("#curves .chart path.curve").first
    linear = path.get_attribute("d")
    page.locator("#log").check()
    assert path.get_attribute("d") != linear
    page.locator("#log").uncheck()
    assert page.locator("#smooth").input_value() == "0"
    page.locator("#smooth").fill("0.6")
    assert page.locator("#curves .chart g.faint").count() == 14
    page.locator("#smooth").fill("0")
    page.locator("#curves select").nth(1).select_option("task.noise.sigma")
    assert page.locator("#keys .whisker").count() >= 10
    # Each validates at its own noise, as the plots say.
    assert page.locator("#heat .cell").count() == 0
    assert page.locator("#heat p").inner_text().startswith("No heat map of val_loss. Each validates at its own noise"), page.locator("#heat p").inner_text()
    for place in ("#curves", "#keys"):
        assert page.locator(place).get_by_text("Each validates at its own noise (they differ in task.noise.sigma)").count() > 0, place
    page.locator("#keys select").first.select_option("mse at 0.75")
    assert page.locator("#heat .cell").count() >= 12
    # The keys of the diverged and failed runs are part of no mean.
    assert page.locator("#heat p").inner_text().startswith("Mean mse at 0.75 over seeds; "), page.locator("#heat p").inner_text()
    page.locator("#keys select").first.select_option("val_loss")
    axis = page.locator('[data-axis="task.noise.sigma"]')
    axis.scroll_into_view_if_needed()
    frame = axis.bounding_box()
    middle = frame["x"] + frame["width"] / 2
    page.mouse.move(middle, frame["y"] + frame["height"] * 0.6)
    page.mouse.down()
    page.mouse.move(middle, frame["y"] + frame["height"] * 0.95, steps=4)
    page.mouse.up()
    assert "27" in page.locator("#count").inner_text() and page.locator("#chips button").count() == 1
    page.locator("#chips button").click()


def images(page):
    wall = page.locator("#images .wall")
    wall.scroll_into_view_if_needed()
    assert wall.locator("tbody tr").count() == 8
    assert wall.locator("tbody tr").first.locator(".tile").count() == 15
    tile = os.path.join(shots, "tile.png")
    wall.locator(".tile").nth(1).screenshot(path=tile)
    assert len(Image.open(tile).convert("L").getcolors()) > 20, "a corrupted image has many grays"
    page.locator("#images select").first.select_option("levels")
    assert wall.locator("tbody tr").first.locator(".tile").count() == 9
    shot(page, "levels")
    wall.locator("tbody button").nth(2).click()
    assert page.locator("dialog").is_visible()
    shot(page, "large")
    page.keyboard.press("Escape")
    # The browser reports the closing a moment later.
    page.locator("dialog").wait_for(state="detached")


def compares_at_noise_levels(page):
    assert page.locator("#runs .top1").count() == 0, "each is validated at its own noise"
    table = page.locator("#levels table")
    assert table.count() == 1
    names = table.locator("tbody th").all_inner_texts()
    assert len(names) == 13 and names[-1] == "none: the noisy images", names
    heads = table.locator("thead th").all_inner_texts()
    assert heads == ["network", *(f"tested at {level}" for level in ("0.25", "0.5", "0.75", "1")), "on average", "on average − best"], heads
    assert table.locator(".top1").count() == 5, "the best in each column"
    page.locator("summary", has_text="Columns").click()
    page.locator('[data-column="mse at 0.75"]').check()
    page.keyboard.press("Escape")
    assert page.locator("#runs .top1").count() == 1, "with the same noise for all"
    page.locator("#keys select").first.select_option("mse at 0.75")
    assert page.locator("#heat .cell", has_text="★").count() == 1
    page.locator("#keys select").first.select_option("val_loss")
    assert page.locator("#heat .cell", has_text="★").count() == 0
    styles = lambda place: page.locator(f"{place} .legend li").evaluate_all("all => all.map(li => li.textContent + li.firstChild.getAttribute('class'))")
    for some in (True, False):
        if some:
            page.locator("#runs tr.group .pick input").first.uncheck()
        *networks, inputs = styles("#levels")
        assert len(networks) == (6 if some else 7) and inputs.startswith("noisy images"), styles("#levels")
        assert networks == styles("#curves"), "the same selection in the same colours"
        page.get_by_role("button", name="first 7").click()
    page.locator("#levels").scroll_into_view_if_needed()
    shot(page, "noise-levels")
    page.locator("summary", has_text="Columns").click()
    page.locator('[data-column="mse at 0.75"]').uncheck()
    page.keyboard.press("Escape")


def difference(page):
    box = page.locator("details.run").nth(4)
    box.locator("> summary").click()
    box.locator(".difference select").select_option(index=3)
    assert box.locator(".difference tbody tr").count() > 5
    text = box.inner_text()
    for word in ("encoder.latent", "Resolved experiment", "data digest", "threads", "commit" if os.environ.get("CI_COMMIT") else "identity"):
        assert word in text, word
    box.scroll_into_view_if_needed()
    shot(page, "details")


def shares_its_view(browser, page):
    page.locator("#runs thead button", has_text=re.compile("^val_psnr")).click()
    page.get_by_label("Filter runs by text").fill("sigma=0.25")
    page.locator("#runs tr.group .pick input").nth(2).uncheck()
    page.locator("#log").check()
    other = open_page(browser, "#" + page.url.split("#", 1)[1])
    for get in (lambda p: column(p, "val_psnr"), lambda p: p.locator("#curves .chart path.curve").count(),
                lambda p: p.locator("#count").inner_text(), lambda p: p.locator("#log").is_checked(),
                lambda p: p.locator("#curves select").nth(1).input_value()):
        assert get(page) == get(other), (get(page), get(other))
    other.context.close()
    for button, word in (("all shown", "all"), ("none", "none")):
        page.get_by_label("Filter runs by text").fill("")
        page.get_by_role("button", name=button, exact=True).click()
        address = page.url.split("#", 1)[1]
        assert f"chosen={word}" in address.split("&"), address
        other = open_page(browser, "#" + address)
        boxes = other.locator("#runs .pick input")
        assert all(boxes.nth(i).is_checked() == (word == "all") for i in range(boxes.count())), word
        other.context.close()
    odd = open_page(browser, "#sort=nothing&columns=a~b&chosen=zz&range=x~y~z&smooth=e&key=q&run=%00&other=1")
    assert odd.locator("#runs tbody tr").count() > 0
    odd.context.close()


def themes(browser):
    def paper(page):
        return page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = open_page(browser, color_scheme="light")
    dark = open_page(browser, color_scheme="dark")
    assert paper(light) != paper(dark)
    before = paper(dark)
    shot(dark, "dark", full_page=True)
    dark.locator("#theme").click()
    assert paper(dark) == paper(light) != before
    light.emulate_media(media="print")
    shot(light, "print", full_page=True)
    light.pdf(path=os.path.join(shots, "print.pdf"), format="A4")
    assert os.path.getsize(os.path.join(shots, "print.pdf")) > 20_000
    assert not light.locator("#theme").is_visible()
    for page in (light, dark):
        page.context.close()


def is_narrow(browser):
    page = open_page(browser, viewport={"width": 375, "height": 740}, has_touch=True, device_scale_factor=2)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 375, f"the page is {width} pixels wide on a phone"
    shot(page, "narrow", full_page=True)
    page.context.close()


def reads_without_script(browser):
    page = open_page(browser, java_script_enabled=False)
    rows = page.locator("#runs tbody tr")
    assert rows.count() == 27 + 12, rows.count()
    assert page.locator("#curves polyline").count() == 7
    assert page.locator("#keys .whisker").count() > 5
    assert page.locator("#images .tile").count() >= 8 * 9
    assert not page.locator("#theme").is_visible()
    layers = page.locator("details.run pre.layers").all_text_contents()
    links = page.locator("details.run p.layers a")
    assert len(layers) == len(set(layers)) and len(layers) + links.count() == 27, "each network once"
    for link in links.all():
        assert page.locator(f"{link.get_attribute('href')} pre.layers").count() == 1, "a link leads to it"
    shot(page, "plain", full_page=True)
    page.context.close()


call("report", runs, others, "-o", page_file)
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    page = open_page(browser)
    shot(page, "page", full_page=True)
    data = values_equal_the_files(page)
    summary_tells(page)
    begins_with_what_decides(page)
    sorts(page)
    filters(page)
    chooses(page)
    hovers(page, data)
    plots(page)
    images(page)
    compares_at_noise_levels(page)
    difference(page)
    shares_its_view(browser, page)
    themes(browser)
    is_narrow(browser)
    reads_without_script(browser)
    rare.check(browser)
    browser.close()
assert not noise, "\n".join(noise)
rare.is_small()
print("the report works, without console messages or requests")
