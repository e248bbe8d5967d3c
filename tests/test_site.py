"""How the page comes to people: small, once, always the newest; and nothing else comes that way."""

import json
import os
import re
import shutil
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.person import INSTALLED, expect
from tests.server import ROOT, Server

from utils.site import SITE_BYTES, Site, without_comments

STATIC = ROOT / "static"
FIRST_VISIT = 64_000  # bytes, compressed: what is loaded before one can write
FOR_EVER = "public, max-age=31536000, immutable"
PACKED, PLAIN = {"accept-encoding": "gzip"}, {"accept-encoding": "identity"}
TYPES = {
    "js/main.js": "text/javascript; charset=utf-8", "style.css": "text/css; charset=utf-8", "favicon.svg": "image/svg+xml",
    "manifest.webmanifest": "application/manifest+json", "icons/192.png": "image/png", "vendor/marked.LICENSE.md": "text/plain; charset=utf-8",
}  # fmt: skip


def as_served(file: Path) -> bytes:
    return without_comments(file.read_bytes()) if file.suffix == ".js" else file.read_bytes()


class House:
    """A server over files of its own, which may be changed while it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.static = folder, folder / "static"
        for part in ("utils", "static"):
            shutil.copytree(ROOT / part, folder / part)
        for part in ("main.py", "flow.py", "nodes.py"):
            shutil.copy(ROOT / part, folder)
        self.server = Server(folder, command=[sys.executable, str(folder / "main.py")])

    def version(self) -> str:
        return version_in(httpx2.get(self.server.url).text)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    house.server.start()
    yield house
    house.server.kill()
    assert "Traceback" not in house.server.printed(), house.server.printed()


def version_in(page: str) -> str:
    """The one version that all addresses in the page bear."""
    versions = {address.split("/")[2] for address in addresses(page)}
    assert len(versions) == 1, versions
    return versions.pop()


def addresses(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="(/static/[^"]+)"', page)


def raw_status(server: Server, path: str) -> int:
    """The status of a GET of exactly this path, which no client has tidied up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode("latin-1"))
        return int(line.makefile("rb").readline().split()[1])


# ---- what is sent --------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind"), TYPES.items())
def test_every_file_is_what_stands_on_disk_and_says_what_it_is(standing: Server, name: str, kind: str) -> None:
    for headers in (PACKED, PLAIN):
        answer = httpx2.get(f"{standing.url}/static/{name}", headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.content == as_served(STATIC / name)


@pytest.mark.parametrize("path", ["/", "/static/js/main.js", "/static/style.css", "/static/favicon.svg", "/static/manifest.webmanifest"])
def test_text_is_sent_compressed_to_those_who_can_read_it(standing: Server, path: str) -> None:
    packed, plain = (httpx2.get(standing.url + path, headers=headers) for headers in (PACKED, PLAIN))
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) == len(plain.content)
    assert packed.content == plain.content
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert packed.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True), ("br, GZIP;q=0.5", True), ("*", True), ("deflate, gzip;q=1.0, *;q=0", True), ("gzip ; q=0.001", True),
        ("", False), ("identity", False), ("gzip;q=0", False), ("gzip; q=0.000, *", False), ("*;q=0", False), ("gzipped", False), (";,;q", False),
    ],
)  # fmt: skip
def test_nobody_gets_what_they_did_not_accept(standing: Server, accepted: str, is_packed: bool) -> None:
    answer = httpx2.get(f"{standing.url}/static/style.css", headers={"accept-encoding": accepted})
    assert ("content-encoding" in answer.headers) == is_packed
    assert answer.content == (STATIC / "style.css").read_bytes()


def test_what_does_not_get_smaller_is_sent_as_it_is(house: House) -> None:
    (house.static / "tiny.txt").write_text("a")
    (house.static / "strange.bin").write_bytes(b"a" * 1000)
    assert house.version()
    for name in ("icons/512.png", "tiny.txt", "strange.bin"):
        answer = httpx2.get(f"{house.server.url}/static/{name}", headers=PACKED)
        assert answer.content == (house.static / name).read_bytes()
        assert not {"content-encoding", "vary"} & set(answer.headers)
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("path", ["/", "/r/tea", "/static/style.css", "/static/icons/192.png", "/static/nothing"])
def test_head_tells_all_that_get_would(standing: Server, path: str) -> None:
    told, got = (httpx2.request(method, standing.url + path, headers=PACKED) for method in ("HEAD", "GET"))
    assert told.content == b""
    assert told.status_code == got.status_code
    ours = {"content-type", "content-length", "content-encoding", "etag", "vary", "cache-control"}
    assert {name: told.headers.get(name) for name in ours} == {name: got.headers.get(name) for name in ours}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nobody_writes_there(standing: Server, method: str) -> None:
    for path in ("/", "/static/style.css", "/static/nothing"):
        answer = httpx2.request(method, standing.url + path)
        assert answer.status_code == 405
        assert {"GET", "HEAD"} <= set(answer.headers["allow"].split(", "))


# ---- what is sent again --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/static/js/main.js", "/static/icons/192.png"])
@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
@pytest.mark.parametrize("accepted", [PACKED, PLAIN], ids=["packed", "plain"])
def test_who_has_it_already_is_sent_nothing(standing: Server, path: str, known: str, accepted: dict[str, str]) -> None:
    first = httpx2.get(standing.url + path, headers=accepted)
    for method in ("GET", "HEAD"):
        again = httpx2.request(method, standing.url + path, headers=accepted | {"if-none-match": known.format(first.headers["etag"])})
        assert (again.status_code, again.content) == (304, b"")
        ours = ("etag", "cache-control", "vary")
        assert [again.headers.get(name) for name in ours] == [first.headers.get(name) for name in ours]
        assert not {"content-encoding", "content-type"} & set(again.headers)


def test_who_has_something_else_is_sent_it_all(standing: Server) -> None:
    packed = httpx2.get(f"{standing.url}/static/style.css", headers=PACKED).headers["etag"]
    for known in ("", '"other"', packed.strip('"'), packed.replace("-gzip", "")):
        assert httpx2.get(f"{standing.url}/static/style.css", headers=PACKED | {"if-none-match": known}).status_code == 200


def test_the_pages_files_are_kept_for_ever_under_the_version_that_the_page_names(standing: Server) -> None:
    page = httpx2.get(standing.url).text
    assert '"/static/js' not in page
    for address in addresses(page):
        answer = httpx2.get(standing.url + address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, FOR_EVER), address
        assert answer.content == as_served(STATIC / address.split("/", 3)[3])


@pytest.mark.parametrize("version", ["", "0123456789abcdef/"])
def test_without_the_right_version_the_present_file_is_sent_and_not_kept(standing: Server, version: str) -> None:
    answer = httpx2.get(f"{standing.url}/static/{version}style.css")
    assert answer.content == (STATIC / "style.css").read_bytes()
    assert answer.headers["cache-control"] == "no-cache"


def test_the_page_is_asked_for_each_time_and_kept_by_no_cache_that_others_use(standing: Server) -> None:
    assert httpx2.get(standing.url).headers["cache-control"] == "private, no-cache"


def test_ann_who_has_the_page_but_lost_her_cookie_gets_a_new_one(standing: Server) -> None:
    first = httpx2.get(standing.url)
    known = {"if-none-match": first.headers["etag"]}
    without = httpx2.get(standing.url, headers=known)
    assert without.status_code == 304
    assert without.headers["set-cookie"].startswith("pocketroom=")
    assert without.headers["set-cookie"] != first.headers["set-cookie"]
    cookie = without.headers["set-cookie"].split(";")[0]
    assert httpx2.get(standing.url, headers=known | {"cookie": cookie}).headers["set-cookie"].startswith(cookie), "it is kept for another year"


# ---- what changes --------------------------------------------------------------------------------


def test_a_developer_who_changed_a_file_has_only_to_reload(house: House) -> None:
    old, url = house.version(), house.server.url
    etag = httpx2.get(url).headers["etag"]
    style = house.static / "style.css"
    style.write_text(style.read_text() + ":root{}")
    changed = httpx2.get(url, headers={"if-none-match": etag})
    assert changed.status_code == 200
    new = version_in(changed.text)
    assert new != old
    for version, caching in ((new, FOR_EVER), (old, "no-cache")):
        answer = httpx2.get(f"{url}/static/{version}/style.css")
        assert (answer.text[-7:], answer.headers["cache-control"]) == (":root{}", caching)
    assert house.version() == new


def test_what_a_version_names_is_what_it_named_until_the_page_is_loaded_again(house: House) -> None:
    address = f"{house.server.url}/static/{house.version()}/style.css"
    before = httpx2.get(address).content
    (house.static / "style.css").write_text("")
    assert httpx2.get(address).content == before


def test_a_new_module_is_there_and_a_removed_one_is_gone(house: House) -> None:
    assert house.version()
    main = house.static / "js" / "main.js"
    (house.static / "js" / "new.js").write_text("export {};")
    main.write_text(f"import './new.js';\n{main.read_text(encoding='utf-8')}", encoding="utf-8")
    page = httpx2.get(house.server.url).text
    assert f'<link rel="modulepreload" href="/static/{version_in(page)}/js/new.js">' in page
    (house.static / "js" / "new.js").unlink()
    assert "new.js" not in httpx2.get(house.server.url).text
    assert httpx2.get(f"{house.server.url}/static/js/new.js").status_code == 404


def test_while_a_file_is_being_replaced_the_page_stays_as_it_was(house: House) -> None:
    page, index = httpx2.get(house.server.url).text, house.static / "index.html"
    index.rename(house.static / "index.html.saved")
    assert httpx2.get(house.server.url).text == page
    (house.static / "index.html.saved").rename(index)
    index.write_text(index.read_text() + "<!-- saved -->")
    assert httpx2.get(house.server.url).text.endswith("<!-- saved -->")


def test_the_same_files_have_the_same_version_elsewhere(house: House, standing: Server) -> None:
    assert house.version() == version_in(httpx2.get(standing.url).text)


# ---- what is not there ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "../main.py", "%2e%2e/main.py", "..%2fmain.py", "js/../../main.py", "js/%2e%2e/style.css", "..\\main.py", "..%5cmain.py", "js%5cmain.js",
        "/etc/passwd", "%2fetc%2fpasswd", "//style.css", "./style.css", "style.css/", "style.css%00", "%00", "style.css%00.png", "%0a", "%ff",
        "", "js", "js/", "0123456789abcdef/", "0123456789abcdef/../main.py", "0123456789abcdef/0123456789abcdef/style.css", "js/0123456789abcdef/style.css",
        "index.html", "STYLE.CSS", "style.css%20", "C:/main.py", "a" * 5000,
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_folder(standing: Server, path: str) -> None:
    assert raw_status(standing, f"/static/{path}") == 404


def test_neither_links_nor_hidden_files_are_there(house: House) -> None:
    (house.static / "link.js").symlink_to(house.folder / "main.py")
    (house.static / "inside.css").symlink_to(house.static / "style.css")
    (house.static / "folder").symlink_to(house.folder)
    (house.static / ".env").write_text("SECRET=1")
    (house.static / ".git").mkdir()
    (house.static / ".git" / "config").write_text("secret")
    (house.static / "folder.js").mkdir()
    os.mkfifo(house.static / "pipe.js")
    (house.static / "plain.js").write_text("export {};")
    assert house.version()
    assert raw_status(house.server, "/static/plain.js") == 200
    for name in ("link.js", "inside.css", "folder/main.py", ".env", ".git/config", "folder.js", "pipe.js"):
        assert raw_status(house.server, f"/static/{name}") == 404, name


def test_the_memory_it_takes_is_bounded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "index.html").write_text("<head></head>")
    for name in "abcde":
        (tmp_path / f"{name}.png").write_bytes(bytes(SITE_BYTES // 4))
    site = Site(tmp_path)
    assert [site.file(f"{name}.png", {}).status_code for name in "abcde"] == [200, 200, 200, 404, 404]
    assert site.page({}).status_code == 200
    assert "e.png is too large to be served" in caplog.text


# ---- in a browser --------------------------------------------------------------------------------


class Visitor:
    """Somebody with a browser of their own, and what went over their line."""

    def __init__(self, context: Any, server: Server) -> None:
        self.context, self.server = context, server
        self.faults: list[str] = []
        self.requests: list[str] = []

    def visit(self) -> Any:
        page = self.context.new_page()
        page.on("console", lambda message: self.faults.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(f"{self.server.url}/r/tea")
        self.is_in(page)
        return page

    def is_in(self, page: Any) -> None:
        expect(page.locator("body")).to_have_attribute("data-line", "open")


@pytest.fixture
def ann(chromium: Any, house: House) -> Iterator[Visitor]:
    ann = Visitor(chromium.new_context(), house.server)
    yield ann
    ann.context.close()
    assert not ann.faults, ann.faults


def loaded(page: Any) -> list[dict[str, Any]]:
    """What the page is made of, as the browser remembers it; questions to the room are not."""
    resources = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.toJSON())")
    return [resource for resource in resources if "/api/" not in resource["name"]]


def test_everything_but_the_page_is_kept_for_ever_and_comes_from_here(ann: Visitor) -> None:
    loaded_by_ann = loaded(ann.visit())
    assert all(url.startswith(ann.server.url) for url in ann.requests), ann.requests
    assert len(loaded_by_ann) > 10
    for resource in loaded_by_ann:
        assert httpx2.get(resource["name"]).headers["cache-control"] == FOR_EVER, resource["name"]


def test_the_browser_learns_of_every_module_from_the_page_itself(ann: Visitor) -> None:
    page = ann.visit()
    named = set(addresses(httpx2.get(page.url).text))
    modules = {resource["name"].removeprefix(ann.server.url) for resource in loaded(page) if resource["name"].endswith(".js")}
    assert any(module.endswith("/vendor/marked-inline.js") for module in modules)
    assert modules <= named


def test_a_first_visit_is_light(ann: Visitor) -> None:
    """All that the browser loaded, and the icon and manifest, which one without a window does not ask for."""
    page = ann.visit()
    for_apple = "/icons/apple-touch.png"
    urls = {ann.server.url + address for address in addresses(httpx2.get(page.url).text) if not address.endswith(for_apple)}
    urls |= {page.url, *(resource["name"] for resource in loaded(page))}
    sizes = {url: int(httpx2.head(url, headers=PACKED).headers["content-length"]) for url in urls}
    assert sum(sizes.values()) <= FIRST_VISIT, sorted(sizes.items(), key=lambda item: -item[1])


def test_a_second_visit_transfers_nothing_but_the_answer_that_nothing_changed(ann: Visitor) -> None:
    assert all(resource["transferSize"] for resource in loaded(ann.visit()))
    again = ann.visit()
    travelled = [resource["name"] for resource in loaded(again) if resource["transferSize"]]
    assert not travelled
    document = again.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    assert 0 < document["transferSize"] < document["encodedBodySize"]


def test_ann_who_threw_her_cookies_away_is_somebody_again_after_a_reload(ann: Visitor) -> None:
    page = ann.visit()
    mine = {cookie["value"] for cookie in ann.context.cookies()}
    ann.context.clear_cookies()
    page.reload()
    ann.is_in(page)
    document = page.evaluate("performance.getEntriesByType('navigation')[0].toJSON()")
    assert document["transferSize"] < document["encodedBodySize"], "the page came whole: nothing is shown of the 304"
    new = {cookie["value"] for cookie in ann.context.cookies()}
    assert len(mine) == len(new) == 1
    assert mine != new


def test_the_page_shows_what_a_developer_changed(ann: Visitor, house: House) -> None:
    page = ann.visit()
    style = house.static / "style.css"
    style.write_text(style.read_text() + "\nbody { counter-reset: developer; }")
    page.reload()
    ann.is_in(page)
    assert page.evaluate("getComputedStyle(document.body).counterReset") == "developer 0"


# ---- as an app -----------------------------------------------------------------------------------


def test_the_page_can_be_installed(chromium: Any, house: House, tmp_path: Path) -> None:
    """By somebody with a profile: those who leave no traces install nothing either."""
    with chromium.browser_type.launch_persistent_context(tmp_path / "profile", **INSTALLED) as context:
        browser = context.new_cdp_session(Visitor(context, house.server).visit())
        manifest = browser.send("Page.getAppManifest")
        assert manifest["errors"] == []
        assert json.loads(manifest["data"])["name"] == "PocketRoom"
        assert manifest["url"].startswith(f"{house.server.url}/static/{house.version()}/")
        assert browser.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


def test_every_icon_is_there_in_the_size_it_is_said_to_have(standing: Server) -> None:
    url = httpx2.URL(f"{standing.url}/static/manifest.webmanifest")
    icons = json.loads(httpx2.get(url).text)["icons"]
    assert {(icon["sizes"], icon.get("purpose")) for icon in icons} >= {("192x192", None), ("512x512", None), ("512x512", "maskable")}
    for icon in icons:
        image = httpx2.get(url.join(icon["src"])).content
        assert image[:8] == b"\x89PNG\r\n\x1a\n"
        assert "{}x{}".format(*struct.unpack(">II", image[16:24])) == icon["sizes"]


def test_an_icon_that_is_cut_to_shape_is_filled_to_its_corners(ann: Visitor) -> None:
    page = ann.visit()
    corners = page.evaluate(
        """async (paths) => Promise.all(paths.map(async (path) => {
            const image = await createImageBitmap(await (await fetch(path)).blob());
            const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
            canvas.drawImage(image, 0, 0);
            return canvas.getImageData(0, 0, 1, 1).data.join();
        }))""",
        [f"/static/icons/{name}.png" for name in ("maskable-512", "apple-touch", "512")],
    )
    assert corners == ["23,105,79,255", "23,105,79,255", "0,0,0,0"]


def test_the_app_opens_in_the_colours_of_the_page() -> None:
    manifest = json.loads((STATIC / "manifest.webmanifest").read_text())
    paper = re.search(r"--paper: light-dark\((#\w+), (#\w+)\)", (STATIC / "style.css").read_text())
    assert paper is not None
    assert manifest["theme_color"] == manifest["background_color"] == paper[1]
    assert re.findall(r'name="theme-color" content="(#\w+)"', (STATIC / "index.html").read_text()) == [paper[1], paper[2]]


@pytest.mark.parametrize(
    ("module", "left"),
    [
        ("/** What it is. */\nlet a; // stays\n", "\nlet a; // stays\n"),
        ("  // why\n/**\n * A long\n * one. */\nlet a;", "\n\n\n\nlet a;"),
        ("let a = 1; /** @type {number} */\n", "let a = 1; /** @type {number} */\n"),
        ("/** @type {Set<string>} */ let a;\n", "/** @type {Set<string>} */ let a;\n"),
        ("/*! MIT */\nlet a = '/** no */ // comment';\n", "/*! MIT */\nlet a = '/** no */ // comment';\n"),
        ("/** one */\nlet a;\n/** two */ let b;\n/** three */\n", "\nlet a;\n/** two */ let b;\n\n"),
    ],
)
def test_a_module_is_sent_without_the_lines_that_are_comments_and_each_other_line_keeps_its_number(module: str, left: str) -> None:
    assert without_comments(module.encode()).decode() == left
