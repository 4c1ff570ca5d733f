// Details of each run: put into the page when first unfolded, with how the run differs from another.

/** The boxes of all runs. */
const boxes = () => [...document.querySelectorAll('details.run')];

/** So few boxes are filled at once, so that the browser's search finds what is in them. */
const FEW = 50;

const runOf = remembered(box => data.runs.find(run => run.id === box.dataset.run));
/** The best run but this one: most comparisons are with it. */
const leaderBut = run => runsOf(ranked).map(index => data.runs[index]).find(other => other !== run);

/** Puts the contents of a box into the page. With a script they are only text in there: a sweep may have thousands of boxes. */
function fill(box) {
  const held = $(':scope > noscript', box);
  if (!held) return;
  const template = document.createElement('template');
  template.innerHTML = held.textContent;
  held.replaceWith(template.content);
  // The layers of a network are only in the box of the first run that has them.
  const link = $('p.layers a', box), first = link && document.getElementById(link.getAttribute('href').slice(1));
  if (!first) return;
  fill(first);
  $('p.layers', box).replaceWith($('pre.layers', first).cloneNode(true));
}

/** Shows the difference from the selected run, or from the best. */
function compare(box) {
  const run = runOf(box), leader = leaderBut(run);
  if (!leader) return;
  const others = data.runs.filter(other => other !== run);
  const other = others.find(other => other.id === state.other[run.id]) || leader;
  const select = choice('From', others.map(other => [other.id, other.name]), other.id, id => {
    change({ other: { ...state.other, [run.id]: id } });
    $('.difference select', box).focus();
  });
  $('.difference', box).replaceChildren(el('h4', {}, 'Difference from another run'), el('div', { class: 'bar' }, select),
    el('div', { class: 'scroll' }, difference(run, other)));
}

function details() {
  // The event does not bubble.
  document.addEventListener('toggle', ({ target }) => {
    fill(target);
    if (target.open && target.matches('.run')) compare(target);
  }, true);
  boxes().filter(box => box.open || data.runs.length <= FEW).forEach(fill);
  follow(['other'], () => boxes().filter(box => box.open).forEach(compare));
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
