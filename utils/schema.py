"""The tables of the log's file, and what each version has beyond the one before."""

VERSION = 3
# The number that a room has reached, in SQL about `rooms`: that of its newest message or change, or what it was when they were removed.
REACHED = (
    "max(last, coalesce((SELECT max(id) FROM messages WHERE room = rooms.key), 0),"
    " coalesce((SELECT max(seq) FROM messages WHERE room = rooms.key AND seq <> id), 0))"
)
# What a new file is made of. An older one is led there by STEPS; a test holds both against each other.
SCHEMA = """
-- indexed: every message whose seq is not above it stands in `search` as it is.
-- last: a number the room had reached when messages were removed; without it their numbers would be given again.
CREATE TABLE rooms (
    key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    settings TEXT NOT NULL DEFAULT '{"title":"","instructions":"","speaks":"","model":""}',
    indexed INTEGER NOT NULL DEFAULT 0, access TEXT NOT NULL DEFAULT 'open', last INTEGER NOT NULL DEFAULT 0);
-- body: the message as it is sent. first: the digest of what its key was first used for, once edited.
CREATE TABLE messages (
    room INTEGER NOT NULL, id INTEGER NOT NULL, seq INTEGER NOT NULL, status TEXT NOT NULL, author TEXT NOT NULL, key TEXT,
    body TEXT NOT NULL, first BLOB);
CREATE UNIQUE INDEX message_ids ON messages (room, id);
CREATE UNIQUE INDEX message_keys ON messages (author, room, key) WHERE key IS NOT NULL;
CREATE INDEX message_changes ON messages (room, seq) WHERE seq <> id;
CREATE INDEX answers_streaming ON messages (room) WHERE status = 'streaming';
CREATE TABLE chunks (
    room INTEGER NOT NULL, id INTEGER NOT NULL, off INTEGER NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (room, id, off)) WITHOUT ROWID;
-- rowid: the room's key << 32 | the message's id. The "ascii" tokenizer takes apart what search.words_of has put together:
-- at spaces, and nowhere in what is not ASCII.
CREATE VIRTUAL TABLE search USING fts5(words, tokenize = 'ascii', columnsize = 0);
-- id: what others see of a person, 16 hex digits.
CREATE TABLE people (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT);
-- hash: of the token. made, seen, ended: ms. password: the digest of the ROOM_PASSWORD that was shown.
CREATE TABLE sessions (
    hash BLOB PRIMARY KEY, person INTEGER NOT NULL, made INTEGER NOT NULL, seen INTEGER NOT NULL, password BLOB,
    ended INTEGER) WITHOUT ROWID;
CREATE INDEX sessions_of ON sessions (person);
CREATE TABLE roles (room INTEGER NOT NULL, person TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (room, person)) WITHOUT ROWID;
CREATE INDEX roles_of ON roles (person);
-- hash: of the secret in the link. maker: a person's id. made, until: ms. uses: how many are left; NULL: no limit.
CREATE TABLE invitations (
    key INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, room INTEGER NOT NULL, role TEXT NOT NULL, maker TEXT NOT NULL,
    made INTEGER NOT NULL, until INTEGER, uses INTEGER);
-- A person's next session, elsewhere.
CREATE TABLE links (hash BLOB PRIMARY KEY, person INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
"""
# What each version has beyond the one before. Never changed again: files of that version are out there.
STEPS = {
    2: """
ALTER TABLE rooms ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
CREATE VIRTUAL TABLE search USING fts5(words, tokenize = 'ascii', columnsize = 0);
""",
    3: """
ALTER TABLE rooms ADD COLUMN access TEXT NOT NULL DEFAULT 'open';
ALTER TABLE rooms ADD COLUMN last INTEGER NOT NULL DEFAULT 0;
ALTER TABLE people RENAME TO people_2;
CREATE TABLE people (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT);
CREATE TABLE sessions (
    hash BLOB PRIMARY KEY, person INTEGER NOT NULL, made INTEGER NOT NULL, seen INTEGER NOT NULL, password BLOB,
    ended INTEGER) WITHOUT ROWID;
INSERT INTO people SELECT key, lower(hex(substr(session, 1, 8))), name FROM people_2;
INSERT INTO sessions (hash, person, made, seen)
    SELECT session, key, now, now FROM people_2, (SELECT CAST(strftime('%s') AS INTEGER) * 1000 AS now) ORDER BY session;
DROP TABLE people_2;
CREATE INDEX sessions_of ON sessions (person);
CREATE TABLE roles (room INTEGER NOT NULL, person TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (room, person)) WITHOUT ROWID;
CREATE INDEX roles_of ON roles (person);
CREATE TABLE invitations (
    key INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, room INTEGER NOT NULL, role TEXT NOT NULL, maker TEXT NOT NULL,
    made INTEGER NOT NULL, until INTEGER, uses INTEGER);
CREATE TABLE links (hash BLOB PRIMARY KEY, person INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
""",
}
