"""A browser's tab without a browser: speaks Streamlit's own protocol, so that fifty of them cost little."""

import json
import threading
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.processes import Process, await_that


class Tab:
    """Looks at tests/probe.py, which tells what it holds as one line of JSON."""

    def __init__(self, streamlit: Process, **query: Any) -> None:
        self.streamlit, self.query = streamlit, query
        self.session_id = ""
        self.runs, self.asked = 0, 1  # that ended; until which we wait
        self.shown: list[str] = []  # every alert and exception, in words
        self.held: dict[str, Any] = {}
        self.came: dict[Any, float] = {}  # when each message was first seen here
        self.open()

    def open(self) -> None:
        address = self.streamlit.url.replace("http", "ws", 1) + "/_stcore/stream"
        names = ["streamlit", "no-xsrf", *([self.session_id] if self.session_id else [])]
        protocols = [Subprotocol(name) for name in names]
        self.line = connect(address, subprotocols=protocols, max_size=None, compression=None).__enter__()
        threading.Thread(target=self._read, daemon=True).start()

    def run(self, **query: Any) -> None:
        """As a click does: have the script run, now."""
        self.query.update(query)
        message = BackMsg()
        message.rerun_script.query_string = urlencode(self.query)
        self.line.send(message.SerializeToString())

    def run_again(self) -> bool:
        """Run unless it runs already: who asks all the time has every run cut off by the next one."""
        if self.runs >= self.asked:
            self.asked = self.runs + 1
            self.run()
        return True

    def close(self) -> None:
        self.line.close()

    def awaits(self, inbox: list[Any]) -> None:
        await_that(lambda: len(self.held.get("inbox", [])) >= len(inbox), lambda: f"{self.held} {self.shown}")
        assert self.held["inbox"] == inbox

    def awaits_words(self, words: str) -> None:
        await_that(lambda: any(words in shown for shown in self.shown), lambda: f"not shown: {words}; but {self.shown}")

    def _read(self) -> None:
        with suppress(ConnectionClosed):
            for data in self.line:
                message = ForwardMsg()
                message.ParseFromString(data if isinstance(data, bytes) else data.encode())
                self._see(message)

    def _see(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                self.session_id = message.new_session.initialize.session_id
            case "script_finished":
                self.runs += 1
            case "delta" if message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                match element.WhichOneof("type"):
                    case "text":
                        self.held = json.loads(element.text.body)
                        now = time.monotonic()
                        self.came.update((message, now) for message in self.held["inbox"][len(self.came) :])
                    case "alert":
                        self.shown.append(element.alert.body)
                    case "exception":
                        self.shown.append(element.exception.message)
