// A metric over one key, with deviations, and over two as a heat map.

/** All keys, and those that a metric can be drawn over: the ones with several values. */
const allKeys = data.keys.map((key, index) => ({ ...key, index, values: distinct(index) }));
const sweepKeys = allKeys.filter(key => key.values.length > 1);

/** All keys except these, including keys that only some runs have. */
const restOf = keys => allKeys.filter(key => !keys.some(known => known.path === key.path));

function distinct(index) {
  const values = [...new Set(data.runs.map(run => run.values[index]))].filter(value => value !== null);
  return values.sort(inOrder);
}

const sweepKey = path => sweepKeys.find(key => key.path === path);
const groupValue = (group, key) => data.runs[group.runs[0]].values[key.index];

const placeOf = (key, value) => key.numeric ? value : key.values.indexOf(value);

/** Spells out a group's values of some keys; a table of another kind has other keys, which its kind implies. */
function unusualValues(keys, group) {
  const texts = keys.map(key => spelledUnlessUsual(key, groupValue(group, key)));
  const has = key => groupValue(group, key) !== null;
  const tables = keys.filter((key, i) => texts[i] && has(key) && key.path.endsWith('.kind')).map(key => key.path.slice(0, -4));
  return texts.filter((text, i) => text && (has(keys[i]) || !tables.some(table => keys[i].path.startsWith(table)))).join(', ');
}

/** A line for each combination of the other keys. The one with the usual values is labelled with them, unless it is the only one. */
function linesOver(x, known) {
  const drawn = data.groups.map(group => ({ group, value: overGroup(group, known.of), at: groupValue(group, x) }))
    .filter(({ at }) => at !== null);
  const others = restOf([x]).filter(key => drawn.some(({ group }) => groupValue(group, key) !== groupValue(drawn[0].group, key)));
  const byLabel = new Map();
  for (const { group, value, at } of drawn.filter(({ value }) => value !== null)) {
    const usual = () => others.map(key => spelled(key, groupValue(group, key))).join(', ');
    const label = unusualValues(others, group) || usual() || known.name;
    if (!byLabel.has(label)) byLabel.set(label, { label, points: [] });
    byLabel.get(label).points.push([placeOf(x, at), value.mean, isComplete(group) ? value.deviation : null, !isComplete(group)]);
  }
  const lines = [...byLabel.values()];
  lines.forEach((line, i) => {
    line.points.sort((a, b) => a[0] - b[0]);
    line.style = { c: `c${i % 7}`, dash: DASHES[Math.floor(i / 7) % 4] };
  });
  const missing = drawn.filter(({ value }) => value === null);
  const hollow = drawn.filter(({ group, value }) => value !== null && !isComplete(group));
  const note = openNote(hollow.map(({ group }) => group), missing.map(({ group }) => group));
  return { lines, note, missing: missing.map(({ at }) => placeOf(x, at)) };
}

function overKeys(panel) {
  const numeric = sweepKeys.filter(key => key.numeric);
  const bar = el('div', { class: 'bar' }), left = el('div', { class: 'chart' }), names = el('div', {}), right = el('div', { class: 'chart', id: 'heat' });
  panel.replaceChildren(bar, el('div', { class: 'two' }, el('div', {}, left, names), right));
  const first = () => sweepKey(state.key) || numeric[0] || sweepKeys[0];
  const second = () => {
    const known = sweepKey(state.second);
    const others = sweepKeys.filter(key => key.path !== first().path);
    const fits = other => [first(), other].every(fitsHeatMap) && isGrid(cellsOf(first(), other, measure(state.over)).cells);
    return others.includes(known) ? known : others.find(fits) || others.find(fitsHeatMap) || others[0];
  };
  const drawLines = sized(left, width => {
    const known = measure(state.over);
    const x = first();
    const { lines, note, missing } = linesOver(x, known);
    const places = x.values.map(value => placeOf(x, value));
    const points = lines.flatMap(line => line.points);
    const ends = points.flatMap(([, y, deviation]) => [y - (deviation || 0), y + (deviation || 0)]);
    // The order of magnitude matters for errors; measures where more is better are shares or logarithms already.
    const logY = !known.more && points.every(point => point[1] > 0) && spread(ends.filter(end => end > 0));
    lineChart(left, { width, label: `${known.name} over ${x.label}`, x: x.label, y: known.name, lines, missing, marked: true,
      xs: places, logX: x.numeric && spread(places), logY, names: x.numeric ? null : x.values.map(plain) });
    names.replaceChildren(legend(lines), note ? el('p', { class: 'soft' }, note) : '', caveat(known));
  });
  const drawHeat = sized(right, width => {
    const other = second();
    right.hidden = !other;
    if (other) heatMap(right, width, first(), other, measure(state.over));
  });
  bar.append(choice('Metric', measureOptions(), state.over, over => change({ over })),
    choice('over', sweepKeys.map(key => [key.path, key.label]), first().path, key => change({ key })));
  if (sweepKeys.length > 1) bar.append(choice('and', sweepKeys.map(key => [key.path, key.label]), second().path, key => change({ second: key })));
  follow(['over', 'key', 'second'], () => {
    const [over, key, other] = bar.querySelectorAll('select');
    over.value = measure(state.over).name;
    key.value = first().path;
    if (other) other.value = second().path;
    drawLines();
    drawHeat();
  });
}

/** Values of a key up to which they are a row or column of a heat map; random ones are as many as runs. */
const MOST_CELLS = 40;
const fitsHeatMap = key => key.values.length <= MOST_CELLS;

/**
 * Cells of a heat map: means over the settings of the other keys, each of which is a mean over its complete runs, or over all
 * runs of a cell none of which is complete. A cell `lacks` settings if others average over more.
 */
function cellsOf(x, y, known) {
  const place = (i, j) => i * y.values.length + j;
  const places = new Map();
  const [columns, rows] = [x, y].map(key => new Map(key.values.map((value, place) => [value, place])));
  for (const group of data.groups) {
    const [i, j] = [columns.get(groupValue(group, x)), rows.get(groupValue(group, y))];
    if (i === undefined || j === undefined) continue;
    if (!places.has(place(i, j))) places.set(place(i, j), { i, j, matching: [] });
    places.get(place(i, j)).matching.push(group);
  }
  const found = [...places.values()];
  const others = restOf([x, y]).filter(key => found.some(({ matching }) => differ(matching, key)));
  const setting = group => JSON.stringify(others.map(key => groupValue(group, key)));
  const cells = found.map(({ i, j, matching }) => {
    const complete = matching.filter(isComplete);
    const counting = (complete.length ? complete : matching).filter(group => overGroup(group, known.of) !== null);
    const stats = counting.map(group => overGroup(group, known.of));
    const count = stats.reduce((sum, { count }) => sum + count, 0);
    const value = stats.length > 1 ? { ...stat(stats.map(({ mean }) => mean)), deviation: null, count } : stats[0] || null;
    return { i, j, value, groups: value ? counting : matching, done: counting.some(isComplete), settings: counting.map(setting) };
  });
  const done = cells.filter(cell => cell.done);
  const all = new Set(done.flatMap(cell => cell.settings)).size;
  done.forEach(cell => { cell.lacks = new Set(cell.settings).size < all; });
  return { cells, others };
}

/**
 * Whether cells can be compared: not if any lacks settings and no two have all, as in an ablation, whose cells would show the other
 * keys instead. The heat maps of `sweep::figures` have the same rule.
 */
function isGrid(cells) {
  const done = cells.filter(cell => cell.done), whole = done.filter(cell => !cell.lacks);
  return whole.length > 1 || whole.length === done.length;
}

const differ = (groups, key) => groups.some(group => groupValue(group, key) !== groupValue(groups[0], key));

/** Says in words what the cells are means over. */
function averaged(cells, x, y) {
  const differs = key => cells.some(({ groups }) => differ(groups, key));
  const over = restOf([x, y]).filter(differs).map(key => key.label);
  if (cells.some(({ groups }) => groups.some(group => counted(group).length > 1))) over.push('seeds');
  return over.length ? ` over ${over.join(', ')}` : '';
}

/** Text in a cell of a heat map: as much of its value as fits. */
function inCell(mean, best, room) {
  const star = best ? ' ★' : '';
  const texts = [figure(mean), tickText(mean), short(mean), ''];
  return texts.map(text => (text + star).trim()).find(text => widest([text]) <= room) || '';
}

/** Draws a heat map; darker is lower, whether or not that is better. */
function heatMap(box, width, x, y, known) {
  if (known.apart) {
    const other = measures.find(({ tested, comparable }) => tested && comparable);
    box.replaceChildren(el('p', { class: 'soft' }, `No heat map of ${known.name}. ${known.apart}.${other ? ` Metrics of tests at a noise level, such as ${other.name}, compare them.` : ''}`));
    return;
  }
  const many = [x, y].find(key => !fitsHeatMap(key));
  if (many) {
    box.replaceChildren(el('p', { class: 'soft' }, `${many.label} has ${many.values.length} values, too many for a heat map.`));
    return;
  }
  const { cells, others } = cellsOf(x, y, known);
  const settings = others.map(key => key.label).join(', ');
  if (!isGrid(cells)) {
    box.replaceChildren(el('p', { class: 'soft' }, `No heat map over ${x.label} and ${y.label}: runs with different values of these differ in ${settings}, too, so that no two cells could be compared.`));
    return;
  }
  const done = cells.filter(cell => cell.done), whole = done.filter(cell => !cell.lacks);
  // Only what averages over the same settings is compared.
  const solid = new Set(whole);
  const means = [...solid].map(cell => cell.value.mean);
  const [low, high] = [Math.min(...means), Math.max(...means)];
  // As in the table, only complete runs can be the best.
  const rivals = wholeOf(whole.filter(() => known.comparable), cell => cell.groups).map(cell => cell.value.mean);
  const best = rivals.length && whole.length > 1 ? (known.more ? Math.max(...rivals) : Math.min(...rivals)) : null;
  const [hollow, missing] = [true, false].map(some => cells.filter(cell => !cell.done && Boolean(cell.value) === some).flatMap(cell => cell.groups));
  const lacking = whole.length === done.length ? '' : `hollow: not over all settings of ${settings}`;
  const note = [lacking, openNote(hollow, missing)].filter(Boolean).join('; ');
  const beside = y.values.map(value => cut(plain(value), width / 3));
  const left = roomBeside(beside), right = width - 10, top = 10;
  const side = (right - left) / x.values.length;
  const tall = Math.max(28, Math.min(58, 290 / y.values.length));
  const bottom = top + tall * y.values.length;
  const below = namesBelow(x.values.map(plain), side);
  const height = bottom + below.height;
  const up = j => bottom - (j + 1) * tall;
  const middle = i => left + (i + 0.5) * side;
  const chart = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${known.name} over ${x.label} and ${y.label}` },
    cells.map(cell => {
      const { i, j, value, groups, done } = cell, filled = solid.has(cell);
      const share = high > low && filled ? (value.mean - low) / (high - low) : 0.5;
      const rect = svg('rect', { x: left + i * side + 1, y: up(j) + 1, width: Math.max(1, side - 2), height: tall - 2, rx: 3, class: filled ? null : 'open', fill: scale(share) });
      const text = svg('text', { x: middle(i), y: up(j) + tall / 2 + 4, 'text-anchor': 'middle' }, value ? inCell(value.mean, filled && value.mean === best, side - 6) : NONE);
      if (filled) text.style.fill = share > 0.55 ? '#111' : '#fff';
      const about = !done ? standing(groups.flatMap(group => group.runs)) : some(value.count, 'run') + (cell.lacks ? `, not over all settings of ${settings}` : '');
      return svg('g', { class: 'cell', 'data-value': value?.mean }, svg('title', {}, `${x.label}=${plain(x.values[i])}, ${y.label}=${plain(y.values[j])}: ${statText(value)} (${about})`), rect, text);
    }),
    x.values.map((_, i) => below.draw(i, middle(i), bottom)),
    beside.map((text, j) => svg('text', { x: left - 8, y: up(j) + tall / 2 + 4, 'text-anchor': 'end' }, svg('title', {}, plain(y.values[j])), text)),
    svg('text', { x: (left + right) / 2, y: height - 6, 'text-anchor': 'middle' }, x.label),
    svg('text', { transform: `translate(14 ${(top + bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle' }, y.label));
  box.replaceChildren(chart, el('p', { class: 'soft' }, `Mean ${known.name}${averaged(done, x, y)}; blue is low, ochre is high${best === null ? '' : ', ★ is the best'}${note ? `; ${note}` : ''}.`));
}
