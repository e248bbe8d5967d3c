/** @Name: whom one may address here, and where that stands in what is drawn. It only shows; who answers, the server decides. */

import { el } from './elements.js';

/** Names that are looked for at most: of a room in which everybody keeps renaming themselves, the latest. */
const MOST = 300;
/** Scripts without spaces, where a particle is glued to a name. */
const GLUED = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}ー';
const BEFORE = `(?<![\\p{M}\\p{N}_@＠/+\\\\-]|(?![${GLUED}])\\p{L})`;
const AFTER = `(?![\\p{M}\\p{N}_]|(?![${GLUED}])\\p{L}|[-.](?![${GLUED}])[\\p{L}\\p{N}])`;

/** Of which other languages know one case only. */
const TURKISH_I = /^[iıİI]\u0307?$/;

/** The same object as long as there is nobody new. */
export class Mentions {
  /** @type {Names|null} */ names = null;
  /** @type {unknown[]} */ #seen = [];
  #known = '';

  /** @param {State} state */
  update(state) {
    const { you, members, room, seq, from, epoch } = state;
    const seen = [you, members, room, seq, from, epoch];
    if (!you || seen.every((each, i) => each === this.#seen[i])) return;
    this.#seen = seen;
    const wrote = state.messages.filter((m) => m.author.kind !== 'system').map((m) => m.author.name);
    const all = [...new Set([...wrote, ...members.map((m) => m.name), room.assistant, you.name].filter((name) => name !== undefined))].slice(-MOST);
    const known = JSON.stringify([you.name, all]);
    if (known !== this.#known) this.names = { pattern: calling(all), me: folded(you.name) };
    this.#known = known;
  }
}

/** @param {string[]} names @param {string} [at] @returns {RegExp} whatever calls one of them, in any case, letters composed or not */
export function calling(names, at = '[@＠]') {
  const longestFirst = names.toSorted((a, b) => b.length - a.length).map(spelled);
  return new RegExp(`${BEFORE}${at}(${longestFirst.join('|') || '(?!)'})${AFTER}`, 'giu');
}

/** @param {string} content @param {Names} names @returns {boolean} */
export function callsMe(content, { pattern, me }) {
  return [...content.matchAll(pattern)].some(([, name]) => folded(name) === me);
}

/** Marks who is called in the texts of `nodes`; code and links stay as they are. @param {ChildNode[]} nodes @param {Names} names @returns {ChildNode[]} */
export function markMentions(nodes, names) {
  return nodes.flatMap((node) => {
    if (node instanceof Text) return marked(node.data, names);
    if (node instanceof Element && !node.matches('a, code')) node.replaceChildren(...markMentions([...node.childNodes], names));
    return [node];
  });
}

/** @param {string} text @param {Names} names @returns {ChildNode[]} */
function marked(text, { pattern, me }) {
  /** @type {ChildNode[]} */ const parts = [];
  let from = 0;
  for (const { 0: called, 1: name, index } of text.matchAll(pattern)) {
    if (index > from) parts.push(new Text(text.slice(from, index)));
    parts.push(el('span', { className: folded(name) === me ? 'mention me' : 'mention' }, called));
    from = index + called.length;
  }
  if (from < text.length) parts.push(new Text(text.slice(from)));
  return parts;
}

/** @param {string} name as a pattern */
function spelled(name) {
  return [...new Intl.Segmenter().segment(name.normalize())].map(({ segment }) => {
    if (segment === ' ') return '\\s';
    if (TURKISH_I.test(segment)) return '[iıİI]\u0307?';
    const forms = new Set([segment, segment.normalize('NFD')].map((form) => form.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')));
    return forms.size > 1 ? `(?:${[...forms].join('|')})` : [...forms][0];
  }).join('');
}

/** @param {string} name */
const folded = (name) => name.normalize().replace(/[ıİ]/g, 'i').toLowerCase();
