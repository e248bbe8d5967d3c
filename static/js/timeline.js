/** What stands in the transcript, in order: days, messages, who came and went, what is not sent yet. Pure. */

/**
 * @typedef {import('./room_state.js').State} State
 * @typedef {import('./room_state.js').Message} Message
 * @typedef {import('./room_state.js').Pending} Pending
 * @typedef {import('./room_state.js').Note} Note
 * @typedef {{key: string, kind: 'message', message: Message, grouped: boolean, mine: boolean, pending?: Pending,
 *   quoted?: Message|'unknown', waiting: boolean}} MessageItem
 * @typedef {{key: string, kind: 'day', ts: number}} DayItem
 * @typedef {{key: string, kind: 'notes', notes: Note[]}} NotesItem
 * @typedef {{key: string, kind: 'new'}} NewItem
 * @typedef {{key: string, kind: 'top', whole: boolean}} TopItem
 * @typedef {MessageItem|DayItem|NotesItem|NewItem|TopItem} Item
 */

import { find } from './room_state.js';

const GROUP_MS = 5 * 60_000;

/**
 * @param {State} state
 * @param {Message[]} messages  the part of the room that is drawn
 * @param {{unreadAfter: number|null, waiting: Set<number>}} view
 * @returns {Item[]}
 */
export function timeline(state, messages, { unreadAfter, waiting }) {
  /** @type {Item[]} */
  const items = [{ key: 'top', kind: 'top', whole: state.from === 0 && messages[0] === shown(state)[0] }];
  const notes = Map.groupBy(state.notes, (note) => note.after);
  /** @type {Message|undefined} */ let previous;
  for (const message of messages) {
    const apart = breaks(previous, message, unreadAfter);
    items.push(...apart, messageItem(state, message, previous, apart.length > 0 || notes.has(previous?.id ?? -1), waiting));
    const told = notes.get(message.id);
    if (told) items.push({ key: `notes ${message.id}`, kind: 'notes', notes: told });
    previous = message;
  }
  if (messages.at(-1) === state.messages.at(-1)) items.push(...unsent(state, previous));
  return items;
}

/** @param {State} state @returns {Message[]} */
export function shown(state) {
  const first = state.messages.findIndex((m) => m.id >= state.from);
  if (first === 0) return state.messages;
  return first < 0 ? [] : state.messages.slice(first);
}

/**
 * @param {Message|undefined} previous
 * @param {Message} message
 * @param {number|null} unreadAfter
 * @returns {Item[]} what stands between two messages
 */
function breaks(previous, message, unreadAfter) {
  /** @type {Item[]} */
  const items = [];
  const day = new Date(message.ts).toDateString();
  if (!previous || new Date(previous.ts).toDateString() !== day) items.push({ key: `day ${day}`, kind: 'day', ts: message.ts });
  if (unreadAfter !== null && message.id > unreadAfter && (previous?.id ?? 0) <= unreadAfter) items.push({ key: 'new', kind: 'new' });
  return items;
}

/**
 * My own message keeps the key of its row from the moment I sent it, so that the echo changes no node.
 * @param {State} state
 * @param {Message} message
 * @param {Message|undefined} previous
 * @param {boolean} apart
 * @param {Set<number>} [waiting]
 * @returns {MessageItem}
 */
function messageItem(state, message, previous, apart, waiting) {
  const mine = message.author.id === state.you?.id;
  const quotes = message.reply_to !== undefined && (message.author.kind === 'human' || message.reply_to !== previous?.id);
  return {
    key: mine && message.key ? `key ${message.key}` : `id ${message.id}`,
    kind: 'message', message, mine,
    grouped: !apart && follows(previous, message),
    quoted: quotes ? find(state, message.reply_to) ?? 'unknown' : undefined,
    waiting: waiting?.has(message.id) ?? false,
  };
}

/** @param {State} state @param {Message|undefined} previous @returns {MessageItem[]} */
function unsent(state, previous) {
  const author = { id: state.you?.id ?? '', name: state.you?.name ?? 'You', kind: /** @type {const} */ ('human') };
  return state.outbox.map((pending) => {
    const { key, content, ts, reply_to } = pending;
    const message = { id: 0, seq: 0, ts, author, content, key, reply_to, status: /** @type {const} */ ('complete') };
    const item = { ...messageItem(state, message, previous, false), key: `key ${key}`, mine: true, pending };
    previous = message;
    return item;
  });
}

/** @param {Message|undefined} previous @param {Message} message */
function follows(previous, message) {
  return previous !== undefined && previous.author.id === message.author.id && previous.author.name === message.author.name
    && message.author.kind === 'human' && previous.status !== 'deleted' && message.status !== 'deleted'
    && message.reply_to === undefined && message.ts - previous.ts < GROUP_MS;
}
