"""python-socketio with its own rooms, under uvicorn: each message is one `emit` to the room. The room is in the query."""

import os
import time
from typing import Any
from urllib.parse import parse_qs

import socketio
import uvicorn

sio = socketio.AsyncServer(async_mode="asgi", transports=["websocket"])
rooms: dict[str, str] = {}  # of each member
numbers: dict[str, int] = {}  # of each room's latest message


@sio.event
async def connect(sid: str, environ: dict[str, Any]) -> None:
    """Let the member into the room that it asks for."""
    room = parse_qs(environ["QUERY_STRING"])["room"][0]
    rooms[sid] = room
    await sio.enter_room(sid, room)


@sio.event
async def disconnect(sid: str, reason: str) -> None:
    """Forget the member; socketio takes it out of the room."""
    rooms.pop(sid, None)


@sio.event
async def message(sid: str, said: dict[str, Any]) -> None:
    """Pass on to everyone in the room, the sender too."""
    room = rooms[sid]
    numbers[room] = numbers.get(room, 0) + 1
    told = {
        "id": numbers[room],
        "ts": int(time.time() * 1000),
        "author": {"id": sid, "name": "Guest", "kind": "human"},
        "content": said["content"],
        "key": said.get("key"),
    }
    await sio.emit("message", told, room=room)


if __name__ == "__main__":
    uvicorn.run(socketio.ASGIApp(sio), host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
