"""The page in a real browser over TLS: Ann comes by nginx, Bea by Caddy, both as they are shipped."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.front import NAME, Authority, Front
from tests.person import INSTALLED, Enter, all_agree, expect
from tests.server import Server


@pytest.fixture(name="chromium", scope="module")
def chromium_that_knows_the_name(chromium: Any) -> Iterator[Any]:
    there = chromium.browser_type.launch(**{**INSTALLED, "args": [*INSTALLED["args"], f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]})
    yield there
    there.close()


def test_ann_by_nginx_and_bea_by_caddy_share_a_room(enter: Enter, serve: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> None:
    server = serve(ALLOWED_HOSTS=NAME, TRUSTED_PROXIES="127.0.0.1", SPEAKS="mentioned")
    authority = Authority(tmp_path_factory.mktemp("authority"))
    nginx, caddy = (Front(program, tmp_path_factory.mktemp(program), server.port, authority) for program in ("nginx", "caddy"))
    with nginx.running(), caddy.running():
        ann, bea = (enter(name, at=front.url, ignore_https_errors=True) for name, front in (("Ann", nginx), ("Bea", caddy)))
        for person in (ann, bea):
            expect(person.page.locator("body")).to_have_attribute("data-transport", "websocket")
            expect(person.page.locator("#count")).to_have_text("2")
            [cookie] = person.context.cookies()
            assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == ("__Host-pocketroom", True, True, "Lax")
        ann.says("Pocket, count! !tokens=50 !rate=100")
        for person in (ann, bea):
            person.sees_answer_end()
        bea.reloads()
        all_agree(ann, bea)
