"""One socket for a session, that is, for a tab."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx

from connectors.inbox import Inbox
from connectors.line import Event, Given, Headers, Line
from connectors.session import Session

OnMessage = Callable[[Any], None]
OnError = Callable[[Line, Exception], None]


class Connection:
    """Make one and `connect()` it in every run: the session keeps one line for each `key`. That hands the callback all
    that came since; in a fragment, only that fragment runs again when more comes."""

    def __init__(
        self,
        address: Given,
        on_message_cb: OnMessage,
        on_error_cb: OnError | None = None,
        header: Headers | Callable[[], Headers] = None,
        key: str = "connection",
    ) -> None:
        self.address, self.header, self.key = address, header, key
        self.on_message_cb, self.on_error_cb = on_message_cb, on_error_cb
        self._line: Line | None = None

    def connect(self) -> Self:
        session = Session.current()
        line = session.keep(self.key, lambda: self._open(Inbox(session.rerun)))
        moved = line.address != self.address and not callable(self.address)
        line.address, line.header = self.address, self.header
        if moved:
            line.reconnect()
        self._line, inbox = line, line.receiver
        inbox.hand_over(self._take)
        show(line, inbox)
        return self

    def _open(self, inbox: Inbox) -> Line:
        line = Line(self.address, inbox, self.header)
        add_script_run_ctx(line.thread).start()  # so that a callable address may look into st.session_state
        return line

    @property
    def line(self) -> Line:
        if self._line is None:
            raise RuntimeError("connect() first")
        return self._line

    def send_message(self, message: Any) -> None:
        """From any thread. While the line is down, it waits."""
        self.line.send(json.dumps(message))

    async def send_message_async(self, message: Any) -> None:
        """In any event loop: the sending is done in a thread."""
        await asyncio.to_thread(self.send_message, message)

    def _take(self, event: Event) -> None:
        if event.kind == "message":
            self.on_message_cb(read_json(event.values[0]))
        elif event.kind == "error" and self.on_error_cb:
            self.on_error_cb(self.line, event.values[0])


def read_json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {"raw": text}


def show(line: Line, inbox: Inbox) -> None:
    inbox.show()
    if line.state == "ended":
        st.error(f"There is no connection, and there will be none: {line.reason}")
