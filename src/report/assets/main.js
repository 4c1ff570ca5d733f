// Sets up the page.

const root = document.documentElement;
root.classList.add('js');

function theme() {
  // A page opened from a mail may have no storage.
  const memory = () => { try { return window.localStorage; } catch { return null; } };
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const set = name => { root.dataset.theme = name; };
  const known = memory()?.getItem('theme');
  if (known === 'light' || known === 'dark') set(known);
  $('#theme').addEventListener('click', () => {
    const now = root.dataset.theme || (dark.matches ? 'dark' : 'light');
    set(now === 'dark' ? 'light' : 'dark');
    memory()?.setItem('theme', root.dataset.theme);
  });
}

/** Expands folded parts for printing, up to a few pages; the best runs come first. */
function printing() {
  let opened = [];
  window.addEventListener('beforeprint', () => {
    opened = boxes().filter(box => !box.open).slice(0, 6);
    opened.forEach(box => { fill(box); box.open = true; });
  });
  window.addEventListener('afterprint', () => opened.forEach(box => { box.open = false; }));
}

/** Follows links within the page without changing the view in the address. */
function links() {
  document.addEventListener('click', event => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.getAttribute('href').slice(1));
    if (!target) return;
    event.preventDefault();
    reveal(target);
  });
  document.addEventListener('click', event => {
    for (const menu of document.querySelectorAll('.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener('keydown', event => {
    if (event.key === 'Escape') document.querySelectorAll('.menu[open]').forEach(menu => { menu.open = false; });
  });
}

/** While runs train, reloads the page; the selection is kept in the address, open boxes in the history. */
function refresh() {
  const opened = history.state?.open ?? [];
  boxes().filter(box => opened.includes(box.dataset.run)).forEach(box => { box.open = true; });
  if (!data.refresh) return;
  let touched = 0;
  for (const event of ['pointerdown', 'keydown', 'wheel']) window.addEventListener(event, () => { touched = Date.now(); }, { passive: true });
  const again = () => {
    // Not while the reader is using the page, nor while it is hidden.
    if (document.hidden || Date.now() - touched < 5000) return void setTimeout(again, 1000);
    history.replaceState({ open: boxes().filter(box => box.open).map(box => box.dataset.run) }, '');
    location.reload();
  };
  setTimeout(again, 1000 * data.refresh);
}

theme();
links();
printing();
if (data.runs.length) {
  read();
  const bar = el('div', { class: 'bar' }), box = el('div', { class: 'scroll', tabindex: 0 });
  $('#runs .panel').replaceChildren(bar, box);
  tableControls(bar);
  runTable(box);
  if (measures.length) {
    curves($('#curves .panel'));
    if (sweepKeys.length) {
      overKeys($('#keys .panel'));
      const lines = el('div', { class: 'panel' });
      $('#keys').append(el('h3', {}, 'Parallel coordinates'), lines);
      parallel(lines);
    }
    document.querySelectorAll('#levels [data-groups]').forEach(overLevels);
    if (withImages.length) wall($('#images .panel'));
  }
  refresh();
  details();
  window.addEventListener('hashchange', () => { if (read()) listeners.forEach(({ draw }) => draw()); });
}
