#!/usr/bin/env python3
"""Serves bodies of the chart endpoint on a free loopback port, which it prints first.

    yahoo_server.py BODIES_DIRECTORY [MADE_DIRECTORY]

The ticker names the body, which gets it as its symbol; other tickers are those of made bodies (`USHOUR` of
`USHOUR.json`), else 404. FLAKY answers 503 twice, then AAPL's; BUSY always answers 429; BLOCKED answers 403 with a
page; SILENT an empty body; PAGE a page with 200; ESCAPE an error that holds escape bytes; OTHER what another ticker gets.
"""
import http.server
import json
import os
import sys
import urllib.parse

bodies, made = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
recorded = {
    "AAPL": ("AAPL_1m_2024-10-02_nulls", 200), "FLAKY": ("AAPL_1m_2024-10-02_nulls", 200),
    "OTHER": ("AAPL_1m_2024-10-02_nulls", 200), "EURUSD=X": ("EURUSD=X_1d_2020-01-01", 200),
    "SI": ("SI_error404_delisted", 404), "BEKE": ("BEKE_error400_no_data_for_range", 400),
    "WEEKEND": ("AAPL_1m_2025-02-01_weekend_empty", 200),
    "BRK-A": ("AAPL_1d_2020-08-31_2020-11-07_split_dividend", 200), "^GSPC": ("GS2C.DE_1d_5d_20251029", 200),
}
page = b"<!DOCTYPE html><html><body>Edge: Not Found \x1b[2J</body></html>"
fixed = {
    "BUSY": (429, b""), "BLOCKED": (403, page), "SILENT": (200, b""), "PAGE": (200, page),
    "ESCAPE": (404, json.dumps({"chart": {"result": None, "error": {
        "code": "Not Found", "description": "\x1b]0;owned\x07\x1b[31mred"}}}).encode()),
}
seen = {}


def answer(ticker):
    if ticker in fixed:
        return fixed[ticker]
    if ticker == "FLAKY" and seen[ticker] <= 2:
        return 503, b"{}"
    name, status = recorded.get(ticker, (None, 404))
    path = os.path.join(bodies, name + ".json") if name else os.path.join(made or "", ticker + ".json")
    if not os.path.exists(path):
        return 404, b"{}"
    body = json.load(open(path))
    for result in body["chart"]["result"] or []:
        if ticker != "OTHER":
            result["meta"]["symbol"] = ticker
    return status if name else 200, json.dumps(body).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ticker = urllib.parse.unquote(urllib.parse.urlparse(self.path).path.rsplit("/", 1)[-1])
        seen[ticker] = seen.get(ticker, 0) + 1
        status, body = answer(ticker)
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
