import {html} from '../vendor/lit-html.js';
import {amount, count, decimal, millis, percent, sum, whole} from '../format.js';
import {card, empty, metric} from '../parts.js';
import {earnings, latency, relays, speed} from './charts.js';
import {bars, leakOf, leakText} from './funnel.js';

const one = (body) => body.rows[0];
const blank = html`<span class="none">none</span>`;

// figures are the totals of the range, each one row of its question.
function figures(page) {
  const [earned, served, cost] = ['/v1/earnings', '/v1/relays', '/v1/fees'].map((path) => page.ask(path, {group_by: 'total'}));
  const owed = page.ask('/v1/obligations', {limit: 5000});
  const of = (read) => (body) => (one(body) ? read(one(body)) : blank);
  const also = (read) => (body) => one(body) && read(one(body));
  return html`<dl class="metrics">
    ${metric(page, 'Earned', earned, of((r) => html`${amount(r.earned_upokt)} <small>POKT</small>`), also((r) => html`${count(r.claims)} claims settled`))}
    ${metric(page, 'Fees paid', cost, of((r) => html`${amount(r.fee_upokt)} <small>POKT</small>`), also((r) => html`${count(r.messages)} claims and proofs, ${count(r.failed)} failed`))}
    ${metric(page, 'Open claims', owed, (body) => html`${amount(sum(body.rows.map((r) => r.claimed_upokt)))} <small>POKT</small>`, (body) => html`${count(body.rows.length)}${body.next_cursor ? '+' : ''} not settled yet`)}
    ${metric(page, 'Relays', served, of((r) => count(r.relays)), also((r) => html`${decimal(r.relays_per_second)}/s, ${count(r.mined)} mined`))}
    ${metric(page, 'Success', served, of((r) => html`<data value=${r.success_rate}>${percent(r.success_rate)}</data>`), also((r) => html`${count(r.failed)} failed, ${count(r.cut)} cut short`))}
    ${metric(page, 'Latency p50', served, of((r) => html`<data value=${r.backend_ms_p50}>${millis(r.backend_ms_p50)}</data>`), also((r) => html`p95 ${millis(r.backend_ms_p95)}, p99 ${millis(r.backend_ms_p99)}`))}
    ${metric(page, 'First token p50', served, of((r) => html`<data value=${r.first_token_ms_p50}>${millis(r.first_token_ms_p50)}</data>`), also((r) => html`p95 ${millis(r.first_token_ms_p95)}`))}
    ${metric(page, 'Tokens per second', served, of((r) => html`<data value=${r.completion_tokens_per_second}>${decimal(r.completion_tokens_per_second)}</data>`), also((r) => html`${whole(r.completion_tokens)} out, ${whole(r.prompt_tokens)} in`))}
  </dl>`;
}

const served = (page) => {
  const answer = page.ask('/v1/funnel', {by: 'all'});
  return card(page, 'From served to paid', answer, ({rows: [all]}) => (all ? html`${leakText(page, leakOf(all))}${bars(all)}
    <footer><a href=${page.away('/funnel')}>Every leak by cause</a></footer>` : empty(page)), {about: 'relays'});
};

const due = (page) => {
  const answer = page.ask('/v1/obligations', {limit: 5000}); // the same question as the figure's
  return card(page, 'Due next', answer, ({rows}) => {
    const open = rows.filter((r) => r.blocks_left !== null).sort((a, b) => a.blocks_left - b.blocks_left).slice(0, 6);
    return html`${open.length === 0 ? html`<p class="state">No claim is open.</p>` : html`<div class="scroll" tabindex="0" role="region" aria-label="Rows: Due next"><table>
      <thead><tr><th scope="col">session</th><th scope="col">phase</th><th scope="col" class="n">value <small>POKT</small></th><th scope="col" class="n">blocks left</th></tr></thead>
      <tbody>${open.map((r) => html`<tr><th scope="row"><a href=${page.away(`/sessions/${r.session_id}`)} class="id" title=${r.session_id}>${r.session_id.slice(0, 10)}…</a></th>
        <td><span class="badge calm">${r.phase.replace('_', ' ')}</span></td><td class="n">${amount(r.claimed_upokt)}</td>
        <td class="n ${r.blocks_left < 0 ? 'bad' : ''}">${whole(r.blocks_left)}</td></tr>`)}</tbody></table></div>`}
      <footer><a href=${page.away('/claims')}>All claims</a></footer>`;
  }, {files: true, about: 'by our submitter'});
};

export const overview = {
  title: 'Overview', routes: ['/v1/earnings', '/v1/relays', '/v1/obligations'], ranged: true, stepped: true,
  show: (page) => html`${figures(page)}<div class="cards">${earnings(page)}${relays(page)}${latency(page)}${speed(page)}${served(page)}${due(page)}</div>`,
};
