// Questions to the API. An answer is kept while a view shows it; asked again, the old one stays until the new one is there.

const answers = new Map(); // by what is asked, range aside
let used = new Set();
let epoch = 0;
let changed = () => {};
const TOKEN = 'lode.token';

// Numbers beyond 2^53 are read as BigInt where the browser tells their text.
export const parse = (text) => JSON.parse(text, (_, value, context) =>
  (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context.source) : value));

export const token = {
  get: () => sessionStorage.getItem(TOKEN) ?? '',
  set: (text) => (text ? sessionStorage.setItem(TOKEN, text) : sessionStorage.removeItem(TOKEN)),
};

export const headers = () => (token.get() ? {Authorization: `Bearer ${token.get()}`} : {});

// onChange is called when an answer came.
export const onChange = (call) => { changed = call; };

// begin is called before each rendering, and end behind it: what was not asked for is forgotten.
export const begin = () => { used = new Set(); };

export function end() {
  for (const [key, answer] of answers) {
    if (!used.has(key)) {
      answer.stop?.abort();
      answers.delete(key);
    }
  }
}

// refresh lets every question be asked again; forget drops what is known as well.
export const refresh = () => { epoch++; };
export const forget = () => { end(used = new Set()); };

// busy tells whether an answer is awaited, and refused whether the API wants another token.
export const busy = () => [...answers.values()].some((a) => a.loading);
export const refused = () => [...answers.values()].some((a) => a.error?.status === 401);

// ask is the answer to a question so far: {url, body, error, loading}. key tells questions apart that differ in range alone.
export function ask(url, key = url) {
  used.add(key);
  let answer = answers.get(key);
  if (!answer) answers.set(key, answer = {epoch: -1});
  if (!answer.loading && (answer.epoch !== epoch || answer.asked !== url)) load(answer, url);
  return answer;
}

async function load(answer, url) {
  Object.assign(answer, {loading: true, asked: url, epoch, stop: new AbortController()});
  try {
    const request = () => fetch(url, {headers: headers(), signal: answer.stop.signal});
    const response = await request().catch((error) => { // a connection that broke: once more
      if (error.name === 'AbortError') throw error;
      return request();
    });
    const body = parse(await response.text());
    if (response.ok) Object.assign(answer, {url, body, error: null});
    else Object.assign(answer, {url, error: {status: response.status, text: body.error ?? response.statusText}, body: null});
  } catch (error) {
    if (error.name === 'AbortError') return;
    Object.assign(answer, {url, error: {status: 0, text: 'The service does not answer.'}});
  }
  answer.loading = false;
  changed();
}
