/** One message of the transcript: its nodes are made once, and later only those are touched whose content changed. */

import { el, setText } from './elements.js';
import { GrowingMarkdown, renderMarkdown } from './markdown.js';

/**
 * @typedef {import('./room_state.js').Message} Message
 * @typedef {import('./timeline.js').MessageItem} MessageItem
 */

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** @type {WeakMap<Element, MessageItem>} */
const items = new WeakMap();

/** @param {EventTarget|null} target something in a row @returns {MessageItem|undefined} */
export function itemAt(target) {
  const row = target instanceof Element ? target.closest('.message') : null;
  return row ? items.get(row) : undefined;
}

export class MessageRow {
  /** @type {GrowingMarkdown|null} */ #growing = null;
  /** @type {string|null} */ #drawn = null;
  #mark = el('span', { className: 'mark', 'aria-hidden': 'true' });
  #name = el('bdi', { className: 'name' });
  #time = el('time');
  #edited = el('span', { className: 'edited', hidden: true }, 'edited');
  #quote = el('button', { type: 'button', className: 'quote', hidden: true });
  #body = el('div', { className: 'body', dir: 'auto' });
  #foot = el('div', { className: 'foot', hidden: true });
  element = el('li', { tabIndex: -1 },
    el('div', { className: 'head' }, this.#mark, this.#name, this.#time, this.#edited), this.#quote, this.#body, this.#foot);

  /** @param {MessageItem} item */
  update(item) {
    const was = items.get(this.element);
    if (was && isSame(was, item)) return;
    items.set(this.element, item);
    const { message } = item;
    this.#drawHead(item);
    if (!was || was.quoted !== item.quoted) this.#drawQuote(item);
    this.#drawBody(message);
    this.#drawFoot(item);
  }

  /** @param {MessageItem} item */
  #drawHead({ message, mine, grouped, pending }) {
    const flags = { mine, grouped, pending: Boolean(pending && !pending.failed), failed: Boolean(pending?.failed), [message.status]: true };
    const className = ['row message', message.author.kind, ...Object.keys(flags).filter((flag) => flags[flag])].join(' ');
    if (this.element.className !== className) this.element.className = className;
    if (message.id) this.element.id = `m${message.id}`;
    setText(this.#mark, initial(message.author.name));
    setText(this.#name, message.author.name);
    setText(this.#time, TIME.format(message.ts));
    this.#time.title = FULL.format(message.ts);
    this.#time.dateTime = new Date(message.ts).toISOString();
    this.#edited.hidden = !message.edited || message.status === 'deleted';
    if (message.edited) this.#edited.title = FULL.format(message.edited);
  }

  /** @param {MessageItem} item */
  #drawQuote({ quoted }) {
    this.#quote.hidden = !quoted;
    this.#quote.dataset.id = quoted && quoted !== 'unknown' ? String(quoted.id) : '';
    this.#quote.replaceChildren(...(quoted ? quote(quoted) : []));
  }

  /** @param {Message} message */
  #drawBody({ content, status, author }) {
    if (status === 'streaming') {
      this.#growing ??= new GrowingMarkdown(this.#body);
      this.#growing.draw(content);
    } else if (this.#growing) {
      this.#growing.finish(content);
      this.#growing = null;
    } else if (this.#drawn !== content) {
      this.#body.replaceChildren(renderMarkdown(content, { breaks: author.kind === 'human' }));
    }
    this.#drawn = content;
    this.element.ariaBusy = status === 'streaming' ? 'true' : null;
  }

  /** @param {MessageItem} item */
  #drawFoot(item) {
    const foot = footOf(item);
    this.#foot.hidden = !foot;
    this.#foot.replaceChildren(...(foot ? [el('span', {}, foot.says), ...foot.offers.map(action)] : []));
  }
}

/** @param {Message|'unknown'} quoted @returns {(Node|string)[]} one line of it */
export function quote(quoted) {
  if (quoted === 'unknown') return ['an earlier message'];
  if (quoted.status === 'deleted') return [el('bdi', {}, quoted.author.name), ' a deleted message'];
  const line = quoted.content.trim().split('\n', 1)[0].slice(0, 160);
  return [el('bdi', { className: 'name' }, quoted.author.name), ' ', el('bdi', {}, line)];
}

/**
 * What is to be said below a message, and what can be done about it.
 * @param {MessageItem} item
 * @returns {{says: string, offers: ('retry'|'discard'|'ask'|'stop')[]}|null}
 */
function footOf({ message, pending, waiting }) {
  const { status, by, reason, author, content } = message;
  if (pending?.failed) return { says: pending.failed, offers: ['retry', 'discard'] };
  if (pending) return { says: 'Sending…', offers: [] };
  if (status === 'deleted') return { says: 'This message was deleted.', offers: [] };
  if (status === 'streaming') return content ? null : { says: 'Thinking…', offers: [] };
  if (waiting) return { says: 'Waits for the answer before it', offers: ['stop'] };
  if (author.kind !== 'assistant') return reason ? { says: reason, offers: [] } : null;
  if (status === 'complete') return null;
  return { says: status === 'stopped' ? `Stopped${by ? ` by ${by.name}` : ''}` : reason ?? ENDINGS[status] ?? '', offers: ['ask'] };
}

/** @type {Record<string, string>} */
const ENDINGS = {
  interrupted: 'This answer was cut off.',
  error: 'Something went wrong with this answer.',
  filtered: 'The model withheld the rest of this answer.',
  truncated: 'This answer reached its limit.',
};

/** @type {Record<string, string>} */
const LABELS = { retry: 'Retry', discard: 'Discard', ask: 'Ask again', stop: 'Stop' };

/** @param {string} name */
function action(name) {
  const button = el('button', { type: 'button', className: 'text-button' }, LABELS[name]);
  button.dataset.action = name;
  return button;
}

/** @param {string} name the first character of a name, however many units it takes */
function initial(name) {
  return ([...new Intl.Segmenter().segment(name.trim())][0]?.segment ?? '').slice(0, 8).toUpperCase();
}

/** @param {MessageItem} a @param {MessageItem} b */
function isSame(a, b) {
  return (a.pending ? a.pending === b.pending : a.message === b.message && !b.pending)
    && a.message.author.name === b.message.author.name
    && a.grouped === b.grouped && a.mine === b.mine && a.quoted === b.quoted && a.waiting === b.waiting;
}
