"""`make ui`: Dagster's web server and daemon, and beside it the data docs, which its pages link to.

A browser opens no file from a link, so the page is served: this one file, to this machine alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from dagster_project.dagster_home import DagsterHomeError, use_dagster_home
from dagster_project.permissions import PRIVATE_UMASK
from dagster_project.settings import DATA_DOCS_PORT, PROJECT_ROOT, SettingError, Settings

HOST = "127.0.0.1"
PORT = 3000


def docs_server(page: Path, port: int = DATA_DOCS_PORT) -> ThreadingHTTPServer:
    """A server of the page as it is when it is asked for. Port 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # Another name that leads to this machine is another site's, which must not read the page.
            host = self.headers.get("Host", "").rpartition(":")[0]
            if host not in {HOST, "localhost"} or self.path.partition("?")[0] not in {"/", "/index.html"}:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            if not page.exists():
                self.send_error(HTTPStatus.NOT_FOUND, "No checks yet", "Run the nightly job first.")
                return
            content = page.read_bytes()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads who looked at the page."""

    return ThreadingHTTPServer((HOST, port), Handler)


def main() -> int:
    """The exit code of `dagster dev`; 2 when a setting or DAGSTER_HOME is wrong."""
    os.umask(PRIVATE_UMASK)
    try:
        page = Settings.from_environment().data_docs_dir / "index.html"
        use_dagster_home()
    except (SettingError, DagsterHomeError) as error:
        print(f"Throughline stopped before touching anything: {error}", file=sys.stderr)
        return 2
    try:
        Thread(target=docs_server(page).serve_forever, daemon=True).start()
    except OSError as error:
        print(f"The data docs aren't served: port {DATA_DOCS_PORT}: {error.strerror}; they are {page}", file=sys.stderr)
    dagster = [sys.executable, "-m", "dagster", "dev", "-m", "dagster_project.definitions", "-h", HOST, "-p", str(PORT)]
    process = subprocess.Popen(dagster, cwd=PROJECT_ROOT)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # Ctrl-C reached Dagster as well, which ends its servers first.
            continue


if __name__ == "__main__":
    sys.exit(main())
