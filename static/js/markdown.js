/** Markdown to DOM nodes: only the lexer of `marked` is used, nothing ever becomes a string of HTML. */

import { Lexer, Tokenizer } from '../vendor/marked.esm.js';
import { el } from './elements.js';

/** @typedef {{type: string, raw: string, [field: string]: any}} Token */

/** Deeper than this nobody writes; the lexer would recurse until the stack ends. */
const TOO_DEEP = /^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])){24}/m;
/** A block is settled only once this much of the next one is there: "2" may yet become "2. ", of the same list. */
const SETTLED_BY = 12;
/** Characters that can change nothing but the text they are appended to. */
const PLAIN = /^[\p{L}\p{N}\p{M} ,]*$/u;
/** The browser shapes a whole text node again when it grows, so a long one is continued in the next. */
const TEXT_NODE = 500;
const LINKABLE = new Set(['http:', 'https:', 'mailto:']);
const ENTITIES = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', '#39': "'" }));

/**
 * @param {string} text
 * @param {{breaks?: boolean}} [options] `breaks`: every line break is one, as people type
 * @returns {DocumentFragment}
 */
export function renderMarkdown(text, { breaks = false } = {}) {
  const fragment = document.createDocumentFragment();
  fragment.append(...blocks(lex(text, { breaks })));
  return fragment;
}

/** An answer as it grows: blocks that can no longer change stay as they are, only the open tail is parsed again. */
export class GrowingMarkdown {
  #container;
  #drawn = '';
  #settled = 0;
  /** @type {ChildNode[]} */ #open = [];
  /** @type {Text|null} */ #lastText = null;
  /** @type {Record<string, any>} */ #links = Object.create(null);

  /** @param {HTMLElement} container */
  constructor(container) {
    this.#container = container;
  }

  /** @param {string} content all of the answer so far */
  draw(content) {
    if (!content.startsWith(this.#drawn)) this.#reset();
    if (content !== this.#drawn && !this.#append(content)) this.#parse(content, true);
    this.#drawn = content;
  }

  /** @param {string} content the whole answer: what stayed half-open is now shown as it was written */
  finish(content) {
    if (!content.startsWith(this.#drawn) || Object.keys(this.#links).length) this.#reset();
    this.#parse(content, false);
    this.#drawn = content;
  }

  #reset() {
    this.#container.replaceChildren();
    [this.#drawn, this.#settled, this.#open, this.#links] = ['', 0, [], Object.create(null)];
  }

  /** @param {string} content @returns {boolean} whether the new text was plain enough to need no parsing */
  #append(content) {
    const fresh = content.slice(this.#drawn.length);
    if (!this.#lastText || !PLAIN.test(fresh)) return false;
    if (this.#lastText.length < TEXT_NODE) {
      this.#lastText.appendData(fresh);
    } else {
      this.#lastText.after(fresh);
      this.#lastText = /** @type {Text} */ (this.#lastText.nextSibling);
    }
    return true;
  }

  /** @param {string} content @param {boolean} growing */
  #parse(content, growing) {
    const tail = content.slice(this.#settled);
    const tokens = lex(tail, { links: this.#links });
    const settled = growing ? settledTokens(tokens, tail) : 0;
    const done = tokens.slice(0, settled);
    this.#open.forEach((node) => node.remove());
    this.#container.append(...blocks(done));
    this.#settled += done.reduce((sum, token) => sum + token.raw.length, 0);
    const rest = content.slice(this.#settled);
    this.#open = blocks(growing ? lex(heal(rest), { links: this.#links }) : tokens.slice(settled));
    this.#container.append(...this.#open);
    this.#lastText = growing ? openText(this.#container, content) : null;
  }
}

/** Trying every delimiter of a long run against every other takes seconds; beyond a budget they are only text. */
class BoundedTokenizer extends Tokenizer {
  #spent = 0;

  /** @param {string} source @param {string} masked @param {string} [before] */
  emStrong(source, masked, before) {
    this.#spent += masked.length;
    return this.#spent > 2e6 ? undefined : super.emStrong(source, masked, before);
  }
}

/** @param {string} text @param {{breaks?: boolean, links?: Record<string, any>}} options @returns {Token[]} */
function lex(text, { breaks = false, links = Object.create(null) }) {
  const plain = [{ type: 'plain', raw: text }];
  if (TOO_DEEP.test(text)) return plain;
  const lexer = /** @type {any} */ (new Lexer({ gfm: true, breaks, tokenizer: new BoundedTokenizer() }));
  lexer.tokens.links = links;
  try {
    return lexer.lex(text);
  } catch {
    return plain;
  }
}

/** @param {Token[]} tokens @param {string} tail @returns {number} how many of them can no longer change */
function settledTokens(tokens, tail) {
  if (tokens.reduce((sum, token) => sum + token.raw.length, 0) !== tail.length) return 0;
  let open = tokens.findLastIndex((token) => token.type !== 'space');
  if (open > 0 && tokens[open].raw.length < SETTLED_BY) {
    open = tokens.findLastIndex((token, i) => i < open && token.type !== 'space');
  }
  return Math.max(open, 0);
}

/**
 * Closes what is still open at the end, so that a half-written construct looks as it soon will.
 * @param {string} text
 * @returns {string}
 */
function heal(text) {
  if ((text.match(/^\s*(```|~~~)/gm) ?? []).length % 2) return text.replace(/\n[ \t]*`{1,2}$/, '');
  const whole = healTable(text.replace(/\n[ \t]*[-=*+#>|]+[ \t]*$/, ''));
  if ((lastParagraph(whole).match(/`/g) ?? []).length % 2) return whole.replace(/`+$/, '') + (/`$/.test(whole) ? '' : '`');
  const bare = whole
    .replace(/(?<![\p{L}\p{N}\]])!?\[([^\]\n]*)(?:\](?:\([^)\n]*)?)?$/u, '$1')
    .replace(/(^|[^*_~\\])[*_~]{1,3}$/, '$1');
  const marks = closers(lastParagraph(bare));
  return marks ? bare.trimEnd() + marks : bare;
}

/** @param {string} text */
function lastParagraph(text) {
  return text.slice(text.lastIndexOf('\n\n') + 1);
}

/** @param {string} text @returns {string} the emphasis marks that `text` has opened and not closed */
function closers(text) {
  const bare = text.replace(/`[^`]*`|\\./g, 'x');
  /** @type {string[]} */
  const open = [];
  for (const { 0: mark, index } of bare.matchAll(/\*\*|~~|\*/g)) {
    const [before, after] = [bare[index - 1] ?? ' ', bare[index + mark.length] ?? ' '];
    if (open.at(-1) === mark && /\S/.test(before)) open.pop();
    else if (/\S/.test(after) && !/[\p{L}\p{N}]/u.test(before)) open.push(mark);
  }
  return open.reverse().join('');
}

/** @param {string} text @returns {string} with the rule below a table's head completed */
function healTable(text) {
  const lines = lastParagraph(text).split('\n');
  const [head, rule, ...rows] = lines.slice(lines.findIndex((line) => /^\|.*\|/.test(line)));
  if (!/^\|.*\|/.test(head) || rows.length || /[^|:\- ]/.test(rule ?? '')) return text;
  const columns = head.replace(/\|\s*$/, '').split('|').length - 1;
  return `${rule === undefined ? text : text.slice(0, text.lastIndexOf('\n'))}\n|${'---|'.repeat(columns)}`;
}

/**
 * @param {HTMLElement} container
 * @param {string} content
 * @returns {Text|null} the text node at the very end, if it ends as the content does
 */
function openText(container, content) {
  let node = container.lastChild;
  while (node?.lastChild) node = node.lastChild;
  if (!(node instanceof Text) || node.parentElement?.closest('a')) return null;
  return content.endsWith(node.data.slice(-SETTLED_BY)) ? node : null;
}

/** @param {Token[]} tokens @returns {ChildNode[]} */
function blocks(tokens) {
  return tokens.flatMap((token) => BLOCKS[token.type]?.(token) ?? []);
}

/** @type {Record<string, (token: Token) => ChildNode|ChildNode[]>} */
const BLOCKS = {
  paragraph: (token) => el('p', {}, ...inlines(token.tokens)),
  heading: (token) => el(`h${Math.min(token.depth + 1, 6)}`, {}, ...inlines(token.tokens)),
  text: (token) => (token.tokens ? inlines(token.tokens) : [text(token)]),
  blockquote: (token) => el('blockquote', {}, ...blocks(token.tokens)),
  code: codeBlock,
  list: (token) => el(token.ordered ? 'ol' : 'ul', token.ordered ? { start: Number(token.start) } : {},
    ...token.items.map((/** @type {Token} */ item) => el('li', {}, ...blocks(item.tokens)))),
  table: (token) => el('div', { className: 'table', tabIndex: 0 }, el('table', {},
    el('thead', {}, tableRow('th', token.header)),
    el('tbody', {}, ...token.rows.map((/** @type {Token[]} */ row) => tableRow('td', row))))),
  hr: () => el('hr'),
  html: (token) => el('p', { className: 'as-written' }, token.raw.trimEnd()),
  plain: (token) => el('p', { className: 'as-written' }, token.raw),
  checkbox: (token) => new Text(token.checked ? '☑ ' : '☐ '),
};

/** @param {Token} token @returns {HTMLElement} */
function codeBlock(token) {
  const language = (token.lang ?? '').split(/\s/)[0];
  return el('div', { className: 'code' },
    el('div', { className: 'code-head' }, el('span', {}, language || 'text'),
      el('button', { type: 'button', className: 'copy-code' }, 'Copy')),
    el('pre', { tabIndex: 0 }, el('code', {}, token.text)));
}

/** @param {'th'|'td'} name @param {Token[]} cells */
function tableRow(name, cells) {
  return el('tr', {}, ...cells.map((cell) => {
    const node = el(name, {}, ...inlines(cell.tokens));
    if (cell.align) node.style.textAlign = cell.align;
    return node;
  }));
}

/** @param {Token[]} tokens @returns {ChildNode[]} */
function inlines(tokens) {
  return tokens.flatMap((token) => INLINES[token.type]?.(token) ?? new Text(token.raw));
}

/** @type {Record<string, (token: Token) => ChildNode|ChildNode[]>} */
const INLINES = {
  text,
  escape: (token) => new Text(token.text),
  strong: (token) => el('strong', {}, ...inlines(token.tokens)),
  em: (token) => el('em', {}, ...inlines(token.tokens)),
  del: (token) => el('del', {}, ...inlines(token.tokens)),
  codespan: (token) => el('code', {}, token.text),
  br: () => el('br'),
  link: (token) => link(token, inlines(token.tokens)),
  image: (token) => link(token, [new Text(token.text || token.href)]),
  checkbox: BLOCKS.checkbox,
};

/** @param {Token} token */
function text(token) {
  return new Text(token.text.replace(/&(#?\w{1,8});/g, (/** @type {string} */ whole, /** @type {string} */ name) =>
    ENTITIES.get(name) ?? whole));
}

/**
 * Also a remote image is only a link: loading it would tell its owner who reads this.
 * @param {Token} token
 * @param {ChildNode[]} label
 * @returns {ChildNode[]}
 */
function link(token, label) {
  const url = URL.canParse(token.href) ? new URL(token.href) : null;
  if (!url || !LINKABLE.has(url.protocol)) return [new Text(token.raw)];
  return [el('a', { href: url.href, title: url.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, ...label)];
}
