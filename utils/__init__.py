"""The floors of PocketRoom. Imports run downward only (tests/test_floors.py reads them).

main                                                    the doors: page, socket, HTTP
├─ assistant      one answer at a time in a room: queue, stop, limits
├─ guard          Host, Origin and headers, before anything else
├─ site           the page's files: in memory, compressed, versioned
├─ identity       who is speaking: session, names
├─ rate_limit     token buckets
├─ export         a room to take away: JSON lines, Markdown
├─ sqlite_log     the log in one file, one writer thread
│   sqlite_file   that file: taken, checked, copied while in use
│   room          the tail in memory, who is here, deliver, catch up
│   connection    one socket: written to while healthy, caught up when behind
│   message_log   what a log can do, and the records it speaks of
│   search        words of any script: what is indexed, what is looked for
│   wire          finished WebSocket frames, and the uvicorn protocol that takes them
│   protocol      every frame in and out
│   settings      every setting
└─ flow → nodes → stream_llm, fake_llm                  the assistant's PocketFlow
"""
