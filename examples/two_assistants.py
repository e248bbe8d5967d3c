"""Two assistants in a room, each with instructions of its own. Whoever is called answers, and may call the other, once.

    uvicorn examples.two_assistants:app
"""

from main import create_app
from nodes import ChatNode
from pocketflow import AsyncFlow


class Two(AsyncFlow):
    names = ("Sage",)  # besides the first, whom ASSISTANT_NAME names; nobody else can be called so


QUICK = "You are quick: a sentence or two. Sage, who thinks further, is here too; to ask her, write @Sage."
WISE = "You think further than others. To ask Pocket, who is quick, write @Pocket."

# Each node answers what calls its assistant and was not answered by it yet: people, or the other one before it in this row.
# So Pocket comes twice, to answer Sage, and whatever they say, that is the end of it until people speak again.
pocket = ChatNode(QUICK)
pocket >> ChatNode(WISE, "Sage") >> ChatNode(QUICK)
app = create_app(flow=Two(start=pocket))
