/**
 * node client.ts ADDRESS QUESTION: a client in another language. What it knows of the protocol are the types in models.ts, which
 * were generated from /asyncapi.json. It asks, folds the answer, and prints it with what became of its own frame.
 */

import type {
  AckFrame, ChunkFrame, Configure, DraftFrame, EndFrame, ErrorFrame, MessageFrame, Ping, PongFrame, PresenceFrame, ProgressFrame, RoomFrame, Say,
  StartFrame, TypingFrame, WaitingFrame, WelcomeFrame,
} from './models.ts';

type Received = WelcomeFrame | MessageFrame | StartFrame | ChunkFrame | EndFrame | RoomFrame | PresenceFrame | TypingFrame | WaitingFrame
  | ProgressFrame | DraftFrame | AckFrame | ErrorFrame | PongFrame;

declare const process: { argv: string[] };

const [address, question] = process.argv.slice(2) as [string, string];
const key = 'a-question';
const line = new WebSocket(address);
const told: string[] = [];
let seq = 0, asked = 0, answer = 0, text = '';

function send(frame: Say | Configure | Ping): void {
  line.send(JSON.stringify(frame));
}

function receive(frame: Received): void {
  if ('seq' in frame && frame.type !== 'room' && frame.type !== 'pong' && frame.seq !== ++seq) throw new Error(`a gap before ${frame.seq}`);
  switch (frame.type) {
    case 'welcome':
      seq = frame.room.seq;
      told.push(`welcome ${frame.you.name}`);
      send({ type: 'configure', key: 'manners', speaks: 'always' });
      send({ type: 'message', key, content: question });
      break;
    case 'ack':
      if (frame.key === key) asked = frame.id;
      told.push(`ack ${frame.key}`);
      break;
    case 'start':
      answer = frame.id;
      break;
    case 'chunk':
      if (frame.id === answer && frame.off === text.length) text += frame.content;
      break;
    case 'end':
      if (frame.length !== text.length) throw new Error(`${frame.length} units, but ${text.length} came`);
      told.push(`end ${frame.status}`);
      send({ type: 'ping' });
      break;
    case 'pong':
      told.push(frame.seq === seq ? 'pong' : `pong ${frame.seq}, not ${seq}`);
      line.close(1000);
      console.log(JSON.stringify({ told, text, asked, answer }));
      break;
    case 'error':
      throw new Error(frame.content);
  }
}

line.onmessage = ({ data }) => receive(JSON.parse(String(data)));
line.onerror = () => { throw new Error('no line'); };
