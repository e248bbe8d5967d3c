"""What came in between two runs of the script: all of it, in order, up to a bound."""

import threading
from collections import deque
from collections.abc import Callable

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from connectors.line import Event

WAITING = 10_000  # messages that wait for the script to run; what happens at this bound: see Inbox
SHOWN = 300  # characters of a message that are shown when it could not be handled


class Inbox:
    """At its bound it holds up the line (which is then read no further, and nothing is lost), or, where the line has
    other readers too (`lossy`), forgets the oldest message. Either is shown in the app."""

    def __init__(self, wake: Callable[..., None], lossy: bool = False, on_open: Callable[[], None] | None = None) -> None:
        self.wake, self.lossy, self.on_open = wake, lossy, on_open
        self.held_up, self.missed, self.failures = 0, 0, 0  # how often, since the session began
        self.error: Exception | None = None  # the latest of the failures
        self._events: deque[Event] = deque()
        self._changed = threading.Condition()
        self._handing_over = threading.Lock()
        self._closed = False

    def put(self, event: Event) -> None:
        if event.kind == "open":
            self._opened()
        else:
            with self._changed:
                if len(self._events) >= WAITING and event.kind == "message":
                    self._make_room()
                if len(self._events) < WAITING:
                    self._events.append(event)
        self.wake()

    def _opened(self) -> None:
        try:
            if self.on_open:
                self.on_open()
        except Exception as error:
            self.fail(error)

    def _make_room(self) -> None:
        if self.lossy:
            self._events.popleft()
            self.missed += 1
        else:
            self.held_up += 1
            self.wake()
            self._changed.wait_for(lambda: self._closed or len(self._events) < WAITING)

    def clear(self) -> None:
        with self._changed:
            self._events.clear()
            self._changed.notify_all()

    def close(self) -> None:
        self._closed = True
        with self._changed:
            self._changed.notify_all()

    def hand_over(self, take: Callable[[Event], None]) -> None:
        """Have `take` handle what waits. Not in the script's own thread: Streamlit stops that one wherever it touches
        `st.session_state` once somebody clicks, and a message would be half handled, or handled twice."""
        if self._events:
            thread = add_script_run_ctx(threading.Thread(target=self._hand_over, args=(take,), name="websocket callbacks"))
            thread.start()
            thread.join()

    def _hand_over(self, take: Callable[[Event], None]) -> None:
        with self._handing_over:  # a run that was stopped may still be at it
            handed = 0
            while not st.session_state.get("new_event") and not is_stopped():  # see below
                with self._changed:
                    if not self._events:
                        return
                    event = self._events.popleft()
                    self._changed.notify_all()
                try:
                    take(event)
                except Exception as error:
                    error.add_note(f"It was given: {str(event.values)[:SHOWN]}")
                    self.fail(error)
                handed += 1
            # A callback that sets `new_event` has one slot, `last_message`, which the script empties: one message a run.
            if self._events and (handed or is_stopped()):
                self.wake(hurry=True)

    def fail(self, error: Exception) -> None:
        self.error, self.failures = error, self.failures + 1

    def show(self) -> None:
        """Tell whoever looks at the app what they would not learn otherwise."""
        if self.error:
            st.error(f"A callback failed on {self.failures} message{'s' if self.failures > 1 else ''}; the latest:")
            st.exception(self.error)
        if self.missed:
            st.warning(f"{self.missed} messages were forgotten unread: more than {WAITING} waited for this page.")
        if self.held_up:
            st.warning(f"Reading from the server paused {self.held_up} times: {WAITING} messages waited for this page.")


def is_stopped() -> bool:
    """Whether another run takes the place of this one: as it begins, Streamlit puts the session's state in order, and what
    we wrote into it meanwhile would be lost."""
    context = get_script_run_ctx(suppress_warning=True)
    requests = context.script_requests if context else None
    return requests is not None and requests._state is ScriptRequestType.STOP
