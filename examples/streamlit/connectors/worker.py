"""One socket for a session, in the manner of websocket.WebSocketApp: four callbacks, and `st.session_state.ws_app.send(…)`."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypedDict

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx

from connectors.dedicated import show
from connectors.inbox import Inbox
from connectors.line import Event, Given, Line
from connectors.session import Session

Callback = Callable[..., Any]


class Config(TypedDict):
    on_message: Callback
    on_error: Callback | None
    on_close: Callback | None
    on_open: Callback | None
    get_ws_url: Given
    state_requirements: Iterable[str]


def get_config(
    on_message: Callback,
    on_error: Callback | None = None,
    on_close: Callback | None = None,
    on_open: Callback | None = None,
    get_ws_url: Given = "",
    state_requirements: Iterable[str] = (),
) -> Config:
    """`on_open(ws)` and `get_ws_url()` are called in the line's thread, the others while the script runs:
    `on_message(ws, text)`, `on_error(ws, error)`, `on_close(ws, code, reason)`."""
    return Config(
        on_message=on_message,
        on_error=on_error,
        on_close=on_close,
        on_open=on_open,
        get_ws_url=get_ws_url,
        state_requirements=state_requirements,
    )


def start_ws_worker(config: Config) -> None:
    """Call it in every run. It starts once all the named state is truthy; set `ws_app` or `ws_thread` to None to have
    it start anew."""
    session, state = Session.current(), st.session_state
    worker = session.kept.get("worker")
    if worker and (state.get("ws_app") is not worker or state.get("ws_thread") is not worker.thread):
        worker.close()
        worker = session.kept.pop("worker", None) and None
    if worker is None:
        state.ws_app = state.ws_thread = None
        if not all(state.get(name) for name in config["state_requirements"]):
            return
        worker = session.keep("worker", lambda: open_line(config, session))
        state.ws_app, state.ws_thread = worker, worker.thread
    worker.receiver.hand_over(lambda event: call(config, worker, event))
    show(worker, worker.receiver)


def open_line(config: Config, session: Session) -> Line:
    """It calls `on_open` at once: a handshake cannot wait for the script to run."""
    inbox = Inbox(session.rerun, on_open=lambda: call(config, line, Event("open")))
    line = Line(config["get_ws_url"], inbox)
    add_script_run_ctx(line.thread).start()
    return line


def call(config: Config, line: Line, event: Event) -> None:
    """As WebSocketApp does: what a callback raises goes to `on_error`, too."""
    callback, on_error = dict(config)[f"on_{event.kind}"], config["on_error"]
    try:
        if callable(callback):
            callback(line, *event.values)
    except Exception as error:
        if event.kind == "error" and error is event.values[0]:
            return  # some raise what they are given, to have it logged: the line says itself how it is
        if on_error and event.kind != "error":
            with suppress(Exception):
                on_error(line, error)
        raise
