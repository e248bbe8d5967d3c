"""A plain FastAPI broadcast, as the tutorials write it: it stores nothing and checks nothing."""

import os
import time
from collections import defaultdict

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect


class ConnectionManager:
    """The sockets of each room; a broadcast sends to one after the other."""

    def __init__(self) -> None:
        self.rooms: defaultdict[str, list[WebSocket]] = defaultdict(list)

    async def connect(self, room: str, websocket: WebSocket) -> None:
        """Accept the socket and add it to the room."""
        await websocket.accept()
        self.rooms[room].append(websocket)

    def disconnect(self, room: str, websocket: WebSocket) -> None:
        """Take the socket out of the room."""
        self.rooms[room].remove(websocket)

    async def broadcast(self, room: str, message: dict[str, object]) -> None:
        """Send the message to everyone who is in the room when it begins."""
        for websocket in list(self.rooms[room]):
            await websocket.send_json(message)


app = FastAPI()
manager = ConnectionManager()


@app.websocket("/ws/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    """Pass on what one member says until the member leaves."""
    await manager.connect(room, websocket)
    author = {"id": f"u{id(websocket):x}", "name": "Guest", "kind": "human"}
    number = 0
    try:
        while True:
            said = await websocket.receive_json()
            number += 1
            await manager.broadcast(
                room,
                {
                    "type": "message",
                    "id": number,
                    "ts": int(time.time() * 1000),
                    "author": author,
                    "content": said["content"],
                    "key": said.get("key"),
                },
            )
    except WebSocketDisconnect:
        manager.disconnect(room, websocket)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
