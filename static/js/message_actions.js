/** The buttons of the message one points at or has the focus on: one toolbar for all, moved to where it is needed. */

import { copyFrom } from './clipboard.js';
import { el } from './elements.js';
import { itemAt } from './message_row.js';

/**
 * @typedef {import('./timeline.js').MessageItem} MessageItem
 * @typedef {'reply'|'ask'|'edit'|'delete'|'retry'|'discard'|'stop'|'show'} Action
 */

export class MessageActions {
  #onAction;
  #toolbar = el('div', { className: 'actions', role: 'toolbar', 'aria-label': 'Message actions' });

  /** @param {HTMLElement} list @param {(action: Action, item: MessageItem) => void} onAction */
  constructor(list, onAction) {
    this.#onAction = onAction;
    list.addEventListener('pointerover', ({ target, pointerType }) => { if (pointerType === 'mouse') this.#moveTo(target); });
    list.addEventListener('pointerleave', () => { if (!list.contains(document.activeElement)) this.#toolbar.remove(); });
    list.addEventListener('focusin', ({ target }) => this.#moveTo(target));
    list.addEventListener('click', (event) => this.#click(event));
  }

  /** @param {EventTarget|null} target */
  #moveTo(target) {
    const row = target instanceof Element ? target.closest('.message') : null;
    const item = itemAt(row);
    if (!row || !item || this.#toolbar.contains(/** @type {Node} */ (target))) return;
    const actions = actionsFor(item);
    const offered = actions.map(([name]) => name).join();
    if (this.#toolbar.parentElement === row && this.#toolbar.dataset.offered === offered) return;
    this.#toolbar.dataset.offered = offered;
    this.#toolbar.replaceChildren(...actions.map(([name, label]) => button(name, label)));
    if (actions.length) row.append(this.#toolbar);
    else this.#toolbar.remove();
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const pressed = target instanceof Element ? target.closest('button') : null;
    const item = itemAt(pressed);
    if (!pressed || !item) return;
    if (pressed.matches('.copy-code')) copyFrom(pressed, pressed.closest('.code')?.querySelector('code')?.textContent ?? '');
    else if (pressed.matches('.quote')) this.#onAction('show', item);
    else if (pressed.dataset.action === 'copy') copyFrom(pressed, item.message.content);
    else if (pressed.dataset.action) this.#onAction(/** @type {Action} */ (pressed.dataset.action), item);
  }
}

/** @param {MessageItem} item @returns {[string, string][]} */
function actionsFor({ message, mine, pending }) {
  const { author, status, reply_to } = message;
  if (pending || status === 'deleted' || author.kind === 'system') return [];
  /** @type {[string, string][]} */
  const actions = [['reply', 'Reply'], ['copy', 'Copy']];
  if (author.kind === 'assistant' && status !== 'streaming' && reply_to) actions.push(['ask', 'Ask again']);
  if (mine) actions.push(['edit', 'Edit'], ['delete', 'Delete']);
  return actions;
}

/** @param {string} name @param {string} label */
function button(name, label) {
  const node = el('button', { type: 'button' }, label);
  node.dataset.action = name;
  return node;
}
