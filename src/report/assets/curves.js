// Learning curves of all selected runs.

/** Exponential moving average without bias towards zero; gaps stay gaps. */
function smoothed(points, weight) {
  let [sum, mass] = [0, 0];
  return points.map(([x, y]) => {
    if (!isNumber(y)) return [x, y];
    sum = weight * sum + (1 - weight) * y;
    mass = weight * mass + (1 - weight);
    return [x, sum / mass];
  });
}

function curves(panel) {
  const bar = el('div', { class: 'bar' }), box = el('div', { class: 'chart' }), names = el('div', {});
  const curveNames = [...data.metrics.map(metric => metric.name), 'learning_rate'];
  panel.replaceChildren(bar, box, names);
  const draw = sized(box, width => {
    const groups = chosenGroups();
    const style = styles(groups);
    const metric = curveNames.includes(state.metric) ? state.metric : curveNames[0];
    const lines = groups.flatMap(group => group.runs.filter(index => state.chosen.has(index)).map(index => {
      const run = data.runs[index];
      const points = (run.curves[metric] || []).map((value, i) => [run.at[i], value]);
      const label = group.runs.length > 1 ? `${group.label}, seed ${run.seed}` : group.label;
      return { label, group, points, style: style.get(group.index) };
    }));
    const shown = state.smooth > 0 ? lines.map(line => ({ ...line, points: smoothed(line.points, state.smooth) })) : lines;
    lineChart(box, {
      width, label: `${metric} over epochs of ${some(lines.length, 'run')}`, x: 'epoch', y: metric, whole: true,
      lines: shown, under: state.smooth > 0 ? lines : [], logY: state.log, logX: state.logx,
    });
    names.replaceChildren(lines.length ? legend(groups.map(group => ({ label: group.label, style: style.get(group.index) })))
      : el('p', { class: 'soft' }, 'No runs are selected: tick some in the table.'), caveat(measures.find(known => known.name === metric)));
  });
  const smooth = el('input', { type: 'range', min: 0, max: 0.95, step: 0.05, 'aria-label': 'Smoothing', id: 'smooth', oninput: event => change({ smooth: Number(event.target.value) }) });
  const smoothText = el('span', { class: 'soft' });
  const fixed = [choice('Metric', curveNames.map(name => [name, name]), state.metric, metric => change({ metric })),
    choice('Colour by', [['experiment', 'experiment'], ...data.keys.map(key => [key.path, key.label])], state.colour, colour => change({ colour })),
    tick('log scale', state.log, log => change({ log }), { id: 'log' }), tick('log epochs', state.logx, logx => change({ logx })),
    el('label', {}, 'Smoothing', smooth, smoothText)];
  bar.append(...fixed);
  follow(['chosen', 'metric', 'log', 'logx', 'smooth', 'colour'], () => {
    const [metric, colour] = bar.querySelectorAll('select');
    metric.value = curveNames.includes(state.metric) ? state.metric : curveNames[0];
    colour.value = data.keys.some(key => key.path === state.colour) ? state.colour : 'experiment';
    [$('#log', bar).checked, bar.querySelectorAll('[type=checkbox]')[1].checked] = [state.log, state.logx];
    smooth.value = state.smooth;
    smoothText.textContent = state.smooth > 0 ? state.smooth.toFixed(2) : 'off';
    draw();
  });
}
