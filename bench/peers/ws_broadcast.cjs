// A broadcast over Node's `ws`, as its README writes it, with rooms by path: the JSON is made once, each member gets one send.
"use strict";
const { WebSocket, WebSocketServer } = require("ws");

const rooms = new Map(); // path → { members, number }
let people = 0;

function roomOf(path) {
  if (!rooms.has(path)) rooms.set(path, { members: new Set(), number: 0 });
  return rooms.get(path);
}

function broadcast(room, author, said) {
  const { content, key } = JSON.parse(said);
  const told = { type: "message", id: ++room.number, ts: Date.now(), author, content, key };
  const data = Buffer.from(JSON.stringify(told));
  for (const member of room.members) {
    if (member.readyState === WebSocket.OPEN) member.send(data, { binary: false });
  }
}

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.PORT), backlog: 4096 });
server.on("connection", (socket, request) => {
  const room = roomOf(request.url);
  const author = { id: `u${++people}`, name: "Guest", kind: "human" };
  room.members.add(socket);
  socket.on("message", (said) => broadcast(room, author, said));
  socket.on("close", () => room.members.delete(socket));
  socket.on("error", () => {}); // the close follows
});
