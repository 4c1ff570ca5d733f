// Parallel coordinates over swept keys and metrics; dragging along an axis filters the runs.

function parallel(panel) {
  const box = el('div', { class: 'chart' });
  const axes = () => [...sweepKeys.slice(0, 8), ...measures.filter(known => column(known.name) && isShown(column(known.name)))];
  panel.replaceChildren(el('p', { class: 'soft' }, 'One line per experiment, coloured by ', measure(data.metric).name,
    '; those selected in the table are bold, those without a complete run dashed. Drag along an axis to filter; click it to remove the filter.'), box, caveat(measure(data.metric)));
  const draw = sized(box, width => drawParallel(box, width, axes()));
  draw();
  let due = null;
  const soon = () => {
    clearTimeout(due);
    due = setTimeout(draw, 150);
  };
  // Thousands of lines would delay each letter typed into the filter.
  const many = data.groups.length > FEW;
  listeners.push({ keys: ['chosen', 'text', 'ranges', 'columns'], draw: many ? soon : draw });
}

function drawParallel(box, width, list) {
  const room = { left: 30, right: 30, top: 40, bottom: 16 };
  const apart = 96;
  const whole = Math.max(width, room.left + room.right + apart * (list.length - 1));
  const height = 330;
  const step = (whole - room.left - room.right) / Math.max(1, list.length - 1);
  const x = i => room.left + i * step;
  const rails = list.map(item => {
    if (item.of) {
      const of = group => overGroup(group, item.of)?.mean ?? null;
      const values = data.groups.map(of);
      return { title: item.name, name: item.name, of, line: axis(values), text: tickText, free: true };
    }
    const of = group => item.numeric ? groupValue(group, item) : item.values.indexOf(groupValue(group, item));
    const places = item.numeric ? item.values : item.values.map((_, i) => i);
    return { title: item.label, name: item.path, of, line: axis(places, { log: item.numeric && spread(places) }), text: item.numeric ? tickText : value => cut(plain(item.values[value]), step - 16),
      places: places.length <= 9 ? places : null, free: item.numeric };
  });
  const up = (rail, value) => room.top + (1 - rail.line.part(value)) * (height - room.top - room.bottom);
  // Even if its column is hidden.
  const main = measure(data.metric);
  const colouring = group => overGroup(group, main.of)?.mean ?? null;
  const means = data.groups.map(colouring).filter(isNumber);
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const passing = new Set(sortedGroups().map(row => row.group.index));
  const groups = data.groups.map(group => ({ group, strong: group.runs.some(run => state.chosen.has(run)), passes: passing.has(group.index) }));
  groups.sort((a, b) => (a.strong && a.passes) - (b.strong && b.passes));
  const chart = svg('svg', { width: whole, height, viewBox: `0 0 ${whole} ${height}`, role: 'img', 'aria-label': 'parallel coordinates' },
    groups.map(({ group, strong, passes }) => {
      const value = colouring(group);
      let pen = 'M';
      const d = rails.map((rail, i) => {
        const value = rail.of(group);
        if (!isNumber(value) || value < 0 && !rail.free) { pen = 'M'; return ''; }
        const text = `${pen}${x(i).toFixed(1)} ${up(rail, value).toFixed(1)}`;
        pen = 'L';
        return text;
      }).join('');
      return svg('g', { class: passes ? (strong ? '' : 'faint') : 'pale', color: isNumber(value) ? scale(high > low ? (value - low) / (high - low) : 0.5) : 'gray' },
        svg('path', { class: 'curve', d, 'stroke-dasharray': isComplete(group) ? null : '4 4', 'data-group': group.index }, svg('title', {}, `${group.label}${isNumber(value) ? `: ${main.name} ${figure(value)}` : ''}`)));
    }),
    rails.map((rail, i) => svg('g', { class: 'rail' },
      svg('text', { x: x(i), y: 16, 'text-anchor': i === 0 ? 'start' : i === rails.length - 1 ? 'end' : 'middle', dx: i === 0 ? -26 : i === rails.length - 1 ? 26 : 0 }, rail.title),
      svg('line', { class: 'axis', x1: x(i), x2: x(i), y1: room.top, y2: height - room.bottom }),
      readable(rail.places || rail.line.ticks(5), value => up(rail, value), 13).map(value => svg('text', { x: x(i) + (i === rails.length - 1 ? -6 : 6), y: up(rail, value) + 4, 'text-anchor': i === rails.length - 1 ? 'end' : 'start' }, rail.text(value))),
      brush(rail, x(i), up, room, height))));
  box.style.overflowX = 'auto';
  box.replaceChildren(chart);
  if (whole > width) chart.style.maxWidth = 'none';
  if (whole > width) chart.style.width = `${whole}px`;
}

/** A brush along an axis that sets the range of its column. */
function brush(rail, px, up, room, height) {
  if (!rail.free) return null;
  const range = state.ranges[rail.name];
  const ends = range ? [range[0] ?? rail.line.min, range[1] ?? rail.line.max].map(value => Math.min(height - room.bottom, Math.max(room.top, up(rail, value)))) : null;
  const mark = svg('rect', { class: 'brush', x: px - 7, width: 14, y: ends ? Math.min(...ends) : 0, height: ends ? Math.abs(ends[0] - ends[1]) : 0 });
  let from = null;
  const at = event => {
    const frame = event.target.ownerSVGElement.getBoundingClientRect();
    return Math.min(height - room.bottom, Math.max(room.top, (event.clientY - frame.top) * height / frame.height));
  };
  const hit = svg('rect', { class: 'hit', 'data-axis': rail.name, x: px - 12, width: 24, y: room.top, height: height - room.top - room.bottom,
    onpointerdown: event => {
      from = at(event);
      event.target.setPointerCapture(event.pointerId);
    },
    onpointermove: event => {
      if (from === null) return;
      mark.setAttribute('y', Math.min(from, at(event)));
      mark.setAttribute('height', Math.abs(from - at(event)));
    },
    onpointerup: event => {
      if (from === null) return;
      const pair = [Math.max(from, at(event)), Math.min(from, at(event))];
      from = null;
      const next = { ...state.ranges };
      delete next[rail.name];
      if (Math.abs(pair[0] - pair[1]) > 4) {
        const value = y => Number(rail.line.value(1 - (y - room.top) / (height - room.top - room.bottom)).toPrecision(4));
        next[rail.name] = pair.map(value);
      }
      change({ ranges: next });
    } });
  hit.style.cursor = 'ns-resize';
  hit.style.touchAction = 'none';
  return [mark, hit];
}
