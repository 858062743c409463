"""Servers as child processes that surely end, and calls to them."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager

from ..console import Failure
from ..paths import BUILD, CACHE

HOST = "127.0.0.1"
FOLDER = BUILD / "peers"  # logs and data of the running servers
INSTALLED = CACHE / "peers"
TOOLS = INSTALLED / "python"

# The environment's proxy is for strangers, these servers are here.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
_children = {}


@contextmanager
def child(name, command, **kwargs):
    """Run ``command``, its output in ``build/peers/<name>.log``; end it on leaving."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _log(name).open("w") as output:
        # A session of its own: Ctrl-C reaches only us, and we stop it in order.
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **kwargs,
        )
    _children[name] = process
    try:
        yield process
    finally:
        del _children[name]
        _end(process)


def _end(process):
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        pass
    # What it started and left behind goes as well.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def check():
    """Fail with a sentence if a server has ended by itself."""
    for name, process in _children.items():
        if process.poll() is not None:
            lines = _log(name).read_text(errors="replace").splitlines()[-25:]
            tail = "\n".join(lines)
            raise Failure(f"{name} has ended ({process.returncode}):\n{tail}")


def wait(what, test, seconds):
    """Wait until ``test()`` is true; its connection errors mean "not yet"."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        check()
        try:
            if found := test():
                return found
        except OSError:
            pass
        time.sleep(0.1)
    raise Failure(f"{what} did not come up in {seconds} s. Its log: {FOLDER}/*.log")


def said(name, text):
    """Whether the log of ``name`` contains ``text``."""
    return text in _log(name).read_text(errors="replace")


def _log(name):
    return FOLDER / f"{name}.log"


def call(url, form=None, data=None, token=""):
    """Send ``form`` or ``data`` (as JSON) or get; return the JSON or the text.

    Raises urllib's HTTPError (an OSError) for a refusal.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = None
    if form is not None:
        body = urllib.parse.urlencode(form).encode()
    elif data is not None:
        body = json.dumps(data).encode()
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, body, headers)
    with _open(request, timeout=30) as answer:
        text = answer.read().decode()
        kind = answer.headers.get("Content-Type", "")
    return json.loads(text) if "json" in kind else text


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def blocked(port):
    """Why ``port`` cannot be opened, in words, or nothing."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            return (
                f"only root may open port {port} (or, until the machine starts again,"
                f" anyone after: sysctl net.ipv4.ip_unprivileged_port_start={port})."
            )
        except OSError:
            return f"another program uses port {port}."
    return ""
