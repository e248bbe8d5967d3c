"""A node before the answer: questions on some topics it declines itself, and the model is not asked; all else passes.

    uvicorn examples.moderate:app
"""

import re
from typing import Any

from main import create_app
from nodes import ChatNode, questions_in
from pocketflow import AsyncFlow, AsyncNode

TOPICS = ("betting", "casino", "horoscope", "stock tips")
RULE = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, TOPICS))})(?!\w)", re.IGNORECASE)  # whole words, in any case


class Moderate(AsyncNode):
    async def post_async(self, shared: dict[str, Any], prep_res: Any, exec_res: Any) -> str:
        questions = shared["questions"] = questions_in(shared)
        declined = {question["id"]: topic[0].lower() for question in questions if (topic := RULE.search(question["content"]))}
        if not declined:
            return "pass"  # perhaps there is no question at all: then the next node keeps silent
        topics = " and ".join(dict.fromkeys(declined.values()))
        await shared["say"](f"With {topics} I would rather not help. What else can I do for you?")
        if len(declined) == len(questions):
            return "end"
        await shared["say"]("\n\n")  # who asked something else meanwhile is answered
        for told in ("messages", "new", "asked"):
            shared[told] = [message for message in shared[told] if message["id"] not in declined]
        return "pass"


moderate = Moderate()
moderate - "pass" >> ChatNode()
moderate - "end" >> AsyncNode()
app = create_app(flow=AsyncFlow(start=moderate))
