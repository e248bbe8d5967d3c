// The page's fold over recordings: `node fold.mjs room_state.js [recording …]` prints a line of state, as canonical JSON's
// SHA-256, for each line of theirs; with `--state N` before the recordings, the state itself after line N, from 0.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [foldFile, ...rest] = process.argv.slice(2);
const { addPage, apply, initialState } = await import(pathToFileURL(foldFile).href);
const wanted = rest[0] === '--state' ? Number(rest.splice(0, 2)[1]) : null;

for (const recording of rest) {
  let state = initialState();
  readFileSync(recording, 'utf8').trimEnd().split('\n').forEach((line, number) => {
    const { frame, page, asked } = JSON.parse(line);
    state = frame ? apply(state, frame) : addPage(state, asked, page);
    const text = canonical(shown(state));
    if (wanted === null) console.log(createHash('sha256').update(text).digest('hex'));
    else if (wanted === number) console.log(text);
  });
}

function shown(state) {
  return {
    seq: state.seq, epoch: state.epoch, from: state.from, room: state.room, members: state.members,
    messages: state.messages.filter((message) => message.id >= state.from), reconnect: Boolean(state.reconnect),
  };
}

function canonical(value) {
  return JSON.stringify(value, (_, part) => (part?.constructor === Object ? Object.fromEntries(Object.entries(part).sort()) : part));
}
