/** Where one writes: drafts, replies, edits, and the keys that people's hands know. */

import { byId, el, setText } from './elements.js';
import { browser, recall, remember, tab } from './memory.js';
import { quote } from './message_row.js';
import { canWrite } from './rights.js';
import { find } from './room_state.js';
import { locale, t, titleOf } from './texts.js';
import { Verdict } from './verdict.js';

/**
 * @typedef {object} Handlers
 * @property {(content: string, reply_to?: number) => void} onSend
 * @property {(id: number, content: string) => void} onEdit
 * @property {(on: boolean) => void} onTyping
 * @property {(frame: Frame) => unknown} onDraft
 */

/** "Typing" is shown for 5 s, so it is said again a little sooner. */
const TYPING_MS = 3500;
const touch = matchMedia('(pointer: coarse)');

export class Composer {
  #text = byId('text'); #context = byId('context'); #send = byId('send');
  #handlers; #draftKey; #verdict;
  /** @type {State|null} */ #state = null;
  /** @type {number|undefined} */ #replyTo;
  /** While a message is edited, the draft waits here. @type {{id: number, draft: string}|null} */ #editing = null;
  /** ↑ came before the server said that my last message stands. */
  #wantsLast = false;
  /** Ids mean nothing under another epoch. @type {string|null} */ #epoch = null;
  #typedAt = 0;

  /** @param {string} room @param {Handlers} handlers */
  constructor(room, handlers) {
    this.#handlers = handlers;
    this.#verdict = new Verdict(handlers.onDraft);
    this.#draftKey = `draft:${room}`;
    this.#restore();
    this.#text.addEventListener('input', () => this.#changed());
    this.#text.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#key(event));
    byId('composer').addEventListener('submit', (/** @type {Event} */ event) => { event.preventDefault(); this.#submit(); });
    this.#context.querySelector('button').addEventListener('click', () => this.#cancel());
    this.#text.enterKeyHint = touch.matches ? 'enter' : 'send';
    this.focus();
  }

  /** On touch this would bring up the keyboard, which nobody asked for. */
  focus() {
    if (!touch.matches) this.#text.focus();
  }

  /** @param {State} state */
  update(state) {
    this.#state = state;
    if (state.epoch && state.epoch !== this.#epoch) this.#begin(state.epoch);
    const placeholder = t('message_to', { room: titleOf(state.room) });
    if (this.#text.placeholder !== placeholder) this.#text.placeholder = placeholder;
    if (this.#wantsLast && state.outbox.every(({ failed }) => failed)) this.#editLast();
    this.#drawSilence(state);
    this.#drawContext();
    this.#drawHint();
  }

  /** Where nobody may write, or I may not, that stands in this place; what I had begun to write is kept. @param {State} state */
  #drawSilence(state) {
    byId('composer').hidden = !canWrite(state);
    byId('silence').hidden = canWrite(state);
    setText(byId('silence'), canWrite(state) ? '' : t(state.room.closed ? 'closed_room' : 'reads_only'));
  }

  /** @param {Frame} verdict on a draft */
  hear(verdict) {
    this.#verdict.hear(verdict);
    this.#drawHint();
  }

  /** @param {string} epoch */
  #begin(epoch) {
    if (this.#epoch) this.#replyTo = undefined;
    if (this.#epoch && this.#editing) { // both texts are kept; there is no message any more that one of them could change
      const { draft } = this.#editing;
      this.#editing = null;
      this.write([draft, this.#text.value].filter(Boolean).join('\n\n'));
    }
    this.#epoch = epoch;
    this.#save();
  }

  /** @param {number} id */
  reply(id) {
    this.#leaveEdit();
    this.#replyTo = id;
    this.#changed();
    this.#text.focus();
  }

  get editing() {
    return this.#editing !== null;
  }

  /** @param {Message} message @param {string} [content] what an earlier try to edit it wrote */
  edit(message, content = message.content) {
    this.#editing = { id: message.id, draft: this.#editing?.draft ?? this.#text.value };
    this.write(content);
  }

  /** @param {string} content */
  write(content) {
    this.#text.value = content;
    this.#text.setSelectionRange(content.length, content.length);
    this.#changed();
    this.#text.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // Safari ends the composition before the Enter that ended it; only the old key code tells.
    if (event.isComposing || event.keyCode === 229) return;
    const plain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey || (plain && !touch.matches))) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === 'Escape') {
      this.#cancel();
    } else if (event.key === 'ArrowUp' && plain && !this.#text.value && !this.#editing) {
      event.preventDefault();
      this.#wantsLast = true;
      if (this.#state) this.update(this.#state);
    }
  }

  #editLast() {
    this.#wantsLast = false;
    const last = this.#state?.messages.findLast((m) => m.author.id === this.#state?.you?.id && m.status === 'complete');
    if (last) this.edit(last);
  }

  #submit() {
    const content = this.#text.value.toWellFormed().trim();
    if (!content || content.length > this.#limit) return;
    if (this.#editing) {
      const { id } = this.#editing;
      this.#leaveEdit();
      if (content !== find(/** @type {State} */ (this.#state), id)?.content) this.#handlers.onEdit(id, content);
    } else {
      const replyTo = this.#replyTo;
      this.#replyTo = undefined;
      this.write('');
      this.#handlers.onSend(content, replyTo);
    }
  }

  #cancel() {
    if (this.#editing) this.#leaveEdit();
    else this.#replyTo = undefined;
    this.#changed();
    this.#text.focus();
  }

  #leaveEdit() {
    if (!this.#editing) return;
    const { draft } = this.#editing;
    this.#editing = null;
    this.write(draft);
  }

  #changed() {
    this.#wantsLast = false;
    if (!this.#editing) this.#save();
    if (!CSS.supports('field-sizing', 'content')) this.#grow();
    this.#tellTyping(Boolean(this.#text.value) && !this.#editing);
    this.#drawContext();
    this.#drawHint();
  }

  #grow() {
    this.#text.style.height = 'auto';
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  /** @param {boolean} typing */
  #tellTyping(typing) {
    const since = Date.now() - this.#typedAt;
    if (typing ? since < TYPING_MS : !this.#typedAt) return;
    this.#typedAt = typing ? Date.now() : 0;
    this.#handlers.onTyping(typing);
  }

  #drawContext() {
    const target = this.#editing?.id ?? this.#replyTo;
    this.#context.hidden = target === undefined;
    if (target === undefined || !this.#state) return;
    const label = this.#context.firstElementChild;
    const message = find(this.#state, target) ?? 'unknown';
    const words = this.#editing ? [t('editing')] : [`${t('replying')} `, ...quote(message)];
    const drawn = el('span', {}, ...words);
    if (label.textContent !== drawn.textContent) label.replaceWith(drawn);
  }

  #drawHint() {
    const { value } = this.#text;
    const over = value.trim().length > this.#limit;
    this.#send.disabled = !value.trim() || over;
    setText(byId('counter'), value.length > this.#limit * 0.9 ? `${value.length.toLocaleString(locale)} / ${this.#limit.toLocaleString(locale)}` : '');
    byId('counter').classList.toggle('over', over);
    if (!this.#state?.you) return;
    if (!canWrite(this.#state)) return setText(byId('hint'), '');
    if (this.#editing) this.#verdict.pause();
    else this.#verdict.consider(this.#state, value, this.#replyTo);
    const { answers } = this.#verdict;
    const { speaks, assistant: name = t('assistant') } = this.#state.room;
    const verdict = answers === undefined ? '' : t(answers ? 'asking' : speaks === 'never' ? 'silent' : 'mention', { name });
    setText(byId('hint'), this.#editing ? t('editing_hint') : verdict);
    byId('hint').classList.toggle('will', answers === true && !this.#editing);
  }

  get #limit() {
    return this.#state?.limits.content ?? 16000;
  }

  #save() {
    const draft = { content: this.#text.value, reply_to: this.#replyTo, epoch: this.#epoch };
    remember(tab, this.#draftKey, draft); // each tab keeps its own; a new one begins with what was written last
    remember(browser, this.#draftKey, draft.content || draft.reply_to ? draft : undefined);
  }

  #restore() {
    const { content = '', reply_to, epoch = null } = recall(tab, this.#draftKey) ?? recall(browser, this.#draftKey) ?? {};
    this.#text.value = content;
    [this.#replyTo, this.#epoch] = [reply_to, epoch];
    if (!CSS.supports('field-sizing', 'content')) this.#grow();
    this.#drawHint();
  }
}
