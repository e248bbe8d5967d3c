/** What stands in the transcript, in order: days, messages, who came and went, what is not sent yet. Pure. */

import { canWrite, isOwner } from './rights.js';
import { find } from './room_state.js';
import { t } from './texts.js';

const GROUP_MS = 5 * 60_000;

/**
 * @param {State} state
 * @param {Message[]} messages  the part of the room that is drawn
 * @param {Marks} marks
 * @returns {Item[]}
 */
export function timeline(state, messages, marks) {
  const whole = messages[0] === shown(state)[0];
  /** @type {Item[]} */
  const items = [{ key: 'top', kind: 'top', whole: state.from === 0 && whole }];
  const notes = Map.groupBy(state.notes.filter(({ did }) => did !== 'visited'), (note) => note.after);
  let previous = whole ? undefined : state.messages[state.messages.indexOf(messages[0]) - 1];
  const latest = latestAnswers(state.messages);
  for (const message of messages) {
    const apart = breaks(previous, message, marks.unreadAfter);
    const item = messageItem(state, message, previous, marks);
    item.earlier = isAnswer(message) && latest.get(asked(message)) !== message.id;
    items.push(...apart, { ...item, grouped: item.grouped && !apart.length && !notes.has(previous?.id ?? -1) });
    const told = notes.get(message.id);
    if (told) items.push({ key: `notes ${message.id}`, kind: 'notes', notes: told });
    previous = message;
  }
  if (messages.at(-1) === state.messages.at(-1)) items.push(...unsent(state, previous, marks));
  return items;
}

/** @param {State} state @returns {Message[]} */
export function shown(state) {
  const first = state.messages.findIndex((m) => m.id >= state.from);
  if (first === 0) return state.messages;
  return first < 0 ? [] : state.messages.slice(first);
}

/** By who answered what. @param {Message[]} messages @returns {Map<string, number>} */
function latestAnswers(messages) {
  return new Map(messages.filter(isAnswer).map((message) => [asked(message), message.id]));
}

/** @param {Message} message */
const isAnswer = ({ author, reply_to }) => author.kind === 'assistant' && reply_to !== undefined;

/** @param {Message} message */
const asked = ({ author, reply_to }) => `${author.id} ${reply_to}`;

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
 * @param {Marks} marks
 * @returns {MessageItem}
 */
function messageItem(state, message, previous, { target, names }) {
  const mine = message.author.id === state.you?.id;
  const { kind } = message.author;
  const quotes = message.reply_to !== undefined && (kind === 'human' || (kind === 'assistant' && message.reply_to !== previous?.id));
  return {
    key: mine && message.key ? `key ${message.key}` : `id ${message.id}`,
    kind: 'message', message, mine, names, earlier: false, writes: canWrite(state), owns: isOwner(state),
    grouped: follows(previous, message),
    target: message.id === target,
    quoted: quotes ? find(state, message.reply_to) ?? 'unknown' : undefined,
    waiting: state.waiting.includes(message.id),
    progress: state.progress?.id === message.id ? state.progress : undefined,
  };
}

/** @param {State} state @param {Message|undefined} previous @param {Marks} marks @returns {MessageItem[]} */
function unsent(state, previous, marks) {
  const author = { id: state.you?.id ?? '', name: state.you?.name ?? t('guest'), kind: /** @type {const} */ ('human') };
  return state.outbox.map((pending) => {
    const { key, content, ts, reply_to } = pending;
    const message = { id: 0, seq: 0, ts, author, content, key, reply_to, status: /** @type {const} */ ('complete') };
    const item = { ...messageItem(state, message, previous, marks), key: `key ${key}`, mine: true, pending };
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
