// A metric over one key with deviations, and over two as a heat map.

/** All keys, and those that a metric can be drawn over: with several values among the groups. */
const allKeys = data.keys.map((key, index) => ({ ...key, index, values: distinct(index) }));
const sweepKeys = allKeys.filter(key => key.values.length > 1);

/** The other keys, one that some runs have and others do not among them. */
const restOf = keys => allKeys.filter(key => !keys.some(known => known.path === key.path));

function distinct(index) {
  const values = [...new Set(data.runs.map(run => run.values[index]))].filter(value => value !== null);
  return values.sort((a, b) => isNumber(a) && isNumber(b) ? a - b : plain(a).localeCompare(plain(b), undefined, { numeric: true }));
}

const sweepKey = path => sweepKeys.find(key => key.path === path);
const groupValue = (group, key) => data.runs[group.runs[0]].values[key.index];

function overKeys(panel) {
  const numeric = sweepKeys.filter(key => key.numeric);
  const bar = el('div', { class: 'bar' }), left = el('div', { class: 'chart' }), names = el('div', {}), right = el('div', { class: 'chart', id: 'heat' });
  panel.replaceChildren(bar, el('div', { class: 'two' }, el('div', {}, left, names), right));
  const first = () => sweepKey(state.key) || numeric[0] || sweepKeys[0];
  const second = () => {
    const known = sweepKey(state.second);
    return known && known.path !== first().path ? known : sweepKeys.find(key => key.path !== first().path);
  };
  const drawLines = sized(left, width => {
    const known = measure(state.over);
    const x = first();
    const place = value => x.numeric ? value : x.values.indexOf(value);
    const lines = [];
    for (const group of data.groups) {
      const value = overGroup(group, known.of);
      const at = groupValue(group, x);
      if (value === null || at === null) continue;
      const others = restOf([x]).map(key => told(key, groupValue(group, key))).filter(Boolean).join(', ');
      let line = lines.find(line => line.label === (others || known.name));
      if (!line) lines.push(line = { label: others || known.name, points: [] });
      line.points.push([place(at), value.mean, value.deviation]);
    }
    lines.forEach((line, i) => {
      line.points.sort((a, b) => a[0] - b[0]);
      line.style = { c: `c${i % 7}`, dash: DASHES[Math.floor(i / 7) % 4] };
    });
    const places = x.values.map(place);
    const wide = x.numeric && places[0] > 0 && places[places.length - 1] / places[0] > 10;
    lineChart(left, { width, label: `${known.name} over ${x.label}`, x: x.numeric ? x.label : `${x.label} (${x.values.map((value, i) => `${i}: ${plain(value)}`).join(', ')})`,
      y: known.name, lines, marked: true, xs: places, logX: wide });
    names.replaceChildren(legend(lines));
  });
  const drawHeat = sized(right, width => {
    const other = second();
    right.hidden = !other;
    if (other) heatMap(right, width, first(), other, measure(state.over));
  });
  bar.append(choice('Metric', measureOptions(), state.over, over => change({ over })),
    choice('over', sweepKeys.map(key => [key.path, key.label]), first().path, key => change({ key })));
  if (sweepKeys.length > 1) bar.append(choice('and', sweepKeys.map(key => [key.path, key.label]), second().path, key => change({ second: key })));
  follow(() => {
    const [over, key, other] = bar.querySelectorAll('select');
    over.value = measure(state.over).name;
    key.value = first().path;
    if (other) other.value = second().path;
    drawLines();
    drawHeat();
  });
}

/** The cells of a heat map: means over all runs with two values, complete ones before others. */
function cellsOf(x, y, known) {
  const cells = [];
  x.values.forEach((xv, i) => y.values.forEach((yv, j) => {
    const there = data.groups.filter(group => groupValue(group, x) === xv && groupValue(group, y) === yv);
    const runs = completeOf(there.flatMap(counted)).filter(run => isNumber(known.of(run)));
    const groups = there.filter(group => group.runs.some(index => runs.includes(data.runs[index])));
    const value = stat(runs.map(known.of));
    if (value) cells.push({ i, j, value, groups, done: runs.some(isDone) });
  }));
  return cells;
}

/** What the cells are means over, in words. */
function averaged(cells, x, y) {
  const differs = key => cells.some(({ groups }) => groups.some(group => groupValue(group, key) !== groupValue(groups[0], key)));
  const over = restOf([x, y]).filter(differs).map(key => key.label);
  if (cells.some(({ groups }) => groups.some(group => counted(group).length > 1))) over.push('seeds');
  return over.length ? ` over ${over.join(', ')}` : '';
}

/** Darker is lower, whatever is better. */
function heatMap(box, width, x, y, known) {
  const cells = cellsOf(x, y, known);
  const means = cells.map(cell => cell.value.mean);
  const [low, high] = [Math.min(...means), Math.max(...means)];
  // As in the table, what is not complete is not called the best.
  const done = cells.filter(cell => cell.done && known.comparable).map(cell => cell.value.mean);
  const best = known.more ? Math.max(...done) : Math.min(...done);
  const room = { left: 76, right: 10, top: 10, bottom: 44 };
  const side = (width - room.left - room.right) / x.values.length;
  const tall = Math.max(28, Math.min(58, 290 / y.values.length));
  const height = room.top + room.bottom + tall * y.values.length;
  const up = j => room.top + (y.values.length - 1 - j) * tall;
  const chart = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${known.name} over ${x.label} and ${y.label}` },
    cells.map(({ i, j, value, done }) => {
      const share = high > low ? (value.mean - low) / (high - low) : 0.5;
      const rect = svg('rect', { x: room.left + i * side + 1, y: up(j) + 1, width: Math.max(1, side - 2), height: tall - 2, rx: 3, fill: scale(share) });
      const text = svg('text', { x: room.left + (i + 0.5) * side, y: up(j) + tall / 2 + 4, 'text-anchor': 'middle' },
        (side > 52 ? figure(value.mean) : side > 34 ? short(value.mean) : '') + (done && value.mean === best ? ' ★' : ''));
      text.style.fill = share > 0.55 ? '#111' : '#fff';
      return svg('g', { class: 'cell', 'data-value': value.mean }, svg('title', {}, `${x.label}=${plain(x.values[i])}, ${y.label}=${plain(y.values[j])}: ${statText(value)} (${some(value.count, 'run')}${done ? '' : ', none complete'})`), rect, text);
    }),
    x.values.map((value, i) => svg('text', { x: room.left + (i + 0.5) * side, y: height - room.bottom + 18, 'text-anchor': 'middle' }, plain(value))),
    y.values.map((value, j) => svg('text', { x: room.left - 8, y: up(j) + tall / 2 + 4, 'text-anchor': 'end' }, plain(value))),
    svg('text', { x: room.left + (width - room.left - room.right) / 2, y: height - 6, 'text-anchor': 'middle' }, x.label),
    svg('text', { transform: `translate(14 ${room.top + tall * y.values.length / 2}) rotate(-90)`, 'text-anchor': 'middle' }, y.label));
  box.replaceChildren(chart, el('p', { class: 'soft' }, `Mean ${known.name}${averaged(cells, x, y)}; blue is low, ochre is high${done.length ? ', ★ is the best' : ''}.`));
}
