import {html, nothing} from '../vendor/lit-html.js';
import {amount, badge, brief, count, time, whole} from '../format.js';
import {records, table} from '../table.js';
import {card, empty, outcome, sources} from '../parts.js';

// dueOf is the last block at which an open line can still go well.
const dueOf = (line) => Math.max(0, ...line.residues.map((r) => r.due_height ?? 0));

const causesOf = (line) => line.residues.map((r) => r.cause.replace(/_/g, ' ') + (r.reason ? ` (${r.reason})` : '')).join(', ');

function left(page, line) {
  const height = dueOf(line);
  if (!height) return html`<span class="none">–</span>`;
  const blocks = height - page.chain.height;
  return html`<data value=${blocks} title="block ${whole(height)}">${blocks < 0 ? `${whole(-blocks)} late` : whole(blocks)}</data>`;
}

const PAGE = 100;

// behind is where the page after a line begins, in the API's words.
const behind = (line) => ({after_height: line.session_end_height, after_session: line.session_id, after_supplier: line.supplier});

function list(page) {
  const after = Object.fromEntries(Object.keys(behind({})).map((name) => [name, page.url.searchParams.get(name)]).filter(([, v]) => v));
  const answer = page.ask('/v1/ledger', {limit: PAGE, ...after});
  return card(page, 'Sessions', answer, ({rows}) => html`${rows.length === 0 ? empty(page) : html`<div class="scroll" tabindex="0" role="region" aria-label="Rows: Sessions"><table data-table="sessions"><caption class="unseen">Sessions</caption>
    <thead><tr><th scope="col">session</th><th scope="col">state</th><th scope="col" class="n">due in blocks</th><th scope="col" class="n">claimed <small>POKT</small></th><th scope="col" class="n">earned <small>POKT</small></th>
      <th scope="col" class="n">served</th><th scope="col" class="n">mined</th><th scope="col" class="n">claimed</th><th scope="col" class="n">settled</th><th scope="col">what is missing</th><th scope="col" class="n">ends at block</th><th scope="col">service</th><th scope="col">supplier</th><th scope="col">application</th></tr></thead>
    <tbody>${rows.map((line) => html`<tr data-session=${line.session_id} data-supplier=${line.supplier}>
      <th scope="row"><a class="id" href=${page.away(`/sessions/${line.session_id}`)} title=${line.session_id}>${line.session_id.slice(0, 10)}…</a></th>
      <td>${badge(line.state)}${line.balanced || line.state === 'open' ? nothing : html` <span class="badge bad">out of balance</span>`}</td><td class="n">${left(page, line)}</td>
      <td class="n">${amount(line.claimed_upokt)}</td><td class="n">${amount(line.earned_upokt)}</td>
      ${['served', 'mined', 'claimed', 'settled'].map((c) => html`<td class="n">${count(line[c])}</td>`)}<td>${causesOf(line) || '–'}</td>
      <td class="n">${whole(line.session_end_height)}</td><td>${line.service}</td><td>${brief(line.supplier)}</td><td>${brief(line.application)}</td></tr>`)}</tbody></table></div>`}
    <footer><nav class="pages" aria-label="Pages">${after.after_height ? html`<a href=${page.to({after_height: null, after_session: null, after_supplier: null})}>First page</a>` : nothing}
      ${rows.length === PAGE ? html`<a href=${page.to(behind(rows.at(-1)))}>Next page</a>` : nothing}</nav></footer>`, {wide: true, about: 'one line for each session and supplier, the newest first'});
}

export const sessions = {title: 'Sessions', routes: ['/v1/ledger'], ranged: true, show: (page) => html`<div class="cards">${list(page)}</div>`};

// terms are what a session's lines have in common.
function terms(page, story, line) {
  const pairs = [['Session', html`<span class="id all">${story.session_id}</span>`], ['Application', html`<span class="id all">${line.application}</span>`], ['Service', line.service],
    ['Last block', whole(line.session_end_height)], ['Ended', time(line.session_end_time)], ['Compute units per relay', count(line.compute_units_per_relay)], ['Known up to block', whole(story.height)]];
  return html`<dl class="pairs">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

const figures = [['refused', 'Refused'], ['served', 'Served'], ['logged', 'In the log'], ['mined', 'Mined'], ['filtered', 'Filtered'], ['duplicate', 'Duplicate'], ['late', 'Late'], ['claimed', 'Claimed'], ['settled', 'Settled']];
const amounts = [['claimed_upokt', 'Claimed'], ['settled_upokt', 'Settled'], ['minted_upokt', 'Minted'], ['overservicing_loss_upokt', 'Not covered'], ['earned_upokt', 'Earned'], ['fee_upokt', 'Fees offered']];

// ofSupplier is one line of the ledger, whole.
function ofSupplier(page, line, answer) {
  return html`<section class="card wide" aria-label="Supplier ${line.supplier}" data-supplier=${line.supplier}><header><h2>Supplier <span class="id all">${line.supplier}</span></h2>${sources(answer)}</header>
    <p>${badge(line.state)} ${dueOf(line) ? html`due in ${left(page, line)} blocks, by block ${whole(dueOf(line))}` : ''} ${line.balanced ? 'Every relay has its place.' : line.state === 'open' ? 'The chain can still change it.' : html`<strong class="bad">Out of balance.</strong>`}</p>
    <dl class="pairs line">${figures.map(([name, label]) => html`<div data-figure=${name}><dt>${label}</dt><dd>${count(line[name])}</dd></div>`)}${amounts.map(([name, label]) => html`<div data-figure=${name}><dt>${label}</dt><dd>${amount(line[name])} <small>POKT</small></dd></div>`)}</dl>
    ${line.residues.length ? html`<h3>What is missing, and why</h3>${records(page, line.residues, {name: 'Residues'})}` : nothing}
    ${line.refusals.length ? html`<h3>What the relayer refused, and why</h3>${records(page, line.refusals, {name: 'Refusals'})}` : nothing}</section>`;
}

// parts are the tables of a session's story, in the order in which it happened.
const parts = [['trees', 'Trees'], ['obligations', 'As the submitter sees it'], ['transactions', 'Transactions'], ['settlements', 'Settlement'], ['shares', 'Who was paid']];

function story(page) {
  const answer = page.ask('/v1/sessions/{id}', {}, {id: page.id});
  const raw = `/ask/relays/raw?session=${encodeURIComponent(page.id)}`;
  return html`<div class="cards">${outcome(page, answer, (body) => html`
    <section class="card wide" aria-label="Terms"><header><h2>Terms</h2>${sources(answer)}</header>${terms(page, body, body.lines[0])}<footer><a href=${raw}>Every relay of it</a></footer></section>
    ${body.lines.map((line) => ofSupplier(page, line, answer))}
    <section class="card wide" aria-label="Events"><header><h2>What the chain said</h2>${sources(answer)}</header>${body.events.length === 0 ? html`<p class="state">Nothing yet.</p>` : table(page,
      [['event', 'text'], ['supplier', 'text'], ['height', 'integer'], ['time', 'date-time'], ['detail', 'text']].map(([name, kind]) => ({name, kind})), body.events, {name: 'Events'})}</section>
    ${parts.map(([key, title]) => html`<section class="card wide" aria-label=${title} data-part=${key}><header><h2>${title}</h2>${sources(answer)}</header>${records(page, body[key], {name: title, hide: ['session_id', 'application', 'service']})}</section>`)}`)}</div>`;
}

export const session = {title: 'Session', routes: [], show: story};
