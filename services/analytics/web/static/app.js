// Address → view → page. Rendered again when the address, an answer or the chain's height changes; nothing else is state
// but what is unfolded, the theme and the token.
import {html, nothing, render} from './vendor/lit-html.js';
import * as asking from './ask.js';
import {change, elsewhere, formAddress, rangeOf} from './address.js';
import {ago, whole} from './format.js';
import {live} from './live.js';
import {filterBar, outcome, rangeBar, stepBar} from './parts.js';
import {specOf} from './spec.js';
import {funnel} from './views/funnel.js';
import {overview} from './views/overview.js';
import {session, sessions} from './views/sessions.js';
import * as simple from './views/simple.js';
import {whatif} from './views/whatif.js';

const menu = [
  ['Money', [['/', overview], ['/earnings', simple.earnings], ['/funnel', funnel], ['/sessions', sessions], ['/claims', simple.claims]]],
  ['Service', [['/services', simple.services], ['/suppliers', simple.suppliers], ['/applications', simple.applications]]],
  ['Chain', [['/difficulty', simple.difficulty], ['/supply', simple.supply], ['/params', simple.params]]],
  ['Tools', [['/whatif', whatif], ['/ask', simple.all]]],
];
const views = new Map(menu.flatMap(([, list]) => list));
const LEAST = 2000; // milliseconds between two refreshes

const state = {url: new URL(location.href), now: Date.now(), chain: {height: 0, time: null, session: 0}, link: 'connecting', paused: false, open: new Set(), menu: false, said: '', spec: null};

// place is the view of an address, with what its path names.
function place(url) {
  const path = url.pathname.replace(/\/+$/, '') || '/';
  const [, id] = path.match(/^\/sessions\/([^/]+)$/) ?? [];
  if (id) return {view: session, at: '/sessions', id: decodeURIComponent(id)};
  if (path.startsWith('/ask/')) return {view: simple.all, at: '/ask', question: `/v1/${path.slice(5)}`};
  return {view: views.get(path), at: path};
}

// page is everything that a view may use.
function page() {
  const {url, chain, now} = state;
  const spot = place(url);
  const range = rangeOf(url.searchParams, now, chain);
  const routes = state.spec;
  const used = [...(spot.view?.routes ?? []), ...(spot.question ? [spot.question] : [])].map((path) => routes?.get(path)).filter(Boolean);
  return {
    ...spot, url, chain, range, routes, retry,
    filters: [...new Set(used.flatMap((r) => r.filters))],
    to: (values) => change(url, values),
    away: (path, values) => elsewhere(url, path, values),
    unfold: (name, open) => { if (open !== state.open.has(name)) { state.open[open ? 'add' : 'delete'](name); draw(); } },
    unfolded: (name) => state.open.has(name),
    ask: (path, values = {}, inPath = {}) => askRoute(routes.get(path), range, url, values, inPath),
  };
}

// askRoute asks with the address's range and filters, as far as the question has them.
function askRoute(route, range, url, values, inPath) {
  const query = new URLSearchParams();
  for (const name of route.filters) for (const value of url.searchParams.getAll(name)) query.append(name, value);
  for (const [name, value] of Object.entries(values)) query.set(name, value);
  const path = route.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(inPath[name]));
  const key = `${path}?${query}#${range.name === 'custom' ? JSON.stringify(range.query) : range.name}`;
  if (route.ranged) for (const [name, value] of Object.entries(range.query)) query.set(name, value);
  const text = query.toString().replace(/%2C/g, ',').replace(/%3A/g, ':');
  return asking.ask(path + (text && `?${text}`), key);
}

function frame() {
  asking.begin();
  const document_ = asking.ask('/openapi.json');
  if (document_.body && !state.spec) state.spec = specOf(document_.body);
  const p = page();
  const title = p.view?.title ?? 'No such page';
  const heading = p.question?.replace('/v1/', '') ?? (p.id ? `Session ${p.id.slice(0, 10)}…` : title);
  document.title = `${heading} · Lode`;
  if (state.spec) know(p);
  const shut = asking.refused(); // until there is a token
  const body = html`<a class="skip" href="#main" ?inert=${shut}>Skip to the content</a>
    <header class="top" ?inert=${shut}><a class="mark" href="/"><img src="/static/icon.svg" alt="" width="24" height="24">Lode</a>
      <button type="button" class="burger" aria-expanded=${state.menu ? 'true' : 'false'} aria-controls="menu" @click=${() => { state.menu = !state.menu; draw(); }}>Menu</button>
      ${status()}</header>
    <nav id="menu" ?inert=${shut} class=${state.menu ? 'open' : ''} aria-label="Views">${menu.map(([name, list]) => html`<p id="menu-${name}">${name}</p><ul aria-labelledby="menu-${name}">${list.map(([path, view]) => html`
      <li><a href=${p.away(path)} aria-current=${p.at === path ? 'page' : nothing}>${view.title}</a></li>`)}</ul>`)}</nav>
    <main id="main" tabindex="-1" ?inert=${shut}><h1 tabindex="-1">${heading}</h1>
      ${state.spec && p.view && bounded(p) ? html`<div class="tools">${p.view.ranged ? rangeBar(p) : nothing}${p.view.stepped ? stepBar(p) : nothing}${filterBar(p)}</div>` : nothing}
      ${!p.view ? html`<p class="state">There is no such page. <a href="/">To the overview</a></p>` : outcome(p, state.spec ? {body: true} : document_, () => p.view.show(p))}</main>
    <footer class="bottom"><a href="/openapi.json">API</a> <span>Amounts are exact: 1 POKT = 1,000,000 upokt. Times are UTC.</span></footer>
    <p class="unseen" role="status">${state.said}</p>${gate()}`;
  render(body, document.body);
  asking.end();
}

const bounded = (p) => p.at !== '/ask' || Boolean(p.question);

// know learns the chain's height, and how many blocks a session has.
function know(p) {
  const index = asking.ask('/v1/index').body?.rows?.[0];
  if (index && index.last_height >= state.chain.height) Object.assign(state.chain, {height: index.last_height, time: index.last_time});
  if (p.range.name !== 'session') return;
  const said = asking.ask('/v1/params?module=shared&name=num_blocks_per_session').body?.rows?.[0]?.value;
  const blocks = Number(String(said ?? '').replaceAll('"', ''));
  if (blocks > 0 && blocks !== state.chain.session) { state.chain.session = blocks; draw(); }
}

// status is how new all this is, and the switches.
function status() {
  const {chain, link, paused} = state;
  const age = chain.time ? ago((Date.now() - Date.parse(chain.time)) / 1000) : '';
  const word = paused ? 'paused' : link;
  return html`<div class="status"><span class="lamp ${word}" aria-hidden="true"></span><span data-live=${word}>${word}</span>
    ${chain.height ? html`<span class="block">block <data value=${chain.height} data-height>${whole(chain.height)}</data><span class="age"> ${age} ago</span></span>` : nothing}
    <button type="button" aria-pressed=${paused ? 'true' : 'false'} @click=${pause}>${paused ? 'Resume' : 'Pause'}<span class="unseen"> updates</span></button>
    <label class="theme"><span class="unseen">Theme</span><select @change=${(event) => theme(event.target.value)}>${['system', 'light', 'dark'].map((t) => html`
      <option value=${t} ?selected=${(document.documentElement.dataset.theme ?? 'system') === t}>${t === 'system' ? 'Auto' : t[0].toUpperCase() + t.slice(1)}</option>`)}</select></label>
    ${asking.token.get() ? html`<button type="button" @click=${() => { asking.token.set(''); retry(); }}>Forget token</button>` : nothing}</div>`;
}

// gate asks for a token when the API wants one.
function gate() {
  if (!asking.refused()) return nothing;
  const wrong = asking.token.get() !== '';
  return html`<div class="gate" role="dialog" aria-modal="true" aria-labelledby="gate-title"><form data-token @submit=${(event) => {
    event.preventDefault();
    event.stopPropagation();
    asking.token.set(new FormData(event.target).get('token').trim());
    retry();
  }}><h2 id="gate-title">A token is needed</h2>
    <p>This API answers who sends a token. It is kept in this tab only, until the tab is closed.</p>
    <label>Token <input type="password" name="token" required autocomplete="off" autofocus aria-describedby="gate-fault"></label>
    <p id="gate-fault" class="bad">${wrong ? 'The API does not know that token.' : ''}</p><button>Use it</button></form></div>`;
}

function theme(chosen) {
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  try { localStorage.setItem('lode.theme', chosen); } catch { /* it lasts as long as the page */ }
}

// draw renders soon, once for all that has changed until then.
let drawing = false;
function draw() {
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    frame();
    settle();
  });
}

let loud = false; // that the view's answers are awaited, and then said

// settle is behind each rendering: the token's field is focused, and a reader is told once that a view is there.
function settle() {
  const gateField = document.querySelector('.gate input');
  if (gateField && !document.querySelector('.gate').contains(document.activeElement)) gateField.focus();
  document.documentElement.dataset.busy = String(asking.busy());
  if (loud && !asking.busy() && state.spec) {
    loud = false;
    state.said = `${document.title.replace(' · Lode', '')} is there.`;
    draw();
  }
}

function retry() {
  state.now = Date.now();
  asking.refresh();
  connect();
  draw();
}

// go shows an address. Another view begins at its heading; the same one stays where it is.
function go(href, push = true) {
  const before = place(state.url);
  if (push) history.pushState(null, '', href);
  state.url = new URL(location.href);
  state.menu = false;
  const after = place(state.url);
  const moved = before.at !== after.at || before.id !== after.id || before.question !== after.question;
  if (moved) state.open.clear();
  loud = true;
  state.said = '';
  frame();
  settle();
  if (moved) {
    document.querySelector('h1').focus({preventScroll: true});
    if (push) scrollTo(0, 0);
  }
}

// Refreshes: at the pace of news, and never more than a tenth of the time.
let [due, took, timer] = [0, 0, null];
function news() {
  if (state.paused || document.hidden) { state.link = 'live'; return draw(); }
  clearTimeout(timer);
  const wait = Math.max(0, due - Date.now());
  timer = setTimeout(async () => {
    if (asking.busy()) return news();
    const began = Date.now();
    state.now = began;
    due = Infinity;
    asking.refresh();
    draw();
    await quiet();
    took = Date.now() - began;
    due = Date.now() + Math.max(LEAST, 9 * took);
  }, Number.isFinite(wait) ? wait : LEAST);
  draw();
}

const quiet = () => new Promise((done) => {
  const look = () => (asking.busy() ? setTimeout(look, 50) : done());
  setTimeout(look, 50);
});

function pause() {
  state.paused = !state.paused;
  if (!state.paused) news();
  draw();
}

let leave = null;
function connect() {
  leave?.();
  leave = live((progress) => {
    state.link = 'live';
    if (progress.height >= state.chain.height && !state.paused) Object.assign(state.chain, {height: progress.height, time: progress.time});
    news();
  }, () => { state.link = 'offline'; draw(); });
}

// Links within the page, and those to the API when a token must go with them.
document.addEventListener('click', (event) => {
  const a = event.target.closest?.('a[href]');
  if (!a || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || a.origin !== location.origin) return;
  if (a.getAttribute('href').startsWith('#')) {
    event.preventDefault();
    document.querySelector(a.getAttribute('href')).focus();
  } else if (/^\/(v1\/|openapi\.json)/.test(a.pathname)) {
    if (asking.token.get()) { event.preventDefault(); fetched(a); }
  } else if (!a.pathname.startsWith('/static/')) {
    event.preventDefault();
    go(a.href);
  }
});

// fetched gives an answer of the API that a link alone could not get, as a file or in a tab of its own.
async function fetched(a) {
  const tab = a.hasAttribute('download') ? null : window.open('about:blank');
  const response = await fetch(a.href, {headers: asking.headers()});
  const [, name] = response.headers.get('Content-Disposition')?.match(/filename="([^"]+)"/) ?? [];
  const link = URL.createObjectURL(await response.blob());
  if (tab) tab.location = link;
  else Object.assign(document.createElement('a'), {href: link, download: name ?? 'answer.json'}).click();
  setTimeout(() => URL.revokeObjectURL(link), 60000);
}

document.addEventListener('submit', (event) => {
  if (event.defaultPrevented || event.target.dataset.token !== undefined) return;
  event.preventDefault();
  go(formAddress(state.url, event.target));
});
document.addEventListener('change', (event) => {
  const form = event.target.form;
  if (form?.dataset.auto !== undefined) go(formAddress(state.url, form));
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && state.menu) {
    state.menu = false;
    draw();
    document.querySelector('.burger').focus();
  }
});
document.addEventListener('visibilitychange', () => { if (!document.hidden) news(); });
addEventListener('popstate', () => go(location.href, false));

asking.onChange(draw);
setInterval(() => { if (!document.hidden) draw(); }, 10000); // the block grows older
document.body.replaceChildren();
loud = true;
frame();
connect();
