// Values as text. Amounts are decimal text of whole upokt and are never made into floating-point numbers.
import {html, nothing} from './vendor/lit-html.js';

const NONE = '–';

// grouped puts a comma between each three digits.
const grouped = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

// pokt splits an amount: a POKT is a million upokt, so the six digits of the fraction are all there are.
export function pokt(upokt) {
  const n = BigInt(upokt);
  const digits = (n < 0n ? -n : n).toString().padStart(7, '0');
  return {sign: n < 0n ? '−' : '', whole: grouped(digits.slice(0, -6)), fraction: digits.slice(-6)};
}

// poktText is an amount in POKT, exact.
export function poktText(upokt) {
  const {sign, whole, fraction} = pokt(upokt);
  return `${sign}${whole}.${fraction}`;
}

// upoktText is an amount in upokt, exact.
export const upoktText = (upokt) => `${BigInt(upokt) < 0n ? '−' : ''}${grouped(String(upokt).replace('-', ''))} upokt`;

// amount shows an amount in POKT; its last digits stand back, the exact upokt is in the title.
export function amount(upokt) {
  if (upokt === null || upokt === undefined) return html`<span class="none">${NONE}</span>`;
  const {sign, whole, fraction} = pokt(upokt);
  return html`<data class="amount" value=${upokt} title=${upoktText(upokt)}>${sign}${whole}.${fraction.slice(0, 2)}<span class="low">${fraction.slice(2)}</span></data>`;
}

// sum adds amounts.
export const sum = (list) => list.reduce((total, upokt) => total + BigInt(upokt ?? 0), 0n).toString();

// whole is an integer: a number, or a BigInt where a number would not be exact.
export const whole = (n) => grouped(String(n)).replace('-', '−');

export function count(n) {
  if (n === null || n === undefined) return html`<span class="none">${NONE}</span>`;
  return html`<data value=${n}>${whole(n)}</data>`;
}

// decimal is a measured number, with four digits that count.
export function decimal(n) {
  if (n === null || n === undefined) return NONE;
  if (n === 0) return '0';
  const digits = Math.abs(n) >= 1000 ? {maximumFractionDigits: 0} : {maximumSignificantDigits: 4};
  return n.toLocaleString('en', digits).replace('-', '−');
}

export const percent = (n) => (n === null || n === undefined ? NONE : `${(n * 100).toLocaleString('en', {maximumFractionDigits: 2})}\u00a0%`);

// millis is a duration in milliseconds.
export function millis(n) {
  if (n === null || n === undefined) return NONE;
  return Math.abs(n) >= 1000 ? `${decimal(n / 1000)}\u00a0s` : `${decimal(n)}\u00a0ms`;
}

// short is a number in few characters, for axes.
export const short = (n) => n.toLocaleString('en', {notation: 'compact', maximumSignificantDigits: 4});

// bytes in few characters.
export const bytes = (n) => n.toLocaleString('en', {notation: 'compact', style: 'unit', unit: 'byte', unitDisplay: 'narrow'});

// moment is a time in UTC, to the second.
export const moment = (text) => String(text).replace('T', ' ').replace(/(\.\d+)?Z$/, '');

export function time(text) {
  if (!text || /^(0001|1970-01-01T00:00:00)/.test(text)) return html`<span class="none">${NONE}</span>`;
  return html`<time datetime=${text} title="${text} UTC">${moment(text)}</time>`;
}

// ago is how long ago a time was, roughly.
export function ago(seconds) {
  const steps = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const [size, unit] = steps.find(([size]) => seconds >= size) ?? [1, 's'];
  return `${Math.max(0, Math.floor(seconds / size))} ${unit}`;
}

const LONG = 60;
const opaque = /^(pokt[a-z]*1[0-9a-z]{16,}|[0-9a-fA-F]{24,})$/;

// brief shortens addresses, hashes and ids; the title has all of it.
export function brief(text) {
  if (text === '' || text === null || text === undefined) return html`<span class="none">${NONE}</span>`;
  if (opaque.test(text)) return html`<span class="id" title=${text}>${text.slice(0, 9)}…${text.slice(-6)}</span>`;
  return text.length <= LONG ? html`<span>${text}</span>` : html`<span title=${text}>${text.slice(0, LONG)}…</span>`;
}

// words are a name as text: claimed_upokt → claimed.
export function words(name) {
  return name.replace(/_upokt$/, '').replace(/^upokt$/, 'amount').replace(/_/g, ' ').replace(/ ms\b/, '').replace(/^success rate$/, 'success');
}

const tones = {
  good: ['settled', 'staked', 'VALID', 'proven', 'yes', 'empty', 'ended', 'paid'],
  calm: ['open', 'sealed', 'claimed', 'proof_due', 'proof_waived', 'unbonding', 'state', 'update', 'unknown', 'no'],
  bad: ['expired', 'discarded', 'slashed', 'unclaimed', 'unsealed', 'unseen', 'gone', 'INVALID'],
};

// badge is a word of state; its colour says no more than the word.
export function badge(word) {
  if (!word) return nothing;
  const tone = Object.keys(tones).find((t) => tones[t].includes(word)) ?? 'calm';
  return html`<span class="badge ${tone}">${word.replace(/_/g, ' ').toLowerCase()}</span>`;
}
