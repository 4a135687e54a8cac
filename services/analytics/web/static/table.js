// Rows of an answer as a table whose columns are described by the API itself.
import {html, nothing} from './vendor/lit-html.js';
import {amount, badge, brief, count, decimal, millis, percent, time, whole, words} from './format.js';

const states = ['state', 'outcome', 'phase', 'proof_status', 'what', 'source', 'event'];
const shares = /(^|_)(share|rate)$|^share_|^even_share$/;

// kinds of columns whose description is not at hand, by name and value.
export function guess(name, value) {
  if (/(^|_)upokt$/.test(name)) return 'amount';
  if (/(^|_)(time|at)$/.test(name) && typeof value === 'string') return 'date-time';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (Array.isArray(value)) return 'texts';
  return typeof value === 'boolean' ? 'boolean' : 'text';
}

const numeric = (kind) => ['amount', 'integer', 'number'].includes(kind);

// link leads from a value to what there is of it: a session's page, or the same view for it alone.
function link(page, name, value, shown) {
  if (!value) return shown;
  if (name === 'session' || name === 'session_id') return html`<a href=${page.away(`/sessions/${encodeURIComponent(value)}`)}>${shown}</a>`;
  if (page.filters.includes(name)) {
    const chosen = page.url.searchParams.getAll(name).includes(String(value));
    return chosen ? shown : html`<a href=${page.to({[name]: value})}>${shown}</a>`;
  }
  return shown;
}

// cell shows one value.
export function cell(page, column, value) {
  const {name, kind} = column;
  if (value === null || value === undefined) return html`<span class="none">–</span>`;
  switch (kind) {
    case 'amount': return amount(value);
    case 'integer': return /height/.test(name) ? (value === 0 ? html`<span class="none">–</span>` : html`<data value=${value}>${whole(value)}</data>`) : count(value);
    case 'number': return html`<data value=${value}>${shares.test(name) ? percent(value) : /_ms_/.test(name) ? millis(value) : decimal(value)}</data>`;
    case 'date-time': return time(value);
    case 'date': return html`<time datetime=${value}>${value}</time>`;
    case 'boolean': return value ? 'yes' : 'no';
    case 'texts': return value.length === 0 ? html`<span class="none">–</span>` : value.map((one, i) => html`${i ? ', ' : ''}${brief(one)}`);
    case 'object': return html`<code>${JSON.stringify(value)}</code>`;
    default: return states.includes(name) ? badge(value) : link(page, name, value, brief(value));
  }
}

// by is the order of a column's values.
function by(name, kind, down) {
  const key = (row) => (kind === 'amount' && row[name] !== null ? BigInt(row[name]) : row[name]);
  return (a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === y) return 0;
    if (x === null || y === null) return x === null ? 1 : -1;
    return (x < y ? -1 : 1) * (down ? -1 : 1);
  };
}

// table shows rows. options: name for its caption, sort when the address may order the rows.
export function table(page, columns, rows, {name, sort = false}) {
  const wanted = sort ? page.url.searchParams.get('sort') ?? '' : '';
  const column = columns.find((c) => c.name === wanted.replace(/^-/, ''));
  const ordered = column ? rows.toSorted(by(column.name, column.kind, wanted.startsWith('-'))) : rows;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Rows: ${name}"><table data-table=${name}>
    <caption class="unseen">${name}</caption>
    <thead><tr>${columns.map((c) => head(page, c, sort, wanted))}</tr></thead>
    <tbody>${ordered.map((row) => html`<tr>${columns.map((c, i) => (i === 0
      ? html`<th scope="row" data-column=${c.name} class=${numeric(c.kind) ? 'n' : ''}>${cell(page, c, row[c.name])}</th>`
      : html`<td data-column=${c.name} class=${numeric(c.kind) ? 'n' : ''}>${cell(page, c, row[c.name])}</td>`))}</tr>`)}</tbody>
  </table></div>`;
}

function head(page, c, sort, wanted) {
  const label = html`${words(c.name)}${c.kind === 'amount' ? html` <small>POKT</small>` : nothing}`;
  const down = wanted === `-${c.name}`;
  const is = down || wanted === c.name;
  const next = numeric(c.kind) ? (down ? c.name : `-${c.name}`) : (wanted === c.name ? `-${c.name}` : c.name);
  return html`<th scope="col" class=${numeric(c.kind) ? 'n' : ''} title=${c.about || nothing} aria-sort=${is ? (down ? 'descending' : 'ascending') : nothing}>
    ${sort ? html`<a href=${page.to({sort: next})}>${label}<span aria-hidden="true">${is ? (down ? ' ↓' : ' ↑') : ''}</span></a>` : label}</th>`;
}

// foremost are the columns that come first; the others follow in the API's order.
const foremost = ['cause', 'reason', 'supplier', 'kind', 'phase', 'outcome', 'recipient', 'op_reason_name', 'upokt', 'claimed_upokt', 'settled_upokt', 'minted_upokt', 'logged', 'mined', 'filtered', 'duplicate', 'height', 'time'];
const rank = (name) => (foremost.includes(name) ? foremost.indexOf(name) : foremost.length);

// records shows rows that the API does not describe column by column; a single one as pairs.
export function records(page, rows, {name, hide = []}) {
  if (!rows?.length) return html`<p class="state">None.</p>`;
  const columns = Object.keys(rows[0]).filter((key) => !hide.includes(key)).sort((a, b) => rank(a) - rank(b))
    .map((key) => ({name: key, kind: guess(key, rows.find((r) => r[key] !== null)?.[key]), about: ''}));
  if (rows.length === 1 && columns.length > 6) {
    return html`<dl class="pairs">${columns.map((c) => html`<div data-column=${c.name}><dt>${words(c.name)}${c.kind === 'amount' ? html` <small>POKT</small>` : nothing}</dt><dd>${cell(page, c, rows[0][c.name])}</dd></div>`)}</dl>`;
  }
  return table(page, columns, rows, {name});
}
