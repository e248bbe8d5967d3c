"""What the README shows is run: each of its examples is short, connects, gets what comes and sends."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.processes import HERE, PATIENCE, await_that
from tests.scripted import Scripted

EXAMPLES = re.findall(r"```python\n(.*?)```", (HERE / "README.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("code", EXAMPLES, ids=["dedicated", "shared", "worker"])
def test_an_example_of_the_readme_talks_with_any_server_in_ten_lines(code: str, feed: Scripted) -> None:
    assert code.count("\n") <= 10
    script = AppTest.from_string(re.sub(r"ws://localhost:8000/ws", feed.address, code), default_timeout=PATIENCE).run()
    if script.text_input:
        script.text_input[0].set_value("tea").run()
    feed.awaits(1)
    feed.say(*({"number": number} for number in range(51)))

    def came() -> bool:
        script.run()
        return script.session_state["inbox"] == [{"number": number} for number in range(51)]

    await_that(came, lambda: str(script.session_state["inbox"]))
    script.button[0].click().run()
    await_that(lambda: feed.heard == [{"type": "message", "content": "Hello"}], lambda: str(feed.heard))
    assert not script.exception
    script.session_state["websockets"].close()
    feed.awaits(0)
