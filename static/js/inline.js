/** What stands within a block, to DOM nodes: emphasis, code, links, also while they are half-open. The lexer of `marked` reads it. */

import { Lexer, Tokenizer } from '../vendor/marked-inline.js';
import { el } from './elements.js';
import { markMentions } from './mentions.js';

/** @typedef {{type: string, raw: string, [field: string]: any}} Token */

/** Marks nested deeper than this are only text: nobody reads them, and recursion ends. */
const DEEP = 20;
/** More at once, in units, is drawn as it is written. */
const LONG = 4800;
/** Units read in one part for marks that closed nothing; beyond this all marks are only text. */
const EMPHASIS_BUDGET = 60_000;

/** Nothing of this means anything but itself. */
const PLAIN = /^[\p{L}\p{M}\p{N} ,]*$/u;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u;
const BEFORE_CJK = /^(?:[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]|(?<=[/=#?&_-])[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+)+/u;
const RTL = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const WORD = /[\p{L}\p{N}]/u;
/** Marks of emphasis, and what hides them: escapes, code, addresses. */
const MARKS = /\\[\s\S]|(`+)(?!`)[\s\S]*?[^`]\1(?!`)|\]\((?:[^\s()]|\([^\s()]*\))*\)|https?:\/\/(?:[^\s*]|\*(?=\w))*|\*+|_+|~~/g;
/** Half a mark, entity, tag or escape at the end: it waits for the rest. */
const HALF = /(?:<[^\s<>]{0,200}|&#?\w{0,8}|\\|(?<!\S)!|(?<![*_~])[*_~]+\s*)$/;
/** Half a link at the end, of which only the label is shown; after a Latin letter it is an index, a[0]. */
const HALF_LINK = /(?<![A-Za-z0-9\]\\])!?\[([^[\]\n]*)(?:\](?:\((?:[^\s()]*(?:\([^\s()]*\)[^\s()]*)*(?:\([^\s()]*)?(?:\s+(?:["'(][^\n]*)?)?)|\[[^[\]\n]*)?)?$/;
const LINKABLE = new Set(['http:', 'https:', 'mailto:']);
const ENTITIES = new Map(Object.entries({
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', copy: '©', reg: '®', trade: '™', hellip: '…', mdash: '—', ndash: '–',
  times: '×', middot: '·', bull: '•', deg: '°', euro: '€', larr: '←', rarr: '→', le: '≤', ge: '≥', ne: '≠',
}));

/** What stands within a block, read by the lexer of `marked`, and the links whose addresses are defined elsewhere. */
export class Inline extends Tokenizer {
  #breaks; #names; #links = Object.create(null); #before = ''; #spent = 0; #isMissing = false;
  /** What was drawn with links that nobody had defined yet. @type {Map<Element, string>} */ #waiting = new Map();

  /** The outermost block, until its first letter tells where it begins: `dir="auto"` would be resolved again for each row of a table. @type {HTMLElement|null} */ top = null;

  /** @param {boolean} breaks @param {boolean} [growing] @param {Names|null} [names] */
  constructor(breaks, growing = false, names = null) {
    super();
    this.#breaks = breaks;
    this.#names = names;
    this.growing = growing;
  }

  /** @param {Element} place @param {string} source @param {boolean} [open] whether it may go on */
  draw(place, source, open = false) {
    [this.#isMissing, this.#spent, this.#before] = [false, 0, ''];
    const drawn = source.length > LONG || PLAIN.test(source) ? [new Text(source)] : nodes(this.#tokens(open ? heal(source) : source));
    sync(place, this.#names && /[@＠]/.test(source) ? markMentions(drawn, this.#names) : drawn);
    if (this.#isMissing && !open) this.#waiting.set(place, source);
    if (this.top?.contains(place)) this.top.dir = direction(source);
    if (this.top?.dir) this.top = null;
  }

  /** @param {string} source @returns {Token[]} */
  #tokens(source) {
    const lexer = /** @type {any} */ (new Lexer({ gfm: true, breaks: this.#breaks, tokenizer: this }));
    lexer.tokens.links = this.#links;
    return lexer.inlineTokens(source);
  }

  /** @param {string} label @param {string} href */
  define(label, href) {
    this.#links[normal(label)] ??= { href, title: '' };
    return null;
  }

  /** Definitions mostly stand at the end. */
  end() {
    this.growing = false;
    for (const [place, source] of [...this.#waiting]) this.draw(place, source);
  }

  /** Until a definition comes, [a link][of this kind] shows its label. @param {string} source @param {any} links */
  reflink(source, links) {
    const token = super.reflink(source, links);
    const [raw, label, name] = token?.type === 'text' ? /^!?\[([^[\]]+)\](?:\[([^[\]]*)\])?/.exec(source) ?? [] : [];
    this.#isMissing ||= raw !== undefined;
    if (!raw || !name || !this.growing || WORD.test(this.#before) || /^\d+$/.test(label)) return token;
    return { type: 'held', raw, tokens: this.lexer.inlineTokens(label) };
  }

  /** @param {string} source @param {string} masked @param {string} [before] */
  emStrong(source, masked, before = '') {
    const [run] = /^\*+|^_+/.exec(source) ?? [''];
    const token = this.#spent > EMPHASIS_BUDGET ? undefined : super.emStrong(source, masked, before) ?? this.#besideCjk(source, masked);
    if (run && !token) this.#spent += source.length;
    const isText = !token || (WORD.test(before) && isIntraword(run, before, token.raw.slice(run.length)));
    return run && isText ? { type: 'text', raw: run, text: run } : token;
  }

  /** Where no spaces are written, a mark beside punctuation opens and closes all the same: **「要点」**は. @param {string} source @param {string} masked */
  #besideCjk(source, masked) {
    const [raw, mark, text] = /^(\*\*?)(?![\s*])([^*]*[^\s*])\1(?!\*)/.exec(masked.slice(-source.length)) ?? [];
    if (!raw || !CJK.test(text)) return undefined;
    const inner = source.slice(mark.length, raw.length - mark.length);
    return { type: mark === '*' ? 'em' : 'strong', raw: source.slice(0, raw.length), text: inner, tokens: this.lexer.inlineTokens(inner) };
  }

  /** "~5 to ~7" strikes nothing out. @param {string} source @param {string} masked @param {string} [before] */
  del(source, masked, before) { return source.startsWith('~~') ? super.del(source, masked, before) : undefined; }

  /** An address ends where Chinese, Japanese or Korean goes on, unless that is a part of its path. @param {string} source */
  url(source) {
    const token = super.url(source), [raw] = BEFORE_CJK.exec(token?.raw ?? '') ?? [''];
    return raw === token?.raw ? token : super.url(raw);
  }

  /** @param {string} source */
  inlineText(source) {
    const token = super.inlineText(source);
    this.#before = token?.raw.at(-1) ?? '';
    return token;
  }
}

/**
 * Closes what is still open at the end, so that a half-written construct looks as it soon will.
 * @param {string} source
 * @returns {string}
 */
export function heal(source) {
  const [text, code] = openCode(source);
  const whole = code ? text.replace(HALF_LINK, '$1') + code : text.replace(HALF, '').replace(HALF_LINK, '$1').replace(HALF, '').trimEnd();
  return whole + closers(whole);
}

/** @param {string} source @returns {[string, string]} what stands before the code that is open at the end, and that code, closed */
function openCode(source) {
  for (const { 0: span, 1: run, index } of source.matchAll(/\\[\s\S]|(?<!`)(`+)(?!`)(?:[\s\S]*?[^`]\1(?!`))?/g)) {
    const code = source.slice(index).replace(/`+$/, '');
    if (span === run) return [source.slice(0, index), code && code + run];
  }
  return [source, ''];
}

/** @param {string} text @returns {string} the marks of emphasis that `text` has opened and not closed */
function closers(text) {
  /** @type {string[]} */ const open = [];
  for (const { 0: run, index } of text.matchAll(MARKS)) {
    const [before, rest] = [text[index - 1] ?? ' ', text.slice(index + run.length)];
    const opened = /\s/.test(before) || (run[0] === '_' && WORD.test(rest[0])) ? -1 : open.findLastIndex((mark) => mark[0] === run[0]);
    if (!/^[*_~]/.test(run)) continue;
    if (opened >= 0) open.splice(opened, open.length, ...[open[opened].slice(run.length)].filter(Boolean));
    else if (/^\S/.test(rest) && !(WORD.test(before) && isIntraword(run, before, rest))) open.push(run);
  }
  return open.reverse().join('');
}

/** Whether a mark after a letter opens nothing: a_b, 2*3, f*(x), and a*b as soon as the word ends. @param {string} run @param {string} before @param {string} rest */
function isIntraword(run, before, rest) {
  return run[0] === '_' || /^\d/.test(rest) || (!CJK.test(before) && (/^[\p{P}\p{S}]/u.test(rest) || (run === '*' && /\s/.test(rest))));
}

/** @param {string} text @returns {string} of its first letter */
export function direction(text) {
  const letter = /\p{L}/u.exec(text)?.[0];
  return letter ? RTL.test(letter) ? 'rtl' : 'ltr' : '';
}

/** Changes only what differs, so that a selection in what stands stays. @param {Element} place @param {ChildNode[]} wanted */
function sync(place, wanted) {
  let at = place.firstChild;
  let same = 0;
  for (; at && wanted[same]?.isEqualNode(at); same++) at = at.nextSibling;
  const next = wanted[same];
  if (at instanceof Text && next instanceof Text && next.data.startsWith(at.data)) {
    at.appendData(next.data.slice(at.length));
    [at, same] = [at.nextSibling, same + 1];
  }
  while (at) [at] = [at.nextSibling, at.remove()];
  place.append(...wanted.slice(same));
}

/** @param {Token[]} tokens @param {number} [depth] @returns {ChildNode[]} */
function nodes(tokens, depth = 0) {
  const all = tokens.flatMap((token) => (depth < DEEP && NODES[token.type]?.(token, nodes(token.tokens ?? [], depth + 1))) || new Text(token.raw));
  return all.filter((node, i) => !(node instanceof Text && joined(node, all[i + 1])));
}

/** A name may stand in several tokens: a_b. @param {Text} text @param {ChildNode|undefined} next @returns {boolean} whether `next` has taken it up */
function joined(text, next) {
  if (next instanceof Text) next.insertData(0, text.data);
  return next instanceof Text;
}

/** @type {Record<string, (token: Token, inner: ChildNode[]) => ChildNode|ChildNode[]>} */
const NODES = {
  text: (token) => new Text(decode(token.raw)),
  escape: (token) => new Text(token.text),
  strong: (_, inner) => el('strong', {}, ...inner),
  em: (_, inner) => el('em', {}, ...inner),
  del: (_, inner) => el('del', {}, ...inner),
  codespan: (token) => el('code', {}, token.text),
  br: () => el('br'),
  held: (_, inner) => inner,
  link,
  image: (token) => link(token, [new Text(decode(token.text) || token.href)]),
};

/**
 * Also a remote image is only a link: loading it would tell its owner who reads this. An address with somebody's name in it
 * (https://bank.example@evil.example) is none, for it does not lead where it seems to.
 * @param {Token} token
 * @param {ChildNode[]} label
 * @returns {ChildNode[]}
 */
function link(token, label) {
  const href = decode(token.href);
  const url = URL.canParse(href) ? new URL(href) : null;
  if (!url || !LINKABLE.has(url.protocol) || url.username || url.password) return [new Text(token.raw)];
  return [el('a', { href: url.href, title: url.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, ...label)];
}

/** @param {string} text */
function decode(text) {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|(\w{2,8}));/g, (whole, decimal, hex, name) => {
    if (name) return ENTITIES.get(name) ?? whole;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code > 31 && code < 0x110000 ? String.fromCodePoint(code) : whole;
  });
}

/** As the lexer compares the labels of links. @param {string} label */
const normal = (label) => label.trim().replace(/\s+/g, ' ').toLowerCase().toUpperCase().toLowerCase();
