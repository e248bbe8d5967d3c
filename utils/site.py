"""The pages' files, served from memory: compressed once, and cacheable for ever under a version that names what is in all of them."""

import gzip
import hashlib
import logging
import os
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import PlainTextResponse, Response

SITE_BYTES = 8 << 20  # kept in memory at most, before compression; what comes with us has a quarter of a mebibyte
PAGE, PROTOCOL_PAGE = "index.html", "asyncapi.html"
PAGES = {PAGE, PROTOCOL_PAGE}
A_VERSION = re.compile(r"([0-9a-f]{16})/")
A_MODULE = re.compile(rb'<script type="module" src="/static/([^"]+)">')
AN_IMPORT = re.compile(rb"^(?:im|ex)port\b[^;'\"]*['\"](\.[^'\"]+)['\"];", re.MULTILINE)
A_COMMENT = re.compile(rb"^[ \t]*(?://[^\n]*|/\*\*(?:[^*]|\*(?!/))*\*/)[ \t]*$", re.MULTILINE)  # not /*! a licence */
FOR_EVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"
NOT_FOR_OTHERS = "private, no-cache"  # a cache between us would hand one visitor's session cookie to the next
TYPES = {
    ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".md": "text/plain; charset=utf-8", ".txt": "text/plain; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
    ".json": "application/json", ".yaml": "application/yaml", ".webmanifest": "application/manifest+json",
}  # fmt: skip
NO_TEXT = {"image/png", "application/octet-stream"}

Stamps = dict[str, tuple[int, int, int]]  # by path: when changed, size, which file; a change shows in one of them

logger = logging.getLogger(__name__)


class Site:
    """All regular files below `root` but hidden ones, as they were when the page was last asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stamps = stamps(root)
        self._edition = read(root, self._stamps)

    def page(self, asked: Mapping[str, str], name: str = PAGE) -> Response:
        """The document of this name, for these request headers. Whoever changed a file has only to reload it."""
        try:
            if (now := stamps(self._root)) != self._stamps:
                self._edition, self._stamps = read(self._root, now), now
        except OSError as why:  # an editor is just replacing a file
            logger.warning("the page stays as it was: %s", why)
        return self._edition.pages[name].answer(asked, NOT_FOR_OTHERS)

    def file(self, path: str, asked: Mapping[str, str]) -> Response:
        """The file of this name, which any version may precede. Only the names of files that were read lead anywhere."""
        version = A_VERSION.match(path)
        found = self._edition.files.get(path[version.end() :] if version else path)
        if found is None:
            return PlainTextResponse("There is no such file.", 404)
        is_current = version is not None and version[1] == self._edition.version
        return found.answer(asked, FOR_EVER if is_current else ASK_AGAIN)


class File:
    """One file, and its compressed form where that is smaller."""

    def __init__(self, name: str, content: bytes) -> None:
        self._type = TYPES.get(Path(name).suffix, "application/octet-stream")
        packed = None if self._type in NO_TEXT else gzip.compress(content, mtime=0)
        self._content, self._packed = content, packed if packed and len(packed) < len(content) else None
        self._tag = hashlib.sha256(content).hexdigest()[:32]

    def answer(self, asked: Mapping[str, str], caching: str) -> Response:
        body, tag = self._content, self._tag
        headers = {"cache-control": caching, "content-type": self._type}
        if self._packed is not None:
            headers["vary"] = "accept-encoding"
            if accepts_gzip(asked.get("accept-encoding", "")):
                headers["content-encoding"] = "gzip"
                body, tag = self._packed, f"{tag}-gzip"  # strong tags: other bytes, another tag
        headers["etag"] = f'"{tag}"'
        if not knows(asked.get("if-none-match", ""), headers["etag"]):
            return Response(body, headers=headers)
        del headers["content-type"]
        headers.pop("content-encoding", None)
        return Response(status_code=304, headers=headers)


@dataclass(frozen=True)
class Edition:
    """All files at one moment."""

    version: str
    pages: dict[str, File]
    files: dict[str, File]


def stamps(folder: str | Path) -> Stamps:
    """What is there to be served: neither links nor what is hidden, wherever it leads."""
    found: Stamps = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                found |= stamps(entry.path)
            elif entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                found[entry.path] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def read(root: Path, found: Stamps) -> Edition:
    """Raises OSError when a file is gone, above all the page."""
    contents: dict[str, bytes] = {}
    room = SITE_BYTES
    for size, path in sorted((size, path) for path, (_, size, _) in found.items()):  # the large ones are left out first
        if size > room:
            logger.warning("%s is too large to be served", path)
            continue
        room -= size
        content = Path(path).read_bytes()
        contents[Path(path).relative_to(root).as_posix()] = without_comments(content) if path.endswith(".js") else content
    if PAGE not in contents:
        raise FileNotFoundError(root / PAGE)
    version = hashlib.sha256(repr(contents).encode()).hexdigest()[:16]
    documents = {name: contents.pop(name) for name in PAGES & contents.keys()}
    pages = {name: File(name, document(content, contents, version)) for name, content in documents.items()}
    return Edition(version, pages, {name: File(name, content) for name, content in contents.items()})


def without_comments(module: bytes) -> bytes:
    """`module` with empty lines for those that hold a comment and nothing else: a third of what a visitor would load."""
    return A_COMMENT.sub(lambda comment: b"\n" * comment[0].count(b"\n"), module)


def document(page: bytes, files: Mapping[str, bytes], version: str) -> bytes:
    """The page as it is sent: of this version, and naming its modules, which otherwise come to light one by one."""
    preloads = "".join(f'  <link rel="modulepreload" href="/static/{name}">\n' for name in sorted(modules(page, files)))
    page = page.replace(b"</head>", preloads.encode() + b"</head>", 1)
    return page.replace(b'"/static/', f'"/static/{version}/'.encode())


def modules(page: bytes, files: Mapping[str, bytes]) -> set[str]:
    """The modules that `page` begins with, and all that these import; not what they may import() later."""
    found: set[str] = set()
    waiting = [name.decode() for name in A_MODULE.findall(page)]
    while waiting:
        name = waiting.pop()
        if name in files and name not in found:
            found.add(name)
            waiting += [posixpath.normpath(f"{posixpath.dirname(name)}/{path.decode()}") for path in AN_IMPORT.findall(files[name])]
    return found


def accepts_gzip(header: str) -> bool:
    weights = {name.strip(): weight for name, _, weight in (coding.partition(";") for coding in header.lower().split(","))}
    weight = weights.get("gzip", weights.get("*"))
    return weight is not None and not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)


def knows(if_none_match: str, tag: str) -> bool:
    return if_none_match.strip() == "*" or tag in (known.strip().removeprefix("W/") for known in if_none_match.split(","))
