/** The page about the protocol: /asyncapi.json, drawn and filtered. */

import { byId, el, setText } from './elements.js';

/** @typedef {{ name: string, type: (string|Node)[], optional: boolean, meaning: string }} Field */
/** @typedef {{ id: string, group: string, name: string, title: string, tag: string, summary: string, fields: Field[], values: string[],
 *   examples: { name: string, payload: any }[], replies: string[] | null }} Part  A frame, or a part of one. */
/** @typedef {Record<string, any>} Json */

const GROUPS = { send: 'You send', receive: 'You receive', part: 'Parts of frames' };

/** What the filter may hide: its node, the words it has, and of a frame those of each field.
 * @typedef {{ node: HTMLElement, words: string, rows?: { node: HTMLElement, words: string }[] }} Shown */

await main();

async function main() {
  const answer = await fetch('/asyncapi.json');
  if (!answer.ok) throw new Error(`/asyncapi.json: ${answer.status}`);
  const told = await answer.json();
  const [about] = told.info.description.split('\n\nA socket is closed');
  const parts = [...frames(told), ...partsOf(told)];
  const drawn = parts.map(drawPart);
  const meanings = { ...told.components.schemas.ErrorCode['x-enum-descriptions'], ...told.info['x-http-error-codes'] };
  const errors = Object.entries(meanings).map(([name, meaning]) => drawCode('error', name, meaning));
  const closes = Object.entries(told.info['x-close-codes']).map(([code, close]) =>
    drawCode('close', code, close.description + (close['come-back'] ? ' Come back.' : '')));
  const sections = [
    ...Object.entries(GROUPS).map(([group, title]) => section(`group-${group}`, title, drawn.filter((_, n) => parts[n].group === group))),
    section('errors', 'Error codes', errors),
    section('closes', 'Close codes', closes),
  ];
  byId('about').append(...prose(about));
  byId('protocol').append(...sections);
  byId('contents').append(...contents(parts));
  filtering([...drawn, ...errors, ...closes], sections);
  if (location.hash) location.replace(location.hash); // what it names was not there when the page came
}

// ---- what the document says ----

/** @param {Json} told @returns {Part[]} */
function frames(told) {
  const { operations, components } = told;
  const replies = new Map(Object.values(operations).filter(({ action }) => action === 'send').map((operation) => [
    lastOf(operation.messages[0].$ref), (operation.reply?.messages ?? []).map((/** @type {Json} */ reply) => lastOf(reply.$ref))]));
  return Object.entries(components.messages).map(([key, message]) => {
    const sent = replies.get(key) ?? null;
    return {
      id: `${sent ? 'send' : 'receive'}-${message.name}`, group: sent ? 'send' : 'receive',
      name: message.name, title: message.title, tag: message.tags[0].name, summary: message.summary,
      fields: fieldsOf(components.schemas[key]).filter(({ name }) => name !== 'type'), values: [], examples: message.examples,
      replies: sent?.map((/** @type {string} */ reply) => components.messages[reply].name) ?? null,
    };
  });
}

/** What is not a frame, but stands in one. @param {Json} told @returns {Part[]} */
function partsOf(told) {
  const { messages, schemas } = told.components;
  const parts = Object.entries(schemas).filter(([name, schema]) => !(name in messages) && !schema.oneOf && name !== 'ErrorCode');
  return parts.map(([name, schema]) => ({
    id: `part-${name}`, group: 'part', name, title: '', tag: '', summary: schema.description,
    fields: fieldsOf(schema), values: schema.enum ?? [], examples: [], replies: null,
  }));
}

/** @param {Json} schema @returns {Field[]} */
function fieldsOf(schema) {
  return Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name, type: typeOf(field), optional: !schema.required.includes(name), meaning: field.description,
  }));
}

/** @param {Json} field @returns {(string|Node)[]} */
function typeOf(field) {
  if (field.$ref) {
    const name = lastOf(field.$ref);
    return [el('a', { href: name === 'ErrorCode' ? '#errors' : `#part-${name}` }, name)];
  }
  if (field.const !== undefined) return [JSON.stringify(field.const)];
  if (field.type === 'array') return ['list of ', ...typeOf(field.items)];
  return [[field.type, ...bounds(field)].join(', ')];
}

/** @param {Json} field @returns {string[]} */
function bounds({ minimum, maximum, minLength, maxLength, pattern, ...field }) {
  const size = (/** @type {number} */ number) => (number === 2 ** 53 ? '2⁵³' : number.toLocaleString('en'));
  const said = [];
  if (maximum !== undefined) said.push(`${size(minimum)} to ${size(maximum)}`);
  if (maxLength !== undefined) said.push(`${minLength ? `${minLength} to` : 'at most'} ${size(maxLength)} ${field['x-unit'] ?? 'characters'}`);
  else if (field['x-unit']) said.push(field['x-unit']);
  if (pattern) said.push(pattern);
  return said;
}

/** The name at the end of a reference. @param {string} reference */
function lastOf(reference) {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

// ---- how it is drawn ----

/** @param {string} id @param {string} title @param {Shown[]} shown @returns {HTMLElement} */
function section(id, title, shown) {
  const nodes = shown.map(({ node }) => node);
  const drawn = nodes[0].localName === 'div' ? [el('dl', { className: 'codes' }, ...nodes)] : nodes;
  return el('section', { 'aria-labelledby': id }, el('h2', { id }, title), ...drawn);
}

/** @param {Part} part @returns {Shown} */
function drawPart({ id, name, title, tag, summary, fields, values, examples, replies }) {
  const head = el('h3', {}, el('a', { href: `#${id}` }, el('code', {}, name)));
  if (title) head.append(el('span', { className: 'title' }, title), el('span', { className: 'tag' }, tag));
  const node = el('article', { id, className: 'part' }, head, el('p', {}, ...inline(summary)));
  const rows = fields.map((field) => ({ node: drawField(field), words: `${field.name} ${field.meaning}`.toLowerCase() }));
  if (replies) node.append(el('p', {}, ...answers(replies)));
  if (rows.length) node.append(table(name, rows.map((row) => row.node)));
  if (values.length) node.append(el('p', {}, ...values.flatMap((value, n) => [n ? ', ' : '', el('code', {}, value)])));
  node.append(...examples.map((example) => el('figure', { className: 'example' },
    el('figcaption', {}, `Example: ${example.name}`), el('pre', {}, el('code', {}, layOut(example.payload))))));
  return { node, rows, words: [name, title, tag, summary, ...values].join(' ').toLowerCase() };
}

/** @param {string[]} replies @returns {(string|Node)[]} */
function answers(replies) {
  if (!replies.length) return ['Nothing answers it.'];
  const links = replies.map((reply) => el('a', { href: `#receive-${reply}` }, el('code', {}, reply)));
  return ['Answered by ', ...links.flatMap((link, n) => (n ? [' or ', link] : [link])), '.'];
}

/** Its parts keep their roles where they are no longer drawn as a table. @param {string} name @param {HTMLElement[]} rows */
function table(name, rows) {
  const head = ['Field', 'Type', 'Meaning'].map((title) => el('th', { scope: 'col', role: 'columnheader' }, title));
  return el('table', { className: 'fields', role: 'table', 'aria-label': `Fields of ${name}` },
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, ...head)), el('tbody', { role: 'rowgroup' }, ...rows));
}

/** @param {Field} field @returns {HTMLElement} */
function drawField({ name, type, optional, meaning }) {
  const mark = optional ? [' ', el('span', { className: 'optional' }, 'optional')] : [];
  return el('tr', { role: 'row' }, el('th', { scope: 'row', role: 'rowheader' }, el('code', {}, name), ...mark),
    el('td', { role: 'cell', className: 'type' }, ...type), el('td', { role: 'cell' }, ...inline(meaning)));
}

/** @param {string} kind @param {string} name @param {string} meaning @returns {Shown} */
function drawCode(kind, name, meaning) {
  const id = `${kind}-${name}`;
  const node = el('div', { id }, el('dt', {}, el('a', { href: `#${id}` }, el('code', {}, name))), el('dd', {}, ...inline(meaning)));
  return { node, words: `${name} ${meaning}`.toLowerCase() };
}

/** JSON on one line where that is short, else a line for each field. @param {any} value @param {string} [indent] @returns {string} */
function layOut(value, indent = '') {
  const short = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
  if (short.length + indent.length < 72 || typeof value !== 'object') return short;
  const within = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((item) => within + layOut(item, within)).join(',\n')}\n${indent}]`;
  const lines = Object.entries(value).map(([name, item]) => `${within}${JSON.stringify(name)}: ${layOut(item, within)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

/** @param {Part[]} parts @returns {Node[]} */
function contents(parts) {
  const groups = Object.entries(GROUPS).flatMap(([group, title]) =>
    [el('h2', {}, title), list(parts.filter((part) => part.group === group).map(({ id, name }) => [id, name]))]);
  return [...groups, el('h2', {}, 'Codes'), list([['errors', 'Error codes'], ['closes', 'Close codes']])];
}

/** @param {string[][]} links */
function list(links) {
  return el('ul', {}, ...links.map(([id, name]) => el('li', {}, el('a', { href: `#${id}` }, name))));
}

/** Paragraphs of text with `code` and **strong**. @param {string} text @returns {Node[]} */
function prose(text) {
  return text.trim().split(/\n\n+/).map((paragraph) => el('p', {}, ...inline(paragraph)));
}

/** @param {string} text @returns {(string|Node)[]} */
function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((piece) => {
    if (piece.startsWith('`')) return el('code', {}, piece.slice(1, -1));
    return piece.startsWith('**') ? el('strong', {}, piece.slice(2, -2)) : piece;
  });
}

// ---- the filter ----

/** @param {Shown[]} all @param {HTMLElement[]} sections */
function filtering(all, sections) {
  const filter = byId('filter');
  const apply = () => narrow(filter.value, all, sections);
  filter.addEventListener('input', () => {
    apply();
    scrollTo(0, Math.min(scrollY, scrollY + byId('about').getBoundingClientRect().bottom)); // to the first that was found
  });
  byId('search-form').addEventListener('submit', (/** @type {Event} */ event) => event.preventDefault());
  addEventListener('hashchange', () => {
    if (document.querySelector(':target')?.checkVisibility()) return;
    filter.value = '';
    apply();
    document.querySelector(':target')?.scrollIntoView();
  });
}

/** Shows what has every word of `text`; of a frame that has them only in some fields, these fields.
 * @param {string} text @param {Shown[]} all @param {HTMLElement[]} sections */
function narrow(text, all, sections) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (/** @type {string} */ words) => wanted.every((word) => words.includes(word));
  for (const { node, words, rows = [] } of all) {
    const whole = has(words);
    for (const row of rows) row.node.hidden = !whole && !has(`${words} ${row.words}`);
    node.hidden = !whole && rows.every((row) => row.node.hidden);
    for (const example of node.getElementsByTagName('figure')) example.hidden = !whole;
  }
  for (const part of sections) part.hidden = !all.some(({ node }) => !node.hidden && part.contains(node));
  setText(byId('matches'), wanted.length ? `${all.filter(({ node }) => !node.hidden).length} of ${all.length}` : '');
}
