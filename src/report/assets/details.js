// Details of each run: how it differs from another.

function details() {
  for (const box of document.querySelectorAll('details.run')) {
    const run = data.runs.find(run => run.id === box.dataset.run);
    const place = $('.difference', box);
    const others = data.runs.filter(other => other !== run);
    if (!others.length) continue;
    // Most comparisons are with the best experiment's run.
    const leader = runsOf(ranking(data.metric)).map(index => data.runs[index]).find(other => other !== run);
    let filled = false;
    const fill = () => {
      if (!box.open) return;
      const other = others.find(other => other.id === state.other[run.id]) || leader;
      if (!filled) {
        place.replaceChildren(el('h4', {}, 'Difference from another run'),
          el('div', { class: 'bar' }, choice('From', others.map(other => [other.id, other.name]), other.id, id => change({ other: { ...state.other, [run.id]: id } }))),
          el('div', { class: 'scroll' }));
        filled = true;
      }
      place.querySelector('select').value = other.id;
      place.querySelector('.scroll').replaceChildren(difference(run, other));
    };
    box.addEventListener('toggle', fill);
    listeners.push(fill);
    fill();
  }
}

function difference(run, other) {
  const keys = data.keys.map((key, i) => [key.path, other.values[i], run.values[i]]).filter(([, a, b]) => a !== b);
  if (run.seed !== other.seed) keys.push(['experiment.seed', other.seed, run.seed]);
  const metric = known => {
    const [a, b] = [known.of(other), known.of(run)];
    if (!isNumber(a) && !isNumber(b)) return null;
    const change = isNumber(a) && isNumber(b) ? b - a : null;
    const better = change === null || change === 0 || !known.comparable ? '' : (change > 0) === Boolean(known.more) ? 'plus' : 'minus';
    const words = { plus: ' better', minus: ' worse', '': '' }[better];
    return el('tr', {}, el('th', { scope: 'row' }, known.name), el('td', { class: 'number' }, figure(a)), el('td', { class: 'number' }, figure(b)),
      el('td', { class: `number ${better}` }, change === null ? '' : signed(change) + words));
  };
  return el('table', { class: 'plain' },
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, ''), el('th', { scope: 'col', class: 'number' }, other.name), el('th', { scope: 'col', class: 'number' }, 'this run'), el('th', { scope: 'col', class: 'number' }, 'difference'))),
    el('tbody', {}, keys.map(([path, a, b]) => el('tr', {}, el('th', { scope: 'row' }, path), el('td', { class: 'number' }, plain(a) || '–'), el('td', { class: 'number' }, plain(b) || '–'),
      el('td', { class: 'number' }, isNumber(a) && isNumber(b) ? signed(b - a) : ''))),
      keys.length ? null : el('tr', {}, el('td', { colspan: 4, class: 'soft' }, 'The same experiment in every key.')),
      measures.map(metric)));
}
