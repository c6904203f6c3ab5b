#!/usr/bin/env python3
"""Serves recorded bodies of the chart endpoint on a free loopback port, which it prints first.

    yahoo_server.py BODIES_DIRECTORY

The ticker names the body. FLAKY answers 503 twice, then AAPL's; BUSY always answers 429; others 404.
"""
import http.server
import os
import sys
import urllib.parse

bodies = sys.argv[1]
answers = {
    "AAPL": ("AAPL_1m_2024-10-02_nulls", 200), "FLAKY": ("AAPL_1m_2024-10-02_nulls", 200), "EURUSD=X": ("EURUSD=X_1d_2020-01-01", 200),
    "SI": ("SI_error404_delisted", 404), "BEKE": ("BEKE_error400_no_data_for_range", 400), "WEEKEND": ("AAPL_1m_2025-02-01_weekend_empty", 200),
}
seen = {}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ticker = urllib.parse.unquote(urllib.parse.urlparse(self.path).path.rsplit("/", 1)[-1])
        seen[ticker] = seen.get(ticker, 0) + 1
        name, status = answers.get(ticker, (None, 404))
        if ticker == "BUSY" or (ticker == "FLAKY" and seen[ticker] <= 2):
            name, status = None, 429 if ticker == "BUSY" else 503
        body = b"{}" if name is None else open(os.path.join(bodies, name + ".json"), "rb").read()
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
