// What the reader has selected. It is kept in the address, so that a view can be shared.

/** Number of groups selected at first: few enough to tell their curves apart. */
const AT_FIRST = 7;

/** The groups from best to worst by the metric of the report. */
const ranked = (() => {
  const { of, more } = measure(data.metric);
  return [...data.groups].sort((a, b) => {
    const [x, y] = [overGroup(a, of), overGroup(b, of)];
    if (x === null || y === null) return (x === null) - (y === null);
    if (isComplete(a) !== isComplete(b)) return isComplete(a) ? -1 : 1;
    if (isComplete(a) && a.thinned !== b.thinned) return a.thinned - b.thinned;
    return more ? y.mean - x.mean : x.mean - y.mean;
  });
})();

const runsOf = groups => groups.flatMap(group => group.runs);
const atFirst = runsOf(ranked.slice(0, AT_FIRST));

const defaults = () => ({
  sort: data.metric, down: measure(data.metric).more, text: '', ranges: {},
  columns: null, open: [], chosen: new Set(atFirst),
  metric: data.metric, log: false, logx: false, smooth: 0, colour: 'experiment',
  key: null, second: null, over: data.metric,
  wall: 'runs', level: 'own', run: null, other: {},
});
const state = defaults();
const listeners = [];

/** Calls `draw` now and whenever one of the state's `keys` changes. */
function follow(keys, draw) {
  listeners.push({ keys, draw });
  draw();
}

/** Changes the state, what shows it, and the address. */
function change(changes) {
  Object.assign(state, changes);
  write();
  listeners.filter(({ keys }) => keys.some(key => key in changes)).forEach(({ draw }) => draw());
}

const sameSet = (a, b) => a.size === b.size && [...a].every(value => b.has(value));

/** The selected runs in the address: one word for all and for none, which would otherwise be as long as the sweep. */
function chosenWord() {
  if (state.chosen.size === data.runs.length) return 'all';
  return [...state.chosen].map(index => data.runs[index].id).join('~') || 'none';
}

function write() {
  const first = defaults();
  const words = new URLSearchParams();
  for (const key of ['sort', 'text', 'metric', 'colour', 'key', 'second', 'over', 'wall', 'level', 'run']) {
    if (state[key] !== first[key] && state[key] !== null) words.set(key, state[key]);
  }
  for (const key of ['down', 'log', 'logx']) {
    if (state[key] !== first[key]) words.set(key, state[key] ? '1' : '0');
  }
  if (state.smooth) words.set('smooth', state.smooth);
  if (state.columns) words.set('columns', state.columns.join('~'));
  for (const [column, [from, to]] of Object.entries(state.ranges)) words.append('range', `${from ?? ''}~${to ?? ''}~${column}`);
  if (state.open.length) words.set('open', state.open.map(group => data.runs[data.groups[group].runs[0]].id).join('~'));
  if (!sameSet(state.chosen, first.chosen)) words.set('chosen', chosenWord());
  for (const [run, other] of Object.entries(state.other)) words.append('other', `${run}~${other}`);
  const text = words.toString();
  if (('#' + text) !== location.hash) history.replaceState(null, '', '#' + text);
}

const numberIn = text => text === '' || !Number.isFinite(Number(text)) ? null : Number(text);

/** Reads the state from the address, ignoring anything that does not exist. */
function read() {
  const hash = location.hash.slice(1);
  if (hash && !hash.includes('=')) {
    const target = document.getElementById(hash);
    if (target) reveal(target);
    return false;
  }
  const words = new URLSearchParams(hash);
  const byId = new Map(data.runs.map(run => [run.id, run]));
  const list = key => (words.get(key) || '').split('~').filter(Boolean);
  Object.assign(state, defaults());
  for (const key of ['sort', 'text', 'metric', 'colour', 'key', 'second', 'over', 'wall', 'level', 'run']) {
    if (words.has(key)) state[key] = words.get(key);
  }
  for (const key of ['down', 'log', 'logx']) if (words.has(key)) state[key] = words.get(key) === '1';
  state.smooth = Math.min(0.99, Math.max(0, numberIn(words.get('smooth') || '') || 0));
  if (words.has('columns')) state.columns = list('columns');
  for (const range of words.getAll('range')) {
    const [from, to, ...column] = range.split('~');
    state.ranges[column.join('~')] = [numberIn(from), numberIn(to ?? '')];
  }
  state.open = list('open').filter(id => byId.has(id)).map(id => byId.get(id).group);
  if (words.get('chosen') === 'all') state.chosen = new Set(data.runs.map(run => run.index));
  else if (words.has('chosen')) state.chosen = new Set(list('chosen').filter(id => byId.has(id)).map(id => byId.get(id).index));
  for (const pair of words.getAll('other')) {
    const [run, other] = pair.split('~');
    if (byId.has(run) && byId.has(other)) state.other[run] = other;
  }
  return true;
}

/** Unfolds an element and scrolls to it. */
function reveal(target) {
  if (target.matches('details')) {
    fill(target);
    target.open = true;
  }
  target.scrollIntoView();
}

/** The groups with a selected run, best first. */
function chosenGroups() {
  return ranked.filter(group => group.runs.some(run => state.chosen.has(run)));
}

const DASHES = ['', '7 4', '2 3', '10 3 2 3'];

const rankOf = new Map(ranked.map((group, place) => [group, place]));

/**
 * How each group is drawn, the same in all charts and whatever is selected: colours follow the rank and repeat with other
 * dashes. A key colours groups by its value.
 */
function styles(groups) {
  const key = data.keys.findIndex(key => key.path === state.colour);
  if (key < 0) {
    const style = place => ({ c: `c${place % 7}`, dash: DASHES[Math.floor(place / 7) % 4] });
    return new Map(groups.map(group => [group.index, style(rankOf.get(group))]));
  }
  const of = group => data.runs[group.runs[0]].values[key];
  const values = [...new Set(data.groups.map(of))].sort(inOrder);
  return new Map(groups.map(group => {
    const place = values.indexOf(of(group));
    return [group.index, { fill: scale(values.length > 1 ? place / (values.length - 1) : 0.5), dash: DASHES[0] }];
  }));
}

// From blue through green to ochre, with increasing lightness; visible on white and on black.
const RAMP = ['#3b4cc0', '#3a68b5', '#2f80a8', '#22949a', '#25a587', '#4ab46c', '#7fc04d', '#b0c73a', '#cfae2a', '#dca32c'];

/** Colour of a share from 0 to 1. */
function scale(share) {
  const at = Math.min(1, Math.max(0, share)) * (RAMP.length - 1);
  const [low, high] = [Math.floor(at), Math.ceil(at)].map(i => RAMP[i].match(/\w\w/g).map(hex => parseInt(hex, 16)));
  const mixed = low.map((value, i) => Math.round(value + (high[i] - value) * (at - Math.floor(at))));
  return `rgb(${mixed.join(' ')})`;
}
