"""Spark's own programs on this machine, those of the PySpark package: a standalone cluster, and a Spark Connect server.

`python -m dagster_project.spark.cluster`, or `make spark-cluster`: a master and two workers on loopback, until Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dagster_project.spark.session import CATALOG, LEAN, LOCAL, QUIET

HOST, PORT, CONNECT_PORT = "127.0.0.1", 7077, 15002
LOG = "said.log"
WORKERS = 2
# Of each worker: an executor of a gigabyte on one core.
CORES, MEMORY = "1", "1200m"
PATIENCE_SECONDS = 60


class ClusterError(RuntimeError):
    """The cluster could not be started; the message is one line."""


@contextmanager
def cluster(port: int = PORT, workers: int = WORKERS) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The master's address and the workers' processes; all end with the context. Raises ClusterError."""
    if _is_open(port):
        raise ClusterError(f"{HOST}:{port} is taken, perhaps by another cluster; end what listens there")
    address = f"spark://{HOST}:{port}"
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        arguments = ("--host", HOST, "--port", str(port), "--webui-port", "0")
        master = held.enter_context(_process(folder, "org.apache.spark.deploy.master.Master", *arguments))
        _wait_for(master, port, folder)
        options = f"--host {HOST} --cores {CORES} --memory {MEMORY} --webui-port 0 --work-dir".split()
        worker = ("org.apache.spark.deploy.worker.Worker", *options, str(folder), address)
        running = [held.enter_context(_process(folder, *worker)) for _ in range(workers)]
        yield address, running


@contextmanager
def connect_server(master: str, port: int = CONNECT_PORT) -> Iterator[str]:
    """The address of a Spark Connect server on loopback, whose work is done at `master`. Raises ClusterError."""
    settings = {
        **CATALOG,
        **QUIET,
        **LEAN,
        **LOCAL,
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": str(port),
    }
    given = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    program = "org.apache.spark.sql.connect.service.SparkConnectServer"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = ("--class", program, "--master", master, *given, "spark-internal")
        with _process(folder, "org.apache.spark.deploy.SparkSubmit", *options) as server:
            _wait_for(server, port, folder)
            yield f"sc://{HOST}:{port}"


@contextmanager
def _process(folder: Path, program: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_DAEMON_MEMORY": "256m", "SPARK_LOCAL_IP": HOST}
    with (folder / LOG).open("ab") as log:
        process = subprocess.Popen(
            [home / "bin" / "spark-class", program, *options],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_for(program: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not _is_open(port):
        if program.poll() is not None or time.monotonic() > end:
            said = (folder / LOG).read_text(errors="replace").strip().splitlines()
            raise ClusterError(f"nothing answers at {HOST}:{port}: {said[-1] if said else 'it said nothing'}")
        time.sleep(0.2)


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def main() -> int:
    """0 after Ctrl-C, 1 when the cluster couldn't be started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with cluster() as (address, workers):
            print(f"{address} with {len(workers)} workers; Ctrl-C ends it. A night there:")
            print(f"THROUGHLINE_SPARK_MASTER={address} make run-spark", flush=True)
            while all(worker.poll() is None for worker in workers):
                time.sleep(1)
            raise ClusterError("a worker has ended by itself")
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
