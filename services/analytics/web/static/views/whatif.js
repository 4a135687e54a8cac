import {html} from '../vendor/lit-html.js';
import {amount, count, decimal} from '../format.js';
import {card, choiceBar, empty} from '../parts.js';
import {guess} from '../table.js';

// What the form says of each parameter; others that the API has come by their own names.
const labels = {
  token_multiplier: 'Token multiplier', token_granularity: 'Granularity', compute_units_per_relay: 'Compute units per relay', target: 'Difficulty target',
  mint_ratio: 'Mint ratio', inflation: 'Global inflation', proof_probability: 'Proof probability', proof_threshold: 'Proof threshold, upokt',
};
const hints = {target: '64 hex digits', mint_ratio: '0 to 1', inflation: '0 to 1', proof_probability: '0 to 1'};

function form(page, changes) {
  return html`<section class="card wide" aria-label="Other parameters"><header><h2>Other parameters</h2><p>what is left empty stays as it was; every settled claim of the range is settled again</p></header>
    <form class="fields">${changes.map((p) => html`<label><span>${labels[p.name] ?? p.name.replace(/_/g, ' ')}</span>
      <input name=${p.name} .value=${page.url.searchParams.get(p.name) ?? ''} placeholder=${hints[p.name] ?? 'as it was'} title=${p.about} autocomplete="off" inputmode=${p.name === 'target' ? 'text' : 'decimal'}></label>`)}
      <div class="actions"><button>Work it out</button> <a href=${page.to(Object.fromEntries(changes.map((p) => [p.name, null])))}>As it was</a></div></form></section>`;
}

const value = (name, v) => (guess(name, v) === 'amount' ? amount(v) : typeof v === 'number' && !Number.isInteger(v) ? decimal(v) : count(v));

// sides are a total's two outcomes, by the names that the API gives their parts.
const sides = (row) => Object.keys(row.actual).filter((name) => typeof row.actual[name] !== 'object');

function differs(name, before, then) {
  if (before === then) return html`<span class="none">=</span>`;
  if (guess(name, then) !== 'amount') return html`${decimal(Number(then) - Number(before))}`;
  const by = BigInt(then) - BigInt(before);
  return html`<span class=${by < 0n ? 'bad' : 'good'}>${by > 0n ? '+' : ''}${amount(by.toString())}</span>`;
}

const total = (row) => html`<div class="scroll" tabindex="0" role="region" aria-label="What was and what would be: ${row.key}"><table data-key=${row.key}><caption>${row.key === 'all' ? '' : `${row.key}: `}${count(row.claims)} settled claims, ${decimal(row.expected_proofs)} proofs expected</caption>
  <thead><tr><th scope="col">of them</th><th scope="col" class="n">as it was</th><th scope="col" class="n">as it would be</th><th scope="col" class="n">difference</th></tr></thead>
  <tbody>${sides(row).map((name) => html`<tr data-row=${name}><th scope="row">${name.replace(/_upokt$/, '').replace(/_/g, ' ')}${guess(name, row.actual[name]) === 'amount' ? html` <small>POKT</small>` : ''}</th>
    <td class="n" data-side="actual">${value(name, row.actual[name])}</td><td class="n" data-side="then">${value(name, row.then[name])}</td><td class="n">${differs(name, row.actual[name], row.then[name])}</td></tr>`)}</tbody></table></div>`;

export const whatif = {
  title: 'What if', routes: ['/v1/whatif'], ranged: true,
  show: (page) => {
    const {params} = page.routes.get('/v1/whatif');
    const by = params.find((p) => p.name === 'by');
    const changes = params.filter((p) => p !== by);
    const asked = Object.fromEntries(params.map((p) => [p.name, page.url.searchParams.get(p.name)]).filter(([, v]) => v));
    const answer = page.ask('/v1/whatif', asked);
    return html`<div class="cards">${form(page, changes)}${card(page, 'What was, and what would be', answer, ({rows}) => html`${choiceBar(page, by, asked.by ?? 'all')}${rows.length === 0 ? empty(page) : rows.map(total)}`, {wide: true})}</div>`;
  },
};
