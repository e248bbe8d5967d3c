"""A chat room in Streamlit, with everything that moves in one fragment: streamlit run app.py"""

import json
import os
import re
import secrets
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from connectors import Connection
from room import Frame, Gap, Room

SERVER = os.environ.get("POCKETROOM_URL", "http://127.0.0.1:8000").rstrip("/")
WINDOW = 60  # messages drawn at first, and twice as many with each "Earlier": each of them is sent to the browser in every run
TOGETHER = 5 * 60_000  # milliseconds within which the same author's messages stand under one name
ROOM_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
DIRECTIVE = re.compile(r":(?=[\w/+-]+[\[:])")  # Streamlit's :red[…] and :icon:


@dataclass
class Visit:
    """Who looks at which room, in this session."""

    room_name: str
    name: str = ""
    token: str = ""  # who we are, to the server
    room: Room = field(default_factory=Room)
    window: int = WINDOW
    outline: Any = None  # what the whole page was drawn from; the fragment sees when that has changed

    def __post_init__(self) -> None:
        self.connection = Connection(self.address, self.receive, header=self.header)

    def address(self) -> str:
        epoch, seq = self.room.at
        held = {"after": seq, "epoch": epoch} if epoch else {}
        query = urlencode(({"name": self.name} if self.name else {}) | held)
        return f"{SERVER.replace('http', 'ws', 1)}/ws/{quote(self.room_name)}?{query}"

    def header(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def receive(self, frame: Frame) -> None:
        try:
            self.room.apply(frame)
        except Gap:
            self.connection.line.reconnect()
        if frame["type"] == "welcome":
            self.token = frame["you"].get("token", self.token)
            self.name = frame["you"]["name"]
            for unanswered in list(self.room.unanswered.values()):
                self.connection.send_message(unanswered)

    def send(self, type: str, **fields: Any) -> None:
        self.room.refused = ""
        frame = self.room.frame(type, **fields)
        if self.connection.line.state == "open":  # else it goes out after the next welcome
            self.connection.send_message(frame)

    def go(self, room_name: str) -> None:
        self.room_name, self.room, self.window = room_name, Room(), WINDOW
        st.query_params["room"] = room_name
        self.connection.line.reconnect()

    def read_older(self) -> None:
        self.window *= 2
        if self.room.floor and len(self.room.shown()) < self.window:
            place, before = self.room.place(), self.room.floor
            url = f"{SERVER}/api/rooms/{quote(self.room_name)}/messages?before={before}&limit=50"
            try:
                with urllib.request.urlopen(urllib.request.Request(url, headers=self.header()), timeout=10) as answer:
                    self.room.add_page(json.load(answer), place)
            except OSError as error:
                self.room.refused = f"The earlier messages could not be read: {error}"

    def seen_around(self) -> Any:
        room = self.room
        return self.room_name, self.name, room.settings.get("title"), [member["name"] for member in room.members]


def main() -> None:
    st.set_page_config("PocketRoom", ":material/forum:", layout="centered")
    visit = st.session_state.get("visit")
    if visit is None:
        asked = st.query_params.get("room", "lobby")
        visit = st.session_state.visit = Visit(asked if ROOM_NAME.fullmatch(asked) else "lobby")
    visit.outline = None
    draw_room(visit)
    visit.outline = visit.seen_around()
    with st.sidebar:
        draw_sidebar(visit)
    said = st.chat_input(f"Say something in {visit.room_name}", max_chars=16_000)
    if said:
        visit.send("message", content=said)
        st.rerun()


@st.fragment
def draw_room(visit: Visit) -> None:
    visit.connection.connect()
    if visit.outline not in (None, visit.seen_around()):
        st.rerun()
    room = visit.room
    title = room.settings.get("title") or visit.room_name
    st.subheader(plain(title), anchor=False)
    st.caption(describe_line(visit))
    messages = room.shown()
    if len(messages) > visit.window or room.floor:
        st.button("Earlier messages", icon=":material/history:", on_click=visit.read_older, width="stretch")
    draw_messages(visit, messages[-visit.window :])
    if room.at[0] and not messages:
        st.info(f"Nobody has said anything here yet. Call {room.settings.get('assistant', 'the assistant')} by name to have it answer.")
    if room.progress:
        st.caption(f":material/hourglass_top: {plain(room.progress)}")
    for frame in room.unanswered.values():
        if frame["type"] == "message":
            st.caption(f":material/schedule: {plain(frame['content'])} (on its way)")
    if room.refused:
        st.error(plain(room.refused))
    if visit.connection.line.state == "waiting":
        st.caption(describe_line(visit))  # also where the reader looks


def describe_line(visit: Visit) -> str:
    line, people = visit.connection.line, len(visit.room.members)
    if line.state == "open":
        return f":green-badge[live] {people} {'person' if people == 1 else 'people'} here"
    return ":orange-badge[reconnecting] What you write meanwhile goes out as soon as the server is back."


def draw_messages(visit: Visit, messages: list[Frame]) -> None:
    """Messages and comings in order; each day, and each author of several messages, is named once."""
    earlier = messages and len(messages) < len(visit.room.messages)
    comings = [coming for coming in visit.room.comings if not earlier or coming[0] >= messages[0]["id"]]
    day, last, row = None, None, st.container()
    for message in messages:
        while comings and comings[0][0] < message["id"]:
            _, when, text = comings.pop(0)
            last = draw_aside(f"{plain(text)} · {local(when):%H:%M}")
        said = local(message["ts"])
        if said.date() != day:
            day = said.date()
            last = draw_aside(f"**{said:%A}, {said.day} {said:%B %Y}**")
        if message["author"]["kind"] == "system":
            last = draw_aside(f"{plain(message['content'])} · {said:%H:%M}")
            continue
        if not (last and last["author"]["id"] == message["author"]["id"] and message["ts"] - last["ts"] < TOGETHER):
            kind = message["author"]["kind"]
            row = st.chat_message(kind, avatar=":material/auto_awesome:" if kind == "assistant" else ":material/person:")
            row.markdown(f"**{plain(message['author']['name'])}** :small[:gray[{said:%H:%M}]]")
        with row:
            draw_words(visit, message)
        last = message
    for _, when, text in comings:
        draw_aside(f"{plain(text)} · {local(when):%H:%M}")


def draw_aside(text: str) -> None:
    st.caption(f":gray[{text}]", text_alignment="center")


def draw_words(visit: Visit, message: Frame) -> None:
    if message["author"]["kind"] == "assistant":
        streams = message["status"] == "streaming"
        st.markdown(harmless(message["content"]) + (" ▍" if streams else ""))
        if streams:
            stop = {"type": "stop", "id": message["id"]}
            st.button("Stop", icon=":material/stop_circle:", key=f"stop {message['id']}", on_click=visit.send, kwargs=stop)
        elif message.get("reason"):
            st.caption(plain(message["reason"]))
    else:
        st.markdown(plain(message["content"]))
        if message["id"] in visit.room.waiting:
            st.caption("waits for the answer before it")


def draw_sidebar(visit: Visit) -> None:
    st.header("PocketRoom", anchor=False)
    name = st.text_input("Your name", visit.name, max_chars=32, placeholder="as you want to be called")
    if name != visit.name and name:
        visit.name = name
        visit.connection.line.reconnect()
    asked = st.text_input("Room", visit.room_name, max_chars=64, help="a–z, 0–9, - and _").strip().lower()
    if not ROOM_NAME.fullmatch(asked):
        st.warning("A room's name is of a–z, 0–9, - and _.")
    elif asked != visit.room_name:
        visit.go(asked)
        st.rerun()
    if st.button("New room", icon=":material/add:", width="stretch"):
        visit.go(f"room-{secrets.token_hex(3)}")
        st.rerun()
    st.subheader("Here", anchor=False)
    for member in visit.room.members:
        st.markdown(f":material/person: {plain(member['name'])}" + (" :gray[(you)]" if member["id"] == visit.room.you["id"] else ""))
    st.link_button("Open the room's own page", f"{SERVER}/r/{visit.room_name}", icon=":material/open_in_new:", width="stretch")


def local(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, ZoneInfo(st.context.timezone or "UTC"))


def plain(text: str) -> str:
    """As it was typed: none of it is Markdown."""
    text = re.sub(r"^[ \t]+", lambda indent: "\N{NO-BREAK SPACE}" * len(indent[0]), text, flags=re.MULTILINE)
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:^&=@])", r"\\\1", text).replace("\n", "  \n")


def harmless(text: str) -> str:
    """Markdown of an answer: its prices are no formulas, its pictures (which would tell their owners who reads) are links."""
    pieces = CODE.split(text)
    pieces[::2] = [DIRECTIVE.sub(r"\\:", piece.replace("$", r"\$").replace("![", "[")) for piece in pieces[::2]]
    return "".join(pieces)


main()
