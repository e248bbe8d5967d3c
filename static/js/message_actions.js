/** The buttons of the message one points at or has the focus on: one toolbar for all, moved to where it is needed. */

import { copyFrom } from './clipboard.js';
import { el } from './elements.js';
import { actionButton, itemAt, usageOf } from './message_row.js';
import { t } from './texts.js';

export class MessageActions {
  #onAction;
  #toolbar = el('div', { className: 'actions', role: 'toolbar', 'aria-label': t('actions') });

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
    const [actions, usage] = [actionsFor(item), usageOf(item.message)];
    const offered = [...actions, usage].join();
    if (this.#toolbar.parentElement === row && this.#toolbar.dataset.offered === offered) return;
    this.#toolbar.dataset.offered = offered;
    this.#toolbar.replaceChildren(...(usage ? [el('span', { className: 'usage' }, usage)] : []), ...actions.map((name) => actionButton(name)));
    if (actions.length) row.append(this.#toolbar);
    else this.#toolbar.remove();
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const pressed = target instanceof Element ? target.closest('button') : null;
    const item = itemAt(pressed);
    if (!pressed || !item) return;
    const { message } = item;
    const { action } = pressed.dataset;
    if (pressed.matches('.copy-code')) copyFrom(pressed, pressed.closest('.code')?.querySelector('code')?.textContent ?? '');
    else if (pressed.matches('.quote')) this.#onAction('show', item);
    else if (action === 'copy') copyFrom(pressed, message.content);
    else if (action === 'link') copyFrom(pressed, `${location.origin}${location.pathname}#m${message.id}`);
    else if (action) this.#onAction(/** @type {Action} */ (action), item);
  }
}

/** @param {MessageItem} item @returns {string[]} */
function actionsFor({ message: { author, status, reply_to }, mine, pending, writes, owns }) {
  if (pending || status === 'deleted' || author.kind === 'system') return [];
  const asks = author.kind === 'assistant' ? status !== 'streaming' && reply_to && 'ask' : 'ask_this';
  return [
    writes && 'reply', 'copy', 'link', writes && asks, writes && mine && 'edit',
    mine ? 'delete' : owns && status !== 'streaming' && 'remove',
  ].filter((name) => typeof name === 'string');
}
