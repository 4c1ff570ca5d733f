// Charts: axes, lines with hover, bands. Redrawn when their width changes.

const pen = document.createElement('canvas').getContext('2d');
pen.font = '12px system-ui, sans-serif';

/** Width of the widest of some texts in a chart. */
const widest = texts => Math.max(0, ...texts.map(text => pen.measureText(text).width));

/** Shortens a text to a width of `most`. */
function cut(text, most) {
  let end = text.length;
  while (end > 1 && widest([text.slice(0, end) + '…']) > most) end--;
  return widest([text]) > most ? text.slice(0, end) + '…' : text;
}

/** Space beside the first axis for ticks with these texts and the axis label. */
const roomBeside = texts => 36 + widest(texts);

/** Names below an axis, upright if they are wider than the distance `apart` between them. */
function namesBelow(names, apart) {
  const shown = names.map(name => cut(name, 130));
  const upright = widest(shown) > apart - 6;
  const every = upright ? Math.max(1, Math.ceil(14 / apart)) : 1;
  const draw = (i, x, y) => i % every ? null : svg('text', upright
    ? { transform: `translate(${x + 4} ${y + 8}) rotate(-90)`, 'text-anchor': 'end' } : { x, y: y + 18, 'text-anchor': 'middle' },
  svg('title', {}, names[i]), shown[i]);
  return { draw, height: upright ? widest(shown) + 34 : 44 };
}

/** Values whose labels, at least `apart` from each other, do not overlap; the first and the last take precedence. */
function readable(values, at, apart) {
  const shown = [];
  const fits = value => shown.every(other => Math.abs(at(other) - at(value)) >= apart);
  for (const value of [...values.slice(0, 1), ...values.slice(1).reverse()]) if (fits(value)) shown.push(value);
  return shown;
}

/** Ticks at round numbers. */
function ticks(min, max, count) {
  const rough = (max - min) / count;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(digit => digit * size).find(step => step >= rough) || rough;
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}

function logTicks(min, max, count) {
  const decades = Math.log10(max / min);
  const digits = decades > count ? [1] : decades > 1.3 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
  const found = [];
  for (let decade = Math.floor(Math.log10(min)); decade <= Math.ceil(Math.log10(max)); decade++) {
    for (const digit of digits) {
      const value = digit * 10 ** decade;
      if (value >= min * 0.999 && value <= max * 1.001) found.push(value);
    }
  }
  return found.length > 1 ? found : ticks(min, max, count);
}

const tickText = value => value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6)
  ? value.toExponential(1).replace('.0e', 'e').replace('e+', 'e') : String(Number(value.toPrecision(4)));

/** Whether values get a logarithmic axis by default: if they are positive and span more than a decade. */
function spread(values) {
  const known = values.filter(isNumber);
  return known.length > 0 && Math.min(...known) > 0 && Math.max(...known) > 10 * Math.min(...known);
}

/** A range that shows all values, as a function from values to shares of 0 to 1. */
function axis(values, { log = false, room = 0.05 } = {}) {
  const known = values.filter(value => isNumber(value) && (!log || value > 0));
  if (!known.length) return { part: () => 0, ticks: () => [], min: 0, max: 1 };
  let [min, max] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
  if (log) {
    const spread = Math.max(max / min, 1.05) ** room;
    [min, max] = [min / spread, max * spread];
  } else {
    const pad = max > min ? (max - min) * room : Math.abs(max) * 0.1 || 1;
    [min, max] = [min - pad, max + pad];
  }
  const along = log ? Math.log : value => value;
  return {
    min, max,
    part: value => (along(value) - along(min)) / (along(max) - along(min)),
    value: part => log ? min * (max / min) ** part : min + part * (max - min),
    ticks: count => log ? logTicks(min, max, count) : ticks(min, max, count),
  };
}

/** Calls `draw` with the width of an element whenever it changes. */
function sized(element, draw) {
  let last = 0;
  const redraw = () => {
    const width = Math.round(element.clientWidth) || 640;
    last = width;
    draw(width);
  };
  new ResizeObserver(() => { if (Math.abs(element.clientWidth - last) > 1) redraw(); }).observe(element);
  return redraw;
}

/**
 * Draws a line chart in `box`. A line is `{ label, points: [[x, y, deviation, hollow]], style }`; hollow points are not
 * connected. Lines `under` are drawn beneath and ignored by hover. Positions in `missing` get a dash. Points have markers
 * if `marked`. With `names`, positions along the first axis are indices of names; these have no order, so points are not
 * connected.
 */
function lineChart(box, { width, height = 340, label, x: xText, y: yText, lines, under = [], logX, logY, whole, marked, xs, names, missing = [] }) {
  const all = [...lines, ...under];
  const x = axis(xs || all.flatMap(line => line.points.map(point => point[0])), { log: logX, room: names ? 0.5 / Math.max(1, names.length - 1) : 0.02 });
  const y = axis(all.flatMap(line => line.points.flatMap(([, y, d]) => d ? [y - d, y + d] : [y])), { log: logY });
  const left = roomBeside(y.ticks(6).map(tickText)), right = width - 14, top = 10;
  const below = names && namesBelow(names, (right - left) / names.length);
  const bottom = height - (below ? below.height : 44);
  const across = value => left + x.part(value) * (right - left);
  const up = value => top + (1 - y.part(value)) * (bottom - top);
  const draws = ([px, py]) => isNumber(px) && isNumber(py) && (!logX || px > 0) && (!logY || py > 0);
  const path = points => {
    let pen = 'M';
    return points.map(point => {
      if (!draws(point)) { pen = 'M'; return ''; }
      const text = `${pen}${across(point[0]).toFixed(1)} ${up(point[1]).toFixed(1)}`;
      pen = 'L';
      return text;
    }).join('');
  };
  const drawn = (line, extra) => svg('g', { class: `${line.style.c || ''} ${extra}` , color: line.style.fill },
    names ? null : svg('path', { class: 'curve', d: path(line.points.filter(([, , , hollow]) => !hollow)), 'stroke-dasharray': line.style.dash }),
    // A line with a single point is invisible.
    marked || line.points.filter(draws).length === 1 ? line.points.filter(draws).map(([px, py, d, hollow]) => [
      d ? svg('line', { class: 'whisker', x1: across(px), x2: across(px), y1: up(logY ? Math.max(py - d, y.min) : py - d), y2: up(py + d) }) : null,
      svg('circle', { cx: across(px), cy: up(py), r: 3.5, class: hollow && 'hollow' })]) : null);
  const fixed = xs && xs.length <= 12 ? readable([...new Set(xs)], across, widest(xs.map(tickText)) + 6) : x.ticks(Math.max(2, Math.floor((right - left) / 80)));
  const chart = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label, tabindex: 0 },
    y.ticks(6).map(value => [
      svg('line', { class: 'grid', x1: left, x2: right, y1: up(value), y2: up(value) }),
      svg('text', { x: left - 8, y: up(value) + 4, 'text-anchor': 'end' }, tickText(value))]),
    below ? names.map((_, i) => below.draw(i, across(i), bottom)) : fixed.filter(value => !whole || Number.isInteger(value)).map(value =>
      svg('text', { x: across(value), y: bottom + 18, 'text-anchor': 'middle' }, tickText(value))),
    svg('line', { class: 'axis', x1: left, x2: right, y1: bottom, y2: bottom }),
    svg('text', { x: (left + right) / 2, y: height - 6, 'text-anchor': 'middle' }, xText),
    svg('text', { transform: `translate(14 ${(top + bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle' }, yText),
    missing.map(value => svg('text', { class: 'missing', x: across(value), y: bottom - 6, 'text-anchor': 'middle' }, NONE)),
    under.map(line => drawn(line, 'faint')), lines.map(line => drawn(line, '')));
  box.replaceChildren(chart);
  const named = value => names ? names[value] : tickText(value);
  hover(box, chart, { lines: lines.filter(line => line.points.some(draws)), draws, across, up, named, xText, top, bottom, width });
  return chart;
}

/** Shows the values at the x nearest to the pointer, or selected by the arrow keys. */
function hover(box, chart, { lines, draws, across, up, named, xText, top, bottom, width }) {
  const places = [...new Set(lines.flatMap(line => line.points.filter(draws).map(point => point[0])))].sort((a, b) => a - b);
  const cross = svg('line', { class: 'cross', y1: top, y2: bottom, visibility: 'hidden' });
  const dot = svg('circle', { r: 4.5, visibility: 'hidden' });
  const tip = el('div', { class: 'tip', hidden: true, role: 'status' });
  chart.append(cross, dot);
  box.append(tip);
  let at = -1;
  const show = (place, pointerY) => {
    at = place;
    const value = places[place];
    const rows = lines.map(line => ({ line, point: line.points.find(point => point[0] === value && draws(point)) })).filter(row => row.point);
    if (!rows.length) return;
    rows.sort((a, b) => b.point[1] - a.point[1]);
    const near = rows.reduce((a, b) => Math.abs(up(a.point[1]) - pointerY) <= Math.abs(up(b.point[1]) - pointerY) ? a : b);
    const first = Math.max(0, Math.min(rows.indexOf(near) - 4, rows.length - 9));
    const line = row => el('li', { 'data-value': row.point[1] },
      swatch(row.line.style),
      row === near ? el('b', {}, `${row.line.label}: ${figure(row.point[1])}`) : `${row.line.label}: ${figure(row.point[1])}`,
      isNumber(row.point[2]) ? ` ± ${short(row.point[2])}` : '', row.point[3] ? ', none complete' : '');
    tip.replaceChildren(`${xText} ${named(value)}`, el('ul', {}, rows.slice(first, first + 9).map(line)),
      rows.length > 9 ? `and ${rows.length - 9} more` : '');
    tip.hidden = false;
    const px = across(value);
    tip.style.left = px > width / 2 ? '' : `${px + 12}px`;
    tip.style.right = px > width / 2 ? `${box.clientWidth - px + 12}px` : '';
    tip.style.top = `${Math.max(0, Math.min(pointerY - 30, bottom - 96))}px`;
    for (const [key, to] of Object.entries({ x1: px, x2: px, visibility: 'visible' })) cross.setAttribute(key, to);
    for (const [key, to] of Object.entries({ cx: px, cy: up(near.point[1]), visibility: 'visible', class: near.line.style.c || '' })) dot.setAttribute(key, to);
    dot.style.color = near.line.style.fill || '';
  };
  const hide = () => {
    tip.hidden = true;
    [cross, dot].forEach(element => element.setAttribute('visibility', 'hidden'));
  };
  chart.addEventListener('pointermove', event => {
    if (!places.length) return;
    const frame = chart.getBoundingClientRect();
    const px = (event.clientX - frame.left) * width / frame.width;
    const nearest = places.reduce((best, value, i) => Math.abs(across(value) - px) < Math.abs(across(places[best]) - px) ? i : best, 0);
    show(nearest, (event.clientY - frame.top) * width / frame.width);
  });
  chart.addEventListener('pointerleave', hide);
  chart.addEventListener('blur', hide);
  chart.addEventListener('keydown', event => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === 'Escape') hide();
    if (!step || !places.length) return;
    event.preventDefault();
    show(Math.min(places.length - 1, Math.max(0, at < 0 ? 0 : at + step)), bottom / 2);
  });
}

/** A sample of a line with its dashes. */
const swatch = style => svg('svg', { 'aria-hidden': 'true', class: `swatch ${style.c || ''}`, width: 18, height: 4, color: style.fill },
  svg('line', { x2: 18, y1: 2, y2: 2, 'stroke-dasharray': style.dash }));

/** Lines that colours and dashes tell apart. */
const APART = 28;

/** Names of lines with their colours. */
const legend = lines => el('ul', { class: 'legend' }, lines.slice(0, APART).map(line => el('li', {}, swatch(line.style), line.label)),
  lines.length > APART && el('li', { class: 'soft' }, `and ${lines.length - APART} more`));

/** A labelled select among `[value, text]`. */
function choice(text, options, value, onchange) {
  const select = el('select', { onchange: event => onchange(event.target.value) },
    options.map(([value, text]) => el('option', { value }, text)));
  if (options.some(([known]) => known === value)) select.value = value;
  return el('label', {}, text, select);
}

const tick = (text, checked, onchange, attributes) => {
  const box = el('input', { type: 'checkbox', ...attributes, onchange: event => onchange(event.target.checked) });
  box.checked = checked;
  return el('label', {}, box, text);
};

const measureOptions = () => measures.map(known => [known.name, known.name]);
