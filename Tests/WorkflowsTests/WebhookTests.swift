import Basics
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// Events over HTTP, to a real server on this machine that keeps what it gets.
@Suite struct WebhookTests {
    /// A project and a server in its directory, which answers with the status that the file `status` holds.
    private struct Listening {
        let project: TestProject
        let server: LocalServer

        init() throws {
            project = try TestProject(.empty)
            try project.write("0123456789abcdef\n", to: "secret")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: project.file("secret"))
            let script = try project.write(
                """
                import base64, hashlib, hmac, http.server, json, sys

                class Handler(http.server.BaseHTTPRequestHandler):
                    def do_POST(self):
                        body = self.rfile.read(int(self.headers["Content-Length"]))
                        signed = "%s.%s." % (self.headers["X-Hftml-Delivery-Id"], self.headers["X-Hftml-Timestamp"])
                        secret = open("secret", "rb").read().rstrip()
                        mac = hmac.new(secret, signed.encode() + body, hashlib.sha256).digest()
                        with open("posted.jsonl", "a") as file:
                            file.write(json.dumps({
                                "path": self.path, "body": body.decode(),
                                "headers": {name.lower(): value for name, value in self.headers.items()},
                                "signature": "v1," + base64.b64encode(mac).decode()}) + "\\n")
                        self.send_response(int(open("status").read()))
                        self.send_header("Content-Length", "2")
                        self.end_headers()
                        self.wfile.write(b"ok")

                    def log_message(self, *arguments): pass

                http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

                """, to: "server.py")
            server = try LocalServer.python(script, in: project.directory)
        }

        func add(_ name: String, secret: Bool = true) throws {
            _ = try ManageHooks.add(
                name, command: nil, url: "http://127.0.0.1:\(server.port)/hook?of=\(name)",
                secretPath: secret ? project.file("secret") : nil, actions: ["alias.*"], session: project.session)
        }

        func posted() throws -> [JSONValue] {
            guard Paths.exists(project.file("posted.jsonl")) else { return [] }
            return try project.read("posted.jsonl").split(separator: "\n").map {
                try JSONParser.parse(String($0), file: "line")
            }
        }
    }

    @Test("an event is posted with its signature, and again with the same id until the answer is good")
    func posts() async throws {
        let listening = try Listening(), project = listening.project, session = project.session
        try listening.add("mail")
        try session.registry().audit(
            action: "alias.set", subject: .alias("champion", model: "m"), detail: .map(["new": .int(3)]))
        try project.write("500", to: "status")
        let begun = Date().timeIntervalSince1970
        let first = try await DeliverEvents.patient.run(session: session)
        #expect(first.delivered == 0 && first.failures.count == 1)
        #expect(
            first.failures[0]
                == "mail: event 2 (alias.set m@champion): found the answer 500, expected 200 to 299")
        try project.write("299", to: "status")
        #expect(try await DeliverEvents.patient.run(session: session).delivered == 1)
        try project.write("300", to: "status")
        try session.registry().audit(action: "alias.delete", subject: .alias("champion", model: "m"))
        #expect(try await DeliverEvents.patient.run(session: session).failures.count == 1)
        let posted = try listening.posted()
        #expect(posted.count == 3 && posted.allSatisfy { $0[key: "path"]?.stringValue == "/hook?of=mail" })
        func header(_ index: Int, _ name: String) -> String? { posted[index][key: "headers"]?[key: name]?.stringValue }
        #expect(header(0, "x-hftml-delivery-id") == header(1, "x-hftml-delivery-id"))
        #expect(header(0, "x-hftml-delivery-id") != header(2, "x-hftml-delivery-id"))
        #expect(header(0, "content-type") == "application/json")
        #expect(header(0, "user-agent") == "hftml/\(ToolVersion.current)")
        // The server worked it out from the secret, the two headers and the bytes it got.
        for index in posted.indices {
            #expect(header(index, "x-hftml-signature") == posted[index][key: "signature"]?.stringValue)
            let seconds = header(index, "x-hftml-timestamp").flatMap(Double.init) ?? 0
            #expect((begun - 1...Date().timeIntervalSince1970 + 1).contains(seconds))
        }
        let event = try JSONParser.parse(try #require(posted[0][key: "body"]?.stringValue), file: "body")
        #expect(event[key: "event"]?.stringValue == "alias.set" && event[key: "new"]?.intValue == 3)
        #expect(event[key: "data"]?[key: "alias"]?.stringValue == "champion")
        let log = try ManageHooks.log("mail", limit: 10, session: session)
        #expect(log.map(\.isSucceeded) == [false, true, false] && log[1].detail == "299")
    }

    @Test("without a secret nothing is signed; a hook that cannot be reached does not hold up the others")
    func unsigned() async throws {
        let listening = try Listening(), session = listening.project.session
        try listening.add("plain", secret: false)
        _ = try ManageHooks.add(
            "gone", command: nil, url: "http://127.0.0.1:1/", secretPath: nil, actions: ["alias.*"], session: session)
        try listening.project.write("200", to: "status")
        try session.registry().audit(action: "alias.set", subject: .alias("a", model: "m"))
        let summary = try await DeliverEvents.patient.run(session: session)
        #expect(summary.delivered == 1 && summary.failures.count == 1)
        #expect(summary.failures[0].contains("cannot reach http://127.0.0.1:1/…"))
        let posted = try listening.posted()
        #expect(posted.count == 1 && posted[0][key: "headers"]?[key: "x-hftml-signature"] == nil)
    }

    @Test("a secret that others may read, or that is gone, is not used")
    func secrets() async throws {
        let listening = try Listening(), project = listening.project, session = project.session
        try listening.add("mail")
        try project.write("200", to: "status")
        try session.registry().audit(action: "alias.set", subject: .alias("a", model: "m"))
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: project.file("secret"))
        let open = try await DeliverEvents.patient.run(session: session)
        #expect(open.delivered == 0 && open.failures.count == 1 && open.failures[0].contains("readable by others"))
        #expect(try listening.posted().isEmpty)
    }
}
