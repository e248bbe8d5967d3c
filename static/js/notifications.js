/** A notification when somebody names me, or I am answered, while I look elsewhere; only if I asked for it. */

import { byId } from './elements.js';
import { browser, recall, remember } from './memory.js';
import { calling } from './mentions.js';
import { find, streaming } from './room_state.js';
import { titleOf } from './texts.js';

const WANTED = 'notify';
const BODY = 200;

export class Notifications {
  #button = byId('notify');
  /** The answer that was being typed. @type {number|undefined} */ #running;

  constructor() {
    // On plain http from another machine, and on some phones, there are none: the count in the title is left.
    this.#button.hidden = !('Notification' in window && window.isSecureContext);
    this.#button.addEventListener('click', () => this.#toggle());
    this.#draw();
  }

  /** @param {State} state @param {Message[]} fresh */
  update(state, fresh) {
    const ended = find(state, this.#running);
    this.#running = streaming(state)?.id;
    if (!document.hidden || !this.#wanted) return;
    for (const message of [...fresh, ...(ended ? [ended] : [])].filter((m) => concernsMe(state, m))) this.#show(state, message);
  }

  get #wanted() {
    return !this.#button.hidden && Notification.permission === 'granted' && recall(browser, WANTED) === true;
  }

  async #toggle() {
    remember(browser, WANTED, !this.#wanted && (await Notification.requestPermission()) === 'granted');
    this.#draw();
  }

  #draw() {
    this.#button.ariaPressed = String(this.#wanted);
  }

  /** @param {State} state @param {Message} message */
  #show({ room }, { id, author, content }) {
    try {
      const shown = new Notification(`${author.name} · ${titleOf(room)}`, { body: content.slice(0, BODY).toWellFormed(), tag: `${room.name} ${id}` });
      shown.onclick = () => { window.focus(); location.hash = `m${id}`; shown.close(); };
    } catch {
      this.#button.hidden = true; // Chrome on Android has the constructor, and refuses it to pages
    }
  }
}

/** People call each other by name alone; the assistant names everybody. @param {State} state @param {Message} message */
function concernsMe(state, { author, content, status, reply_to }) {
  const { you } = state;
  if (!you || !content || author.kind === 'system' || status === 'streaming' || status === 'stopped') return false;
  const isCalled = calling([you.name], author.kind === 'human' ? '[@＠]?' : undefined).test(content);
  return isCalled || (reply_to !== undefined && find(state, reply_to)?.author.id === you.id);
}
