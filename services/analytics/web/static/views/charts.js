// Charts that more than one view shows: each is a question grouped by time.
import {html} from '../vendor/lit-html.js';
import {stepOf, stepSeconds} from '../address.js';
import {figure, timeline} from '../chart.js';
import {decimal, millis, poktText, short, words, whole} from '../format.js';
import {card} from '../parts.js';

const POINTS = 5000;
const inPokt = (upokt) => Number(upokt) / 1e6;
const pokts = (value) => (value === 0 ? '0' : value < 1 ? decimal(value) : short(value));

// overTime asks a question by time, and by group where one is given.
export function overTime(page, path, group) {
  const step = stepOf(page.url.searchParams, page.range, page.routes.get(path).groups);
  return {step, answer: page.ask(path, {group_by: group ? `${step},${group}` : step, limit: POINTS})};
}

// chart is a card with a chart over time of columns of an answer.
function chart(page, title, {path, group, columns, kind, format, text, about}) {
  const {step, answer} = overTime(page, path, group);
  const values = columns.map(({name, label, of}) => ({name: label ?? words(name), of: of ?? ((row) => row[name]), text: text && ((row) => text(row[name]))}));
  return card(page, title, answer, ({rows, next_cursor: more}) => {
    const {x, series} = timeline(rows, step, values, group && ((row) => row[group]));
    return html`${figure(page, title, {x, series, kind, format, step: stepSeconds[step]})}${more ? html`<p class="state">Only the first ${whole(POINTS)} points: choose a shorter range, or a longer step.</p>` : ''}`;
  }, {files: true, about: `${about ?? ''} per ${step}`});
}

export const earnings = (page, group) => chart(page, group ? `Earned by ${words(group)}` : 'Earned', {
  path: '/v1/earnings', group, kind: 'bars', format: pokts, text: group ? null : poktText, about: 'POKT',
  columns: [{name: 'earned_upokt', of: (row) => inPokt(row.earned_upokt)}],
});

export const relays = (page, group) => chart(page, group ? `Relays by ${words(group)}` : 'Relays', {
  path: '/v1/relays', group, kind: 'bars', about: 'answered',
  columns: group ? [{name: 'relays'}] : [{name: 'succeeded', of: (row) => row.relays - row.failed}, {name: 'failed'}],
});

export const latency = (page) => chart(page, 'Latency', {
  path: '/v1/relays', kind: 'line', format: millis, about: 'of the backend, with quantiles,',
  columns: [50, 95, 99].map((q) => ({name: `backend_ms_p${q}`, label: `p${q}`})),
});

export const speed = (page) => chart(page, 'Tokens per second', {
  path: '/v1/relays', kind: 'line', format: decimal, about: 'of completion, while the backend wrote,',
  columns: [{name: 'completion_tokens_per_second', label: 'tokens/s'}],
});

export const network = (page) => chart(page, 'Burnt and minted', {
  path: '/v1/network', kind: 'line', format: pokts, about: 'POKT by settlements,',
  columns: ['burnt_upokt', 'minted_upokt', 'inflation_upokt', 'slashed_upokt'].map((name) => ({name, of: (row) => inPokt(row[name])})),
});

export const activity = (page) => chart(page, 'Claims and proofs', {
  path: '/v1/network', kind: 'line', about: 'of the whole network,', columns: ['claims', 'proofs', 'settlements', 'expired'].map((name) => ({name})),
});
