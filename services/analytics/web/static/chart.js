// A chart is uPlot in a custom element; what it shows is also a table, for who cannot see or point at it.
import {html, nothing} from './vendor/lit-html.js';
import {moment, short} from './format.js';

const HEIGHT = 190;
const SERIES = 8; // colours there are

// colour resolves a colour of the style sheet for the canvas.
function colour(element, name) {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const text = getComputedStyle(probe).color;
  probe.remove();
  return text;
}

// stacked are the running sums of the series, the last one first: what lies behind is drawn first.
function stacked(series) {
  const sums = [];
  series.forEach((s, i) => sums.push(s.values.map((v, at) => (v ?? 0) + (i ? sums[i - 1][at] : 0))));
  return sums.reverse();
}

class Chart extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'img');
    this.watches = [new ResizeObserver(() => this.fit()), new MutationObserver(() => this.draw())];
    this.watches[0].observe(this);
    this.watches[1].observe(document.documentElement, {attributeFilter: ['data-theme']});
    this.scheme = matchMedia('(prefers-color-scheme: dark)');
    this.scheme.onchange = () => this.draw();
    this.draw();
  }

  disconnectedCallback() {
    this.watches.forEach((w) => w.disconnect());
    this.scheme.onchange = null;
    this.plot?.destroy();
    this.plot = null;
  }

  set data(data) {
    if (this.is && JSON.stringify(this.is, simple) === JSON.stringify(data, simple)) return;
    const same = this.is && this.shape(this.is) === this.shape(data);
    this.is = data;
    if (!this.isConnected) return;
    if (same && this.plot) this.plot.setData(this.values());
    else this.draw();
  }

  shape({kind, series, step}) { return JSON.stringify([kind, step, series.map((s) => s.name)]); }

  values() {
    const {x, series, kind} = this.is;
    return [x, ...(kind === 'bars' ? stacked(series) : series.map((s) => s.values))];
  }

  fit() {
    if (this.plot && this.clientWidth && this.clientWidth !== this.plot.width) this.plot.setSize({width: this.clientWidth, height: HEIGHT});
  }

  draw() {
    this.plot?.destroy();
    this.plot = null;
    if (!this.is || !this.clientWidth) return void (this.is && requestAnimationFrame(() => this.isConnected && this.clientWidth && !this.plot && this.draw()));
    this.plot = new uPlot(this.options(), this.values(), this);
  }

  options() {
    const {series, kind, format, step} = this.is;
    const [muted, line] = [colour(this, '--muted'), colour(this, '--grid')];
    const axis = {stroke: muted, font: '11px Inter, sans-serif', grid: {stroke: line, width: 1}, ticks: {stroke: line, width: 1, size: 4}};
    const bars = kind === 'bars';
    const drawn = series.map((s, i) => this.serie(s, i, bars));
    return {
      width: this.clientWidth, height: HEIGHT, legend: {show: false}, padding: [8, 18, 0, 0],
      cursor: {y: false, points: {show: !bars}, drag: {x: false, y: false}},
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      scales: {x: {time: true, range: (_, min, max) => (bars || min === max ? [min - step / 2, max + step / 2] : [min, max])}, y: {range: (_, min, max) => span(min ?? 0, max ?? 0, this.is.zero)}},
      axes: [{...axis, space: 70, size: 40, values: times}, {...axis, size: width, space: 36, values: (_, ticks) => ticks.map(format ?? short)}],
      series: [{}, ...(bars ? drawn.reverse() : drawn)],
      plugins: [hint(this)],
    };
  }

  serie(s, i, bars) {
    const ink = colour(this, `--c${i % SERIES}`);
    if (bars) return {label: s.name, fill: ink, stroke: ink, width: 0, paths: uPlot.paths.bars({size: [0.8, 42]}), points: {show: false}};
    return {label: s.name, stroke: ink, width: 1.75, spanGaps: false, points: {size: 4, fill: ink, stroke: ink}, paths: this.is.kind === 'steps' ? uPlot.paths.stepped({align: 1}) : uPlot.paths.linear()};
  }
}

// span is the range of values that is shown: from zero, but where only the change is of interest.
function span(min, max, zero) {
  if (zero) return [Math.min(0, min), max > 0 ? max * 1.06 : 1];
  const room = (max - min) * 0.08 || 1;
  return [min - room, max + room];
}

// width is that of the labels of the axis of values.
const width = (_, labels) => 16 + 6.5 * Math.max(4, ...(labels ?? []).map((text) => text.length));

const simple = (_, value) => (typeof value === 'function' ? undefined : value);
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// times are the labels of the axis of time: the day below the first hour of each.
function times(plot, ticks, _axis, _space, between) {
  let before = '';
  return ticks.map((seconds) => {
    const at = new Date(seconds * 1000).toISOString();
    const day = `${Number(at.slice(8, 10))} ${MONTHS[Number(at.slice(5, 7)) - 1]}`;
    const text = between >= 86400 ? day : at.slice(11, between < 60 ? 19 : 16) + (day === before ? '' : `\n${day}`);
    before = day;
    return text;
  });
}

// hint shows the values under the pointer.
function hint(chart) {
  const box = document.createElement('div');
  box.className = 'hint';
  box.hidden = true;
  box.ariaHidden = 'true';
  return {hooks: {
    init: (plot) => plot.over.append(box),
    setCursor: (plot) => {
      const {idx, left} = plot.cursor;
      box.hidden = idx === null || idx === undefined || left < 0;
      if (box.hidden) return;
      const {x, series, exact} = chart.is;
      const head = document.createElement('b');
      head.textContent = moment(new Date(x[idx] * 1000).toISOString()).slice(0, 16);
      box.replaceChildren(head, ...series.map((s) => {
        const row = document.createElement('div');
        row.textContent = `${s.name} ${exact(s, idx)}`;
        return row;
      }));
      box.style.left = `${Math.max(0, Math.min(left + 12, plot.over.clientWidth - box.offsetWidth))}px`;
    },
  }};
}

customElements.define('lode-chart', Chart);

// figure is a chart with its legend and its table. Each series is {name, values, texts}: texts, where given, are exact.
export function figure(page, title, {x, series, kind = 'line', format, step = 3600, zero = true}) {
  if (x.length === 0) return html`<p class="state">Nothing in this range. <a href=${page.to({range: 'all', from: null, to: null})}>Show all there is</a></p>`;
  const exact = (s, at) => s.texts?.[at] ?? (s.values[at] === null || s.values[at] === undefined ? '–' : (format ?? short)(s.values[at]));
  const name = `${title}: ${x.length} ${x.length === 1 ? 'point' : 'points'} from ${moment(new Date(x[0] * 1000).toISOString())} to ${moment(new Date(x.at(-1) * 1000).toISOString())} UTC`;
  return html`<figure>
    ${series.length > 1 ? html`<ul class="legend" aria-label="Legend">${series.map((s, i) => html`<li><span class="swatch s${i % SERIES}"></span>${s.name}</li>`)}</ul>` : nothing}
    <lode-chart aria-label=${name} .data=${{x, series, kind, format, step, zero, exact}}></lode-chart>
    <details @toggle=${(event) => page.unfold(title, event.target.open)}><summary>Data table<span class="unseen"> of ${title}</span></summary>
      ${page.unfolded(title) ? html`<div class="scroll" tabindex="0" role="region" aria-label="Data of ${title}"><table>
        <thead><tr><th scope="col">time, UTC</th>${series.map((s) => html`<th scope="col" class="n">${s.name}</th>`)}</tr></thead>
        <tbody>${x.map((at, i) => html`<tr><th scope="row">${moment(new Date(at * 1000).toISOString())}</th>${series.map((s) => html`<td class="n">${exact(s, i)}</td>`)}</tr>`)}</tbody>
      </table></div>` : nothing}
    </details></figure>`;
}

// seconds is a time or day of an answer.
const seconds = (text) => Date.parse(text) / 1000;

// timeline arranges rows by their time: one series for each value, or for each name that split gives a row. Beyond the
// greatest series the rest becomes one.
export function timeline(rows, step, values, split) {
  const x = [...new Set(rows.map((row) => seconds(row[step])))].sort((a, b) => a - b);
  const at = new Map(x.map((second, i) => [second, i]));
  if (!split) {
    return {x, series: values.map(({name, of, text}) => {
      const s = {name, values: x.map(() => null), texts: text && x.map(() => undefined)};
      for (const row of rows) {
        s.values[at.get(seconds(row[step]))] = of(row);
        if (text) s.texts[at.get(seconds(row[step]))] = text(row);
      }
      return s;
    })};
  }
  const sums = new Map();
  for (const row of rows) sums.set(split(row), (sums.get(split(row)) ?? 0) + (values[0].of(row) ?? 0));
  const names = [...sums.keys()].sort((a, b) => sums.get(b) - sums.get(a) || (a < b ? -1 : 1));
  const shown = names.length > SERIES ? [...names.slice(0, SERIES - 1), 'others'] : names;
  const series = shown.map((name) => ({name: name === '' ? '(none)' : name, values: x.map(() => (values[0].gaps ? null : 0))}));
  for (const row of rows) {
    const one = series[shown.includes(split(row)) ? shown.indexOf(split(row)) : SERIES - 1];
    const i = at.get(seconds(row[step]));
    one.values[i] = (one.values[i] ?? 0) + (values[0].of(row) ?? 0);
  }
  return {x, series};
}
