"""The floors of PocketRoom. Imports run downward only (tests/test_floors.py reads them).

main                                                    the doors: page, socket, HTTP
├─ people_doors   sessions, links, members, invitations; asked: what a request brings
├─ house          what all doors share; pace: requests of one address take turns
├─ guard          Host, Origin and headers, before anything else
├─ proxies        whom a proxy speaks for; visits: each request's id, and what becomes of it
├─ site           the page's files: in memory, compressed, versioned
├─ metrics        how things stand, for Prometheus; tally: what is counted while it happens
├─ people         what lets people in, in the log's file
│   access        roles, and the rights of each
│   identity      who is speaking: session, names; confusables: which letters look alike
│   limits        how much a person, an address and all together may have; rate_limit: token buckets
│   listener      who is let in before a byte is read
├─ assistant      what waits for an answer in a room, one answer at a time
│   answer        one run of the flow: what it is given, says and costs; Stop, silence, limits
│   speech        what is said: saved as it comes, ended once
│   personas      the modes a room can put its assistant in
├─ export         a room to take away: JSON lines, Markdown
├─ sqlite_log     the log in one file, one writer thread
│   sqlite_file   that file: taken, checked, migrated, copied; schema: its tables, and those of older versions
│   retention     what was said too long ago; removal: deleted rooms, forgotten people; both piece by piece
│   room          the tail in memory, who is here, deliver, catch up
│   connection    one socket: written to while healthy, caught up when behind
│   message_log   what a log can do, and the records it speaks of
│   search        words of any script: what is indexed, what is looked for
│   wire          finished WebSocket frames, and the uvicorn protocol that takes them
│   protocol      every frame in and out
│   settings      every setting; logs: what the operator reads
└─ flow → nodes                                         the assistant's PocketFlow
    manners       whether a message wants an answer; manners_words: how that is said in many languages
    prompt        what the model is told; tokens: how much that is
    stream_llm    models behind one async generator; providers, model_errors: whose, and what can go wrong
    fake_llm      the offline one; offline_answers: its words
"""
