import Basics
import Foundation
import TestSupport
import Testing

/// What goes out of the registry and comes back: archives, documents, events, tags, reruns; and a promotion that its
/// health decides.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct EvidenceFlowTests {
    private static let features = "Pipelines/demo/out/features-profit.safetensors",
        strategy = "Pipelines/demo/strategy-cnn.yaml"

    /// A Git repository with the demo's pipeline, and `count` evaluated, registered versions of a small model.
    /// In a repository a key counts once it is committed.
    private static func commitTrust(_ directory: TemporaryDirectory) throws {
        for arguments in [
            ["add", "-f", "Registry/trusted"], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "trust"],
        ] {
            #expect(try RunProgram.run("/usr/bin/env", ["git"] + arguments, in: directory.path).status == 0)
        }
    }

    private static func project(versions count: Int = 1) throws -> TemporaryDirectory {
        let directory = try FlowTests.project()
        try directory.write(
            ".dvc/cache/\nRegistry/*.sqlite*\nRegistry/artefacts/\nRegistry/checkpoints/\n"
                + "Registry/scratch-*/\nPipelines/*/out/\nm*/\n*.tar\n*.json\n",
            to: ".gitignore")
        for arguments in [
            ["init", "-q"], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "start"],
        ] {
            #expect(try RunProgram.run("/usr/bin/env", ["git"] + arguments, in: directory.path).status == 0)
        }
        for stage in ["check", "features-profit"] {
            #expect(try FlowTests.hftml(directory, "repro", "Pipelines/demo", "--stage", stage).status == 0)
        }
        for seed in 1...count {
            let trained = try FlowTests.hftml(
                directory, "train", "Pipelines/demo/bars-cnn.yaml", "--features", features, "-o", "m\(seed)", "--seed",
                "\(seed)", "--tag", "team=desk", "--name", "seed \(seed)")
            #expect(trained.status == 0, "\(trained.errors)")
            #expect(
                try FlowTests.hftml(
                    directory, "evaluate", "m\(seed)", "--on", features, "--strategy", strategy, "-o",
                    "m\(seed)/evaluation"
                ).status == 0)
            #expect(try FlowTests.hftml(directory, "models", "register", "m\(seed)", "--name", "m").status == 0)
        }
        return directory
    }

    private static func code(_ result: RunProgram.Result) -> String? {
        (try? FlowTests.json(result))?[path: "error.code"]?.stringValue
    }

    @Test(
        """
        a version travels with its evidence; an archive that nobody trusted signed, or that was altered, changes \
        nothing
        """
    )
    func archives() throws {
        let directory = try Self.project()
        #expect(
            try FlowTests.hftml(
                directory, "gate", "m/1", "--policy", "demo", "--features", Self.features, "--strategy", Self.strategy
            ).status != 1)
        for (name, role) in [("release", "release"), ("ann", "validator")] {
            #expect(try FlowTests.hftml(directory, "keys", "generate", name).status == 0)
            #expect(try FlowTests.hftml(directory, "keys", "trust", name, "--role", role).status == 0)
        }
        try Self.commitTrust(directory)
        #expect(
            try FlowTests.hftml(directory, "approve", "m/1", "--policy", "demo", "--as", "ann", "--yes").status == 0)
        let exported = try FlowTests.hftml(directory, "models", "export", "m/1", "m1.tar", "--key", "release", "--json")
        #expect(exported.status == 0, "\(exported.errors)")
        // A file is never overwritten.
        #expect(
            Self.code(try FlowTests.hftml(directory, "models", "export", "m/1", "m1.tar", "--key", "release", "--json"))
                == "export.exists")

        let other = try TemporaryDirectory(), archive = directory.file("m1.tar")
        #expect(try FlowTests.hftml(other, "init", "--no-scm").status == 0)
        #expect(Self.code(try FlowTests.hftml(other, "models", "import", archive, "--json")) == "statement.untrusted")
        #expect(
            try FlowTests.hftml(
                other, "keys", "trust", directory.file("Registry/keys/release.pub.json"), "--role", "release"
            ).status == 0)
        // One bit of a weight, of the records, of the envelope; a file too many.
        let bytes = try FileChunks.bytes(archive)
        var random = SeededRandom(seed: 3), refused = 0
        for _ in 0..<40 {
            var altered = bytes
            altered[random.index(below: altered.count)] ^= UInt8(1 << random.index(below: 8))
            try AtomicFile.write(altered, to: other.file("altered.tar"))
            let result = try FlowTests.hftml(other, "models", "import", "altered.tar", "--json")
            // Padding and headers of tar carry nothing: such an archive may be taken in whole, or refused.
            if result.status == 0 { try Self.expectWhole(other, directory) } else { refused += 1 }
            #expect(result.status == 0 || Self.code(result) != "internal", "\(result.output)")
            if result.status == 0 { break }
        }
        #expect(refused > 0)
        let again = try TemporaryDirectory()
        #expect(try FlowTests.hftml(again, "init", "--no-scm").status == 0)
        #expect(
            try FlowTests.hftml(
                again, "keys", "trust", directory.file("Registry/keys/release.pub.json"), "--role", "release"
            ).status == 0)
        #expect(
            try RunProgram.run(
                "/usr/bin/env",
                [
                    "sh", "-c",
                    "mkdir x && cd x && tar xf '\(archive)' && echo evil > objects/extra && tar cf ../extra.tar *",
                ], in: again.path
            ).status == 0)
        #expect(Self.code(try FlowTests.hftml(again, "models", "import", "extra.tar", "--json")) == "import.files")
        #expect(
            try RunProgram.run(
                "/usr/bin/env",
                ["sh", "-c", "cd x && rm objects/extra && ln -s /etc/passwd objects/link && tar cf ../link.tar *"],
                in: again.path
            ).status == 0)
        #expect(Self.code(try FlowTests.hftml(again, "models", "import", "link.tar", "--json")) == "import.files")
        let before = try FlowTests.json(try FlowTests.hftml(again, "runs", "list", "--json"))[key: "runs"]?.listValue?
            .count
        #expect(before == 0)
        let imported = try FlowTests.json(try FlowTests.hftml(again, "models", "import", archive, "--json"))
        #expect(
            imported[key: "new"]?.boolValue == true && imported[key: "uncounted"]?.listValue?.count == 1,
            "ann is not trusted here")
        try Self.expectWhole(again, directory)
        #expect(
            try FlowTests.json(try FlowTests.hftml(again, "models", "import", archive, "--json"))[key: "new"]?.boolValue
                == false)
        #expect(
            try FlowTests.hftml(
                again, "keys", "trust", directory.file("Registry/keys/ann.pub.json"), "--role", "validator"
            ).status == 0)
        #expect(
            try FlowTests.json(try FlowTests.hftml(again, "models", "import", archive, "--json"))[key: "uncounted"]?
                .listValue?.isEmpty == true)
        // Another version of that name and number is in the way.
        let third = try Self.project(versions: 2)
        #expect(
            try FlowTests.hftml(
                third, "keys", "trust", directory.file("Registry/keys/release.pub.json"), "--role", "release"
            ).status == 0)
        try Self.commitTrust(third)
        #expect(Self.code(try FlowTests.hftml(third, "models", "import", archive, "--json")) == "import.taken")
    }

    /// Both registries say the same of m/1, and the one that took it in is whole.
    private static func expectWhole(_ imported: TemporaryDirectory, _ original: TemporaryDirectory) throws {
        for command in [["models", "show", "m/1"], ["lineage", "m/1"], ["runs", "show", "seed 1"]] {
            let a = try RunProgram.run(RunProgram.hftml, command + ["--json"], in: original.path),
                b = try RunProgram.run(RunProgram.hftml, command + ["--json"], in: imported.path)
            func comparable(_ text: String) -> [String] {
                text.split(separator: "\n").filter { !$0.contains("approval") }.map(String.init)
            }
            #expect(b.status == 0, "\(b.errors)")
            // Nodes are listed by when each registry learned of them; the digest sorts them.
            if command[0] == "lineage" {
                #expect(
                    try FlowTests.json(a)[key: "digest"]?.stringValue == FlowTests.json(b)[key: "digest"]?.stringValue)
            } else {
                #expect(comparable(a.output) == comparable(b.output), "\(command)")
            }
        }
        let sql = "SELECT key, step, value FROM metrics ORDER BY key, step, value"
        #expect(
            try FlowTests.hftml(imported, "registry", "query", sql, "--csv").output
                == FlowTests.hftml(original, "registry", "query", sql, "--csv").output)
        let verified = try FlowTests.hftml(imported, "registry", "verify")
        #expect(verified.status == 0, "\(verified.output)")
    }

    @Test(
        """
        documents about a version: a card that names what is missing, a bill of materials that its schema accepts, \
        attestations, OpenLineage
        """,
        .enabled(if: SharedData.pythonHas("cyclonedx"), "needs cyclonedx-python-lib"))
    func documents() throws {
        let directory = try Self.project()
        #expect(try FlowTests.hftml(directory, "models", "card", "m/1").output.contains("| Owner | **missing** |"))
        try directory.write(
            """
            schemaVersion: 1
            owner: ann
            validator: bob
            intendedUse: five-minute direction | paper only
            instruments: [SIM01, SIM02]
            horizon: one bar
            prohibitedUses: real money
            strategySummary: follows the network's forecast for one bar
            materiality: low
            changeClass: initial
            nextReview: 2027-06-30
            monitoring: calibration weekly
            """ + "\n", to: "Registry/cards/m.yaml")
        let card = try FlowTests.hftml(directory, "models", "card", "m/1").output
        #expect(
            !card.contains("**missing**") && card.contains("five-minute direction \\| paper only")
                && card.contains("SR 26-2"))
        let json = try FlowTests.json(try FlowTests.hftml(directory, "models", "card", "m/1", "--json"))
        #expect(
            json[path: "statements.validator"]?.stringValue == "bob" && json[path: "training.seed"]?.intValue == 1
                && json[path: "trials.count"]?.intValue == 1)
        #expect(
            json[key: "measures"]?.listValue?.contains {
                $0[key: "name"]?.stringValue == "ic" && $0[path: "interval.lower"]?.doubleValue != nil
            } == true)
        let slsa = try FlowTests.json(try FlowTests.hftml(directory, "models", "card", "m/1", "--format", "slsa"))
        #expect(slsa[key: "predicateType"]?.stringValue == "https://slsa.dev/provenance/v1")
        #expect(slsa[path: "subject.0.digest.sha256"]?.stringValue == json[path: "weights.sha256"]?.stringValue)
        #expect(
            Self.code(try FlowTests.hftml(directory, "models", "card", "m/1", "--format", "test-result", "--json"))
                == "models.no-gate")
        #expect(
            try FlowTests.hftml(directory, "models", "card", "m/1", "--format", "cyclonedx", "-o", "bom.json").status
                == 0)
        let events = try FlowTests.hftml(directory, "lineage", "m/1", "--openlineage").output.split(separator: "\n").map
        { try JSONParser.parse(String($0)) }
        #expect(events.contains { $0[key: "eventType"]?.stringValue == "START" })
        #expect(
            events.contains {
                $0[key: "eventType"]?.stringValue == "COMPLETE" && ($0[key: "inputs"]?.listValue?.count ?? 0) >= 2
            })
        for event in events {
            #expect(
                ["eventType", "eventTime", "run", "job", "inputs", "outputs", "producer", "schemaURL"].allSatisfy {
                    event[key: $0] != nil
                })
        }
        let python = try #require(SharedData.client("python3"))
        let script = """
            from cyclonedx.validation.json import JsonStrictValidator
            from cyclonedx.schema import SchemaVersion
            print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open("bom.json").read()) or "valid")
            """
        let validated = try RunProgram.run(python, ["-c", script], in: directory.path)
        #expect(validated.output == "valid\n", "\(validated.output)\(validated.errors)")
    }

    @Test("hooks hear of every change once they succeed: in order, again after a failure, signed for the web")
    func hooks() throws {
        let directory = try Self.project()
        #expect(
            try FlowTests.hftml(
                directory, "hooks", "add", "log", "--command", "cat >> heard.jsonl", "--on", "alias.*", "--on",
                "tag.set"
            ).status == 0)
        #expect(
            try FlowTests.hftml(
                directory, "hooks", "add", "picky", "--command", "test -e allowed && cat >> picky.jsonl", "--on",
                "alias.set"
            ).status == 0)
        #expect(
            try FlowTests.hftml(directory, "models", "alias", "m/1", "candidate", "--reason", "looks good").status == 0)
        #expect(try FlowTests.hftml(directory, "models", "tag", "m/1", "tier=1").status == 0)
        #expect(try FlowTests.hftml(directory, "models", "alias", "m/1", "staging").status == 0)
        func lines(_ file: String) throws -> [JSONValue] {
            Paths.exists(directory.file(file))
                ? try FileChunks.text(directory.file(file)).split(separator: "\n").map {
                    try JSONParser.parse(String($0))
                } : []
        }
        // No command waits for a hook; this one does, and 'picky' fails.
        #expect(try FlowTests.hftml(directory, "hooks", "deliver").status == 1)
        let heard = try lines("heard.jsonl")
        #expect(heard.map { $0[key: "event"]?.stringValue } == ["alias.set", "tag.set", "alias.set"])
        #expect(
            heard[0][path: "data.alias"]?.stringValue == "candidate"
                && heard[0][key: "reason"]?.stringValue == "looks good" && heard[0][key: "new"]?.intValue == 1)
        #expect(try lines("picky.jsonl").isEmpty)
        #expect(try FlowTests.hftml(directory, "hooks", "deliver").status == 1)
        try directory.write("", to: "allowed")
        #expect(try FlowTests.hftml(directory, "hooks", "deliver").status == 0)
        #expect(try lines("picky.jsonl").map { $0[path: "data.alias"]?.stringValue } == ["candidate", "staging"])
        #expect(try FlowTests.hftml(directory, "hooks", "deliver").output.hasPrefix("0 delivered"))
        #expect(
            try FlowTests.json(try FlowTests.hftml(directory, "hooks", "log", "picky", "--json"))[key: "deliveries"]?
                .listValue?.count { $0[key: "succeeded"]?.boolValue == false } ?? 0 >= 2)
        #expect(try FlowTests.hftml(directory, "hooks", "replay", "picky", "--from", "1").status == 0)
        #expect(try lines("picky.jsonl").count == 4)

        // A hook that changes something itself: told by the same delivery, not waited for.
        #expect(
            try FlowTests.hftml(
                directory, "hooks", "add", "nested", "--command", "'\(RunProgram.hftml)' models tag m/1 seen=yes",
                "--on", "alias.set"
            ).status == 0)
        #expect(try FlowTests.hftml(directory, "models", "alias", "m/1", "nested").status == 0)
        #expect(try FlowTests.hftml(directory, "hooks", "deliver").status == 0)
        #expect(
            try FlowTests.json(try FlowTests.hftml(directory, "hooks", "log", "nested", "--json"))[
                path: "deliveries.0.succeeded"]?.boolValue == true)
        #expect(try lines("heard.jsonl").last?[key: "event"]?.stringValue == "tag.set")
        #expect(try FlowTests.hftml(directory, "hooks", "remove", "nested").status == 0)

        // A receiver that answers 500 twice, and keeps what it was told.
        try directory.write("0123456789abcdef0123456789abcdef\n", to: "secret")
        #expect(
            Self.code(
                try FlowTests.hftml(
                    directory, "hooks", "add", "web", "--url", "http://127.0.0.1:9/x", "--secret-file", "secret",
                    "--json")) == "hooks.permissions")
        chmod(directory.file("secret"), 0o600)
        #expect(
            Self.code(try FlowTests.hftml(directory, "hooks", "add", "web", "--url", "http://example.com/x", "--json"))
                == "hooks.plain")
        try directory.write(Self.receiver, to: "receiver.py")
        let server = try LocalServer.python("receiver.py", in: directory)
        #expect(
            try FlowTests.hftml(
                directory, "hooks", "add", "web", "--url", "http://127.0.0.1:\(server.port)/hook", "--secret-file",
                "secret", "--on", "alias.*"
            ).status == 0)
        for alias in ["one", "two", "three"] {
            #expect(try FlowTests.hftml(directory, "models", "alias", "m/1", alias).status == 0)
        }
        // It refuses twice, whoever asks first.
        var attempts = 0
        while attempts < 3, try FlowTests.hftml(directory, "hooks", "deliver", "web").status != 0 { attempts += 1 }
        let received = try lines("received.jsonl")
        #expect(
            received.map { $0[path: "body.data.alias"]?.stringValue } == ["one", "one", "one", "two", "three"],
            "twice refused, then all in order")
        #expect(Set(received.prefix(3).map { $0[key: "id"]?.stringValue }).count == 1, "the same event has the same id")
        #expect(
            received.allSatisfy { $0[key: "valid"]?.boolValue == true }, "the receiver computed the signature itself")
        #expect(try FlowTests.hftml(directory, "hooks", "remove", "web").status == 0)
        let verified = try FlowTests.hftml(directory, "registry", "verify")
        #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
    }

    /// Checks signatures with Python's own hmac.
    private static let receiver = """
        import base64, hashlib, hmac, http.server, json, sys
        seen = [0]
        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                name, stamp = self.headers["X-Hftml-Delivery-Id"], self.headers["X-Hftml-Timestamp"]
                code = hmac.new(b"0123456789abcdef0123456789abcdef", f"{name}.{stamp}.{body}".encode(), \
        hashlib.sha256).digest()
                with open("received.jsonl", "a") as f:
                    f.write(json.dumps({"id": name, "valid": self.headers["X-Hftml-Signature"] == "v1," + \
        base64.b64encode(code).decode(), "body": json.loads(body)}) + "\\n")
                seen[0] += 1
                self.send_response(500 if seen[0] <= 2 else 204)
                self.end_headers()
            def log_message(self, *a): pass
        http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Hook).serve_forever()
        """

    @Test("a version is made again from code and data of its commit; tags in GTO's form are found by Git")
    func reproduction() throws {
        let directory = try Self.project()
        let again = try FlowTests.hftml(directory, "reproduce", "m/1", "--json")
        #expect(again.status == 0, "\(again.errors)")
        #expect(try FlowTests.json(again)[key: "equal"]?.boolValue == true)
        // What is in the work tree does not matter: the commit does.
        try directory.write(
            try FileChunks.text(directory.file("Pipelines/demo/features-profit.yaml")).replacing(
                "close, 1", with: "close, 2"), to: "Pipelines/demo/features-profit.yaml")
        #expect(try FlowTests.hftml(directory, "reproduce", "m/1").status == 0)
        #expect(try Paths.entries(directory.file("Registry")).allSatisfy { !$0.hasPrefix("scratch") })
        let tagged = try FlowTests.json(
            try FlowTests.hftml(
                directory, "models", "git-tag", "m/1", "--release", "v1.2.0", "--stage", "production", "--json"))
        #expect(tagged[key: "tags"]?.listValue?.compactMap(\.stringValue) == ["m@v1.2.0", "m#production#1"])
        let git = try RunProgram.run(
            "/usr/bin/env",
            ["git", "for-each-ref", "refs/tags", "--format=%(refname:short) %(objecttype) %(contents:subject)"],
            in: directory.path
        ).output
        #expect(git.contains("m@v1.2.0 tag hftml m/1 sha256:") && git.contains("m#production#1 tag"))
        #expect(
            try FlowTests.json(
                try FlowTests.hftml(
                    directory, "models", "git-tag", "m/1", "--release", "v1.2.0", "--stage", "production", "--json"))[
                    key: "tags"]?.listValue?.isEmpty == true)
        for bad in ["1.2", "v1.2", "v01.0.0", "v1.0.0-"] {
            #expect(
                Self.code(try FlowTests.hftml(directory, "models", "git-tag", "m/1", "--release", bad, "--json"))
                    == "models.release")
        }
    }

    @Test("a bundle that is not healthy in time goes, and the one before it is back; the first of all is halted")
    func health() throws {
        let directory = try Self.project(versions: 2)
        let rules = "schemaVersion: 1\nrules: [{rule: metric, metric: ic, minimum: -1}]\n"
        func promote(_ version: String, health: String, _ more: String...) throws -> RunProgram.Result {
            try directory.write(rules + "health: \(health)\n", to: "Registry/gates/live.yaml")
            // The policy's new text counts once the environment's document names it.
            let signed = try FlowTests.hftml(
                directory, "environments", "init", "paper", "--policy", "live", "--local", "--if-missing")
            #expect(signed.status == 0, "\(signed.errors)")
            #expect(
                try FlowTests.hftml(
                    directory, "gate", version, "--for", "paper", "--key", "paper-gate", "--features", Self.features,
                    "--strategy",
                    Self.strategy
                ).status == 0)
            return try RunProgram.run(
                RunProgram.hftml,
                [
                    "promote", version, "--to", "paper", "--key", "paper-promoter", "--features", Self.features,
                    "--strategy",
                    Self.strategy, "--json",
                ] + more, in: directory.path)
        }
        func live() throws -> (version: Int?, isHalted: Bool?) {
            let node = try FlowTests.json(
                try RunProgram.run(
                    RunProgram.runtime, ["status", "Registry/environments/paper", "--json"], in: directory.path))
            return (node[key: "version"]?.intValue, node[key: "halted"]?.boolValue)
        }
        // Nothing reports, nothing was there before: the environment is halted.
        let first = try promote("m/1", health: "{withinSeconds: 0.3}")
        #expect(
            Self.code(first) == "promote.unhealthy" && first.output.contains("the environment is halted"),
            "\(first.output)")
        #expect(try live().isHalted == true)
        let resumed = try RunProgram.run(
            RunProgram.runtime, ["resume", "Registry/environments/paper", "--by", "ann", "--reason", "looked at it"],
            in: directory.path)
        #expect(resumed.status == 0, "\(resumed.errors)")
        let good = try promote("m/1", health: "{withinSeconds: 300, minimumBars: 100}", "--probe", "Data/demo-market")
        #expect(good.status == 0, "\(good.output)\(good.errors)")
        #expect(try live().version == 1)
        // A probe that cannot be replayed.
        let broken = try promote("m/2", health: "{withinSeconds: 1}", "--probe", "Data/missing")
        #expect(
            Self.code(broken) == "promote.unhealthy" && broken.output.contains("the replay failed"), "\(broken.output)")
        #expect(try live().version == 1)
        // Slower than allowed, by a limit that nothing meets.
        let slow = try promote(
            "m/2", health: "{withinSeconds: 20, minimumBars: 100, maximumP99Microseconds: 0.0001}", "--probe",
            "Data/demo-market")
        #expect(Self.code(slow) == "promote.unhealthy" && slow.output.contains("99th percentile"), "\(slow.output)")
        #expect(try live().version == 1)
        #expect(
            try FlowTests.json(try FlowTests.hftml(directory, "models", "show", "m@paper", "--json"))[
                key: "version"]?.intValue == 1)
        #expect(try FlowTests.hftml(directory, "deployments", "list").output.contains("restored, "))
        #expect(try FlowTests.hftml(directory, "audit", "verify").status == 0)
        let names = try Paths.entries(directory.file("Registry/promotions"))
        #expect(names.count == 4)
        for name in names { #expect(try Paths.entries(directory.file("Registry/promotions/\(name)")).count == 6) }
        #expect(
            try FlowTests.hftml(
                directory, "deployments", "feedback", "paper", "Registry/environments/paper/health.json"
            ).output.contains("m/2"), "what was seen of the bundle that was taken back")
        #expect(
            Self.code(
                try FlowTests.hftml(
                    directory, "deployments", "feedback", "elsewhere", "Registry/environments/paper/health.json",
                    "--json")) == "feedback.unknown")
        let replayed = try RunProgram.run(
            RunProgram.runtime, ["replay", "Registry/environments/paper", "Data/demo-market", "-o", "journal"],
            in: directory.path)
        #expect(replayed.status == 0, "\(replayed.errors)")
        #expect(try FlowTests.hftml(directory, "deployments", "feedback", "paper", "journal/summary.json").status == 0)
        #expect(try FlowTests.hftml(directory, "lineage", "m/1", "--downstream").output.contains("feedback"))
    }

    @Test(
        """
        cross-validation: every stretch is predicted once in every path, by a model that did not see it; a gate \
        asks for it
        """
    )
    func crossValidation() throws {
        let directory = try Self.project()
        // A rule that always trades, so that every history has returns that vary.
        let eager = try FileChunks.text(directory.file(Self.strategy)).split(separator: "\n").map {
            $0.contains("enterAbove") ? "rule: {enterAbove: 0}" : String($0)
        }
        try directory.write(eager.joined(separator: "\n") + "\n", to: "eager.yaml")
        try directory.write(
            "schemaVersion: 1\nrules: [{rule: cross-validated, minimumMedianSharpe: -9, maximumDrawdown: 1}]\n",
            to: "Registry/gates/paths.yaml")
        func gate() throws -> RunProgram.Result {
            try FlowTests.hftml(
                directory, "gate", "m/1", "--policy", "paths", "--features", Self.features, "--strategy", "eager.yaml")
        }
        let before = try gate()
        #expect(before.status == 2 && before.output.contains("no evidence"))
        func validate(_ groups: String, _ more: String...) throws -> RunProgram.Result {
            try RunProgram.run(
                RunProgram.hftml,
                [
                    "cross-validate", "Pipelines/demo/bars-cnn.yaml", "--features", Self.features, "--strategy",
                    "eager.yaml", "--set", "training.epochs=2", "--groups", groups, "--json",
                ] + more,
                in: directory.path)
        }
        let result = try validate("4")
        #expect(result.status == 0, "\(result.errors)")
        let node = try FlowTests.json(result), paths = node[key: "paths"]?.listValue ?? []
        // C(4, 2) models and C(4, 2)·2/4 paths, each over all the days.
        #expect(node[key: "models"]?.intValue == 6 && paths.count == 3)
        #expect(
            Set(paths.compactMap { $0[key: "days"]?.intValue }).count == 1
                && (paths.first?[key: "days"]?.intValue ?? 0) >= 11)
        #expect(
            try FlowTests.json(try validate("4", "--threads", "1"))[key: "paths"]?.text(.canonical)
                == node[key: "paths"]?.text(.canonical), "threads do not change it")
        // Forty stretches of this market are shorter than window and horizon; two million choices are too many.
        for (groups, more) in [("400", ["--test-groups", "2"]), ("24", ["--test-groups", "12", "--embargo", "0"])] {
            let refused = try RunProgram.run(
                RunProgram.hftml,
                [
                    "cross-validate", "Pipelines/demo/bars-cnn.yaml", "--features", Self.features, "--strategy",
                    "eager.yaml", "--groups", groups, "--json",
                ] + more, in: directory.path)
            #expect(
                refused.status == 64 && ["split.groups", "split.many"].contains(Self.code(refused)), "\(refused.output)"
            )
        }
        let after = try gate()
        #expect(after.status == 0 && after.output.contains("over 3 paths"), "\(after.output)")
        // Another strategy was not cross-validated; and of all this only that a gate judged by two strategies counts as
        // a further trial of the experiment.
        #expect(
            try FlowTests.hftml(
                directory, "gate", "m/1", "--policy", "paths", "--features", Self.features, "--strategy", Self.strategy
            ).status == 2)
        #expect(
            try FlowTests.json(try FlowTests.hftml(directory, "models", "card", "m/1", "--json"))[path: "trials.count"]?
                .intValue == 2)
    }

    @Test("compare says what differs, by instrument and day, with a page; runs are plotted; a revision names its run")
    func comparison() throws {
        let directory = try Self.project(versions: 2)
        let result = try FlowTests.hftml(
            directory, "compare", "m/1", "m/2", "--strategy", Self.strategy, "--html", "c.html", "--markdown", "c.md",
            "--json")
        #expect(result.status == 0, "\(result.errors)")
        let node = try FlowTests.json(result)
        #expect(
            node[key: "metric"]?.stringValue == "log_loss" && node[key: "instruments"]?.listValue?.count == 3
                && (node[key: "days"]?.listValue?.count ?? 0) >= 2)
        #expect(
            node[key: "effectSize"]?.doubleValue != nil && node[key: "seeds"]?.isNull == true,
            "two seeds of one recipe have nothing to compare")
        // Instruments share the samples among themselves.
        #expect(
            node[key: "instruments"]?.listValue?.reduce(0) { $0 + ($1[key: "samples"]?.intValue ?? 0) }
                == node[key: "samples"]?.intValue)
        let page = try FileChunks.text(directory.file("c.html"))
        #expect(
            page.contains("Calibration") && page.contains("After costs") && !page.contains("src=")
                && !page.contains("NaN"))
        #expect(try FileChunks.text(directory.file("c.md")).contains("by instrument"))
        #expect(
            Self.code(try FlowTests.hftml(directory, "compare", "m/1", "m/2", "--metric", "log_los", "--json"))
                == "compare.metric")
        let three = try FlowTests.json(try FlowTests.hftml(directory, "compare", "m/1", "m/2", "m/1", "--json"))
        #expect(three[key: "comparisons"]?.listValue?.count == 2 && three[key: "holmAdjustedP"]?.listValue?.count == 2)
        #expect(try FlowTests.hftml(directory, "compare", "HEAD", "m/1", "--json").status == 0)
        let plot = try FlowTests.hftml(
            directory, "runs", "plot", "seed 1", "seed 2", "--metric", "train.loss", "--html", "r.html")
        #expect(plot.status == 0 && plot.output.contains("⠀") && plot.output.contains("┤"), "\(plot.errors)")
        #expect(
            Self.code(try FlowTests.hftml(directory, "runs", "plot", "seed 1", "--metric", "train.los", "--json"))
                == "runs.no-metric")
        #expect(
            try FlowTests.json(
                try FlowTests.hftml(directory, "runs", "list", "--where", "tags.team = 'desk'", "--json"))[key: "runs"]?
                .listValue?.count == 2)
        let child = try FlowTests.hftml(
            directory, "train", "Pipelines/demo/bars-cnn.yaml", "--features", Self.features, "-o", "m9", "--parent",
            "seed 1", "--set", "training.epochs=1")
        #expect(child.status == 0, "\(child.errors)")
        #expect(
            try FlowTests.json(try FlowTests.hftml(directory, "runs", "list", "--parent", "seed 1", "--json"))[
                key: "runs"]?.listValue?.count == 1)
        // A rule that trades on every forecast, so that there is something to size.
        let eager = try FileChunks.text(directory.file(Self.strategy)).split(separator: "\n").map {
            $0.contains("enterAbove") ? "rule: {enterAbove: 0}" : String($0)
        }
        try directory.write(eager.joined(separator: "\n") + "\n", to: "eager.yaml")
        let backtest = try FlowTests.json(
            try FlowTests.hftml(
                directory, "backtest", "m1", "--on", Self.features, "--strategy", "eager.yaml", "--bars",
                "Data/demo-market", "--participation", "0.02", "-o", "b", "--json"))
        #expect(backtest[key: "drawdownDistribution"]?.isNull == true, "two days are too few to resample")
        #expect(
            (backtest[path: "capacity.median"]?.doubleValue ?? 0) > 0
                && (backtest[path: "capacity.cautious"]?.doubleValue ?? 0)
                    <= (backtest[path: "capacity.median"]?.doubleValue ?? 0)
        )
    }
}
