// Results at noise levels of the selected experiments.

function overLevels(box) {
  const { column, groups } = box.dataset;
  const places = new Set(groups.split(' ').map(Number));
  const own = data.groups.filter(group => places.has(group.index));
  const levels = [...new Set(own.flatMap(group => counted(group).flatMap(run => run.levels.map(({ level }) => level))))].sort(inOrder);
  const runs = own.flatMap(counted).filter(isDone);
  const inputs = levels.map(level => [level, stat(runs.map(run => run.levels.find(row => row.level === level)?.input ?? null))]);
  const reference = { label: 'noisy images', style: { c: 'reference', dash: '6 4' }, points: inputs.filter(([, value]) => value).map(([level, { mean }]) => [level, mean, null]) };
  const at = levels.map(level => [level, run => run.levels.find(row => row.level === level)?.values[column] ?? null]);
  const chart = el('div', { class: 'chart' }), names = el('div', {});
  box.replaceChildren(chart, names);
  follow(['chosen', 'colour'], sized(chart, width => {
    const shown = chosenGroups().filter(group => places.has(group.index)), style = styles(shown);
    const lines = shown.map(group => ({
      label: group.label, style: style.get(group.index),
      points: at.map(([level, of]) => [level, overGroup(group, of)]).filter(([, value]) => value).map(([level, { mean, deviation }]) => [level, mean, deviation]),
    }));
    const means = [...lines, reference].flatMap(line => line.points.map(point => point[1]));
    const some = lines.length < places.size ? `, ${lines.length} of ${places.size} networks: those selected in the table` : '';
    if (reference.points.length) lines.push(reference);
    lineChart(chart, { width, label: `${column} over noise levels`, x: 'noise level tested at', y: column, lines, marked: true, xs: levels,
      logY: !/psnr|ssim/.test(column) && means.every(mean => mean > 0) && (reference.points.length > 0 || spread(means)) });
    names.replaceChildren(legend(lines), el('p', { class: 'soft' }, `${column} over the noise level tested at${some}.`));
  }));
}
