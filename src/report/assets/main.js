// Puts everything in its place.

const root = document.documentElement;
root.classList.add('js');

function theme() {
  // A page from a mail may have nothing to remember by.
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

/** Folded parts are printed, too, as long as that is a few pages. */
function printing() {
  let opened = [];
  window.addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details.run:not([open])')].slice(0, 24);
    opened.forEach(box => { box.open = true; });
  });
  window.addEventListener('afterprint', () => opened.forEach(box => { box.open = false; }));
}

/** Links within the page go there without losing the view in the address. */
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

/** The boxes of runs, which are opened one by one. */
const boxes = () => [...document.querySelectorAll('details.run')];

/** While runs train the page is loaded anew, with what was chosen, which is in the address, and opened. */
function refresh() {
  const opened = history.state?.open ?? [];
  boxes().forEach(box => { box.open ||= opened.includes(box.dataset.run); });
  if (!data.refresh) return;
  let touched = 0;
  for (const event of ['pointerdown', 'keydown', 'wheel']) window.addEventListener(event, () => { touched = Date.now(); }, { passive: true });
  const again = () => {
    // Not under the hands of somebody who reads on, nor where nobody looks.
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
  follow(() => drawTable(box));
  if (measures.length) {
    curves($('#curves .panel'));
    if (sweepKeys.length) {
      overKeys($('#keys .panel'));
      const lines = el('div', { class: 'panel' });
      $('#keys').append(el('h3', {}, 'Parallel coordinates'), lines);
      parallel(lines);
    }
    if (pictured.length) wall($('#pictures .panel'));
  }
  refresh();
  details();
  window.addEventListener('hashchange', () => { if (read()) listeners.forEach(draw => draw()); });
}
