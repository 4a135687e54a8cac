// Views that are questions with a chart beside them.
import {html} from '../vendor/lit-html.js';
import {figure} from '../chart.js';
import {decimal, poktText} from '../format.js';
import {card, empty, question} from '../parts.js';
import {activity, earnings as earned, latency, network, relays} from './charts.js';

const cards = (...list) => html`<div class="cards">${list}</div>`;

// groupOf is the first group of the address that is no time, for the charts.
function groupOf(page, path, standard) {
  const asked = page.url.searchParams.get('group_by')?.split(',') ?? [standard];
  const times = ['minute', 'hour', 'day', 'week', 'month', 'height', 'total'];
  return asked.find((g) => page.routes.get(path).groups.includes(g) && !times.includes(g));
}

export const earnings = {
  title: 'Earnings', routes: ['/v1/earnings', '/v1/rewards', '/v1/fees'], ranged: true, stepped: true,
  show: (page) => cards(
    html`<div class="wide">${earned(page, groupOf(page, '/v1/earnings'))}</div>`,
    question(page, '/v1/earnings', 'Earnings', {by: ['day', 'supplier'], show: ['claims', 'relays', 'compute_units', 'settled_upokt', 'earned_upokt', 'tokens', 'earned_per_relay', 'earned_per_1000_tokens']}),
    question(page, '/v1/rewards', 'Who was paid', {main: false, about: 'every share of settlements, by recipient and reason'}),
    question(page, '/v1/fees', 'Fees of claims and proofs', {main: false, by: ['supplier', 'kind']}),
  ),
};

export const claims = {
  title: 'Claims', routes: ['/v1/claims', '/v1/obligations'], ranged: true,
  show: (page) => cards(
    question(page, '/v1/obligations', 'Owed to the chain', {main: false, about: 'claims of ours that are open, by our submitter, whatever the range',
      show: ['session_id', 'phase', 'blocks_left', 'due_height', 'claimed_upokt', 'fee_upokt', 'mined', 'supplier', 'application', 'service', 'end_height', 'claim_attempts', 'proof_attempts', 'reason']}),
    question(page, '/v1/claims', 'What became of claims', {show: ['session_end_height', 'supplier', 'application', 'service', 'time', 'relays', 'claimed_upokt', 'outcome', 'reason', 'outcome_height', 'earned_upokt', 'fee_upokt', 'slashed_upokt', 'net_upokt']}),
  ),
};

export const suppliers = {
  title: 'Suppliers', routes: ['/v1/suppliers', '/v1/concentration', '/v1/selection'], ranged: true,
  show: (page) => cards(
    question(page, '/v1/suppliers', 'Suppliers', {about: 'of each service: stake now, work and pay in the range'}),
    question(page, '/v1/concentration', 'Concentration', {main: false, about: 'of relays among the suppliers of a service'}),
    question(page, '/v1/selection', 'How evenly they are chosen', {main: false, about: 'in sessions of several suppliers, as far as claims show it'}),
    question(page, '/v1/stakes', 'Stakes', {main: false, about: 'who joined, left, was slashed, was paid back', show: ['height', 'time', 'kind', 'address', 'what', 'stake_upokt', 'reason']}),
  ),
};

export const services = {
  title: 'Services and models', routes: ['/v1/relays'], ranged: true, stepped: true,
  show: (page) => cards(
    relays(page, groupOf(page, '/v1/relays', 'model')), latency(page),
    question(page, '/v1/relays', 'Quality', {by: ['service', 'model'], show: ['relays', 'success_rate', 'failed', 'cut', 'relays_per_second', 'backend_ms_p50', 'backend_ms_p95', 'backend_ms_p99', 'first_token_ms_p50', 'first_token_ms_p95', 'completion_tokens_per_second', 'prompt_tokens', 'completion_tokens', 'usage_unknown']}),
    question(page, '/v1/earnings', 'What services earned', {main: false, by: ['service'], show: ['claims', 'relays', 'compute_units', 'earned_upokt', 'earned_per_relay', 'earned_per_compute_unit', 'earned_per_1000_tokens', 'tokens']}),
    question(page, '/v1/refusals', 'What relayers refused', {main: false, about: 'by cause; such relays are in no log and in no claim'}),
    question(page, '/v1/estimates', 'Estimated and actual relays', {main: false, about: 'within three sigmas is chance'}),
  ),
};

export const applications = {
  title: 'Applications', routes: ['/v1/applications', '/v1/overservicing'], ranged: true,
  show: (page) => cards(
    question(page, '/v1/applications', 'Applications', {about: 'stake now, and the days that it lasts at the rate of the last days', show: ['application', 'state', 'days_left', 'stake_upokt', 'spent_upokt', 'spend_limit_upokt', 'open_claims', 'open_upokt', 'services', 'gateways']}),
    question(page, '/v1/overservicing', 'What over-servicing cost', {main: false}),
    question(page, '/v1/gateways', 'Gateways', {main: false}),
  ),
};

// targets are how many relays a leaf stood for, over time.
function targets(page) {
  const answer = page.ask('/v1/difficulty', {limit: 5000});
  return card(page, 'Relays for each leaf', answer, ({rows}) => {
    if (rows.length === 0) return empty(page);
    const old = rows.toReversed();
    const x = [...new Set(old.map((r) => Date.parse(r.time) / 1000))];
    const series = [...new Set(old.map((r) => r.service))].map((name) => {
      let last = null; // a target counts until the next
      return {name, values: x.map((at) => { for (const r of old) if (r.service === name && Date.parse(r.time) / 1000 === at) last = r.relays_per_leaf; return last; })};
    });
    return figure(page, 'Relays for each leaf', {x, series, kind: 'steps', format: decimal});
  }, {files: true, wide: true, about: 'one: every relay is a leaf'});
}

export const difficulty = {
  title: 'Difficulty', routes: ['/v1/difficulty'], ranged: true,
  show: (page) => cards(targets(page), question(page, '/v1/difficulty', 'Targets', {about: 'each counts from the next session on'})),
};

const inFull = (n) => n.toLocaleString('en', {maximumFractionDigits: 2});

// supplied is the supply replayed from events, and whether the chain says the same.
function supplied(page) {
  const answer = page.ask('/v1/supply', {changes: 'true', limit: 5000});
  return card(page, 'Supply', answer, ({rows}) => {
    if (rows.length === 0) return html`<p class="state">The chain's state has not been read in this range: a supply is replayed from the first reading on.</p>`;
    const old = rows.toReversed();
    const off = rows.filter((r) => r.difference_upokt !== null && r.difference_upokt !== '0').length;
    const read = rows.filter((r) => r.chain_upokt !== null).length;
    return html`${figure(page, 'Supply', {x: old.map((r) => Date.parse(r.time) / 1000), kind: 'steps', format: inFull, zero: false,
      series: [{name: 'POKT', values: old.map((r) => Number(r.replayed_upokt) / 1e6), texts: old.map((r) => poktText(r.replayed_upokt))}]})}
      <p class="state">${off === 0 ? `Replayed from events it equals the chain's own figure at all ${read} readings.` : html`<strong class="bad">It differs from the chain's own figure at ${off} of ${read} readings.</strong>`}</p>`;
  }, {files: true, wide: true, about: 'POKT, replayed from every mint and burn'});
}

export const supply = {
  title: 'Burn, mint and supply', routes: ['/v1/network'], ranged: true, stepped: true,
  show: (page) => cards(
    network(page), activity(page),
    question(page, '/v1/network', 'The network', {by: ['day'], show: ['claims', 'settlements', 'expired', 'estimated_relays', 'compute_units', 'burnt_upokt', 'minted_upokt', 'inflation_upokt', 'slashed_upokt']}),
    supplied(page),
    question(page, '/v1/mints', 'By module', {main: false, about: 'every mint and burn there is'}),
    question(page, '/v1/settlement-operations', 'What settlements moved', {main: false}),
    question(page, '/v1/supply', 'Readings', {main: false}),
  ),
};

export const params = {
  title: 'Parameters', routes: ['/v1/params'], ranged: true,
  show: (page) => cards(question(page, '/v1/params', 'Parameters', {about: 'what changed, when, and from which block it counts', show: ['module', 'name', 'previous', 'value', 'height', 'effective_height', 'source', 'time']})),
};

// all is every question that the API has, and one of them when the address names it.
export const all = {
  title: 'All questions', routes: [], ranged: true,
  show: (page) => (page.question ? cards(one(page, page.routes.get(page.question))) : html`<ul class="questions">${[...page.routes.values()].filter((r) => r.list).map((r) => html`
    <li><a href=${page.away(r.path.replace('/v1/', '/ask/'))}>${r.path.replace('/v1/', '')}</a><span>${r.summary}</span></li>`)}</ul>`),
};

const one = (page, route) => (route?.list ? question(page, route.path, route.summary, {about: route.about}) : html`<p class="state">There is no such question.</p>`);
