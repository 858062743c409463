"""Talks to a running Odoo of ours the way its web client does."""

import http.cookiejar
import json
import urllib.error
import urllib.request

from .console import Failure


class Client:
    """Logs in at ``url``. Raises Failure with Odoo's own words."""

    def __init__(self, url, database, login, password):
        self.url = url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self._post(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": password},
        )

    def call(self, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", params)

    def ids(self, module, *names):
        """Return {name: id} of external ids."""
        domain = [("module", "=", module), ("name", "in", names)]
        rows = self.call(
            "ir.model.data", "search_read", domain, fields=["name", "res_id"]
        )
        return {row["name"]: row["res_id"] for row in rows}

    def _post(self, path, params):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        request = urllib.request.Request(
            self.url + path, body.encode(), {"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=120) as response:
                answer = json.load(response)
        except (OSError, ValueError) as error:
            raise Failure(f"{self.url}{path}: {error}") from error
        if error := answer.get("error"):
            raise Failure((error.get("data") or {}).get("message") or str(error))
        return answer.get("result")
