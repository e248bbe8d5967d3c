"""The assistant's flow: one node. This is the place to add yours."""

from pocketflow import AsyncFlow

from nodes import ChatNode


def create_chat_flow(instructions: str = "") -> AsyncFlow:
    """A flow that is run over each room's new messages; what it finds and leaves in the shared store: nodes.py."""
    return AsyncFlow(start=ChatNode(instructions))
