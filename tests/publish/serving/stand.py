"""The deployment of site/deploy in a folder of its own: its nginx.conf, its units and its switch.sh, with `systemctl` played by a script.

No machine of ours runs systemd for a test. What stands in for it starts what the unit's ExecStart says, stops it by its process and lists
what runs; `nginx` is the real one, told where its files are.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.paths import SITE, Paths
from pipeline.publish.serving.server import _bound

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
UNITS = SITE / "deploy"
_SYSTEMCTL = """#!/bin/sh
set -eu
units={units}
case "$1" in
start)
    if [ "$2" = nginx.service ]; then exec {folder}/bin/nginx; fi
    edition=${{2#sinkrate-serve@}}; edition=${{edition%.service}}
    [ -f "$units/$2" ] && kill -0 "$(cat "$units/$2")" 2>/dev/null && exit 0
    {serve} >{folder}/serve.log 2>&1 </dev/null &
    echo $! >"$units/$2" ;;
stop) kill -TERM "$(cat "$units/$2")"; rm "$units/$2" ;;
list-units) for unit in "$units"/*; do echo "$(basename "$unit") loaded active running"; done ;;
esac
"""


@dataclass
class Stand:
    """Folders and a port; `switch` shows the edition that is current."""

    folder: Path
    paths: Paths
    port: int

    def switch(self) -> None:
        """site/deploy/switch.sh as it stands, within this folder."""
        own = {"SINKRATE_DATA": str(self.paths.data), "SINKRATE_RUN": str(self.folder), "SINKRATE_NGINX": str(self.folder / "nginx"),
               "SINKRATE_DRAIN": "1", "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}  # fmt: skip
        done = subprocess.run(["sh", str(UNITS / "switch.sh")], env=os.environ | own, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def running(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "units").glob("*"))

    def nginx(self, *arguments: str) -> None:
        subprocess.run([str(self.folder / "bin" / "nginx"), *arguments], check=True, capture_output=True)

    def configure(self) -> None:
        own = (UNITS / "nginx.conf").read_text(encoding="utf8")
        for before, after in (("/etc/sinkrate/nginx", f"{self.folder}/nginx"), ("/var/cache/nginx", str(self.folder)),
                              ("/var/log/nginx", str(self.folder)), ("listen 80;", f"listen 127.0.0.1:{self.port};"),
                              ("rate=10r/s", "rate=1000r/s"), ("rate=50r/s", "rate=10000r/s")):  # fmt: skip
            assert before in own, before
            own = own.replace(before, after)
        (self.folder / "nginx.conf").write_text(
            f"pid {self.folder}/nginx.pid; error_log {self.folder}/error.log warn; worker_processes 2; user root;\n"
            f"events {{ worker_connections 512; }}\nhttp {{ access_log off; client_body_temp_path {self.folder}/body;\n"
            f"proxy_temp_path {self.folder}/proxy; fastcgi_temp_path {self.folder}/f; uwsgi_temp_path {self.folder}/u; scgi_temp_path {self.folder}/s;\n{own}}}\n",
            encoding="utf8",
        )

    def install(self) -> None:
        """The commands switch.sh calls, and nginx's configuration."""
        for name in ("bin", "units"):
            (self.folder / name).mkdir()
        cli = f"{shlex.quote(sys.executable)} -m pipeline.cli"
        found = re.search(r"^ExecStart=\S+ (.*)$", (UNITS / "sinkrate-serve@.service").read_text(), re.MULTILINE)
        assert found is not None
        asked = found[1].replace("/var/lib/sinkrate", str(self.paths.data)).replace("/run/sinkrate", str(self.folder))
        serve = f"{cli} {asked.replace('%i', '$edition')}"
        commands = {"sinkrate": f'#!/bin/sh\nexec {cli} "$@"\n',
                    "nginx": f'#!/bin/sh\nexec {NGINX} -p {self.folder} -c {self.folder}/nginx.conf "$@"\n',
                    "systemctl": _SYSTEMCTL.format(units=self.folder / "units", folder=self.folder, serve=serve)}  # fmt: skip
        for name, text in commands.items():
            (self.folder / "bin" / name).write_text(text)
            (self.folder / "bin" / name).chmod(0o755)
        self.configure()

    def close(self) -> None:
        if (self.folder / "nginx.pid").is_file():
            self.nginx("-s", "quit")
        for unit in self.running():
            subprocess.run([str(self.folder / "bin" / "systemctl"), "stop", unit], check=False)


@contextmanager
def standing(folder: Path, paths: Paths) -> Iterator[Stand]:
    """An installed stand that shows nothing yet; what it started ends with it."""
    probe = _bound("127.0.0.1", 0)
    port = probe.getsockname()[1]
    probe.close()
    stand = Stand(folder, paths, port)
    stand.install()
    try:
        yield stand
    finally:
        stand.close()
