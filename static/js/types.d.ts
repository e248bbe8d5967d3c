/** The nouns of the page, for the type check and for whoever reads its modules; nothing of this is loaded. */

// ---- what the server sends (docs/protocol.md) ----

type Member = { id: string; name: string };
type Author = Member & { kind: 'human' | 'assistant' | 'system' };
type Status = 'complete' | 'streaming' | 'stopped' | 'interrupted' | 'error' | 'filtered' | 'truncated' | 'deleted';
type Message = {
  id: number; seq: number; ts: number; author: Author; content: string; status: Status;
  key?: string; reply_to?: number; edited?: number; by?: Author; reason?: string; usage?: Usage;
};
/** In tokens; `estimated`: the provider sent no figures. */
type Usage = { input: number; output: number; estimated?: boolean };
type Room = {
  name: string; title?: string; instructions?: string; speaks?: string; assistant?: string;
  model?: string; models?: string[]; mode?: string; modes?: { name: string; line: string }[];
};
type Frame = { type: string; [field: string]: any };
type Page = { epoch: string; from: number; messages: Message[] };
/** A search result: the odd parts of its excerpt are the words that were found. */
type Found = { id: number; ts: number; author: Author; excerpt: string[] };

// ---- what the page knows (room_state.js) ----

type State = {
  epoch: string | null;
  /** The position: the last change folded in. */
  seq: number | null;
  /** Every message from this id on is held; 0: the whole room. */
  from: number;
  /** Rises when held messages were let go, so that pages on their way are refused. */
  generation: number;
  /** Why the line must be renewed. */
  reconnect: string | null;
  room: Room; you: Member | null; members: Member[]; count: number;
  limits: { content: number; frame: number; answer: number };
  /** Ascending by id; may hold changed ones below `from`, which are not shown. */
  messages: Message[];
  outbox: Pending[]; typing: Typist[]; notes: Note[];
  /** Questions that wait for the answer before them. */
  waiting: number[];
  progress: Progress | null;
};
/** What the assistant does for an answer without a word. */
type Progress = { id: number; content: string; percent?: number };
/** Mine, not told by the server yet. `author` is who I was when I wrote it; `id` comes with the ack. */
type Pending = {
  key: string; content: string; ts: number; author: string | null; reply_to?: number; id?: number;
  failed?: string; code?: string; retry_after?: number;
};
type Typist = { member: Member; until: number };
/** Who came and went, as seen from here. */
type Note = { after: number; member: Member; did: 'joined' | 'left' | 'renamed'; was?: string };
type PageRequest = { epoch: string; from: number; generation: number };

// ---- what is drawn (timeline.js) ----

type Marks = { unreadAfter: number | null; target: number | null; names: Names | null };
/** Whom an `@name` may address, and how I am called. */
type Names = { pattern: RegExp; me: string };
type MessageItem = {
  key: string; kind: 'message'; message: Message; grouped: boolean; mine: boolean; target: boolean; waiting: boolean;
  /** An answer whose question was answered again. */
  earlier: boolean;
  names: Names | null; progress?: Progress; pending?: Pending; quoted?: Message | 'unknown';
};
type Item = MessageItem
  | { key: string; kind: 'day'; ts: number }
  | { key: string; kind: 'notes'; notes: Note[] }
  | { key: string; kind: 'new' }
  | { key: string; kind: 'top'; whole: boolean };
type Action = 'reply' | 'ask' | 'edit' | 'delete' | 'retry' | 'discard' | 'stop' | 'show';

// ---- the line (connection.js) ----

/** `closed` is for good; `transport` is told with `open`. */
type Line = { state: 'connecting' | 'open' | 'away' | 'closed'; reason?: string; transport?: TransportName };
type TransportName = 'websocket' | 'http';
/** What carries frames until it is lost or closed. */
interface Transport {
  name: TransportName;
  /** It breaks its silence by itself within so many milliseconds; 0: only when it is asked to. */
  silence: number;
  /** Whether it goes out. */
  send(frame: Frame): boolean;
  close(): void;
}
type TransportEvents = {
  onFrame: (frame: Frame) => void;
  /** What does not come the way of the others, and so does not prove that it is open. */
  onAnswer: (frame: Frame) => void;
  /** A close code or the status of a refusal; `wait`: not to be tried again for so many milliseconds. */
  onLost: (code: number, why?: { reason?: string; wait?: number }) => void;
};

// ---- the browser ----

/** A room this browser has been in: when last, up to where it was read, and what was not. */
type Visit = { room: string; title: string; at: number; epoch: string | null; read: number; unread: number };
