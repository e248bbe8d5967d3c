/** The nouns of the page, for the type check and for whoever reads its modules; nothing of this is loaded. */

// ---- what the server sends (docs/protocol.md) ----

/** `role`: of one's own, where it is told. */
type Member = { id: string; name: string; role?: Role };
type Role = 'owner' | 'member' | 'reader' | 'removed' | 'none';
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
  access?: Access; closed?: boolean;
  /** Who gets what is written when the assistant answers; '': nobody. */
  sent_to?: string;
  /** 0: for ever. */
  retention_days?: number;
};
type Access = 'open' | 'invited';
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
/** Who came and went, as seen from here. Of whom both is true, `visited`, is not told. */
type Note = { after: number; member: Member; did: 'joined' | 'left' | 'renamed' | 'visited'; was?: string };
type PageRequest = { epoch: string; from: number; generation: number };

// ---- what is drawn (timeline.js) ----

type Marks = { unreadAfter: number | null; target: number | null; names: Names | null };
/** Whom an `@name` may address, and how I am called. */
type Names = { pattern: RegExp; me: string };
type MessageItem = {
  key: string; kind: 'message'; message: Message; grouped: boolean; mine: boolean; target: boolean; waiting: boolean;
  /** An answer whose question was answered again. */
  earlier: boolean;
  /** Whether I may write here, and whether the room is mine. */
  writes: boolean; owns: boolean;
  names: Names | null; progress?: Progress; pending?: Pending; quoted?: Message | 'unknown';
};
type Item = MessageItem
  | { key: string; kind: 'day'; ts: number }
  | { key: string; kind: 'notes'; notes: Note[] }
  | { key: string; kind: 'new' }
  | { key: string; kind: 'top'; whole: boolean };
type Action = 'reply' | 'ask' | 'edit' | 'delete' | 'retry' | 'discard' | 'stop' | 'show';

// ---- the line (connection.js) ----

/** `closed` is for good, or until somebody does something about its `door`; `transport` is told with `open`. */
type Line = { state: 'connecting' | 'open' | 'away' | 'closed'; reason?: string; transport?: TransportName; door?: Door };
/** Why a door is shut. */
type Door = 'signed_out' | 'no_password' | 'removed' | 'not_found';
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
/** What an address brought: an invitation to its room, or a link from another device. */
type Secret = { kind: 'invite' | 'link'; secret: string };

// ---- people, and who may come in (what more.js loads) ----

/** What such a module is given of the page. */
type Here = {
  room: string;
  state: () => State;
  /** This browser does not come back to the room by itself. */
  forget: () => void;
  /** Rooms that belong among those this browser was in. */
  know: (rooms: { name: string; title: string }[]) => void;
  /** Goes to another room this browser has been in. */
  leave: () => void;
  openPanel: (name: string, part?: string) => void;
  /** Goes on coming in. */
  enter: () => void;
  /** `look` is called whenever something changed, until what is returned is. */
  watch: (look: () => void) => () => unknown;
};
/** What came of a secret; the first two are doors that are in its way. */
type Outcome = 'signed_out' | 'no_password' | 'turned_down' | 'accepted' | 'followed' | 'declined' | 'link_refused';
type Members = { access: Access; closed: boolean; role: Role; members: Member[] };
/** `until` and `made` in ms; without `until` for ever, without `uses` for any number. */
type Invitation = { id: number; role: 'member' | 'reader'; made: number; until?: number; uses?: number; invitation?: string };
