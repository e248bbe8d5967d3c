"""Who may do what in a room: roles, the rights of each, and nothing else. docs/security.md shows the same table; a test compares.

The room asks before it hands anything over, and the log asks again in the transaction that writes it: so nothing that
somebody was allowed a moment ago gets through behind their removal.
"""

from collections.abc import Mapping
from typing import NamedTuple

from utils.protocol import Access, Act, Member, Refused, Role

RIGHTS: Mapping[Act, frozenset[Role]] = {
    "read": frozenset({"owner", "member", "reader"}),  # come in, be present, history, search, export, who is a member
    "delete": frozenset({"owner", "member", "reader"}),  # what one said oneself
    "leave": frozenset({"owner", "member", "reader"}),
    "say": frozenset({"owner", "member"}),  # messages, edits, drafts, typing, asking for an answer
    "stop": frozenset({"owner", "member"}),
    "configure": frozenset({"owner", "member"}),
    "moderate": frozenset({"owner"}),  # remove people and messages, name roles, invite, close, delete the room
}
BY_INVITATION = "private-"  # begins the names that the server gives; no visit makes a room of such a name
LOBBY = "lobby"  # has no owner: whoever comes first to a new house need not be its host
OPERATOR = "operator"  # the id of whoever shows the OPERATOR_TOKEN: an owner of every room
THE_OPERATOR: Member = {"id": OPERATOR, "name": "The operator"}
NOBODY = ""  # the id of whoever nobody knows yet
OWNERS_ONLY = "Only an owner of this room may do this."


class Rights(NamedTuple):
    """What a room knows of who may do what. `roles` has those who have one of their own."""

    access: Access
    roles: Mapping[str, Role]
    closed: bool = False

    def role(self, person: str) -> Role:
        if person == OPERATOR:
            return "owner"
        return self.roles.get(person) or ("member" if self.access == "open" else "none")

    def allow(self, person: str, act: Act) -> bool:
        return self.role(person) in RIGHTS[act]

    def must_allow(self, room: str, person: str, act: Act, key: str | None = None) -> None:
        """Raises Refused."""
        if not self.allow(person, "read"):
            if self.access == "open":
                raise Refused("forbidden", "An owner removed you from this room.", key)
            raise no_room(room, key)
        if not self.allow(person, act):
            raise Refused("forbidden", OWNERS_ONLY if act == "moderate" else "You may read here, and no more.", key)
        if act == "say" and self.closed:
            raise Refused("closed", "This room is closed for new messages.", key)


def access_of(room: str) -> Access:
    """How a room of this name would be made; one that is not there looks the same."""
    return "invited" if room.startswith(BY_INVITATION) else "open"


def no_room(room: str, key: str | None = None) -> Refused:
    """Said of a room that is not there, and in the same words of one that somebody may not see."""
    return Refused("not_found", f"There is no room {room!r}, or none that you may see.", key)
