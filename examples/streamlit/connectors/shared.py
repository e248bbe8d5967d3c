"""One socket for the whole process: every session gets every message."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import streamlit as st

from connectors.dedicated import OnMessage, read_json, show
from connectors.inbox import Inbox
from connectors.line import Event, Headers, Line
from connectors.session import Session


class SharedConnection:
    """`get` it in every run. Without a callback the next message is put into `st.session_state.last_message` and
    `new_event` is set; once the script has reset that, it runs again for the next. The last session closes the socket."""

    _all: ClassVar[dict[str, "SharedConnection"]] = {}
    _lock: ClassVar[threading.RLock] = threading.RLock()

    def __init__(self, address: str, header: Headers | Callable[[], Headers] = None) -> None:
        self.address = address
        self.line = Line(address, self, header)
        self._inboxes: dict[str, Inbox] = {}

    @classmethod
    def get(
        cls, address: str, on_message_cb: OnMessage | None = None, header: Headers | Callable[[], Headers] = None
    ) -> "SharedConnection":
        session = Session.current()
        with cls._lock:
            connection = cls._all.get(address)
            if connection is None:
                connection = cls._all[address] = cls(address, header)
                connection.line.thread.start()
            inbox = connection._inboxes.setdefault(session.id, Inbox(session.rerun, lossy=True))
            session.kept[f"shared {address}"] = Seat(connection, session.id)
        callback = on_message_cb or fill_the_slot
        inbox.hand_over(lambda event: callback(read_json(event.values[0])) if event.kind == "message" else None)
        show(connection.line, inbox)
        return connection

    def send_message(self, message: Any) -> None:
        self.line.send(json.dumps(message))

    async def send_message_async(self, message: Any) -> None:
        await asyncio.to_thread(self.send_message, message)

    def put(self, event: Event) -> None:
        for inbox in list(self._inboxes.values()):
            inbox.put(event)

    def clear(self) -> None:
        """What waits was meant for everybody: nobody's reconnecting takes it away."""

    def close(self) -> None:
        """There is no inbox of its own."""

    def leave(self, session_id: str) -> None:
        with self._lock:
            self._inboxes.pop(session_id, None)
            if not self._inboxes and self._all.get(self.address) is self:
                del self._all[self.address]
                self.line.close()


class Seat:
    """What a session keeps of a connection that is not its own."""

    def __init__(self, connection: SharedConnection, session_id: str) -> None:
        self.connection, self.session_id = connection, session_id

    def close(self) -> None:
        self.connection.leave(self.session_id)


def fill_the_slot(message: Any) -> None:
    st.session_state.last_message = message
    st.session_state.new_event = True
