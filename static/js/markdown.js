/**
 * Markdown to DOM nodes, as it grows. Blocks are read here, line by line, and a line only once its beginning tells what it is:
 * so nothing drawn is ever taken back, and only the open block is drawn again. What stands within a block is read by the lexer
 * of `marked`. Nothing ever becomes a string of HTML.
 */

import { el } from './elements.js';
import { direction, heal, Inline } from './inline.js';
import { t } from './texts.js';

/** @typedef {{node: HTMLElement, list?: HTMLElement, kind?: string, width?: number}} Container  An item has a list, a quote has none. */
/** @typedef {{node: HTMLElement, tip: Element, add(text: string): void, draw(open: boolean): void}} Leaf */

/** Containers nested deeper than this are only text: nobody reads them, and recursion ends. */
const DEEP = 20;
/** A longer line is no rule, fence, table rule or definition, in units: so much is held back until it tells what it is. */
const LINE_START = 1000;
/** Units of prose, and lines of code, after which a block goes on in the next part: the browser lays a whole part out again when it grows. */
const PART = 2400;
const PART_LINES = 40;

const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(?!#*[ \t]*$|[# \t]{900})(.*)$/;
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const FENCE = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})[ \t]*(.*)$/;
const QUOTE = /^ {0,3}>[ \t]?/;
const ITEM = /^( {0,3})([-*+]|(\d{1,9})[.)])(?:([ \t]+)(?=\S)|[ \t]*$)/;
const TASK = /^\[([ xX])\][ \t]+(?=\S)/;
const TABLE_RULE = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const DEFINITION = /^ {0,3}\[(?!\^)((?:[^[\]\\]|\\.)+)\]:[ \t]*<?([^\s>]+)>?(?:[ \t]+(?:"[^"]*"|'[^']*'|\([^)]*\)))?[ \t]*$/;
/** The beginning of a line that may yet become any of these. */
const UNDECIDED = /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]))*[ \t]*(?:[-+=_*|:#`~ \t]*|\d{1,9}[.)]?|`{3,}[^`]*|~{3}.*|\[[^\]]*(?:\](?::.*|[ \t]*))?)$/;
/** No text yet, however far it is indented. */
const EMPTY = /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]))*[ \t]*$/;
/** By the first and the last character of a column's rule. @type {Record<string, string>} */
const ALIGNMENTS = { ':-': 'left', '-:': 'right', '::': 'center' };

/**
 * @param {string} text
 * @param {{breaks?: boolean, names?: Names|null}} [options] `breaks`: every line break is one, as people type; `names`: who may be called
 * @returns {DocumentFragment}
 */
export function renderMarkdown(text, { breaks = false, names = null } = {}) {
  const fragment = document.createDocumentFragment();
  const blocks = new Blocks(fragment, new Inline(breaks, false, names));
  blocks.write(text);
  blocks.end();
  if (!fragment.hasChildNodes()) fragment.append(el('p', {}, text)); // nothing that is said stays unseen: definitions of links, above all
  return fragment;
}

/** @param {string} markdown @returns {string} without the marks that only a drawing needs, for a line of it */
export function withoutMarks(markdown) {
  return markdown.replace(/(?<=^|\s)(?:#{1,6}|>+)\s|[*`|]+|~~|(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])/gu, '');
}

/** An answer as it grows. */
export class GrowingMarkdown {
  #container; #names; #drawn = '';
  /** @type {Blocks|undefined} */ #blocks;

  /** @param {HTMLElement} container @param {Names|null} [names] */
  constructor(container, names = null) {
    this.#container = container;
    this.#names = names;
  }

  /** @param {string} content all of the answer so far */
  draw(content) {
    if (!content.startsWith(this.#drawn)) this.#container.replaceChildren();
    if (!this.#blocks || !content.startsWith(this.#drawn)) [this.#blocks, this.#drawn] = [new Blocks(this.#container, new Inline(false, true, this.#names)), ''];
    this.#blocks.write(content.slice(this.#drawn.length));
    this.#drawn = content;
  }

  /** @param {string} content the whole answer: what stayed half-open is now shown as it was written */
  finish(content) {
    this.draw(content);
    this.#blocks?.end();
    if (!this.#container.hasChildNodes()) this.#container.append(el('p', {}, content));
  }
}

/** The open containers and the open leaf at the end of what was written, as in the parsing strategy of CommonMark. */
class Blocks {
  #root; #inline;
  /** @type {Container[]} */ #open = [];
  /** @type {Leaf|null} */ #leaf = null;
  /** @type {Element|null} */ #tip = null;
  /** The last line, or what is held back of it. */ #line = '';
  /** Whether the last line told what it is, so that the rest of it is only text. */ #decided = false;

  /** @param {ParentNode} root @param {Inline} inline */
  constructor(root, inline) {
    this.#root = root;
    this.#inline = inline;
  }

  /** @param {string} fresh */
  write(fresh) {
    for (const [i, piece] of fresh.split('\n').entries()) {
      if (i > 0) this.#endLine();
      if (this.#decided) this.#leaf?.add(piece);
      else this.#line += piece;
    }
    if (!this.#decided && !(this.#line.length > LINE_START ? EMPTY : UNDECIDED).test(this.#line)) this.#read();
    if (this.#inline.growing) this.#leaf?.draw(true);
    if (this.#inline.growing && this.#leaf) this.#mark(this.#leaf.tip);
  }

  end() {
    this.#endLine();
    this.#closeTo(0);
    this.#inline.end();
    this.#mark(null);
  }

  /** Where the caret stands. @param {Element|null} tip */
  #mark(tip) {
    if (tip === this.#tip) return;
    this.#tip?.removeAttribute('data-tip');
    tip?.setAttribute('data-tip', '');
    this.#tip = tip;
  }

  #endLine() {
    if (!this.#decided) this.#read();
    if (this.#leaf instanceof Heading) this.#closeTo(this.#open.length);
    [this.#line, this.#decided] = ['', false];
  }

  /** The line so far goes where it belongs. */
  #read() {
    let [rest, depth] = this.#enter(this.#line);
    this.#decided = true;
    if (depth === this.#open.length && this.#leaf instanceof Code && this.#readCode(this.#leaf, rest)) return;
    for (let inner; (inner = this.#openContainer(rest, depth)) !== null; depth++) rest = inner;
    this.#readLeaf(rest, depth);
  }

  /** @param {string} rest @returns {[string, number]} what of the line is left within the containers that go on, and how many do */
  #enter(rest) {
    for (const [depth, { node, list, width = 0 }] of this.#open.entries()) {
      const inner = !list ? after(rest, QUOTE) : rest.trim() ? dedent(rest, width) : node.hasChildNodes() ? rest : null;
      if (inner === null) return [rest, depth];
      rest = inner;
    }
    return [rest, this.#open.length];
  }

  /** @param {Code} code @param {string} rest @returns {boolean} whether the line belongs to the code, or closes it */
  #readCode(code, rest) {
    if (!code.fence && rest.trim() && dedent(rest, 4) === null) return false;
    if (code.isClosedBy(rest)) this.#closeTo(this.#open.length);
    else code.addLine(rest);
    return true;
  }

  /** @param {string} rest @param {number} depth @returns {string|null} what is left within the container that begins here */
  #openContainer(rest, depth) {
    if (depth >= DEEP || this.#isLine(RULE, rest) || this.#isIndented(rest)) return null;
    const item = ITEM.exec(rest);
    const interrupts = this.#leaf instanceof Paragraph && depth === this.#open.length;
    if (item && (!interrupts || (item[4] && Number(item[3] ?? 1) === 1))) return this.#openItem(item, rest.slice(item[0].length), depth);
    if (!QUOTE.test(rest)) return null;
    this.#closeTo(depth);
    this.#open.push({ node: this.#append(el('blockquote')) });
    return after(rest, QUOTE);
  }

  /** @param {RegExpExecArray} item @param {string} rest @param {number} depth */
  #openItem([, indent, marker, number, gap = ' '], rest, depth) {
    const [kind, before, task] = [marker.slice(-1), this.#open[depth], TASK.exec(rest)];
    const isWide = gap.length > 4 && !gap.includes('\t');
    this.#closeTo(depth);
    const list = before?.kind === kind && before.list ? before.list : this.#append(number ? el('ol', { start: Number(number) }) : el('ul'));
    const node = list.appendChild(el('li', task ? { className: 'task' } : {}));
    this.#open.push({ node, list, kind, width: indent.length + marker.length + (isWide || gap.includes('\t') ? 1 : gap.length) });
    if (task) return `${task[1] === ' ' ? '☐' : '☑'} ${rest.slice(task[0].length)}`;
    return isWide ? gap.slice(1) + rest : rest;
  }

  /** @param {string} rest @param {number} depth */
  #readLeaf(rest, depth) {
    const [leaf, isInside] = [this.#leaf, depth === this.#open.length];
    const heading = HEADING.exec(rest), fence = this.#isLine(FENCE, rest), definition = this.#isLine(DEFINITION, rest);
    if (!rest.trim()) this.#closeTo(depth);
    else if (isInside && leaf instanceof Paragraph && this.#convert(leaf, rest)) return;
    else if (this.#isLine(RULE, rest)) this.#begin(depth, null, el('hr'));
    else if (heading) this.#begin(depth, new Heading(el(`h${Math.min(heading[1].length + 1, 6)}`), this.#inline)).add(heading[2]);
    else if (fence) this.#begin(depth, new Code(fence[2], fence[1].length, fence[3]));
    else if (leaf instanceof Paragraph) leaf.add(`\n${rest.trimStart()}`);
    else if (this.#isIndented(rest)) this.#begin(depth, new Code('', 4, '')).addLine(rest);
    else if (definition) this.#begin(depth, this.#inline.define(definition[1], definition[2]));
    else if (isInside && leaf instanceof Table) leaf.addRow(rest);
    else this.#begin(depth, new Paragraph(el('p'), this.#inline)).add(rest.trimStart());
  }

  /** @param {Paragraph} leaf @param {string} rest @returns {boolean} whether what looked like a paragraph is a heading or a table */
  #convert(leaf, rest) {
    const underline = this.#isLine(UNDERLINE, rest), head = cells(leaf.lastLine), rules = cells(rest);
    if (this.#isLine(TABLE_RULE, rest) && (leaf.lastLine + rest).includes('|') && rules.length === head.length) {
      const table = new Table(this.#inline, head, rules.map((rule) => ALIGNMENTS[`${rule[0]}${rule.at(-1)}`] ?? ''));
      leaf.endBefore(table.node);
      this.#leaf = table;
      return true;
    }
    if (!underline || !leaf.isShort) return false;
    leaf.become(el(underline[1][0] === '=' ? 'h2' : 'h3'));
    this.#closeTo(this.#open.length);
    return true;
  }

  /** @param {RegExp} kind @param {string} rest @returns {RegExpExecArray|null} */
  #isLine(kind, rest) { return this.#line.length > LINE_START ? null : kind.exec(rest); }

  /** @param {string} rest */
  #isIndented(rest) { return !(this.#leaf instanceof Paragraph) && dedent(rest, 4) !== null; }

  /** @template {Leaf|null} T @param {number} depth @param {T} leaf @param {HTMLElement} [node] */
  #begin(depth, leaf, node = leaf?.node) {
    this.#closeTo(depth);
    if (node) this.#append(node);
    this.#leaf = leaf;
    return leaf;
  }

  /** @param {HTMLElement} node */
  #append(node) {
    if (!this.#open.length) this.#inline.top = node.dir ? null : node;
    (this.#open.at(-1)?.node ?? this.#root).append(node);
    return node;
  }

  /** @param {number} depth */
  #closeTo(depth) {
    this.#leaf?.draw(false);
    this.#leaf = null;
    this.#open.length = depth;
  }
}

/** Prose that goes on over lines. What has grown long is settled in parts, each a block of its own to the browser. */
class Paragraph {
  #inline; #place; text = '';

  /** @param {HTMLElement} node @param {Inline} inline */
  constructor(node, inline) {
    this.node = this.#place = node;
    this.#inline = inline;
  }

  get tip() { return this.#place; }

  get source() { return this.text; }

  /** Whether all of it is still open. */
  get isShort() { return this.#place === this.node; }

  get lastLine() { return this.isShort ? this.text.slice(this.text.lastIndexOf('\n') + 1) : ''; }

  /** @param {string} text */
  add(text) {
    this.text += text;
    while (this.text.length >= PART) this.#settle();
  }

  /** A last line that may yet be the head of a table is held back. @param {boolean} open */
  draw(open) { this.#inline.draw(this.#place, open ? this.source.replace(/(^|\n)\|[^\n]*$/, '') : this.source.trim(), open); }

  /** @param {HTMLElement} node of another block, which takes the last line away */
  endBefore(node) {
    this.text = this.text.slice(0, -this.lastLine.length).trim();
    this.draw(false);
    if (this.text) this.node.after(node);
    else this.node.replaceWith(node);
  }

  /** @param {HTMLElement} node which takes all of it */
  become(node) {
    if (this.#inline.top === this.node) this.#inline.top = node;
    else if (this.node.dir) node.dir = this.node.dir;
    this.node.replaceWith(node);
    this.node = this.#place = node;
  }

  #settle() {
    const cut = seam(this.text.slice(0, PART));
    if (this.isShort) this.node.replaceChildren(this.#place = part());
    this.#inline.draw(this.#place, this.text.slice(0, cut));
    this.node.append(this.#place = part());
    this.text = this.text.slice(cut);
  }
}

/** Ends with its line. */
class Heading extends Paragraph {
  get source() { return this.text.replace(/(?:^|[ \t]+)#*[ \t]*$/, ''); }
}

class Table {
  #inline; #aligns; #row = el('tr'); #text = ''; #body = el('tbody');

  /** @param {Inline} inline @param {string[]} head @param {string[]} aligns */
  constructor(inline, head, aligns) {
    this.#inline = inline;
    this.#aligns = aligns;
    this.node = el('section', { className: 'table', tabIndex: 0, dir: direction(head.join()) }, el('table', {}, el('thead', {}, this.#row), this.#body));
    this.#drawRow('th', head, false);
    this.#row = null;
  }

  get tip() { return this.#row?.lastElementChild ?? this.node; }

  /** @param {string} text */
  addRow(text) {
    this.draw(false);
    this.#body.append(this.#row = el('tr'));
    this.#text = text;
  }

  /** @param {string} text */
  add(text) { this.#text += text; }

  /** @param {boolean} open */
  draw(open) { if (this.#row) this.#drawRow('td', cells(this.#text), open); }

  /** @param {'th'|'td'} name @param {string[]} texts @param {boolean} open */
  #drawRow(name, texts, open) {
    for (const [i, align] of this.#aligns.slice(0, texts.length).entries()) {
      const cell = this.#row.children[i] ?? this.#row.appendChild(el(name));
      if (align) cell.style.textAlign = align;
      this.#inline.draw(cell, texts[i], open && i === texts.length - 1);
    }
  }
}

class Code {
  #code = el('code'); #indent; #last = new Text(); #lines = 0;

  /** @param {string} fence '' for code that is only indented @param {number} indent @param {string} info */
  constructor(fence, indent, info) {
    this.fence = fence;
    this.#indent = indent;
    this.node = el('div', { className: 'code', dir: 'ltr' },
      el('div', { className: 'code-head' }, el('span', {}, info.split(/\s/)[0].slice(0, 40) || t('code')),
        el('button', { type: 'button', className: 'copy-code' }, t('copy'))),
      el('pre', { tabIndex: 0 }, this.#code));
  }

  get tip() { return this.#code.lastElementChild ?? this.#code; }

  /** @param {string} rest */
  isClosedBy(rest) {
    return this.fence !== '' && rest.trim().startsWith(this.fence) && !rest.trim().replaceAll(this.fence[0], '') && dedent(rest, 4) === null;
  }

  /** @param {string} text */
  addLine(text) {
    if (this.#lines > 0) this.#last.appendData('\n');
    if (this.#lines++ % PART_LINES === 0) this.#code.append(part(this.#last = new Text()));
    this.add(dedent(text, Math.min(this.#indent, text.search(/\S|$/))) ?? text);
  }

  /** @param {string} text */
  add(text) { this.#last.appendData(text); }

  draw() {}
}

/** @param {string} head @returns {number} where prose is best parted: after a sentence, after a word, and nothing half-open before */
function seam(head) {
  const gaps = [...head.matchAll(/\s+|[、。，．！？；：]/g)].map(({ 0: gap, index }) => index + gap.length).filter((at) => at > PART / 2).reverse();
  const sentence = gaps.find((at) => /(?:[.!?…。！？]["')\]»”’]*\s*|\n)$/.test(head.slice(at - 6, at)));
  const whole = [sentence ?? PART, ...gaps.slice(0, 20)].find((at) => isWhole(head.slice(0, at).trimEnd()));
  return whole ?? gaps[0] ?? (/[\ud800-\udbff]$/.test(head) ? PART - 1 : PART);
}

/** @param {string} text */
const isWhole = (text) => heal(text) === text;

/** @param {string} row @returns {string[]} */
function cells(row) {
  return row.trim().replace(/^\||(?<!\\)\|$/g, '').split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** @param {string} text @param {number} columns @returns {string|null} without so much of its indent, a tab reaching to the next fourth column */
function dedent(text, columns) {
  let [at, column] = [0, 0];
  while (column < columns && (text[at] === ' ' || text[at] === '\t')) column += text[at++] === '\t' ? 4 - column % 4 : 1;
  return column < columns ? null : ' '.repeat(column - columns) + text.slice(at);
}

/** @param {string} text @param {RegExp} start @returns {string|null} */
const after = (text, start) => (start.test(text) ? text.replace(start, '') : null);

/** @param {...Node} content */
const part = (...content) => el('span', { className: 'part' }, ...content);
