// The image wall: a column for each selected experiment, or for each noise level of a run.

/** The strips that are not in the page without a script. */
const otherStrips = remembered(element => JSON.parse(element.textContent));

/** Adds a strip to the store of images, which tiles refer to. */
function store(strip) {
  if (document.getElementById(`p${strip}`)) return;
  const [width, height, count] = data.strips[strip];
  $('.store defs').append(svg('image', { id: `p${strip}`, class: Math.max(width, height) > LARGE && 'large', width: width * count, height,
    href: `data:image/png;base64,${otherStrips($('#strips'))[strip]}` }));
}

/** Longer side of large images on screen, as in the page without a script. */
const LARGE = 84;

/** One image of a strip: small images are scaled by the whole factor closest to `side`, large ones shrunk to half as much again. */
function tileOf(strip, row, about, side = 56) {
  store(strip);
  const [width, height] = data.strips[strip];
  const longer = Math.max(width, height), most = side * 1.5;
  const times = longer > most ? most / longer : Math.max(1, Math.round(side / longer));
  return svg('svg', { class: 'tile', role: 'img', 'aria-label': `image ${row + 1}, ${about}`, width: width * times, height: height * times,
    viewBox: `${row * width} 0 ${width} ${height}` }, svg('use', { href: `#p${strip}` }));
}

const withImages = data.runs.filter(run => run.images);
const examples = groups => groups.map(group => group.runs.map(index => data.runs[index]).find(run => run.images)).filter(Boolean);
/** A level, or the two ends of a range. */
const levelText = level => level === null ? 'as trained' : `noise ${[level].flat().join('–')}`;

/**
 * Tables of columns with the same originals: another data set has other originals. A column is a title, the strips of inputs
 * and outputs, and a note to show below.
 */
function wallTables() {
  if (state.wall === 'levels') {
    const run = withImages.find(run => run.id === state.run) || examples(ranked)[0];
    return { run, tables: [{ target: run.images.target, columns: run.images.levels.map(([level, input, output], i) => ({
      title: levelText(level) + (i === 0 && level !== null ? ', trained at' : ''), input, output, note: levelNote(run, level),
    })) }] };
  }
  const chosen = examples(chosenGroups());
  const runs = chosen.length ? chosen : examples(ranked).slice(0, 7);
  const at = run => state.level === 'own' ? run.images.levels[0] : run.images.levels.find(([level]) => String(level) === state.level);
  const tables = new Map();
  for (const run of runs.filter(at)) {
    const [level, input, output] = at(run);
    const { target } = run.images;
    if (!tables.has(target)) tables.set(target, { target, columns: [] });
    tables.get(target).columns.push({ title: data.groups[run.group].label, input, output, note: levelNote(run, level) });
  }
  return { tables: [...tables.values()] };
}

/** The PSNR of a run at a level, over the test images; with its repeat, or its seed, if it is one of several. */
function levelNote(run, level) {
  const row = run.levels.find(row => row.level === level);
  if (!row || !isNumber(row.values.psnr)) return '';
  const repeat = run.name.match(/(?:^|,)(r\d+)$/)?.[1] ?? `seed ${run.seed}`;
  return `${data.groups[run.group].runs.length > 1 ? `${repeat}: ` : ''}${row.values.psnr.toFixed(2)} dB`;
}

function wall(panel) {
  const levels = [...new Set(withImages.flatMap(run => run.images.levels.map(([level]) => level)))].filter(isNumber).sort((a, b) => a - b);
  const bar = el('div', { class: 'bar' }), box = el('div', { class: 'scroll', tabindex: 0 });
  const modes = [['runs', 'selected experiments'], ...(levels.length > 1 ? [['levels', 'noise levels of one run']] : [])];
  const level = choice('at noise level', [['own', 'its own'], ...levels.map(level => [String(level), String(level)])], state.level, level => change({ level }));
  const run = choice('Run', withImages.map(run => [run.id, run.name]), state.run, run => change({ run }));
  bar.append(choice('A column for each of the', modes, state.wall, wall => change({ wall })), levels.length > 1 ? level : '', run);
  panel.replaceChildren(bar, box);
  follow(['chosen', 'wall', 'level', 'run'], () => {
    bar.querySelector('select').value = state.wall;
    level.hidden = state.wall === 'levels';
    run.hidden = state.wall !== 'levels';
    const { tables, run: shown } = wallTables();
    level.querySelector('select').value = state.level;
    if (shown) run.querySelector('select').value = shown.id;
    box.replaceChildren(...tables.map(({ target, columns }) => wallTable(target, columns)),
      tables.length ? '' : el('p', { class: 'soft' }, 'None of the selected experiments was tested at this noise level.'));
  });
}

/** A name that breaks between keys and values rather than within them. */
const breakable = name => name.split(/(?<=[=,])/).flatMap(part => [part, el('wbr')]);

function wallTable(target, columns) {
  const rows = data.strips[target][2];
  // Inputs that are the same for all columns are shown once.
  const shared = columns.length > 1 && columns.every(known => known.input === columns[0].input) ? columns[0].input : null;
  const span = shared === null ? 2 : null;
  const open = row => () => enlarge(target, columns, row);
  const button = (strip, row, about) => el('td', {}, el('button', { type: 'button', title: 'open large', onclick: open(row) }, tileOf(strip, row, about)));
  return el('table', { class: shared === null ? 'wall' : 'wall shared' },
    el('thead', {},
      el('tr', {}, el('th', { scope: 'col' }, 'original'), shared === null ? null : el('th', { scope: 'col' }, 'input'),
        columns.map(known => el('th', { scope: 'col', colspan: span }, breakable(known.title)))),
      columns.some(known => known.note) ? el('tr', {}, el('th', {}), shared === null ? null : el('th', {}),
        columns.map(known => el('th', { class: 'soft', colspan: span, title: 'psnr over the test images' }, known.note))) : null),
    el('tbody', {}, Array.from({ length: rows }, (_, row) => el('tr', {}, button(target, row, 'original'), shared === null ? null : button(shared, row, 'input'),
      columns.map(known => [shared === null ? button(known.input, row, `input, ${known.title}`) : null, button(known.output, row, `output, ${known.title}`)])))));
}

/** Shows one test image with all its inputs and outputs, enlarged. */
function enlarge(target, columns, row) {
  const image = (strip, text) => el('figure', {}, tileOf(strip, row, text, 168), el('figcaption', {}, text));
  const dialog = el('dialog', { 'aria-label': `test image ${row + 1}`, onclose: () => dialog.remove(), onclick: event => { if (event.target === dialog) dialog.close(); } },
    el('div', { class: 'bar' }, el('b', {}, `Test image ${row + 1}`), el('button', { class: 'push', type: 'button', onclick: () => dialog.close() }, 'Close')),
    el('div', { class: 'large' }, image(target, 'original')),
    columns.map(known => el('div', {}, el('b', {}, known.title), ' ', el('span', { class: 'soft' }, known.note),
      el('div', { class: 'large' }, image(known.input, 'input'), image(known.output, 'output')))));
  document.body.append(dialog);
  dialog.showModal();
}
