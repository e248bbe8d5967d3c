"""The delivery contract and slow members once more, all of it, by people to whom frames come over HTTP."""

import pytest

from tests import member
from tests.test_delivery import *  # noqa: F403
from tests.test_slow_members import *  # noqa: F403


@pytest.fixture(autouse=True)
def more_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thing said is a request of its own, after the one before."""
    monkeypatch.setattr(member, "PATIENCE", 90)


@pytest.fixture
def over() -> str:
    return "http"
