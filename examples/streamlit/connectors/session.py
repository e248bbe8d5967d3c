"""The Streamlit session that runs now: run it again from any thread, and know when it has ended."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Protocol, Self

import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

PACE = 0.1  # seconds between two runs that messages cause, at least
GRACE = 5  # seconds a session without its browser keeps its lines: a short cut on the way costs nothing
MEMORY = 150  # seconds for which a browser may still come back to its session: Streamlit's 120, and some
LOOK = 1  # seconds between two looks at whether the browser is there
KEY = "websockets"  # in st.session_state


class Closable(Protocol):
    def close(self) -> None: ...


class Session:
    """Keeps the lines of a session by their names, and one task on Streamlit's own event loop; no thread."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.kept: dict[str, Any] = {}
        self.fragments: set[str] = set()  # those that wait for messages; or "", the whole script
        self._wanted, self._hurried = asyncio.Event(), asyncio.Event()
        self._asked = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.RLock()

    @classmethod
    def current(cls) -> Self:
        context = get_script_run_ctx()
        if context is None:
            raise RuntimeError("This is for Streamlit scripts: streamlit run app.py")
        if KEY not in st.session_state:
            st.session_state[KEY] = cls(context.session_id)
        session = st.session_state[KEY]
        session.fragments.add(ThreadState.get().fragment_id or "")
        session._attend()
        return session

    def rerun(self, hurry: bool = False) -> None:
        """From any thread: run what waits for messages once more, as soon as the session rests; the pace is kept, but for `hurry`."""
        with self._lock:
            if self._loop and not self._asked:
                self._asked = True
                self._loop.call_soon_threadsafe(self._wanted.set)
            if self._loop and hurry:
                self._loop.call_soon_threadsafe(self._hurried.set)

    def keep(self, name: str, make: Callable[[], Any]) -> Any:
        """What is kept by that name, made if there is none: a run that was stopped may still be under way beside this one."""
        with self._lock:
            if self.kept.get(name) is None:
                self.kept[name] = make()
            return self.kept[name]

    def close(self) -> None:
        kept, self.kept = self.kept, {}
        for line in kept.values():
            line.close()

    def _attend(self) -> None:
        with self._lock:
            loop = Runtime.instance()._get_async_objs().eventloop if Runtime.exists() else None
            if not self._loop and isinstance(loop, asyncio.AbstractEventLoop):  # streamlit.testing only pretends to have one
                self._loop = loop
                asyncio.run_coroutine_threadsafe(self._live(), self._loop).add_done_callback(tell_failure)

    async def _live(self) -> None:
        try:
            await self._look_after()
        finally:
            with self._lock:
                self._loop, self._asked = None, False  # the next run starts another task
            self.close()

    async def _look_after(self) -> None:
        away = 0.0
        while away < MEMORY:
            app = Runtime.instance().get_app_session(self.id)
            if app is None:
                away += LOOK
                if away >= GRACE:
                    self.close()
                await asyncio.sleep(LOOK)
            else:
                if away >= GRACE:  # it has come back to lines that were closed
                    self.rerun()
                away = 0.0
                await self._run_when_wanted(app)

    async def _run_when_wanted(self, app: AppSession) -> None:
        """Only once it rests: a run that is cut off would take a click with it, and under a flood none would ever end."""
        try:
            async with asyncio.timeout(LOOK):
                await self._wanted.wait()
                app.track_settling()
                await app.wait_until_settled()
        except TimeoutError:
            return
        self._wanted.clear()
        self._asked = False
        for fragment in [""] if "" in self.fragments else list(self.fragments):
            if fragment and not app.has_fragment(fragment):
                self.fragments.discard(fragment)
                continue
            state = ClientState()
            state.CopyFrom(app._client_state)
            state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
            app.request_rerun(state)
        self._hurried.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(PACE):
                await self._hurried.wait()


def tell_failure(done: Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()):
        logging.getLogger(__name__).error("A session's task has failed", exc_info=error)
