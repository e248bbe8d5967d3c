"""The delivery contract and slow members once more, all of it, by people to whom frames come over HTTP."""

import pytest

from tests.test_delivery import *  # noqa: F403
from tests.test_slow_members import *  # noqa: F403


@pytest.fixture
def over() -> str:
    return "http"
