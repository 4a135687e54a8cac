// What views are made of: cards, figures, questions, and the controls that change the address.
import {html, nothing} from './vendor/lit-html.js';
import {ranges, stepNames} from './address.js';
import {words} from './format.js';
import {table} from './table.js';

const causes = {
  401: 'A token is needed.', 403: 'Your token does not see this.', 404: 'There is no such thing in the store.',
  422: 'This would cost more than the service allows: choose a shorter range.', 502: 'The store does not answer.',
};

// outcome is what an answer has come to: its content, or that it is awaited, failed or empty.
export function outcome(page, answer, content) {
  if (answer.body) return content(answer.body);
  if (answer.error) {
    return html`<div class="state fault"><p><strong>${causes[answer.error.status] ?? 'That did not work.'}</strong> ${answer.error.text}</p>
      <button type="button" @click=${page.retry}>Try again</button></div>`;
  }
  return html`<div class="state waiting"><span class="unseen">Loading…</span><span class="bone"></span><span class="bone"></span><span class="bone"></span></div>`;
}

export const empty = (page) => html`<p class="state">Nothing here${page.range.name === 'all' ? '' : html` in this range. <a href=${page.to({range: 'all', from: null, to: null})}>Show all there is</a>`}</p>`;

// sources are links to where the figures of a card came from.
export const sources = (answer, files = false) => html`<span class="sources">
  <a href=${answer.asked} target="_blank" rel="noopener">API<span class="unseen"> call of this</span></a>
  ${files ? ['csv', 'parquet'].map((f) => html`<a href=${fileOf(answer.asked, f)} download>${f === 'csv' ? 'CSV' : 'Parquet'}<span class="unseen"> file of this</span></a>`) : nothing}</span>`;

// fileOf is a question's address for all its rows as a file.
export function fileOf(asked, format) {
  const url = new URL(asked, location.origin);
  url.searchParams.delete('cursor');
  url.searchParams.delete('limit');
  url.searchParams.set('format', format);
  return url.pathname + url.search;
}

// card is a part of a view with a heading. answer is what it shows.
export function card(page, title, answer, content, {files = false, about, wide = false} = {}) {
  return html`<section class="card ${wide ? 'wide' : ''}" aria-label=${title} aria-busy=${answer.loading && !answer.body ? 'true' : 'false'}>
    <header><h2>${title}</h2>${about ? html`<p>${about}</p>` : nothing}${sources(answer, files)}</header>
    ${outcome(page, answer, content)}</section>`;
}

// metric is one figure with its name, which links to the call that it came from.
export function metric(page, name, answer, value, note) {
  return html`<div class="metric" data-metric=${name}><dt><a href=${answer.asked} target="_blank" rel="noopener" title="The API call that this came from">${name}</a></dt>
    <dd>${answer.body ? value(answer.body) : answer.error ? html`<span class="none" title=${answer.error.text}>not known</span>` : html`<span class="bone"></span>`}</dd>
    ${note && answer.body ? html`<dd class="note">${note(answer.body) ?? nothing}</dd>` : nothing}</div>`;
}

// rangeBar chooses the range of time.
export function rangeBar(page) {
  const {searchParams} = page.url;
  return html`<nav class="choices" aria-label="Time range"><ul>
      ${ranges.map(([name, label]) => html`<li><a href=${page.to({range: name, from: null, to: null})} aria-current=${page.range.name === name ? 'true' : nothing}>${label}</a></li>`)}
    </ul></nav>
    <form class="bounds" data-clears="range" aria-label="Range of your own">
      <label>From <input name="from" .value=${searchParams.get('from') ?? ''} placeholder="2026-05-01" title="A date, an RFC 3339 time, seconds since 1970, or height:N" autocomplete="off"></label>
      <label>to <input name="to" .value=${searchParams.get('to') ?? ''} placeholder="height:120" title="The first moment or block behind the range" autocomplete="off"></label>
      <button>Apply</button></form>`;
}

// stepBar chooses what a point of the charts stands for.
export const stepBar = (page) => html`<form class="bounds" data-auto><label>per <select name="per">
  ${['', ...stepNames].map((s) => html`<option value=${s} ?selected=${(page.url.searchParams.get('per') ?? '') === s}>${s || 'auto'}</option>`)}</select></label></form>`;

// filterBar shows the filters of the address and adds one.
export function filterBar(page) {
  if (page.filters.length === 0) return nothing;
  const set = page.filters.flatMap((name) => page.url.searchParams.getAll(name).map((value) => ({name, value})));
  return html`<form class="bounds filters" data-adds="filter" aria-label="Filter">
    ${set.map(({name, value}) => html`<a class="chip" href=${page.to({[name]: page.url.searchParams.getAll(name).filter((v) => v !== value)})}><span>${words(name)}: <b title=${value}>${value.length > 20 ? `${value.slice(0, 9)}…${value.slice(-6)}` : value}</b></span> <span aria-hidden="true">×</span><span class="unseen">, remove this filter</span></a>`)}
    <label><span class="unseen">Filter by</span><select name="name">${page.filters.map((f) => html`<option value=${f}>${words(f)}</option>`)}</select></label>
    <label><span class="unseen">Value</span><input name="value" placeholder="only this" autocomplete="off"></label><button>Filter</button></form>`;
}

// groupBar chooses what rows are summed by: each link adds or takes one.
export function groupBar(page, route, by) {
  const toggled = (name) => (by.includes(name) ? by.filter((b) => b !== name) : [...by, name]);
  return html`<nav class="choices" aria-label="Group by"><span>by</span><ul>${route.groups.map((name) => {
    const next = toggled(name);
    return html`<li><a href=${page.to({group_by: next.length ? next.join(',') : null, sort: null})} aria-current=${by.includes(name) ? 'true' : nothing}
      title=${route.columns.find((c) => c.name === name)?.about || nothing}>${words(name)}</a></li>`;
  })}</ul></nav>`;
}

// choiceBar chooses a value of a parameter.
export const choiceBar = (page, param, chosen, name = param.name) => html`<nav class="choices" aria-label=${words(param.name)}><span>${words(name)}</span><ul>
  ${param.choices.map((c) => html`<li><a href=${page.to({[param.name]: c, sort: null})} aria-current=${c === chosen ? 'true' : nothing}>${c}</a></li>`)}</ul></nav>`;

// pages leads to the rows behind these.
export function pages(page, body) {
  const first = page.url.searchParams.has('cursor');
  if (!body.next_cursor && !first) return nothing;
  return html`<nav class="pages" aria-label="Pages">${first ? html`<a href=${page.to({})}>First page</a>` : nothing}
    ${body.next_cursor ? html`<a href=${page.to({cursor: body.next_cursor})}>Next page</a>` : nothing}</nav>`;
}

// explained lists what columns mean, in the API's words.
const explained = (columns) => {
  const told = columns.filter((c) => c.about);
  return told.length === 0 ? nothing : html`<details class="columns"><summary>What the columns mean</summary><dl>${told.map((c) => html`<dt>${words(c.name)}</dt><dd>${c.about}</dd>`)}</dl></details>`;
};

// question is one of the API's questions as a card: its groups and choices, its rows, its files. The address decides what
// is asked: only one question of a view can be grouped, ordered and paged by it.
export function question(page, path, title, {by, show, main = true, extra = {}, about} = {}) {
  const route = page.routes.get(path);
  const {searchParams} = page.url;
  const grouped = route.groups.length > 0;
  const chosen = (main && searchParams.get('group_by')?.split(',').filter((g) => route.groups.includes(g))) || [];
  const groups = chosen.length ? chosen : by ?? route.by;
  const params = Object.fromEntries(route.params.map((p) => [p.name, (main && searchParams.get(p.name)) || extra[p.name] || p.standard]).filter(([, v]) => v));
  const missing = route.params.find((p) => p.required && !params[p.name]);
  if (missing) return needed(page, title, missing);
  const paging = main && searchParams.has('cursor') ? {cursor: searchParams.get('cursor')} : {};
  const answer = page.ask(path, {...(grouped ? {group_by: groups.join(',')} : {}), ...params, ...paging});
  const all = main && searchParams.get('columns') === 'all';
  const columns = route.columns.filter((c) => (c.group ? groups.includes(c.name) : all || !show || show.includes(c.name)));
  const place = (c) => (show && !all ? show.indexOf(c.name) : 0);
  const ordered = [...groups.map((g) => columns.find((c) => c.name === g)).filter(Boolean), ...columns.filter((c) => !c.group).sort((a, b) => place(a) - place(b))];
  const choosing = main ? route.params.filter((p) => p.choices.length) : [];
  const hidden = show && !all && route.columns.some((c) => !c.group && !show.includes(c.name));
  return card(page, title, answer, (body) => html`
    ${main && grouped ? groupBar(page, route, groups) : nothing}
    ${choosing.map((p) => choiceBar(page, p, params[p.name]))}
    ${body.rows.length === 0 ? empty(page) : html`${table(page, ordered, body.rows, {name: title, sort: main})}
    <footer>${main ? pages(page, body) : body.next_cursor ? html`<span>The first ${body.rows.length} rows.</span>` : nothing}
      ${main && show && (hidden || all) ? html`<a href=${page.to({columns: all ? null : 'all'})}>${all ? 'Fewer columns' : 'All columns'}</a>` : nothing}${explained(ordered)}</footer>`}`,
  {files: route.files, about, wide: true});
}

// needed asks for a parameter without which there is no answer.
const needed = (page, title, param) => html`<section class="card wide" aria-label=${title}><header><h2>${title}</h2></header>
  <form class="bounds"><label>${words(param.name)} <input name=${param.name} required size="48" autocomplete="off"></label><button>Show</button> <span class="none">${param.about}</span></form></section>`;
