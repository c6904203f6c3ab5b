import Basics
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// Backups that come from a web server, on this machine: what it answers, sends on to and hides.
@Suite struct FetchBackupTests {
    /// Serves `files` below `/at/`, sends on, refuses, and writes down who sent which header.
    private static let server = """
        import http.server, os, sys

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with open("seen", "a") as file:
                    print(self.headers["Host"].split(":")[0], self.path, self.headers["JOB-TOKEN"], file=file)
                path, port = self.path.split("?")[0], self.server.server_address[1]
                to = {"/elsewhere": f"http://localhost:{port}/at", "/here": "/at", "/loop": "/loop",
                      "/other": "ftp://127.0.0.1/at"}
                for name, target in to.items():
                    if path.startswith(name + "/"):
                        self.send_response(302)
                        self.send_header("Location", target + path[len(name):])
                        self.send_header("Content-Length", "0")
                        return self.end_headers()
                if path.startswith("/status/"):
                    self.send_response(int(path.split("/")[2]))
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
                name = "files" + path[3:]
                if not path.startswith("/at/") or not os.path.isfile(name):
                    self.send_response(404)
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
                body = open(name, "rb").read()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments): pass

        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
        """

    private struct Serving {
        let project: TestProject
        let server: LocalServer

        init() throws {
            project = try TestProject(.empty)
            try project.session.registry().audit(action: "test.before", subject: .tool("test"))
            let script = try project.write(FetchBackupTests.server, to: "server.py")
            server = try LocalServer.python(script, in: project.directory)
        }

        var source: String { project.file("files") }
        func create() throws { _ = try CreateBackup.run(source, key: nil, session: project.session) }
        func address(_ place: String) -> String { "http://127.0.0.1:\(server.port)/\(place)" }

        func fetch(_ place: String, to name: String = "fetched", isOptional: Bool = false) async throws
            -> FetchBackup.Outcome
        {
            var fetch = FetchFile()
            (fetch.headers, fetch.query) = ([("JOB-TOKEN", "hush")], "job=promote")
            return try await FetchBackup.run(
                address(place), to: project.file(name), with: fetch, isOptional: isOptional)
        }

        func code(_ place: String, to name: String = "fetched", isOptional: Bool = false) async -> String? {
            do { _ = try await fetch(place, to: name, isOptional: isOptional) } catch let failure as Failure {
                #expect(!"\(failure)".contains("hush"))
                return failure.code
            } catch { return "\(error)" }
            return nil
        }

        func problems(_ name: String = "fetched") throws -> [String] {
            try VerifyBackup.run(project.file(name), at: Clock.system.now()).problems
        }
    }

    @Test("the newest backup comes whole, once, and the next one that is made here goes on from it")
    func fetches() async throws {
        let serving = try Serving()
        #expect(await serving.code("at") == "backup.none")
        #expect(try await serving.fetch("at", isOptional: true).manifest == nil)
        try serving.create()
        let first = try await serving.fetch("at")
        #expect(first.manifest?.number == 1 && first.files > 0 && first.bytes > 0)
        #expect(try serving.problems() == [])
        #expect(try await serving.fetch("at").files == 0)
        let next = try CreateBackup.run(
            serving.project.file("fetched"), key: nil, session: serving.project.session)
        #expect(next.manifest.number == 2 && next.manifest.previous != nil)
        // Another one there than here: neither takes the other's place.
        try serving.project.session.registry().audit(action: "test.after", subject: .tool("test"))
        try serving.create()
        #expect(await serving.code("at") == "backup.not-empty")
        #expect(try await serving.fetch("at", to: "again").manifest?.number == 2)
    }

    @Test("a header goes to its own host alone, also where that sends on")
    func headers() async throws {
        let serving = try Serving()
        try serving.create()
        _ = try await serving.fetch("here")
        _ = try await serving.fetch("elsewhere", to: "second")
        #expect(try serving.problems("second") == [])
        let seen = try serving.project.read("seen").split(separator: "\n")
        #expect(seen.count > 8)
        for line in seen {
            #expect(line.hasSuffix(line.hasPrefix("localhost ") ? " None" : " hush"), "\(line)")
            // What the server sends on to has the query that it chose.
            #expect(line.contains("?job=promote") != line.contains(" /at/"), "\(line)")
        }
        #expect(await serving.code("loop", to: "third") == "fetch.answer")
        #expect(await serving.code("other", to: "third") == "fetch.answer")
    }

    @Test("no answer but 404 says that there is none", arguments: [401, 403, 410, 500, 503])
    func answers(_ status: Int) async throws {
        let serving = try Serving()
        #expect(await serving.code("status/\(status)", isOptional: true) == "fetch.answer")
        #expect(!Paths.exists(serving.project.file("fetched/manifests")))
    }

    @Test("nobody there is an error too")
    func unreachable() async throws {
        let serving = try Serving()
        do {
            _ = try await FetchBackup.run(
                "http://127.0.0.1:1", to: serving.project.file("fetched"), with: FetchFile(), isOptional: true)
            Issue.record("something was fetched from nobody")
        } catch let failure as Failure { #expect(failure.code == "fetch.unreachable") }
    }

    @Test("what was altered there, is longer, is gone, or leads elsewhere, is no backup here")
    func hostile() async throws {
        let serving = try Serving()
        try serving.create()
        let manifest = try #require(try Paths.entries("\(serving.source)/manifests").first)
        let latest = "files/latest", path = "files/manifests/\(manifest)"
        let good = try serving.project.read(path)
        func refuses(_ code: String, _ what: String) async {
            #expect(await serving.code("at") == code, "\(what)")
            #expect(!Paths.exists(serving.project.file("fetched/manifests/\(manifest)")), "\(what)")
            #expect(!Paths.exists(serving.project.file("fetched/latest")), "\(what)")
        }
        for name in ["../../../etc/passwd", "000001-x.json", "/etc/passwd", "", "..", "000001-\(manifest)"] {
            try serving.project.write(name + "\n", to: latest)
            await refuses("backup.damaged", "latest is '\(name)'")
        }
        try serving.project.write(String(repeating: "a", count: 2000), to: latest)
        await refuses("fetch.too-large", "a long name")
        try serving.project.write(manifest + "\n", to: latest)
        try Paths.remove(serving.project.file(path))
        try serving.project.write(good + " ", to: path)
        await refuses("backup.damaged", "another manifest under its name")
        try Paths.remove(serving.project.file(path))
        await refuses("backup.damaged", "no manifest")
        try serving.project.write(good, to: path)
        let object = try #require(try Paths.files(below: "\(serving.source)/objects").first)
        let file = "\(serving.source)/objects/\(object)", bytes = try FileChunks.bytes(file)
        for (other, code) in [
            (bytes.map { $0 ^ 1 }, "backup.damaged"), (bytes + [0], "fetch.too-large"),
            (Array(bytes.dropLast()), "backup.damaged"),
        ] {
            try Paths.remove(file)
            try AtomicFile.write(other, to: file)
            await refuses(code, "an object of \(other.count) bytes instead of \(bytes.count)")
        }
        try Paths.remove(file)
        await refuses("backup.damaged", "no object")
        try AtomicFile.write(bytes, to: file)
        #expect(try await serving.fetch("at").manifest?.number == 1)
        #expect(try serving.problems() == [])
    }

    @Test("a registry that a reading command made in a clone is not in the way of the one that is brought")
    func blankRegistry() throws {
        let project = try TestProject(), elsewhere = try TemporaryDirectory()
        _ = try CreateBackup.run(project.file("backups"), key: nil, session: project.session)
        let target = elsewhere.file("clone")
        try Paths.makeDirectory("\(target)/.dvc")
        func restore() throws -> RestoreBackup.Outcome {
            var request = RestoreBackup.Request(directory: project.file("backups"), target: target)
            request.keepsFiles = true
            return try RestoreBackup.run(request, caller: Caller(actor: "ann@new"))
        }
        do {
            let session = try Session(Caller(actor: "ann@new", directory: target))
            #expect(try session.registry().versions().isEmpty)
            #expect(Paths.exists("\(target)/Registry/registry.sqlite"))
        }
        _ = try restore()
        let session = try Session(Caller(actor: "ann@new", directory: target))
        #expect(try session.registry().versions().count == project.session.registry().versions().count)
        // One in which somebody recorded something stays.
        #expect(project.code { _ = try restore() } == "backup.not-empty")
    }

    @Test("where the anchors' directory is not here, restoring says so; where it is, a record from before is refused")
    func anchors() throws {
        let project = try TestProject(.empty), anchors = project.file("away/anchors")
        try project.trust("log", roles: ["log"])
        try project.write("schemaVersion: 1\nanchors:\n  - {directory: \(anchors)}\n", to: "Registry/hftml.yaml")
        let session = try project.session(keys: project.file("Registry/keys"))
        _ = try SignHead.anchor(as: "log", session: session)
        _ = try CreateBackup.run(project.file("backups"), key: nil, session: session)
        // Restoring is an entry too: more of them, so that their end is missing and not merely another.
        for _ in 0..<3 { try session.registry().audit(action: "test.after", subject: .tool("test")) }
        _ = try SignHead.anchor(as: "log", session: session)
        let elsewhere = try TemporaryDirectory()
        func restore(to name: String) throws -> RestoreBackup.Outcome {
            let target = elsewhere.file(name)
            try Paths.makeDirectory("\(target)/Registry")
            for file in ["Registry/hftml.yaml", "Registry/trusted/log.pub.json"] {
                try Paths.makeDirectory(Paths.parent("\(target)/\(file)"))
                try FileManager.default.copyItem(atPath: project.file(file), toPath: "\(target)/\(file)")
            }
            var request = RestoreBackup.Request(directory: project.file("backups"), target: target)
            request.keepsFiles = true
            return try RestoreBackup.run(request, caller: Caller(actor: "ann@new"))
        }
        let known = try restore(to: "with")
        #expect(
            known.unasked == [] && known.problems.contains { $0.contains("removed from the end") },
            "\(known.problems)")
        try FileManager.default.moveItem(atPath: anchors, toPath: project.file("away/moved"))
        let unasked = try restore(to: "without")
        #expect(unasked.unasked == [anchors] && unasked.problems == [], "\(unasked.problems)")
    }
}
