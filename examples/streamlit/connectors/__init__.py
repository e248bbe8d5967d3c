"""WebSockets for Streamlit, in three ways. They know nothing of PocketRoom: any server that speaks JSON will do."""

from connectors.dedicated import Connection
from connectors.shared import SharedConnection
from connectors.worker import get_config, start_ws_worker

__all__ = ["Connection", "SharedConnection", "get_config", "start_ws_worker"]
