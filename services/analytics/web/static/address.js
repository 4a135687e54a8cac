// The address of a view is all of its state: path, range, grouping and filters, by the names that the API gives them.

// The ranges that end now, in seconds; session and all are worked out below.
export const ranges = [['1h', '1 h', 3600], ['6h', '6 h', 21600], ['24h', '24 h', 86400], ['7d', '7 d', 604800], ['30d', '30 d', 2592000], ['session', 'Session', 0], ['all', 'All', 0]];

const DEFAULT = '7d';
const own = ['range', 'from', 'to', 'per', 'sort', 'columns', 'cursor', 'group_by'];

// rangeOf is the range of an address: what the API is asked, its name, and its length in seconds where that is known.
// Its beginning is a whole minute or hour, so that the store can answer from its sums.
export function rangeOf(params, now, chain) {
  if (params.has('from') || params.has('to')) {
    const query = {};
    for (const name of ['from', 'to']) if (params.get(name)) query[name] = params.get(name);
    const length = (Date.parse(query.to ?? new Date(now).toISOString()) - Date.parse(query.from)) / 1000;
    return {name: 'custom', query, length: Number.isFinite(length) ? length : null};
  }
  const known = ranges.find(([name]) => name === params.get('range')) ?? ranges.find(([name]) => name === DEFAULT);
  const [name, , length] = known;
  if (name === 'all') return {name, query: {}, length: null};
  if (name === 'session') {
    const blocks = chain.session || 1;
    return {name, query: {from: `height:${Math.max(1, chain.height - ((chain.height - 1) % blocks))}`}, length: 3600};
  }
  const step = length > 21600 ? 3600 : 60;
  const from = Math.floor((now / 1000 - length) / step) * step;
  return {name, query: {from: new Date(from * 1000).toISOString().replace('.000', '')}, length};
}

const steps = ['minute', 'hour', 'day', 'week', 'month'];
export const stepSeconds = {minute: 60, hour: 3600, day: 86400, week: 604800, month: 2678400};
export const stepNames = steps;

// stepOf is the time that a chart's points stand for, of those that a question can be grouped by.
export function stepOf(params, range, groups) {
  const length = range.length ?? Infinity;
  const wanted = steps.includes(params.get('per')) ? params.get('per') : length <= 21600 ? 'minute' : length <= 604800 ? 'hour' : 'day';
  const from = steps.indexOf(wanted);
  return steps.slice(from).find((s) => groups.includes(s)) ?? steps.find((s) => groups.includes(s));
}

// change is the address with other values: null removes one, a list sets several. Paging begins again.
export function change(url, values, path = url.pathname) {
  const next = new URLSearchParams(url.search);
  next.delete('cursor');
  for (const [name, value] of Object.entries(values)) {
    next.delete(name);
    for (const one of value === null ? [] : [value].flat()) next.append(name, one);
  }
  const text = next.toString().replace(/%2C/g, ',').replace(/%3A/g, ':');
  return path + (text && `?${text}`);
}

// elsewhere is the address of another view: the range goes with it, and so do filters.
export function elsewhere(url, path, values = {}) {
  const kept = {};
  for (const name of new Set(url.searchParams.keys())) if (own.includes(name) && !['range', 'from', 'to', 'per'].includes(name)) kept[name] = null;
  return change(url, {...kept, ...values}, path);
}

// formAddress is where a form leads: its own fields instead of theirs in the address.
export function formAddress(url, form) {
  const data = new FormData(form);
  const values = {};
  for (const field of form.elements) if (field.name) values[field.name] = null;
  for (const name of new Set(data.keys())) values[name] = data.getAll(name).map((v) => v.trim()).filter((v) => v !== '');
  if (form.dataset.adds) { // a filter's name and value
    const had = url.searchParams.getAll(values.name[0]);
    return values.value.length === 0 ? change(url, {}) : change(url, {[values.name[0]]: [...new Set([...had, ...values.value])]});
  }
  if (form.dataset.clears) values[form.dataset.clears] = null;
  return change(url, values);
}
