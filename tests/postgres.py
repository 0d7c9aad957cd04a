"""A PostgreSQL server for tests: on loopback, in a folder of its own, never as root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

OWNER = "owner"
# With what connection strings and SQL treat specially.
PASSWORD = "p@ss 'word/:%"


class PostgresServer:
    """A server with one superuser, who needs the password even on loopback."""

    def __init__(self) -> None:
        self.binaries = _binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="throughline-postgres-"))
        # PostgreSQL refuses to run as root.
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        password_file = self.folder / "password"
        password_file.write_text(PASSWORD)
        password_file.chmod(0o644)
        data = str(self.folder / "data")
        self._call(
            "initdb", "-D", data, "-A", "scram-sha-256", "-U", OWNER, f"--pwfile={password_file}", "-E", "UTF8",
            "--locale=C", "--no-sync",
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories= -c fsync=off"
        data, log = str(self.folder / "data"), str(self.folder / "log")
        self._call("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")

    def stop(self) -> None:
        """Stop at once, as a power cut would."""
        self._call("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        """Stop and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder)

    def url(self, user: str = OWNER, password: str = PASSWORD, database: str = "postgres") -> str:
        """A connection string of the kind people write."""
        quoted = "".join(f"%{ord(character):02X}" for character in password)
        return f"postgresql://{user}:{quoted}@127.0.0.1:{self.port}/{database}"

    def psql(self, sql: str, user: str = OWNER) -> list[list[str]]:
        """The rows of statements, one transaction each; raises RuntimeError with what the server said."""
        done = subprocess.run(
            [*self.psql_command(user), "-c", sql], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def psql_command(self, user: str = OWNER) -> list[str]:
        """psql with bare rows and fields that no text contains."""
        program = str(self.binaries / "psql")
        server = ["-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", "postgres"]
        return [program, *server, "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1"]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PGPASSWORD": PASSWORD}

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), *arguments]
        # Into a file: a server that is started keeps the pipe open, and reading it would never end.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(command, stdout=said, stderr=said, user=self._user, cwd="/", check=False)
            said.seek(0)
            assert done.returncode == 0, said.read().decode()


def _binaries() -> Path:
    """Debian keeps the server's programs outside of PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    assert found, "PostgreSQL's server is not installed; expected initdb; `apt-get install postgresql`"
    return Path(found).resolve().parent
