"""Every door that /openapi.json lists is asked for everything its schema allows, and for what it forbids."""

import contextlib
import json
from collections import Counter
from typing import Any

import httpx2
import pytest
import schemathesis
from bench.fuzz import near_frames
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance, response_headers_conformance, response_schema_conformance, status_code_conformance,
)  # fmt: skip
from schemathesis.core.result import Ok
from tests.server import Server

from utils.protocol import ErrorFrame

CODES = set(ErrorFrame.__annotations__["code"].__args__)
TRUTHS: Any = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance,
]  # fmt: skip
ours = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_to_a_request_of_the_schema_is_described_there_and_none_is_a_failure(standing: Server, mode: GenerationMode) -> None:
    """What the schema allows (positive), and what it forbids (negative)."""
    schema = schemathesis.openapi.from_url(f"{standing.url}/openapi.json")
    asked: Counter[str] = Counter()
    for listed in schema.get_all_operations():
        assert isinstance(listed, Ok), listed

        @ours
        @given(listed.ok().as_strategy(generation_mode=mode))
        def knock(case: schemathesis.Case) -> None:
            asked[case.path] += 1
            if case.path.endswith("/events"):
                case.query = {**case.query, "poll": "true"}  # which ends
            case.call_and_validate(checks=TRUTHS)

        with contextlib.suppress(Unsatisfiable):  # a door without parameters forbids nothing
            knock()
    assert asked["/api/rooms/{room}/messages"]
    assert asked["/api/rooms/{room}/search"]


def test_the_schema_lists_every_door_of_docs_protocol(standing: Server) -> None:
    paths = httpx2.get(f"{standing.url}/openapi.json").json()["paths"]
    assert {"get", "post"} <= paths["/api/rooms/{room}/messages"].keys()
    assert {"/api/rooms/{room}/search", "/api/rooms/{room}/export.{form}"} <= paths.keys()


@ours
@given(near_frames(), st.booleans(), st.none() | st.text(max_size=40))
def test_whatever_mallory_posts_is_said_or_refused_with_a_code(standing: Server, body: Any, ascii_only: bool, name: str | None) -> None:
    content = json.dumps(body, ensure_ascii=ascii_only).encode(errors="replace")
    query = {"name": name.encode(errors="replace").decode()} if name else {}
    answer = httpx2.post(f"{standing.url}/api/rooms/schema/messages", params=query, content=content)
    if answer.status_code == 201:
        assert answer.json()["type"] == "ack"
    else:
        assert answer.status_code in (400, 404, 409, 413, 422)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] in CODES
