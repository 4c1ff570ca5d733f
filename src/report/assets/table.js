// The table: sorted, filtered, with the selected columns and folded repeats.

/** How experiments differ from the best one, or from the baseline, in the metric that decides. Runs have the value of their group. */
const fromReference = {
  name: 'difference', title: `${data.leading} − ${data.reference}`, of: run => data.groups[run.group].difference?.mean ?? null,
  more: measure(data.leading).more, shown: true,
};

/** The key columns: those in which runs differ, or those that were chosen, with the others hidden. */
const keyColumns = (() => {
  const differing = data.keys.map((key, i) => ({ name: key.path, title: key.label, of: run => run.values[i], shown: i < 6 || key.path.endsWith('.kind'), key: true }));
  if (!data.columns) return differing;
  const chosen = data.columns.map((key, i) => ({ name: key.path, title: key.label, of: run => run.columns[i], shown: true, key: true }));
  return [...chosen, ...differing.filter(({ name }) => !chosen.some(known => known.name === name)).map(known => ({ ...known, shown: false }))];
})();

/** The columns of measures: at the front those that were chosen, or the metric of the report and its value on the test images. */
const [frontColumns, otherColumns] = (() => {
  // Tests with several kinds of noise have their kind behind the name.
  const isFront = known => data.front.findIndex(name => known.name === name || known.name.startsWith(`${name} (`));
  const all = measures.map(known => ({
    name: known.name, of: known.of, more: known.more, measure: known, front: isFront(known),
    shown: isFront(known) >= 0 || !data.onlyFront && !known.tested && !known.aside && !['loss', 'val_mae'].includes(known.name) && !known.repeats,
  }));
  const front = all.filter(known => known.front >= 0).sort((a, b) => a.front - b.front);
  const compared = data.groups.some(group => group.difference);
  return [front.flatMap(known => known.name === data.leading && compared ? [known, fromReference] : [known]), all.filter(known => known.front < 0)];
})();

/** Every column: name, title, value for a run, and its text. Those with differing values are shown at first. */
const columns = [
  ...frontColumns,
  { name: 'status', of: run => run.status, shown: true },
  ...keyColumns,
  ...otherColumns,
  { name: 'best epoch', of: run => run.best === null ? null : run.at[run.best], shown: true },
  { name: 'epochs', of: run => run.epochs, shown: data.runs.some(run => run.epochs !== run.planned) },
  { name: 'seed', of: run => run.seed },
  { name: 'parameters', of: run => run.parameters, shown: new Set(data.runs.map(run => run.parameters)).size > 1 },
  { name: 'time', title: 'time (s)', of: run => run.seconds, shown: true },
  { name: 'folder', of: run => run.folder },
];
columns.forEach(column => { column.number = data.runs.every(run => column.of(run) === null || isNumber(column.of(run))); });
const column = name => columns.find(known => known.name === name);

const isShown = known => state.columns ? state.columns.includes(known.name) : Boolean(known.shown);

const groupCells = remembered(known => remembered(group => {
  if (known.measure || known.name === 'time') {
    const value = overGroup(group, known.of);
    return value === null ? null : value.mean;
  }
  const values = new Set(group.runs.map(index => known.of(data.runs[index])));
  return values.size === 1 ? [...values][0] : null;
}));
/** Value of a group in a column: the mean of a measure, or what all its runs share. */
const ofGroup = (group, known) => groupCells(known)(group);

/** What the text filter searches. */
const textOf = remembered(run =>
  [run.name, run.folder, run.status, ...data.keys.map((key, i) => `${key.label}=${plain(run.values[i])}`)].join(' ').toLowerCase());

function passes(run) {
  if (!state.text.toLowerCase().split(/\s+/).every(word => textOf(run).includes(word))) return false;
  return Object.entries(state.ranges).every(([name, [from, to]]) => {
    const known = column(name);
    if (!known) return true;
    const value = known.of(run);
    return isNumber(value) && (from === null || value >= from) && (to === null || value <= to);
  });
}

/** Groups with those of their runs that pass the filters, sorted. */
function sortedGroups() {
  const known = column(state.sort);
  const of = group => known ? ofGroup(group, known) : group.label;
  const rows = data.groups.map(group => ({ group, runs: group.runs.filter(index => passes(data.runs[index])) })).filter(row => row.runs.length);
  const compare = (a, b) => {
    const [x, y] = [of(a.group), of(b.group)];
    if (x === null || x === undefined || y === null || y === undefined) return (x === null || x === undefined) - (y === null || y === undefined);
    const order = isNumber(x) && isNumber(y) ? x - y : plain(x).localeCompare(plain(y), undefined, { numeric: true });
    return state.down ? -order : order;
  };
  // Incomplete groups come after complete ones, and so do complete ones that lost repeats, whose luckier seeds are left.
  const late = row => !known || !known.measure ? 0 : !isComplete(row.group) ? 2 : Number(row.group.thinned);
  return rows.sort((a, b) => late(a) - late(b) || compare(a, b));
}

function cellText(known, value) {
  if (known.measure) return isNumber(value) ? figure(value) : NONE;
  if (known.name === 'time') return isNumber(value) ? value.toFixed(1) : '';
  return plain(value);
}

/** The best mean of each measure among the complete groups; null if it is not comparable. */
const bestOf = remembered(known => {
  if (!known.measure.comparable) return null;
  const complete = data.groups.filter(group => isComplete(group) && isNumber(ofGroup(group, known)));
  const means = wholeOf(complete, group => [group]).map(group => ofGroup(group, known));
  return complete.length > 1 ? (known.more ? Math.max(...means) : Math.min(...means)) : null;
});

/** The runs that a checkbox is for. */
const runsOfBox = new WeakMap();

function pick(runs, text) {
  const box = el('input', { type: 'checkbox', 'aria-label': `show ${text} in the plots`, onchange: event => {
    const next = new Set(state.chosen);
    runs.forEach(index => event.target.checked ? next.add(index) : next.delete(index));
    change({ chosen: next });
  } });
  runsOfBox.set(box, runs);
  return el('td', { class: 'pick' }, box);
}

function tickChosen(rows) {
  for (const box of rows.querySelectorAll('.pick input')) {
    const runs = runsOfBox.get(box), chosen = runs.filter(index => state.chosen.has(index)).length;
    box.checked = chosen === runs.length;
    box.indeterminate = chosen > 0 && chosen < runs.length;
  }
}

/** Rows that are in the page at once after each change; the others of a large sweep follow when there is time. */
const AT_ONCE = 100;

function runTable(box) {
  const table = el('table', { class: 'runs' });
  box.replaceChildren(table);
  const kept = new Map();
  /** The rows of a group, kept as long as they show the same. */
  const bodyOf = ({ group, runs }, shown) => {
    const folded = group.runs.length === 1 || !state.open.includes(group.index);
    const shows = [folded, ...runs, ...shown.map(known => known.name)].join();
    let known = kept.get(group);
    if (known?.shows !== shows) {
      const body = el('tbody', {}, groupRow(group, runs, shown), folded ? null : runs.map(index => runRow(data.runs[index], shown, true)));
      kept.set(group, known = { shows, body });
    }
    return known.body;
  };
  let due = null;
  let rest = () => {};
  window.addEventListener('beforeprint', () => rest());
  const draw = () => {
    clearTimeout(due);
    const focused = focusIn(table);
    const shown = columns.filter(isShown), rows = sortedGroups();
    table.replaceChildren(headOf(shown));
    const add = count => {
      const bodies = rows.splice(0, count).map(row => bodyOf(row, shown));
      bodies.forEach(tickChosen);
      table.append(...bodies);
      if (rows.length) due = setTimeout(() => add(4 * AT_ONCE), 100);
    };
    rest = () => add(rows.length);
    const count = rows.reduce((sum, row) => sum + row.runs.length, 0), all = some(data.runs.length, 'run');
    $('#count').textContent = count === data.runs.length ? all : `${count} of ${all}`;
    add(AT_ONCE);
    focused();
  };
  follow(['sort', 'down', 'text', 'ranges', 'columns', 'open'], draw);
  follow(['chosen'], () => tickChosen(table));
}

/** Remembers which control of a table has the focus; returns a function that gives it back after the table was drawn again. */
function focusIn(table) {
  const focused = document.activeElement;
  if (!table.contains(focused)) return () => {};
  const { sort } = focused.dataset, group = focused.closest('[data-group]')?.dataset.group;
  return () => {
    const again = sort ? `[data-sort="${CSS.escape(sort)}"]` : `[data-group="${group}"] .fold`;
    (table.contains(focused) ? focused : $(again, table))?.focus({ preventScroll: true });
  };
}

function headOf(shown) {
  const sortBy = name => () => change(state.sort === name ? { down: !state.down } : { sort: name, down: Boolean(column(name)?.more) });
  const head = (name, text, number, title) => el('th', {
    scope: 'col', class: name === 'run' ? 'name' : number && 'number', title,
    'aria-sort': state.sort === name && (state.down ? 'descending' : 'ascending'),
  }, el('button', { type: 'button', 'data-sort': name, onclick: sortBy(name) }, text + (state.sort === name ? (state.down ? ' ▾' : ' ▴') : '')));
  return el('thead', {}, el('tr', {}, el('th', { class: 'pick' }, el('span', { title: 'shown in the plots' }, 'plot')), head('run', 'run'),
    shown.map(known => head(known.name, (known.title || known.name) + (known.measure ? (known.more ? ' ↑' : ' ↓') : ''), known.number, known.name))));
}

function differenceCell({ difference: known }) {
  return known ? el('td', { class: 'number pairs', title: known.details || null }, known.text, known.beside && [' ', el('small', {}, known.beside)]) : el('td', {});
}

const unfolded = group => state.open.includes(group.index);

function groupRow(group, runs, shown) {
  if (group.runs.length === 1) return runRow(data.runs[group.runs[0]], shown, false);
  const fold = el('button', { type: 'button', class: 'fold', 'aria-label': `runs of ${group.label}`, 'aria-expanded': String(unfolded(group)), onclick: () => {
    change({ open: unfolded(group) ? state.open.filter(index => index !== group.index) : [...state.open, group.index] });
  } }, unfolded(group) ? '▾' : '▸');
  return el('tr', { class: 'group', 'data-group': group.index }, pick(runs, group.label),
    el('th', { scope: 'row' }, fold, ` ${group.label} · ${partOf(group)} runs`),
    shown.map(known => {
      if (known.name === 'status') {
        return el('td', {}, [...new Set(group.runs.map(index => data.runs[index].status))].map(status => [el('span', { class: `status ${status}` }, status), ' ']));
      }
      if (known === fromReference) return differenceCell(group);
      if (!known.measure) return el('td', { class: known.number && 'number' }, cellText(known, ofGroup(group, known)));
      const value = overGroup(group, known.of);
      const top = value !== null && value.mean === bestOf(known);
      return el('td', { class: top ? 'number top1' : 'number', title: value && String(value.mean) + (value.count < group.runs.length ? ` over ${value.count} of ${group.runs.length} runs` : '') }, statText(value));
    }));
}

function runRow(run, shown, member) {
  return el('tr', { class: member ? 'member' : null, 'data-run': run.id }, pick([run.index], run.name),
    el('th', { scope: 'row' }, el('a', { href: `#run-${run.id}`, onclick: event => {
      event.preventDefault();
      reveal(document.getElementById(`run-${run.id}`));
    } }, run.name)),
    shown.map(known => {
      const value = known.of(run);
      if (known.name === 'status') return el('td', {}, el('span', { class: `status ${value}` }, value));
      if (known === fromReference) return member ? el('td', {}) : differenceCell(data.groups[run.group]);
      const top = !member && known.measure && value !== null && value === bestOf(known);
      return el('td', { class: `${known.number ? 'number' : ''}${top ? ' top1' : ''}`, title: known.measure && isNumber(value) ? String(value) : null }, cellText(known, value));
    }));
}
