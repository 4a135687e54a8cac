// The API's description of itself, as the views need it: so that a new group, filter or column shows without a line here.

const kindOf = (schema) => {
  if (schema.pattern) return 'amount';
  if (schema.type === 'array') return 'texts';
  if (schema.type === 'string') return schema.format ?? 'text';
  return schema.type;
};

function routeOf(path, {get}) {
  const parameters = (get.parameters ?? []).filter((p) => p.in === 'query');
  const ok = get.responses['200'].content ?? {};
  const row = ok['application/json']?.schema?.properties?.rows?.items;
  const required = new Set(row?.required ?? []);
  const columns = Object.entries(row?.properties ?? {}).map(([name, schema]) => ({name, kind: kindOf(schema), about: schema.description ?? '', group: !required.has(name)}));
  // an object's properties come in no order of their own: that of required is the API's
  const order = row?.required ?? [];
  columns.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const reserved = ['from', 'to', 'group_by', 'limit', 'cursor', 'format'];
  const filters = parameters.filter((p) => p.schema.type === 'array').map((p) => p.name);
  return {
    path, summary: get.summary, about: get.description ?? '', columns, filters,
    ranged: parameters.some((p) => p.name === 'from'),
    groups: groupNames(parameters.find((p) => p.name === 'group_by'), columns),
    by: parameters.find((p) => p.name === 'group_by')?.schema.default?.split(',') ?? [],
    params: parameters.filter((p) => !reserved.includes(p.name) && !filters.includes(p.name))
      .map((p) => ({name: p.name, about: p.description ?? '', choices: p.schema.enum ?? [], standard: p.schema.default ?? '', kind: p.schema.type, required: p.required ?? false})),
    files: Object.keys(ok).length > 1, list: Boolean(row),
  };
}

// groupNames are the groups in the order in which the description tells them.
function groupNames(parameter, columns) {
  if (!parameter) return [];
  const at = (name) => parameter.description.indexOf(` ${name}: `);
  return columns.filter((c) => c.group).map((c) => c.name).sort((a, b) => at(a) - at(b));
}

// specOf reads the document.
export function specOf(document) {
  const routes = new Map();
  for (const [path, item] of Object.entries(document.paths)) {
    if (item.get.responses['200'].content?.['application/json']) routes.set(path, routeOf(path, item));
  }
  return routes;
}
