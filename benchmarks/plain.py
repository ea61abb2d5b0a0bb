"""Serve the plain page (`benchmarks.plain_page`) on a free port, as the app is served."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.routing import Mount
from streamlit.starlette import App

from app.serve import listening
from app.server import HERE, Assets


def main() -> None:
    import uvicorn

    os.environ["STREAMLIT_SERVER_HEADLESS"] = "true"
    os.environ["STREAMLIT_BROWSER_SERVER_ADDRESS"] = "localhost"
    os.environ["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] = "false"
    taken = listening("127.0.0.1", 0)
    page = App(
        Path(__file__).with_name("plain_page.py"),
        routes=[Mount("/assets", Assets(directory=HERE / "assets"))],
    )
    print(f"http://127.0.0.1:{taken.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(page, log_level="warning", access_log=False)).run(sockets=[taken])


if __name__ == "__main__":
    main()
