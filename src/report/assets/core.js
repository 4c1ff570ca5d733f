// Shared helpers: the data, DOM elements, and number formats.

const data = JSON.parse(document.getElementById('data').textContent);
const $ = (selector, from = document) => from.querySelector(selector);

/** Creates an element with attributes, listeners (`onclick`) and children; strings become text. */
function make(space, name, attributes, children) {
  const element = space ? document.createElementNS(space, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== undefined && child !== null && child !== false));
  return element;
}
const el = (name, attributes, ...children) => make(null, name, attributes, children);
const svg = (name, attributes, ...children) => make('http://www.w3.org/2000/svg', name, attributes, children);

const isNumber = value => typeof value === 'number' && Number.isFinite(value);

/** Formats five significant digits, like the page without the script. */
function figure(value) {
  if (!isNumber(value)) return '';
  const size = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  if (value !== 0 && (size < -5 || size >= 9)) return value.toExponential(4).replace('e+', 'e');
  return value.toFixed(Math.max(0, 4 - size));
}

/** Formats two significant digits, for deviations and differences. */
function short(value) {
  if (!isNumber(value)) return '';
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -5 || size >= 9) return value.toExponential(1).replace('e+', 'e');
  return value.toFixed(Math.max(0, 1 - size));
}

const signed = value => value === 0 ? '0' : (value < 0 ? '−' : '+') + short(Math.abs(value));

/** Formats a value of an experiment for people, like the page without the script. */
function plain(value) {
  if (value === null || value === undefined) return '';
  if (!isNumber(value) || value === 0) return String(value);
  const far = Math.abs(value) < 1e-5 || Math.abs(value) > 2 ** 53;
  return (far ? value.toExponential() : String(value)).replace('e+', 'e');
}

/** Orders the values of a key: numbers first, then everything else by its text. */
const inOrder = (a, b) => isNumber(a) && isNumber(b) ? a - b
  : isNumber(b) - isNumber(a) || plain(a).localeCompare(plain(b), undefined, { numeric: true });

/** Mean, sample standard deviation and count of numbers; null if there are none. */
function stat(values) {
  const numbers = values.filter(isNumber);
  if (!numbers.length) return null;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = numbers.length > 1 ? Math.sqrt(squares / (numbers.length - 1)) : null;
  return { mean, deviation, count: numbers.length };
}
const NONE = '–';
const statText = value => value === null ? NONE :
  figure(value.mean) + (value.deviation === null ? '' : ' ± ' + short(value.deviation));

const isDone = run => run.status === 'completed';

/** The complete ones of some runs, or all of them if none is complete. */
function completeOf(runs) {
  const complete = runs.filter(isDone);
  return complete.length ? complete : runs;
}

/** A function of an object that computes each result once. Only for what no selection changes. */
function remembered(compute) {
  const known = new WeakMap();
  return object => {
    if (!known.has(object)) known.set(object, compute(object));
    return known.get(object);
  };
}

/** The runs of a group that count: each experiment once, and only complete ones if there are any. */
const counted = remembered(group => completeOf(group.once.map(index => data.runs[index])));
const isComplete = remembered(group => counted(group).some(isDone));

/**
 * How many planned runs of a group are complete and count, as in `2 of 3`, or `3` if all are. Means are over these, or over all runs
 * if there are none.
 */
function partOf(group) {
  const part = counted(group).filter(isDone).length, all = group.runs.length + group.waiting;
  return part === all ? String(all) : `${part} of ${all}`;
}

/** The statuses of some runs, each once: `pruned, diverged`. */
const standing = runs => [...new Set(runs.map(index => data.runs[index].status))].join(', ');

/** Explains hollow points, whose groups have a mean without a complete run, and missing values, whose groups have none. */
function openNote(hollow, missing) {
  const parts = [['hollow', hollow], ['– no value', missing]].filter(([, groups]) => groups.length);
  return parts.map(([what, groups]) => `${what}: ${standing(groups.flatMap(group => group.runs))}`).join('; ');
}

/** Items without a group that lost repeats to pruning or divergence, which leaves the luckier seeds; all items if there are no others. */
function wholeOf(list, groupsOf) {
  const whole = list.filter(item => !groupsOf(item).some(group => group.thinned));
  return whole.length ? whole : list;
}

const some = (count, one) => `${count} ${one}${count === 1 ? '' : 's'}`;

/** A value beside its key: a table, such as a sum of losses, stands in parentheses. */
const beside = value => /^\w+=/.test(plain(value)) ? `(${plain(value)})` : plain(value);
const spelled = (key, value) => value === null ? `${key.label} not given` : `${key.label}=${beside(value)}`;

/** Spells out a run's value of a key unless it is the usual one; a missing value is spelled out if it could be mistaken for that. */
const spelledUnlessUsual = (key, value) => value === key.usual ? null : spelled(key, value);

const inBest = (run, metric) => run.best === null ? null : run.curves[metric][run.best];
/** Name of a metric at a noise level, with the kind of noise if there are several. */
const levelName = (noise, level, metric) => `${metric} at ${level}${data.noises[noise].label && ` (${data.noises[noise].label})`}`;

/** Writes out the epochs and curves of a run as lists: a number stands for the epochs up to it, a name for the curve of that name, any other value for all epochs. */
function writeOut(run) {
  if (isNumber(run.at)) run.at = Array.from({ length: run.at }, (_, i) => i + 1);
  const { at, curves } = run;
  const listOf = curve => typeof curve === 'string' ? listOf(curves[curve]) : Array.isArray(curve) ? curve : at.map(() => curve);
  run.curves = Object.fromEntries(Object.entries(curves).map(([name, curve]) => [name, listOf(curve)]));
}

data.runs.forEach((run, index) => {
  run.index = index;
  writeOut(run);
});
data.groups.forEach((group, index) => {
  group.index = index;
  group.runs.forEach(run => { data.runs[run].group = index; });
});

/** Metrics at tested noise levels, as further metrics; each kind of noise has its own. */
const tested = [...new Map(data.runs.flatMap(({ noise, levels }) => levels.flatMap(({ level, values }) =>
  Object.keys(values).map(metric => [`${noise} ${level} ${metric}`, { noise, level, metric }])))).values()];
tested.sort((a, b) => a.metric.localeCompare(b.metric) || a.noise - b.noise || a.level - b.level);

/** Every measure that runs can be compared by: name, value for a run, and whether more is better. */
const measures = [
  ...data.metrics.map(metric => ({
    name: metric.name, more: metric.more, comparable: metric.comparable, repeats: metric.repeats, aside: metric.aside, apart: metric.apart, of: run => inBest(run, metric.name),
  })),
  // Results measured once per run: nothing is called best by them. Those without `shown` are hidden at first, like noise levels.
  ...data.results.map(({ name, more, shown, aside, apart }) => ({ name, more, comparable: false, tested: !shown, aside, apart, of: run => run.results[name] ?? null })),
  ...tested.map(({ noise, level, metric }) => {
    const comparable = data.noises[noise][metric === 'loss' ? 'losses' : 'comparable'];
    return {
      name: levelName(noise, level, metric), more: /psnr|ssim/.test(metric), tested: true, comparable,
      apart: comparable ? null : 'They differ in what these tests measure, so their results cannot be compared',
      of: run => {
        const row = run.noise === noise && run.levels.find(row => row.level === level);
        return row && isNumber(row.values[metric]) ? row.values[metric] : null;
      },
    };
  }),
];

/** Stands in as long as no run has finished an epoch. */
const noMeasure = { name: data.metric, more: false, comparable: false, of: () => null };
const measure = name => measures.find(known => known.name === name) || measures.find(known => known.name === data.metric) || measures[0] || noMeasure;

/** Says next to a chart of a measure why its values cannot be compared, if so. */
const caveat = known => known?.apart ? el('p', { class: 'soft' }, `${known.apart}.`) : '';

const statsOf = remembered(of => remembered(group => stat(counted(group).map(of))));
/** Statistics over the runs of a group that count; `of` is the value of a measure or column for a run. */
const overGroup = (group, of) => statsOf(of)(group);
