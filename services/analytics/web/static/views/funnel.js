import {html, nothing, svg} from '../vendor/lit-html.js';
import {amount, count, percent, poktText, upoktText, whole} from '../format.js';
import {card, choiceBar, empty} from '../parts.js';

// Causes in plain words; the ledger's documentation has all of it.
const causes = {
  open: 'still in its windows', late: 'logged after the tree was sealed', logged_again: 'stored twice, paid once', lost_from_log: 'numbered by a relayer, not in the log',
  unsealed: 'in the log and in no tree', seal_differs: 'the sealed fact and the log disagree', unclaimed: 'the claim window closed without a claim',
  claim_differs: 'the claim is not of the sealed tree', expired: 'claimed, proof missing or invalid', discarded: 'the chain could not settle it',
  unseen: 'no event says what became of it', settlement_differs: 'settled with other figures than claimed', overserviced: "the application's stake did not cover it",
  deflation: 'the chain mints less than it burns',
};
const explain = (cause) => causes[cause] ?? '';

// leakOf is the dearest leak of a total; what is open is none yet.
export const leakOf = (total) => total.residues.find((leak) => leak.cause !== 'open');

export function leakText(page, leak) {
  if (!leak) return html`<p class="leak none">Nothing is lost${page.range.name === 'all' ? '' : ' in this range'}.</p>`;
  return html`<p class="leak" data-leak=${leak.cause}>Largest leak: <strong>${leak.cause.replace(/_/g, ' ')}</strong> – ${explain(leak.cause)}: <strong><data value=${leak.upokt}>${poktText(leak.upokt)}</data> POKT</strong>
    <span class="none">(${upoktText(leak.upokt)}${leak.unpriced ? `, and ${leak.unpriced} without a price` : ''}), ${whole(leak.relays)} relays in ${whole(leak.lines)} ${leak.lines === 1 ? 'session' : 'sessions'}</span></p>`;
}

const stages = [['served', 'Served'], ['logged', 'In the log'], ['mined', 'Mined'], ['claimed', 'Claimed'], ['settled', 'Settled']];
const aside = [['filtered', 'filtered by difficulty'], ['duplicate', 'duplicate'], ['late', 'late']];

// bars are the stages of a total, in relays.
export function bars(total) {
  const {relays} = total;
  const most = Math.max(1, ...stages.map(([name]) => Number(relays[name])));
  return html`<ol class="stages">${stages.map(([name, label]) => html`<li data-stage=${name}><span class="stage">${label}</span>
    <svg aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">${svg`<rect class="track" width="100" height="10" rx="1"></rect><rect class="bar" width=${(Number(relays[name]) / most) * 100} height="10"></rect>`}</svg>
    <span class="n">${count(relays[name])}</span><span class="n none">${percent(Number(relays[name]) / Math.max(1, Number(relays.served)))}</span>
    ${name === 'logged' ? html`<small>of them ${aside.map(([key, text], i) => html`${i ? ', ' : ''}${count(relays[key])} ${text}`)}</small>` : nothing}</li>`)}</ol>
    <p class="state" data-refused>${count(total.refused)} more were refused by relayers, and are in none of the stages.</p>`;
}

const money = [['claimed', 'Claimed'], ['overservicing_loss', 'Not covered'], ['settled', 'Settled'], ['deflation_loss', 'Deflation'], ['minted', 'Minted'], ['earned', "Suppliers' side"], ['fee', 'Fees offered']];

const leaks = (total) => html`<div class="scroll" tabindex="0" role="region" aria-label="Rows: Leaks"><table data-table="leaks"><caption class="unseen">Leaks by cause</caption>
  <thead><tr><th scope="col">cause</th><th scope="col">meaning</th><th scope="col" class="n">sessions</th><th scope="col" class="n">relays</th><th scope="col" class="n">compute units</th><th scope="col" class="n">value <small>POKT</small></th><th scope="col" class="n">without a price</th></tr></thead>
  <tbody>${total.residues.map((leak) => html`<tr data-cause=${leak.cause}><th scope="row">${leak.cause.replace(/_/g, ' ')}</th><td>${explain(leak.cause)}</td><td class="n">${count(leak.lines)}</td>
    <td class="n">${count(leak.relays)}</td><td class="n">${count(leak.compute_units)}</td><td class="n">${amount(leak.upokt)}</td><td class="n">${count(leak.unpriced)}</td></tr>`)}</tbody></table></div>`;

function everything(page) {
  const answer = page.ask('/v1/funnel', {by: 'all'});
  const body = (content) => ({rows: [all]}) => (all ? content(all) : empty(page));
  return html`${card(page, 'From served to paid', answer, body((all) => html`${leakText(page, leakOf(all))}${bars(all)}`), {about: 'relays'})}
    ${card(page, 'Money', answer, body((all) => html`<dl class="pairs">${money.map(([name, label]) => html`<div data-money=${name}><dt>${label}</dt><dd>${amount(all.upokt[name])} <small>POKT</small></dd></div>`)}</dl>
      <p class="state">${count(all.lines)} sessions, ${count(all.open)} open, ${count(all.unbalanced)} out of balance.</p>`), {about: 'what the chain has put a price on'})}
    ${card(page, 'Leaks', answer, body((all) => (all.residues.length ? leaks(all) : html`<p class="state">Nothing is lost.</p>`)), {wide: true, about: 'the dearest first'})}`;
}

function grouped(page) {
  const param = page.routes.get('/v1/funnel').params.find((p) => p.name === 'by');
  const by = page.url.searchParams.get('by') ?? 'day';
  const answer = page.ask('/v1/funnel', {by});
  const columns = ['served', 'logged', 'mined', 'claimed', 'settled'];
  return card(page, `By ${by}`, answer, ({rows}) => html`${choiceBar(page, param, by)}${rows.length === 0 ? empty(page) : html`
    <div class="scroll" tabindex="0" role="region" aria-label="Rows: By ${by}"><table data-table="funnel"><caption class="unseen">Funnel by ${by}</caption>
    <thead><tr><th scope="col">${by}</th>${columns.map((c) => html`<th scope="col" class="n">${c}</th>`)}<th scope="col" class="n">earned <small>POKT</small></th><th scope="col">largest leak</th><th scope="col" class="n">its value <small>POKT</small></th></tr></thead>
    <tbody>${rows.map((row) => html`<tr data-key=${row.key}><th scope="row">${by === 'session' ? html`<a href=${page.away(`/sessions/${row.key}`)} class="id" title=${row.key}>${row.key.slice(0, 12)}…</a>` : row.key}</th>
      ${columns.map((c) => html`<td class="n">${count(row.relays[c])}</td>`)}<td class="n">${amount(row.upokt.earned)}</td>
      <td>${leakOf(row)?.cause.replace(/_/g, ' ') ?? '–'}</td><td class="n">${leakOf(row) ? amount(leakOf(row).upokt) : '–'}</td></tr>`)}</tbody></table></div>`}`, {wide: true});
}

export const funnel = {
  title: 'From served to paid', routes: ['/v1/funnel'], ranged: true,
  show: (page) => html`<div class="cards">${everything(page)}${grouped(page)}</div>`,
};
