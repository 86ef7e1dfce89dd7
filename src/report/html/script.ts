/**
 * What the page does besides being read: the slider over certified floors and the browser of single requests.
 * It asks nothing of the network and writes text only, never markup.
 */
export const script = `
(() => {
  'use strict';
  const byId = (id) => document.getElementById(id);
  for (const part of document.querySelectorAll('.only-script')) part.hidden = false;
  const slider = byId('floor');
  if (slider) {
    const part = byId(slider.dataset.table);
    const titles = [...part.querySelectorAll('thead th')].map((cell) => cell.textContent);
    const rows = [...part.querySelectorAll('tbody tr')];
    const dots = document.querySelectorAll('#frontier .' + slider.dataset.marks + ' circle');
    const show = () => {
      const at = Number(slider.value);
      const cells = [...rows[at].children].map((cell) => cell.textContent);
      const said = cells.flatMap((cell, i) => cell === '' ? [] : [titles[i] + ' ' + cell]);
      byId('floor-text').textContent = said.join(' · ');
      slider.setAttribute('aria-valuetext', said.join(', '));
      const dot = dots[at];
      for (const at of ['cx', 'cy']) byId('chosen').setAttribute(at, dot.getAttribute(at));
    };
    slider.addEventListener('input', show);
    show();
  }
  const data = byId('requests-data');
  if (!data) return;
  const { targets, rows } = JSON.parse(data.textContent);
  const [why, task, search, list, one] = ['why', 'task', 'search', 'request', 'shown'].map(byId);
  let found = rows;
  const text = (tag, value) => {
    const element = document.createElement(tag);
    element.textContent = value;
    return element;
  };
  const cellText = (cell) => {
    if (!cell) return 'not asked';
    const parts = [cell.status];
    if (cell.quality !== undefined) parts.push('quality ' + cell.quality);
    if (cell.cost !== undefined) parts.push('$' + cell.cost.toPrecision(3));
    if (cell.latency !== undefined) parts.push(Math.round(cell.latency) + ' ms');
    return parts.join(' · ');
  };
  const showOne = () => {
    const row = found[list.selectedIndex];
    one.replaceChildren();
    if (!row) return;
    // Each by itself: a name that turns its direction turns nothing beside it.
    const head = document.createElement('h3');
    const [id, named] = [text('bdi', row.id), text('bdi', row.task)];
    head.append(id, ...(row.task ? [' (', named, ')'] : []), ': ' + row.why);
    one.append(head);
    if (row.prompt !== undefined) one.append(text('pre', row.prompt));
    const pair = document.createElement('div');
    pair.className = 'pair';
    targets.forEach((target, at) => {
      const part = document.createElement('div');
      const cell = row.cells[at];
      part.append(text('b', target), text('p', cellText(cell)));
      if (cell && cell.answer !== undefined) part.append(text('pre', cell.answer));
      pair.append(part);
    });
    one.append(pair);
  };
  const filter = () => {
    const words = search.value.toLowerCase();
    found = rows.filter((row) =>
      (why.value === '' || row.why === why.value) &&
      (task.value === '' || row.task === task.value) &&
      (words === '' || JSON.stringify(row).toLowerCase().includes(words)));
    byId('count').textContent = found.length + ' of ' + rows.length + ' requests';
    list.replaceChildren(...found.map((row) => text('option', row.id)));
    list.selectedIndex = found.length > 0 ? 0 : -1;
    showOne();
  };
  for (const each of [why, task, search]) each.addEventListener('input', filter);
  list.addEventListener('input', showOne);
  filter();
})();
`;
