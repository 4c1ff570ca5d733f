// The controls above the table: text filter, ranges, columns, and which runs the plots show.

function tableControls(bar) {
  const text = el('input', { type: 'search', placeholder: 'Filter: sigma=0.5 completed', 'aria-label': 'Filter runs by text', size: 26,
    oninput: event => change({ text: event.target.value }) });
  const ranges = el('div', {}), shown = el('div', {}), chips = el('span', { class: 'bar', id: 'chips' });
  chips.style.margin = '0';
  const choose = (text, runs) => el('button', { type: 'button', onclick: () => change({ chosen: new Set(runs()) }) }, text);
  const passing = () => sortedGroups().flatMap(row => row.runs);
  const fold = el('button', { type: 'button', onclick: () => change({ open: state.open.length ? [] : data.groups.map(group => group.index) }) });
  const repeated = data.groups.some(group => group.runs.length > 1);
  // There is nothing to choose from.
  bar.hidden = data.runs.length === 1;
  bar.append(text,
    el('details', { class: 'menu' }, el('summary', {}, 'Ranges'), ranges),
    el('details', { class: 'menu' }, el('summary', {}, 'Columns'), shown),
    repeated ? fold : '', chips, el('span', { class: 'soft push', id: 'count' }),
    el('span', { class: 'soft' }, 'In the plots:'), choose(`${measure(data.metric).comparable ? 'best' : 'first'} 7`, () => atFirst), choose('all shown', passing), choose('none', () => []));
  const numeric = columns.filter(known => known.number && known.name !== 'folder');
  const bound = (known, place) => el('input', { type: 'number', step: 'any', 'data-range': known.name, placeholder: place ? 'to' : 'from',
    'aria-label': `${known.title || known.name} ${place ? 'to' : 'from'}`, onchange: event => {
      const range = [...(state.ranges[known.name] || [null, null])];
      range[place] = numberIn(event.target.value);
      const next = { ...state.ranges, [known.name]: range };
      if (range[0] === null && range[1] === null) delete next[known.name];
      change({ ranges: next });
    } });
  const inputs = numeric.map(known => ({ known, pair: [bound(known, 0), bound(known, 1)] }));
  ranges.append(...inputs.map(({ known, pair }) => el('div', { class: 'range' }, el('span', { title: known.name }, known.title || known.name), ...pair)));
  follow(['text', 'ranges', 'columns', 'open'], () => {
    if (document.activeElement !== text) text.value = state.text;
    inputs.forEach(({ known, pair }) => pair.forEach((input, place) => {
      if (document.activeElement !== input) input.value = state.ranges[known.name]?.[place] ?? '';
    }));
    fold.textContent = state.open.length ? 'Fold repeats' : 'Unfold repeats';
    chips.replaceChildren(...Object.entries(state.ranges).filter(([name]) => column(name)).map(([name, [from, to]]) => el('button', {
      type: 'button', class: 'chip', title: 'remove this filter', onclick: () => {
        const next = { ...state.ranges };
        delete next[name];
        change({ ranges: next });
      } }, `${column(name).title || name} ${from ?? ''} … ${to ?? ''} ×`)));
    const focused = document.activeElement?.dataset?.column;
    shown.replaceChildren(...columns.map(known => tick(known.title || known.name, isShown(known), on => {
      const next = columns.filter(other => other === known ? on : isShown(other)).map(other => other.name);
      change({ columns: next });
    }, { 'data-column': known.name })));
    if (focused) shown.querySelector(`[data-column="${CSS.escape(focused)}"]`)?.focus();
  });
}
