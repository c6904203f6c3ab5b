import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

/// Requests are signed as Amazon says; the server here computes signature version 4 by itself, with Python's `hmac`.
@Suite struct S3SigningTests {
    static let server = """
        import hashlib, hmac, http.server, re, sys, urllib.parse
        class Answer(http.server.BaseHTTPRequestHandler):
            def check(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                scope = re.match(r"AWS4-HMAC-SHA256 Credential=KEY/(\\d{8})/(eu-north-1)/s3/aws4_request, "
                    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$", self.headers["authorization"])
                day, region, names, signature = scope.groups()
                path, _, query = self.path.partition("?")
                pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
                quote = lambda text: urllib.parse.quote(text, safe="-_.~")
                digest = hashlib.sha256(body).hexdigest()
                canonical = "\\n".join([self.command, path, "&".join(quote(k) + "=" + quote(v) for k, v in pairs),
                    "".join(name + ":" + self.headers[name] + "\\n" for name in names.split(";")), names, digest])
                stamp = self.headers["x-amz-date"]
                text = "\\n".join(["AWS4-HMAC-SHA256", stamp, day + "/" + region + "/s3/aws4_request",
                    hashlib.sha256(canonical.encode()).hexdigest()])
                key = b"AWS4SECRET"
                for part in [day, region, "s3", "aws4_request"]: key = hmac.new(key, part.encode(), "sha256").digest()
                wanted = {"host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}
                isRight = (hmac.new(key, text.encode(), "sha256").hexdigest() == signature and stamp.startswith(day)
                    and self.headers["x-amz-content-sha256"] == digest and wanted <= set(names.split(";"))
                    and self.headers["x-amz-security-token"] == "TOKEN")
                open("log", "a").write(self.command + " " + self.path + (" right" if isRight else " wrong") + "\\n")
                answer = (b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
                    if "list-type" in self.path else b"")
                self.send_response(200 if isRight else 403)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(answer)
            do_GET = do_PUT = do_HEAD = do_DELETE = check
            def log_message(self, *args): pass
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
        """

    @Test("every kind of request has the signature that the server computes, whatever stands in its key")
    func signatures() throws {
        let directory = try TemporaryDirectory()
        let server = try LocalServer.python(try directory.write(Self.server, to: "server.py"), in: directory)
        let remote = try RepositorySettings.Remote(
            name: "r", url: "s3://b/p q/é+~",
            options: [
                "endpointurl": "http://127.0.0.1:\(server.port)/", "region": "eu-north-1", "access_key_id": "KEY",
                "secret_access_key": "SECRET", "session_token": "TOKEN",
            ], environment: [:]
        ).open(jobs: 1)
        let file = try directory.write("content", to: "file")
        try remote.upload(file, to: "files/md5/00/a=b&c", progress: nil)
        #expect(try remote.missing(["files/md5/00/x"]) == [])
        #expect(try remote.list("files/md5").isEmpty)
        try remote.remove("files/md5/00/x")
        let log = try FileChunks.text(directory.file("log")).split(separator: "\n").map(String.init)
        let base = "/b/p%20q/%C3%A9%2B~/files/md5/00"
        #expect(
            log == [
                "PUT \(base)/a%3Db%26c right", "HEAD \(base)/x right",
                "GET /b?list-type=2&prefix=p%20q%2F%C3%A9%2B~%2Ffiles%2Fmd5%2F right", "DELETE \(base)/x right",
            ])
        withExtendedLifetime(server) {}
    }

    @Test("keys come from the options, the environment, or the credentials file, in this order")
    func order() throws {
        let directory = try TemporaryDirectory()
        let server = try LocalServer.python(try directory.write(Self.server, to: "server.py"), in: directory)
        func isSigned(_ options: [String: String], _ environment: [String: String]) throws -> Bool {
            let endpoint = ["endpointurl": "http://127.0.0.1:\(server.port)", "region": "eu-north-1"]
            return try RepositorySettings.Remote(
                name: "r", url: "s3://b/p", options: options.merging(endpoint) { $1 }, environment: environment
            ).open(jobs: 1).missing(["x"]).isEmpty
        }
        let right = ["access_key_id": "KEY", "secret_access_key": "SECRET", "session_token": "TOKEN"]
        let variables = [
            "AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "SECRET", "AWS_SESSION_TOKEN": "TOKEN",
            "HOME": directory.path,
        ]
        #expect(try isSigned(right, [:]) && isSigned([:], variables))
        #expect(try isSigned(right, variables.merging(["AWS_SECRET_ACCESS_KEY": "x"]) { $1 }))
        #expect(throws: RemoteError.self) {
            try isSigned([:], variables.merging(["AWS_SECRET_ACCESS_KEY": "x"]) { $1 })
        }
        try directory.write(
            "[default]\naws_access_key_id = KEY\naws_secret_access_key = wrong\n[mine]\naws_access_key_id = KEY\n"
                + "aws_secret_access_key = SECRET\naws_session_token = TOKEN\n", to: ".aws/credentials")
        let home = ["HOME": directory.path, "AWS_ACCESS_KEY_ID": "KEY"]
        #expect(try isSigned(["profile": "mine"], home) && isSigned([:], home.merging(["AWS_PROFILE": "mine"]) { $1 }))
        #expect(try isSigned(["profile": "mine", "credentialpath": directory.file(".aws/credentials")], [:]))
        #expect(throws: RemoteError.self) { try isSigned([:], home) }
        let none = try #require(throws: RemoteError.self) { try isSigned(["profile": "other"], home) }
        #expect(none.code == "remote.credentials" && none.message.contains("[other]"))
        withExtendedLifetime(server) {}
    }
}
