"""The server: HTTP in threads, one thread for those who post."""

import threading
import time
from http.server import ThreadingHTTPServer

from .api import CALLS, WINDOW, Handler
from .director import Director
from .world import World


class Source(ThreadingHTTPServer):
    """``with Source(began) as source:`` runs it at ``source.base_url``.

    ``began`` is the moment (aware UTC) before which the demo's stories were told.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, began, port=0, file=None, speed=1.0):
        self.world = World(began, file)
        self.director = Director(self.world, speed)
        super().__init__(("127.0.0.1", port), Handler)
        self.base_url = f"http://127.0.0.1:{self.server_address[1]}"
        self._calls = []
        self.calls_left = CALLS
        self._workers = [
            threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True),
            threading.Thread(target=self.director.run, daemon=True),
        ]

    def count_call(self) -> int:
        """Note a call; return how many are left in the window."""
        with self.world.lock:
            now = time.time()
            self._calls = [at for at in self._calls if at > now - WINDOW]
            self.calls_left = CALLS - len(self._calls) - 1
            if self.calls_left >= 0:
                self._calls.append(now)
            return self.calls_left

    def window_end(self) -> float:
        return (self._calls[0] if self._calls else time.time()) + WINDOW

    def __enter__(self):
        for thread in self._workers:
            thread.start()
        return self

    def __exit__(self, *exc_info):
        self.director.stop()
        self.shutdown()
        self._workers[1].join(5)
        self.world.changed = True
        self.world.save()
        self.server_close()
