"""A broadcast over picows, the fastest WebSocket library for Python that we found: its core API, one `send` for each member.

The JSON is made once for all; the library frames it for each. On uvloop where there is one.
"""

import asyncio
import json
import os
import time
from collections import defaultdict
from importlib import import_module
from importlib.util import find_spec

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

rooms: defaultdict[str, set[WSTransport]] = defaultdict(set)
numbers: defaultdict[str, int] = defaultdict(int)


class Member(WSListener):
    """One connection in a room, whose messages go to everybody there."""

    def __init__(self, room: str) -> None:
        super().__init__()
        self.room = room

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Join."""
        self.author = {"id": f"u{id(transport):x}", "name": "Guest", "kind": "human"}
        rooms[self.room].add(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Leave."""
        rooms[self.room].discard(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Pass on what was said."""
        if frame.msg_type == WSMsgType.TEXT:
            self.broadcast(json.loads(frame.get_payload_as_utf8_text()))
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def broadcast(self, said: dict[str, str]) -> None:
        """Send to everyone who is in the room."""
        numbers[self.room] += 1
        told = {
            "type": "message",
            "id": numbers[self.room],
            "ts": int(time.time() * 1000),
            "author": self.author,
            "content": said["content"],
            "key": said.get("key"),
        }
        data = json.dumps(told, separators=(",", ":")).encode()
        for member in rooms[self.room]:
            member.send(WSMsgType.TEXT, data)


def listener(request: WSUpgradeRequest) -> Member:
    """Who comes in at this path."""
    return Member(request.path.decode())


async def serve() -> None:
    """Until the process is ended."""
    server = await ws_create_server(listener, "127.0.0.1", int(os.environ["PORT"]), backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    loop = import_module("uvloop").new_event_loop if find_spec("uvloop") else None
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(serve())
