"""A Streamlit script for the tests: connects in the way that it is told in its address, and tells what came."""

import asyncio
import json
import os
import threading
import time
import urllib.request

import streamlit as st
from connectors import Connection, SharedConnection, get_config, inbox, session, start_ws_worker

inbox.WAITING = int(os.environ.get("WAITING", inbox.WAITING))
session.GRACE = 1  # second: the tests have less patience than people
asked = st.query_params
state = st.session_state
state.setdefault("inbox", [])
state.setdefault("calls", [])


def take(message):
    if message == "bad":
        raise ValueError("this callback takes no bad messages")
    state.inbox.append(message)


def take_into_the_slot(message):
    state.update(last_message=message, new_event=True)


def empty_the_slot():
    if state.get("new_event") and "last_message" in state:
        state.inbox.append(state["last_message"])
        state["new_event"] = False


def say(ws, text):
    take(json.loads(text))


def greet(ws):
    ws.send(json.dumps("hello"))


connection = None
match asked.get("way"):
    case "dedicated":
        connection = Connection(asked["address"], on_message_cb=take).connect()
    case "dedicated, one slot":
        connection = Connection(asked["address"], on_message_cb=take_into_the_slot).connect()
    case "dedicated, resuming":
        connection = Connection(lambda: f"{asked['address']}?after={len(state.inbox)}", take).connect()
    case "dedicated, in a fragment":

        @st.fragment
        def feed():
            Connection(asked["address"], on_message_cb=take).connect()
            st.text(json.dumps({"inbox": state.inbox, "whole": state.whole}))

        state.whole = state.get("whole", 0) + 1
        feed()
        st.stop()
    case "shared":
        connection = SharedConnection.get(asked["address"], take)
    case "shared, one slot":
        connection = SharedConnection.get(asked["address"])
    case "worker":
        state.name = asked.get("name", "")
        calls = {
            "on_open": greet,
            "on_close": lambda ws, code, reason: state.calls.append(["close", code, reason]),
            "on_error": lambda ws, error: state.calls.append(["error", str(error)]),
        }
        calls["get_ws_url"] = lambda: f"{asked['address']}?name={state.name}"
        start_ws_worker(get_config(on_message=say, state_requirements={"name"}, **calls))
    case "polled":
        with urllib.request.urlopen(f"{asked['address']}?after={len(state.inbox)}") as answer:
            state.inbox.extend(json.load(answer))
empty_the_slot()

if "say" in asked and connection and state.get("said") != {"said": asked["say"]}:
    state.said = words = {"said": asked["say"]}
    match asked.get("how", "plainly"):
        case "plainly":
            connection.send_message(words)
        case "in a loop":
            asyncio.run(connection.send_message_async(words))
        case "in a loop of another thread":
            send = connection.send_message_async
            other = threading.Thread(target=lambda: asyncio.run(send(words)))
            other.start()
            other.join()

time.sleep(float(asked.get("takes", 0)))
names = [thread.name for thread in threading.enumerate()]
threads, scripts = (sum(name.startswith(kind) for name in names) for kind in ("websocket", "ScriptRunner"))
st.text(json.dumps({"inbox": state.inbox, "calls": state.calls, "threads": threads, "scripts": scripts}))
