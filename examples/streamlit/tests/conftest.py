"""The processes that the tests share: each is started once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.processes import Process, streamlit
from tests.scripted import Scripted
from tests.tab import Tab

Open = Callable[..., Tab]


@pytest.fixture(name="probe", scope="session")
def probe_in_streamlit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = streamlit("tests/probe.py", tmp_path_factory.mktemp("probe"))
    process.start()
    yield process
    process.kill()
    assert "Traceback" not in process.printed(), process.printed()


@pytest.fixture(name="open_tab")
def tabs_that_are_closed(probe: Process) -> Iterator[Open]:
    tabs: list[Tab] = []

    def open_tab(streamlit: Process = probe, **query: Any) -> Tab:
        tabs.append(Tab(streamlit, **query))
        tabs[-1].run()
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        tab.close()


@pytest.fixture
def feed() -> Iterator[Scripted]:
    server = Scripted()
    server.start()
    yield server
    server.stop()
