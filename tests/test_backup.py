"""A backup is fetched while people talk, the server is lost, and all that matters is in the one that stands in its place."""

import asyncio
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Join
from tests.server import ROOT, Server
from utils.sqlite_file import COPY_ID

OPERATOR = "the-operators-secret"
DOCS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
COMMANDS: list[str] = re.findall(r"```(?:bash|sh)\n(.*?)```", DOCS.split("## Backup and restore")[1].split("\n## ")[0], re.DOTALL)


class Visitor:
    """Somebody who knocks at the HTTP doors, with a session of their own."""

    def __init__(self, server: Server, token: str) -> None:
        self.url, self.token = server.url, token

    def asks(self, method: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx2.request(method, self.url + path, json=body, headers=headers).raise_for_status().json()


def come(server: Server, name: str) -> Visitor:
    return Visitor(server, httpx2.post(f"{server.url}/api/sessions", json={"name": name}).raise_for_status().json()["token"])


async def test_roles_invitations_sessions_and_all_that_was_said_are_in_a_backup_made_while_people_talk(
    serve: Callable[..., Server], join: Join
) -> None:
    server = serve(OPERATOR_TOKEN=OPERATOR, SPEAKS="never")
    ann, bea = come(server, "Ann"), come(server, "Bea")
    room = ann.asks("POST", "/api/rooms", title="Plans")["name"]
    invitation = ann.asks("POST", f"/api/rooms/{room}/invitations", role="reader", uses=3)["invitation"]
    bea.asks("POST", f"/api/rooms/{room}/members", invitation=invitation)
    cid = await join("Cid", at=server, room="tea")
    for n in range(20):
        await cid.say(f"before {n}")

    meanwhile = [asyncio.create_task(cid.say(f"meanwhile {n}")) for n in range(20)]
    async with httpx2.AsyncClient() as http:
        copy = await http.post(f"{server.url}/api/backup", headers={"Authorization": f"Bearer {OPERATOR}"})
    await asyncio.gather(*meanwhile)
    await asyncio.to_thread(server.kill)
    await cid.is_closed()
    fetched = server.database.with_name("copy.db")
    fetched.write_bytes(copy.raise_for_status().content)
    fetched.replace(server.database)
    await asyncio.to_thread(server.start)

    ann, bea, dora = Visitor(server, ann.token), Visitor(server, bea.token), come(server, "Dora")
    members = {member["name"]: member["role"] for member in ann.asks("GET", f"/api/rooms/{room}/members")["members"]}
    assert members == {"Ann": "owner", "Bea": "reader"}
    assert bea.asks("GET", f"/api/rooms/{room}/members")["role"] == "reader"
    assert dora.asks("POST", f"/api/rooms/{room}/members", invitation=invitation)["role"] == "reader", "the invitation is still good"
    await cid.come_back()
    assert cid.of("welcome")[-1]["resumed"] is False
    await cid.read_all()
    shown = [message["content"] for message in cid.shown()]
    assert shown[:20] == [f"before {n}" for n in range(20)]
    assert shown[20:] == [f"meanwhile {n}" for n in range(len(shown) - 20)]


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_the_nightly_command_in_the_docs_keeps_the_last_fourteen(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(OPERATOR_TOKEN=OPERATOR)
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(1, 31):
        (folder / f"2026-01-{day:02}.db").touch()
    (folder / "by-hand.txt").touch()
    [nightly] = [command for command in COMMANDS if "cron.daily" in command]
    script = nightly.replace("/var/backups/pocketroom", str(folder)).replace("http://127.0.0.1:8000", server.url)
    header = tmp_path / "header"
    header.write_text(f"Authorization: Bearer {OPERATOR}")
    run(script.replace("/etc/pocketroom.header", str(header)))
    kept = sorted(folder.glob("*.db"))
    assert [path.stem for path in kept[:-1]] == [f"2026-01-{day}" for day in range(18, 31)]
    with closing(sqlite3.connect(kept[-1])) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (COPY_ID,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert (folder / "by-hand.txt").exists()
    server.kill()
    with pytest.raises(subprocess.CalledProcessError):
        run(script.replace("/etc/pocketroom.header", str(header)))
    assert sorted(folder.glob("*")) == sorted([*kept, folder / "by-hand.txt"]), "a night on which it failed takes nothing away"


def run(script: str) -> None:
    subprocess.run(["sh", "-c", script], check=True, capture_output=True)
