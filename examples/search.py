"""Looks things up before it answers, in a folder of Markdown files, by BM25; tells what it does, and cites what it found.

    pip install -r examples/requirements.txt && uvicorn examples.search:app
"""

import asyncio
import re
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import bm25s
from main import create_app
from nodes import ChatNode, questions_in
from pocketflow import AsyncFlow, AsyncNode

FOLDER = Path(__file__).parent / "library"  # or any other with Markdown files in it; they may change meanwhile
PASSAGES, CHARACTERS = 3, 1_500  # looked up for one answer at most, and of each: so the talk still fits into the prompt
words: Any = partial(bm25s.tokenize, stopwords="en_plus", return_ids=False, show_progress=False)


class Look(AsyncNode):
    async def post_async(self, shared: dict[str, Any], prep_res: Any, exec_res: Any) -> None:
        questions = shared["questions"] = questions_in(shared)  # before the first progress, which begins the answer to them
        files = await asyncio.to_thread(lambda: [(file, file.stat().st_mtime_ns) for file in sorted(FOLDER.rglob("*.md"))])
        passages: list[tuple[str, str]] = []
        for n, (file, changed) in enumerate(files if questions else []):
            await shared["progress"](f"Looking through {len(files)} files", 100 * n // len(files))
            passages += await asyncio.to_thread(read, file, changed)
        query = words("\n".join(question["content"] for question in questions))[0]
        scores = await asyncio.to_thread(lambda: index(tuple(passages)).get_scores(query)) if passages and query else []
        best = sorted(zip(scores, passages, strict=False), reverse=True)[:PASSAGES]
        shared["found"] = [passage for score, passage in best if score > best[0][0] / 2]
        shared["context"] = "\n\n".join(f"{source}:\n{text}" for source, text in shared["found"])


class Cite(AsyncNode):
    async def post_async(self, shared: dict[str, Any], prep_res: Any, exec_res: Any) -> None:
        if shared["found"] and shared["status"] == "complete":
            await shared["say"]("\n\nLooked up in:\n" + "".join(f"\n- {source}" for source, _ in shared["found"]))


@lru_cache(maxsize=10_000)
def read(file: Path, changed: int) -> list[tuple[str, str]]:
    """The sections of `file`, each with where it stands; read anew when the file has `changed`."""
    parts = ["", *re.split(r"^#+ (.+)$", file.read_text("utf-8", "replace"), flags=re.MULTILINE)]
    name, sections = f"`{file.relative_to(FOLDER).as_posix()}`", zip(parts[::2], parts[1::2], strict=True)
    return [(f"{name} {heading}".strip(), text.strip()[:CHARACTERS]) for heading, text in sections if text.strip()]


@lru_cache(maxsize=1)
def index(passages: tuple[tuple[str, str], ...]) -> bm25s.BM25:
    made = bm25s.BM25()
    made.index(words([" ".join(passage) for passage in passages]), show_progress=False)
    return made


look = Look()
look >> ChatNode("Answer from what was looked up, and say so if the answer is not in it.") >> Cite()
app = create_app(flow=AsyncFlow(start=look))
