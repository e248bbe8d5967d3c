"""An answer of 10,000 tokens at full speed: PocketRoom with a model of ours, or plain FastAPI with a frame for each token.

    PORT=8000 python -m bench.peers.answering pocketroom | fastapi

Both take the tokens from the same generator.
"""

import os
import sys
from functools import partial

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

import main
from bench.peers.fastapi_plain import ConnectionManager
from bench.peers.tokens import tokens


def pocketroom() -> None:
    """What `python main.py` runs, but for the model."""
    main.create_app = partial(main.create_app, model=tokens)
    main.main()


app = FastAPI()
manager = ConnectionManager()


@app.websocket("/ws/{room}")
async def answer(websocket: WebSocket, room: str) -> None:
    """Answer whatever a member says: each token at once to everyone, one after the other."""
    await manager.connect(room, websocket)
    try:
        while True:
            await websocket.receive_json()
            async for token in tokens():
                await manager.broadcast(room, {"type": "chunk", "id": 1, "content": token})
    except WebSocketDisconnect:
        manager.disconnect(room, websocket)


if __name__ == "__main__":
    if sys.argv[1:] == ["pocketroom"]:
        pocketroom()
    else:
        uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
