"""What each frame and each field of utils/protocol.py means, with examples: the words of /asyncapi.json."""

from typing import Any, NamedTuple


class Words(NamedTuple):
    title: str
    summary: str
    tag: str
    examples: dict[str, dict[str, Any]]  # by what each shows


TAGS = {
    "people": "What a person says and does. Every change goes through the log to everyone.",
    "assistant": "The assistant's answers: begun, told piece by piece, ended.",
    "room": "The room as a whole: what it holds and how it is set.",
    "presence": "Who is here and what they are about to do. Neither stored nor numbered.",
    "delivery": "What became of a frame, and whether the line is alive. Neither stored nor numbered.",
}

ANN = {"id": "60a53fdb89301f90", "name": "Ann"}
BEA = {"id": "6bc5d60fa7a578ea", "name": "Bea"}
OWNER = {**ANN, "role": "owner"}
POCKET = {"id": "assistant", "name": "Pocket", "kind": "assistant"}
QUESTION = {
    "id": 1, "seq": 1, "ts": 1795296688651, "author": {**ANN, "kind": "human"}, "content": "Pocket, how long does tea take?",
    "status": "complete", "key": "l70ZYpLFE28-",
}  # fmt: skip
ANSWER = {
    "id": 2, "seq": 3, "ts": 1795296688660, "author": POCKET, "content": "Green tea: **two** minutes.", "status": "complete", "reply_to": 1,
    "usage": {"input": 210, "output": 8},
}  # fmt: skip
ROOM = {
    "name": "tea", "title": "Tea", "instructions": "", "speaks": "auto", "model": "gpt-4.1", "models": ["gpt-4.1"], "mode": "General",
    "modes": [{"name": "General", "line": "Brief and friendly, for everyone in the room."}], "assistant": "Pocket",
    "access": "open", "closed": False, "sent_to": "OpenAI (api.openai.com)", "retention_days": 0, "epoch": "ea5d95786776ed11", "seq": 3,
}  # fmt: skip
WELCOME = {
    "type": "welcome", "protocol": 1, "room": ROOM, "you": {**OWNER, "token": "8r8HRzH1c_IT-AIRCM8vAcEHnzuLga7X2B8YTvrITb4"},
    "members": [OWNER, BEA], "count": 2, "messages": [QUESTION, ANSWER], "resumed": False, "from": 0,
    "limits": {"content": 16_000, "answer": 64_000, "frame": 131_072},
}  # fmt: skip

# What a client sends.
SENT = {
    "Say": Words("Say something", "What you say is saved before anyone sees it; the assistant answers if it is asked.", "people", {
        "a question": {"type": "message", "content": "Pocket, how long does tea take?", "key": "l70ZYpLFE28-"},
        "a reply": {"type": "message", "content": "And black tea?", "reply_to": 2, "key": "pW3uJ8hV0a1c"},
        "the least": {"type": "message", "content": "hi"},
    }),
    "Stop": Words("Stop an answer", "Stop an answer, or take back a question that waits for one. Anyone may, and everyone sees who did.", "people", {
        "an answer": {"type": "stop", "id": 2, "key": "Yb2mO5kQx7-e"},
    }),
    "Ask": Words("Ask for an answer", "Have the assistant answer this message. The id of an answer asks its question again.", "people", {
        "once more": {"type": "ask", "id": 2, "key": "fT9cR1nZq4_s"},
    }),
    "Edit": Words("Edit a message", "Change what you said. Only its author may.", "people", {
        "a correction": {"type": "edit", "id": 1, "content": "Pocket, how long does green tea take?", "key": "VfRDEhhXHoZY"},
    }),
    "Delete": Words("Delete a message", "Empty what you said; the message keeps its place. Only its author may, and an owner of the room.", "people", {
        "a message": {"type": "delete", "id": 1, "key": "PFQKGc4otOOG"},
    }),
    "Configure": Words("Set the room", "Change the room's settings: those that are named. A system message tells who changed what.", "room", {
        "a title": {"type": "configure", "title": "Tea", "key": "BIYFmHv3LeYF"},
        "closed for new messages": {"type": "configure", "closed": True, "key": "Qe7Jr4bWn1oA"},
        "manners": {"type": "configure", "speaks": "mentioned", "mode": "Expert", "key": "c0Wm6uEo2RrA"},
    }),
    "Appoint": Words("Give somebody a role", "Say who may do what here. For owners; `none` for yourself means that you leave for good.", "room", {
        "an owner": {"type": "appoint", "id": "6bc5d60fa7a578ea", "role": "owner", "key": "dYk3vXq0Lw8B"},
        "removed": {"type": "appoint", "id": "6bc5d60fa7a578ea", "role": "removed", "key": "mC6sPz2uHt9E"},
    }),
    "Draft": Words("Try a draft", "Would this be answered, were it said now? Nothing of it is stored, shown or logged.", "assistant", {
        "a draft": {"type": "draft", "ref": 3, "content": "Pocket, how lo"},
    }),
    "Typing": Words("Type", "Shown to the others for 5 seconds; not in rooms above 100 members. Nothing answers it.", "presence", {
        "begun": {"type": "typing", "on": True}, "over": {"type": "typing", "on": False},
    }),
    "Ping": Words("Ping", "Send it after 10 seconds of silence; no frame for 20 seconds means that the line is dead.", "delivery", {
        "always": {"type": "ping"},
    }),
}  # fmt: skip

# What the server sends.
RECEIVED = {
    "WelcomeFrame": Words("Welcome", "The first frame, and again whenever you have to catch up: it sets your position.", "room", {
        "to somebody new": WELCOME,
        "back": {**WELCOME, "you": {**BEA, "role": "member"}, "messages": [ANSWER], "resumed": True},
    }),
    "MessageFrame": Words("A message", "A message, new or changed: it replaces what you have under that id.", "people", {
        "new": {"type": "message", **QUESTION},
        "changed": {"type": "message", **QUESTION, "seq": 5, "content": "Pocket, how long does green tea take?", "edited": 1795296702110},
        "deleted": {"type": "message", **QUESTION, "seq": 6, "content": "", "status": "deleted", "edited": 1795296709320},
    }),
    "StartFrame": Words("An answer begins", "The assistant begins to answer; nothing is said yet.", "assistant", {
        "begun": {"type": "start", "id": 2, "seq": 2, "ts": 1795296688660, "author": POCKET, "content": "", "reply_to": 1},
    }),
    "ChunkFrame": Words("More of an answer", "A piece of the answer, and where it belongs.", "assistant", {
        "the first": {"type": "chunk", "id": 2, "off": 0, "content": "Green tea: "},
        "the next": {"type": "chunk", "id": 2, "off": 11, "content": "**two** minutes."},
    }),
    "EndFrame": Words("An answer ends", "The answer is over: complete, or cut off, and then why.", "assistant", {
        "complete": {"type": "end", "id": 2, "seq": 3, "status": "complete", "length": 27, "content": "", "usage": {"input": 210, "output": 8}},
        "stopped": {
            "type": "end", "id": 2, "seq": 3, "status": "stopped", "length": 11, "content": "Stopped by Bea.", "by": {**BEA, "kind": "human"},
            "usage": {"input": 210, "output": 4, "estimated": True},
        },
    }),
    "RoomFrame": Words("The room's settings", "All settings, after the system message that tells of the change.", "room", {
        "renamed": {"type": "room", **ROOM, "title": "Tea and biscuits", "seq": 4},
    }),
    "PresenceFrame": Words("Who is here", "People, not tabs: the first 100 and how many in all. The whole state, at most once a second.", "presence", {
        "two people": {"type": "presence", "members": [OWNER, BEA], "count": 2},
    }),
    "TypingFrame": Words("Somebody types", "Somebody else types, or no longer does; forget it after 5 seconds.", "presence", {
        "begun": {"type": "typing", "member": BEA, "on": True},
    }),
    "WaitingFrame": Words("Questions that wait", "All questions that wait for the answer before them, whenever that changes.", "assistant", {
        "two": {"type": "waiting", "ids": [4, 5]}, "none": {"type": "waiting", "ids": []},
    }),
    "ProgressFrame": Words("What the assistant does", "What it does for an answer that has no word yet, in place of what it told before.", "assistant", {
        "a search": {"type": "progress", "id": 2, "content": "Searching 40 pages", "percent": 30},
    }),
    "DraftFrame": Words("A draft's verdict", "Whether the draft would be answered.", "assistant", {
        "it would": {"type": "draft", "ref": 3, "answers": True},
    }),
    "AckFrame": Words("Done", "What you sent under this key is saved. Whoever sends it again gets the same ack.", "delivery", {
        "saved": {"type": "ack", "key": "l70ZYpLFE28-", "id": 1, "duplicate": False},
        "it was before": {"type": "ack", "key": "l70ZYpLFE28-", "id": 1, "duplicate": True},
    }),
    "ErrorFrame": Words("Not done", "Why not: a code for programs, a sentence for people.", "delivery", {
        "too fast": {"type": "error", "code": "rate_limited", "content": "That was fast. Try again in 3 seconds.", "key": "l70ZYpLFE28-", "retry_after": 3},
        "no frame": {"type": "error", "code": "bad_json", "content": "That was no JSON. Send one JSON object per text frame."},
    }),
    "PongFrame": Words("Pong", "The line is alive. If this is not your number, reconnect.", "delivery", {
        "alive": {"type": "pong", "seq": 3},
    }),
}  # fmt: skip

SHARED = {
    "ClientFrame": "Any frame of a client; `type` tells which.",
    "ServerFrame": "Any frame of the server; `type` tells which. Ignore one that you do not know.",
    "Author": "Who said or did it, stamped by the server.",
    "Member": "Somebody who is here: a person, however many tabs they have open.",
    "You": "Who you are.",
    "Mode": "A way of answering that the room may choose.",
    "Role": "What somebody may do: owner (everything), member (read and write), reader, removed (nothing, and may not come back), none (no role of their own).",
    "Access": "Who can come in: everybody, or only whom an owner invited.",
    "Cost": "What an answer cost, in tokens.",
    "Limits": "How much is allowed.",
    "Message": "A message as it stands in the log.",
    "RoomData": "A room and all its settings.",
    "Status": "complete, still streaming, deleted, or how an answer ended.",
    "Ended": "How an answer ended: interrupted means that the server went away.",
    "Kind": "What kind of author it is.",
    "Speaks": "When the assistant answers: auto (alone with one person always, among several when it is meant), mentioned, always, never.",
    "ErrorCode": "Why something was not done. Treat one you do not know like `unavailable`.",
}

# By name; one that means something else somewhere stands there as Model.name.
FIELDS = {
    "type": "Which frame this is.",
    "key": "Yours to choose, at random, for each thing you do: it is done once, however often you send it, and answered by one ack or error.",
    "content": "The text, as Markdown. Controls but \\n and \\t are taken out of it.",
    "reply_to": "The message that this one answers.",
    "id": "The message's id: the number at which it appeared. Messages stand in its order.",
    "seq": "The room's number of this change: 1, 2, 3, … without gaps.",
    "ts": "When it was said.",
    "author": "Who said it.",
    "by": "Who stopped the answer, changed the settings, named a role, or removed what somebody else had said.",
    "status": "Whether it is complete.",
    "edited": "When its author last changed it.",
    "reason": "Why the answer is not complete: a sentence for people.",
    "usage": "What the answer cost.",
    "title": "What the room is called; \"\" for its name.",
    "instructions": "What the assistant is told in this room; \"\" for the house's.",
    "speaks": "When the assistant answers.",
    "model": "Which model answers, one of the room's `models`; \"\" for the house's.",
    "mode": "In which way it answers, one of the room's `modes`; \"\" for the house's.",
    "models": "Those that may be chosen.",
    "modes": "Those that may be chosen.",
    "assistant": "What the assistant is called here.",
    "epoch": "Which life of the room this is: a position is worth something only in its own.",
    "access": "Who can come in.",
    "closed": "Whether nobody may say anything new. Only owners set it.",
    "sent_to": "Who gets what is said here when the assistant is to answer: a provider and its server. \"\": nobody, it stays on this one.",
    "retention_days": "After how many days messages are removed; 0: never.",
    "role": "What they may do, where that is more or less than members may.",
    "name": "What they are called, unique in the room.",
    "kind": "human, assistant or system.",
    "on": "Whether somebody types.",
    "ref": "Your number for the draft; the verdict repeats it.",
    "off": "How long the answer was before this. Equal to your length: append; less: drop the overlap; more: reconnect.",
    "length": "How long the answer is. If yours has another length, reconnect.",
    "member": "Who types.",
    "members": "The first 100.",
    "count": "How many people are here.",
    "ids": "The questions, in order.",
    "percent": "How far it is.",
    "answers": "Whether the assistant would answer.",
    "duplicate": "Whether it had been done before.",
    "code": "Why, for programs.",
    "retry_after": "Seconds after which it may work.",
    "protocol": "The version of this protocol.",
    "room": "The room you are in, and its position: `room.seq`.",
    "you": "Who you are here.",
    "messages": "What has changed since `after`, in its current state, or the latest; answers that still stream are always among them.",
    "resumed": "true: keep what you have. false: forget everything but what you have not sent.",
    "from": "You hold every message from this id on; 0: the whole room. Without it: as it was.",
    "limits": "How much is allowed.",
    "token": "Send it as `Authorization: Bearer TOKEN` and you are the same person again. Browsers have a cookie instead.",
    "line": "What it is like, in a line.",
    "input": "Tokens read.",
    "output": "Tokens written.",
    "estimated": "The provider sent no figures; these are ours.",
    "Stop.id": "The answer, or its question.",
    "Ask.id": "The message, or an answer to it.",
    "Edit.id": "Your message.",
    "Delete.id": "Your message; an owner's may be anybody's.",
    "AckFrame.id": "The message it became, or was done to.",
    "ProgressFrame.id": "The answer.",
    "ChunkFrame.id": "The answer.",
    "EndFrame.id": "The answer.",
    "Appoint.id": "The person.",
    "Appoint.role": "What they are from now on.",
    "You.role": "What you may do.",
    "Author.id": "Theirs for good; compare ids, names change.",
    "Member.id": "Theirs for good; compare ids, names change.",
    "You.id": "Yours for good; what is unanswered is sent again only while it is still yours.",
    "StartFrame.content": "Empty.",
    "ChunkFrame.content": "The piece.",
    "EndFrame.content": "Why it is not complete: a sentence for people, kept as `reason`; no part of the text.",
    "EndFrame.status": "How it ended.",
    "EndFrame.by": "Who stopped it.",
    "ErrorFrame.content": "Why, for people.",
    "ErrorFrame.key": "Of the frame that was not done, where it had one.",
    "AckFrame.key": "The one you chose.",
    "MessageFrame.key": "The one its author chose: a message of yours that comes back with it needs no ack.",
    "Message.key": "The one its author chose: a message of yours that comes back with it needs no ack.",
    "ProgressFrame.content": "What it does, for people.",
    "Draft.content": "What is written so far.",
    "PongFrame.seq": "The room's number.",
    "RoomData.seq": "The room's number: that of its latest change.",
    "RoomFrame.seq": "The room's number.",
    "RoomData.name": "The room's name, as in its address.",
    "RoomFrame.name": "The room's name, as in its address.",
    "Mode.name": "What it is called.",
    "Limits.content": "Of a message.",
    "Limits.answer": "Of an answer.",
    "Limits.frame": "Of one frame from you, in bytes.",
}

ERRORS = {
    "bad_json": "The frame was no JSON. The tenth such closes the connection.",
    "bad_frame": "It was JSON, but not as this protocol has it: a field is missing or of the wrong type. The tenth closes the connection.",
    "unknown_type": "There is no frame of this type. The tenth closes the connection.",
    "empty": "There is nothing to see in the text.",
    "too_long": "The text is longer than `limits` in the welcome says.",
    "bad_name": "Nobody may have this name: it is too long, has letters one cannot see, or looks like the assistant's.",
    "not_found": "There is no such message, room, person, model or mode; or none that you may see; or the message was deleted.",
    "forbidden": "You have no right to do this, or it takes a token, a password or a link that is another one.",
    "busy": "That question is being answered, or waits already.",
    "not_running": "There is nothing to stop.",
    "key_conflict": "The key was used for something else. Make a new one for each frame.",
    "rate_limited": "That was too fast, or more than the house allows. Wait for `retry_after` seconds.",
    "overloaded": "The server has too much to do at once. Try again in a moment, under the same key.",
    "unavailable": "It cannot be saved now. Try again soon, under the same key.",
    "signed_out": "This session was ended. Without it, or with a new one, you may come in as somebody new.",
    "no_password": "The house asks for its password first: POST /api/password.",
    "closed": "The room is closed for new messages.",
}

# What only an HTTP door answers, besides these.
HTTP_ERRORS = {
    "bad_request": "The request is not as /openapi.json has it, or its Host is not served here.",
    "cross_site": "Another site's page asks, or a proxy gives us another Host than the browser has, and no `X-PocketRoom` came.",
    "method_not_allowed": "This address is not for this method; the `Allow` header names those it is for.",
}

# Whether to come back, and what it means.
CLOSES = {
    1000: (False, "You left."),
    1001: (True, "The server goes away."),
    1003: (False, "You sent a binary frame."),
    1006: (True, "No close frame came: the line is gone."),
    1007: (False, "You sent bad UTF-8."),
    1008: (False, "You sent ten frames that are none of this protocol."),
    1009: (False, "You sent a frame above 128 KiB."),
    1011: (True, "Something went wrong at the server."),
    1012: (True, "The server restarts."),
    1013: (True, "Too much at once, or too many connections from your address. Try later."),
    4501: (False, "Your session was ended: signed out."),
    4502: (False, "The house asks for its password first: POST /api/password."),
    4503: (False, "An owner removed you from this room, or you left it for good."),
    4504: (False, "There is no such room, none that you may see, or it was deleted."),
}
