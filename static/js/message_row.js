/** One message of the transcript: its nodes are made once, and later only those are touched whose content changed. */

import { fullTimeOf, timeOf } from './dates.js';
import { el, setText } from './elements.js';
import { GrowingMarkdown, renderMarkdown, withoutMarks } from './markdown.js';
import { errorText, isolated, t } from './texts.js';
import { Thinking } from './thinking.js';

/** Units of a message, of whose first line a quote is made. */
const QUOTED = 200;

/** @type {WeakMap<Element, MessageItem>} */
const items = new WeakMap();

/** @param {EventTarget|null} target something in a row @returns {MessageItem|undefined} */
export function itemAt(target) {
  const row = target instanceof Element ? target.closest('.message') : null;
  return row ? items.get(row) : undefined;
}

export class MessageRow {
  /** @type {GrowingMarkdown|null} */ #growing = null;
  /** @type {Thinking|null} */ #thinking = null;
  /** @type {string|null} */ #drawn = null;
  /** @type {Names|null} */ #names = null;
  #mark = el('span', { className: 'mark', 'aria-hidden': 'true' });
  #name = el('bdi', { className: 'name' });
  #time = el('time');
  #edited = el('span', { className: 'edited', hidden: true }, t('edited'));
  #earlier = el('span', { className: 'again', hidden: true }, t('earlier'));
  #quote = el('button', { type: 'button', className: 'quote', hidden: true });
  #body = el('div', { className: 'body' });
  #foot = el('div', { className: 'foot', hidden: true });
  element = el('li', { tabIndex: -1 },
    el('div', { className: 'head' }, this.#mark, this.#name, this.#time, this.#edited, this.#earlier), this.#quote, this.#body, this.#foot);

  /** @param {MessageItem} item */
  update(item) {
    const was = items.get(this.element);
    if (was && isSame(was, item)) return;
    items.set(this.element, item);
    this.#drawHead(item);
    if (!was || was.quoted !== item.quoted) this.#drawQuote(item);
    this.#drawBody(item);
    this.#drawFoot(item);
  }

  /** @param {MessageItem} item */
  #drawHead({ message, mine, grouped, target, earlier, pending }) {
    const flags = { mine, grouped, target, earlier, pending: pending && !pending.failed, failed: pending?.failed, [message.status]: true };
    const className = ['row message', message.author.kind, ...Object.keys(flags).filter((flag) => flags[flag])].join(' ');
    if (this.element.className !== className) this.element.className = className;
    if (message.id) this.element.id = `m${message.id}`;
    setText(this.#mark, initial(message.author.name));
    setText(this.#name, message.author.name);
    setText(this.#time, timeOf(message.ts));
    this.#time.title = [fullTimeOf(message.ts), usageOf(message)].filter(Boolean).join('\n');
    this.#time.dateTime = new Date(message.ts).toISOString();
    this.#edited.hidden = !message.edited || message.status === 'deleted';
    if (message.edited) this.#edited.title = fullTimeOf(message.edited);
    this.#earlier.hidden = !earlier;
  }

  /** @param {MessageItem} item */
  #drawQuote({ quoted }) {
    this.#quote.hidden = !quoted;
    this.#quote.replaceChildren(...(quoted ? quote(quoted) : []));
  }

  /** @param {MessageItem} item */
  #drawBody({ message: { content, status, author }, names }) {
    if (status === 'streaming') {
      this.#growing ??= new GrowingMarkdown(this.#body, this.#names = names);
      this.#growing.draw(content);
    } else if (this.#growing) {
      this.#growing.finish(content);
      this.#growing = null;
    } else if (this.#drawn !== content || isCalled(content, this.#names, names)) {
      // The room's own voice is no Markdown: a title could speak with it.
      const isTold = author.kind === 'system';
      this.#body.replaceChildren(isTold ? el('p', { className: 'as-written' }, content) : renderMarkdown(content, { breaks: author.kind === 'human', names }));
      this.#names = names;
    }
    this.#drawn = content;
    this.element.ariaBusy = status === 'streaming' ? 'true' : null;
  }

  /** @param {MessageItem} item */
  #drawFoot(item) {
    const isThinking = item.message.status === 'streaming' && !item.message.content;
    this.#thinking = isThinking ? this.#thinking ?? new Thinking() : null;
    this.#thinking?.update(item.progress);
    const foot = isThinking ? { says: this.#thinking?.element, offers: [] } : footOf(item);
    this.#foot.hidden = !foot;
    this.#foot.replaceChildren(...(foot ? [el('span', {}, foot.says), ...foot.offers.map((name) => actionButton(name, 'text-button'))] : []));
  }
}

/** What some are called where they stand. @type {Record<string, string>} */
const ACTIONS = { take_back: 'stop', ask_this: 'ask', remove: 'delete' };

/** @param {string} name an action, or one of ACTIONS, which is also the key of its text @param {string} [className] */
export function actionButton(name, className = '') {
  const button = el('button', { type: 'button', className }, t(name));
  button.dataset.action = ACTIONS[name] ?? name;
  return button;
}

/** @param {Message} message @returns {string} what it cost */
export function usageOf({ usage }) {
  return usage ? t(usage.estimated ? 'usage_estimated' : 'usage', { n: usage.input, output: usage.output }) : '';
}

/** @param {Message|'unknown'} quoted @returns {(Node|string)[]} one line of it */
export function quote(quoted) {
  if (quoted === 'unknown') return [t('unknown_quote')];
  const line = quoted.status === 'deleted' ? t('deleted_quote') : withoutMarks(quoted.content.trimStart().slice(0, QUOTED)).trim().split('\n', 1)[0].toWellFormed();
  return [el('bdi', { className: 'name' }, quoted.author.name), ' ', el('bdi', {}, line)];
}

/**
 * What is to be said below a message, and what can be done about it.
 * @param {MessageItem} item
 * @returns {{says: string, offers: ('retry'|'discard'|'ask'|'take_back')[]}|null}
 */
function footOf({ message: { status, by, reason, author }, pending, waiting, writes }) {
  /** @type {'ask'[]} */
  const again = writes ? ['ask'] : [];
  if (pending?.failed) return { says: errorText({ ...pending, code: pending.code ?? '', content: pending.failed }), offers: ['retry', 'discard'] };
  if (pending) return { says: t('sending'), offers: [] };
  if (status === 'deleted') return { says: by && by.id !== author.id ? t('removed_by', { name: isolated(by.name) }) : t('deleted'), offers: [] };
  if (status === 'streaming') return null;
  if (waiting) return { says: t('waits'), offers: writes ? ['take_back'] : [] };
  if (author.kind !== 'assistant') return reason ? { says: reason, offers: [] } : null;
  if (status === 'complete') return null;
  if (status === 'stopped' && by) return { says: t('stopped_by', { name: isolated(by.name) }), offers: again };
  return { says: (status === 'error' && reason) || t(`ended_${status}`), offers: again };
}

/** @param {string} name the first character of a name, however many units it takes */
function initial(name) {
  return ([...new Intl.Segmenter().segment(name.trim())][0]?.segment ?? '').slice(0, 8).toUpperCase();
}

/** @param {MessageItem} a @param {MessageItem} b */
function isSame(a, b) {
  return (a.pending ? a.pending === b.pending : a.message === b.message && !b.pending) && a.message.author.name === b.message.author.name
    && a.grouped === b.grouped && a.mine === b.mine && a.target === b.target && a.quoted === b.quoted && a.waiting === b.waiting
    && a.earlier === b.earlier && a.writes === b.writes && a.owns === b.owns && a.progress === b.progress && !isCalled(b.message.content, a.names, b.names);
}

/** Whether other names may change how it is drawn. @param {string} content @param {Names|null} before @param {Names|null} now */
function isCalled(content, before, now) {
  return before !== now && /[@＠]/.test(content);
}
