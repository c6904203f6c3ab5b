"""A time-stamping authority over HTTP, for tests: the file `mode` beside it says how it answers."""

import http.server
import os
import subprocess
import sys

HERE = os.getcwd()
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stamp_authority.sh")


def sh(*arguments):
    subprocess.run(["bash", SCRIPT, *arguments], cwd=HERE, check=True)


def query(*arguments):
    subprocess.run(["openssl", "ts", "-query", "-cert", *arguments], cwd=HERE, check=True, stderr=subprocess.DEVNULL)


def read(name):
    with open(os.path.join(HERE, name), "rb") as file:
        return file.read()


class Answer(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with open(os.path.join(HERE, "asked.tsq"), "wb") as file:
            file.write(body)
        mode = read("mode").decode().strip()
        if mode == "away":
            self.send_response(302)
            self.send_header("Location", f"http://{self.headers['Host']}/ok")
            self.end_headers()
            return
        if mode == "error":
            self.send_error(500)
            return
        reply = self.reply(mode)
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(reply)

    def reply(self, mode):
        asked = "asked.tsq"
        if mode == "imprint":
            with open(os.path.join(HERE, "else"), "w") as file:
                file.write("something else")
            query("-data", "else", "-sha256", "-out", "else.tsq")
            asked = "else.tsq"
        if mode == "nonce":
            text = subprocess.run(
                ["openssl", "asn1parse", "-inform", "DER", "-in", "asked.tsq"], cwd=HERE, capture_output=True, text=True
            ).stdout
            digest = [line.split(":")[-1] for line in text.splitlines() if "OCTET STRING" in line][0]
            query("-digest", digest.lower(), "-sha256", "-out", "else.tsq")
            asked = "else.tsq"
        if mode == "rejection":
            # A request that ends in the middle.
            with open(os.path.join(HERE, "else.tsq"), "wb") as file:
                file.write(read("asked.tsq")[:20])
            asked = "else.tsq"
        if mode in ("plain", "lenient", "wide", "odd", "child"):
            sh("craft", asked, "answer.tsr", mode)
        else:
            sh("reply", asked, "answer.tsr", mode if mode in ("foreign", "expired", "deep") else "tsa")
        answer = read("answer.tsr")
        if mode == "truncated":
            return answer[:-10]
        if mode == "trailing":
            return answer + b"\0"
        if mode == "huge":
            return answer + b"\0" * 1_000_000
        if mode == "empty":
            return b""
        return answer


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
