/**
 * The room as this page knows it: a pure fold over the server's frames, by the delivery contract of docs/protocol.md.
 *
 * States are never changed in place; what a frame does not touch stays the same object, so that the view can tell
 * by identity what to draw. What cannot be folded moves nothing and sets `reconnect`: only a welcome heals that.
 */

/** The most unsent messages one page keeps; more would only be refused by the server's rate limit. */
export const OUTBOX_LIMIT = 50;
const NOTES_LIMIT = 40;
const TYPING_MS = 5000;
/** Above this the presence list is cut, and nobody can tell who left. */
const PRESENCE_LIMIT = 100;

/** @param {Pending[]} [outbox] @returns {State} */
export function initialState(outbox = []) {
  return {
    epoch: null, seq: null, from: 0, generation: 0, reconnect: null,
    room: { name: '' }, you: null, members: [], count: 0, limits: { content: 16000, frame: 131072, answer: 64000 },
    messages: [], outbox, typing: [], notes: [], waiting: [], progress: null,
  };
}

/** @param {State} state @param {Frame} frame @param {number} [now] for what passes by itself: who is typing @returns {State} */
export function apply(state, frame, now = 0) {
  if (state.reconnect && frame.type !== 'welcome') return state;
  const fold = FOLDS.get(frame.type);
  return fold ? fold(state, frame, now) : state;
}

/**
 * An older page, unless the room was renewed or the start moved since it was asked for.
 * @param {State} state @param {PageRequest} asked @param {Page} page @returns {State}
 */
export function addPage(state, asked, page) {
  const stale = page.epoch !== state.epoch || asked.epoch !== state.epoch
    || asked.from !== state.from || asked.generation !== state.generation;
  if (stale) return state;
  const start = position(state.messages, asked.from); // what is held below it are changes told meanwhile
  const older = state.messages.slice(0, start).reduce(put, page.messages);
  return { ...state, from: page.from, messages: [...older, ...state.messages.slice(start)] };
}

/** Lets go of all but the latest messages and the answers still streaming. @param {State} state @param {number} keep @returns {State} */
export function trim(state, keep) {
  if (state.messages.length <= keep) return state;
  const from = Math.max(state.from, state.messages[state.messages.length - keep].id);
  const messages = state.messages.filter((m) => m.id >= from || m.status === 'streaming');
  return { ...state, from, messages, generation: state.generation + 1 };
}

/** @param {State} state @param {Pending} pending @returns {State} */
export function queue(state, pending) {
  return { ...state, outbox: [...state.outbox.filter((p) => p.key !== pending.key), pending] };
}

/** @param {State} state @param {string} key @returns {State} */
export function discard(state, key) {
  return { ...state, outbox: state.outbox.filter((p) => p.key !== key) };
}

/**
 * What to send (again) after a welcome: a message written by who I was then is not sent as who I am now.
 * @param {State} state @returns {Pending[]}
 */
export function unanswered(state) {
  return state.outbox.filter((p) => !p.failed && !p.id && (p.author === null || p.author === state.you?.id));
}

/** @param {State} state @param {number|undefined} id @returns {Message|undefined} */
export function find(state, id) {
  if (id === undefined) return undefined;
  const held = state.messages[position(state.messages, id)];
  return held?.id === id ? held : undefined;
}

/** @param {State} state @returns {Message|undefined} the answer being typed */
export function streaming(state) {
  return state.messages.findLast((m) => m.status === 'streaming');
}

/** @typedef {(state: State, frame: Frame, now: number) => State} Fold */

const FOLDS = new Map(/** @type {[string, Fold][]} */ ([
  ['welcome', welcome],
  ['message', numbered(change)],
  ['start', numbered((state, frame) => change(state, { ...frame, status: 'streaming' }))],
  ['end', numbered(end)],
  ['chunk', chunk],
  ['room', (state, { type, seq, epoch, ...room }) => ({ ...state, room: { ...state.room, ...room } })],
  ['presence', presence],
  ['typing', typing],
  ['waiting', (state, { ids }) => ({ ...state, waiting: ids })],
  ['progress', (state, { id, content, percent }) => ({ ...state, progress: { id, content, percent } })],
  ['ack', acknowledge],
  ['error', refuse],
  ['pong', (state, { seq }) => (seq === state.seq ? state : broken(state, `the room is at ${seq}, this page at ${state.seq}`))],
]));

/** @param {State} state @param {Frame} frame @returns {State} */
function welcome(state, frame) {
  const { resumed, room: { epoch, seq, ...room }, you, members, count } = frame;
  const known = frame.messages.map((/** @type {Message} */ message) => reuse(state, message));
  const start = resumed ? { from: state.from, generation: state.generation }
    : { from: frame.from ?? 0, generation: state.generation + 1 };
  return settle({
    ...state, ...start, reconnect: null, epoch, seq, room, you, members, count, typing: [], waiting: [], progress: null,
    limits: frame.limits ?? state.limits,
    notes: state.epoch === epoch ? state.notes : [],
    messages: known.reduce(put, resumed ? state.messages : []),
    outbox: state.epoch && state.epoch !== epoch ? state.outbox.map(asNew) : state.outbox,
  }, known);
}

/** Ids of another epoch mean nothing here. @param {Pending} pending @returns {Pending} */
function asNew({ id, reply_to, ...pending }) {
  return pending;
}

/**
 * Live numbers rise by one: a lower one was already folded, a higher one means that something is missing.
 * @param {(state: State, frame: any) => State} fold
 * @returns {(state: State, frame: Frame) => State}
 */
function numbered(fold) {
  return (state, frame) => {
    if (state.seq === null || frame.seq <= state.seq) return state;
    if (frame.seq !== state.seq + 1) return broken(state, `change ${frame.seq} followed ${state.seq}`);
    const next = fold(state, frame);
    return next.reconnect ? next : settle({ ...next, seq: frame.seq }, [frame]);
  };
}

/** @param {State} state @param {Message & {type: string}} frame @returns {State} */
function change(state, { type, ...message }) {
  const typing = state.typing.filter((t) => t.member.id !== message.author.id);
  return { ...state, messages: put(state.messages, message), typing: keep(state.typing, typing) };
}

/** @param {State} state @param {Frame} frame @returns {State} */
function chunk(state, { id, off, content }) {
  const held = find(state, id);
  if (!held) return broken(state, `text for the unknown message ${id}`);
  if (off > held.content.length) return broken(state, `text at ${off} of message ${id}, which has ${held.content.length}`);
  if (held.status !== 'streaming') return state;
  const fresh = content.slice(held.content.length - off);
  return fresh ? { ...state, progress: null, messages: replace(state.messages, { ...held, content: held.content + fresh }) } : state;
}

/** @param {State} state @param {Frame} frame @returns {State} */
function end(state, { id, seq, status, length, by, content, usage }) {
  const held = find(state, id);
  if (!held) return broken(state, `the end of the unknown message ${id}`);
  if (held.seq >= seq) return state;
  if (held.content.length !== length) return broken(state, `message ${id} ended at ${length}, here it has ${held.content.length}`);
  const ended = { ...held, seq, status, ...(by && { by }), ...(content && { reason: content }), ...(usage && { usage }) };
  return { ...state, progress: null, messages: replace(state.messages, ended) };
}

/** @param {State} state @param {Frame} frame @returns {State} */
function presence(state, { members, count }) {
  const told = count <= PRESENCE_LIMIT && state.count <= PRESENCE_LIMIT;
  const notes = told ? comings(state, members).reduce(addNote, state.notes) : state.notes;
  const you = members.find((/** @type {Member} */ { id }) => id === state.you?.id) ?? state.you; // renamed in another tab
  return { ...state, you, members, count, notes: notes.slice(-NOTES_LIMIT) };
}

/** @param {State} state @param {Frame} frame @param {number} now @returns {State} */
function typing(state, { member, on }, now) {
  const others = state.typing.filter((t) => t.member.id !== member.id && t.until > now);
  if (member.id === state.you?.id) return state;
  return { ...state, typing: on ? [...others, { member, until: now + TYPING_MS }] : others };
}

/**
 * The echo may come after the ack; until then the message stays in sight as pending.
 * @param {State} state @param {Frame} frame @returns {State}
 */
function acknowledge(state, { key, id }) {
  if (!state.outbox.some((p) => p.key === key)) return state;
  return settle({ ...state, outbox: state.outbox.map((p) => (p.key === key ? { ...p, id, failed: undefined } : p)) }, []);
}

/** @param {State} state @param {Frame} frame @returns {State} */
function refuse(state, { key, content, code, retry_after }) {
  if (!key || !state.outbox.some((p) => p.key === key)) return state;
  return { ...state, outbox: state.outbox.map((p) => (p.key === key ? { ...p, failed: content, code, retry_after } : p)) };
}

/**
 * Takes out of the outbox what arrived: by its echo, or by an acked id the position has passed.
 * @param {State} state @param {any[]} arrived @returns {State}
 */
function settle(state, arrived) {
  if (!state.outbox.length) return state;
  const mine = arrived.filter((m) => m.key && m.author?.id === state.you?.id).map((m) => m.key);
  const outbox = state.outbox.filter((p) => !mine.includes(p.key) && !(p.id && p.id <= (state.seq ?? 0)));
  return { ...state, outbox: keep(state.outbox, outbox) };
}

/** @param {State} state @param {string} why @returns {State} */
function broken(state, why) {
  return { ...state, reconnect: why };
}

/** The higher `seq` wins, then the longer text. @param {Message[]} messages @param {Message} message @returns {Message[]} */
function put(messages, message) {
  const at = position(messages, message.id);
  const held = messages[at];
  if (held?.id !== message.id) return messages.toSpliced(at, 0, message);
  const newer = message.seq > held.seq || (message.seq === held.seq && grown(message) >= grown(held));
  return newer && message !== held ? messages.with(at, message) : messages;
}

/** @param {Message} message */
function grown(message) {
  return message.status === 'streaming' ? message.content.length : 0;
}

/** @param {Message[]} messages @param {Message} message */
function replace(messages, message) {
  return messages.with(position(messages, message.id), message);
}

/** @param {Message[]} messages @param {number} id @returns {number} where it is or belongs */
function position(messages, id) {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle].id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A message that did not change stays the same object, also when the whole room is welcomed anew.
 * @param {State} state @param {Message} message @returns {Message}
 */
function reuse(state, message) {
  const held = find(state, message.id);
  const same = held && held.seq === message.seq && held.ts === message.ts && held.status === message.status
    && held.content === message.content && held.author.id === message.author.id;
  return same ? held : message;
}

/** @template T @param {T[]} old @param {T[]} filtered @returns {T[]} */
function keep(old, filtered) {
  return filtered.length === old.length ? old : filtered;
}

/** @param {State} state @param {Member[]} members @returns {Note[]} */
function comings(state, members) {
  const after = state.messages.at(-1)?.id ?? 0;
  const was = new Map(state.members.map((m) => [m.id, m.name]));
  const is = new Set(members.map((m) => m.id));
  const others = members.filter((m) => m.id !== state.you?.id);
  return [
    ...others.filter((m) => !was.has(m.id)).map((member) => ({ after, member, did: /** @type {const} */ ('joined') })),
    ...others.filter((m) => was.has(m.id) && was.get(m.id) !== m.name)
      .map((member) => ({ after, member, did: /** @type {const} */ ('renamed'), was: was.get(member.id) })),
    ...state.members.filter((m) => !is.has(m.id) && m.id !== state.you?.id)
      .map((member) => ({ after, member, did: /** @type {const} */ ('left') })),
  ];
}

/**
 * Who reloads, or comes back under another name, did not come or go. Who came and went keeps their place, out of sight, for a
 * reload that takes long is told as both. @param {Note[]} notes @param {Note} note @returns {Note[]}
 */
function addNote(notes, note) {
  const undone = notes.findLastIndex((n) => n.after === note.after && n.member.id === note.member.id
    && n.did !== note.did && n.did !== 'renamed' && note.did !== 'renamed');
  if (undone < 0) return [...notes, note];
  const { did, member } = notes[undone];
  if (did === 'joined') return notes.with(undone, { ...note, did: 'visited' });
  if (did === 'visited') return notes.with(undone, note);
  const rest = notes.toSpliced(undone, 1);
  return member.name === note.member.name ? rest : [...rest, { ...note, did: 'renamed', was: member.name }];
}
