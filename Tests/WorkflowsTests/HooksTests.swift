import Basics
import Foundation
import Registry
import Testing
import Workflows

/// Who hears of changes: at least once, in order.
@Suite struct HooksTests {
    private static func lines(_ project: TestProject, _ name: String) throws -> [String] {
        Paths.exists(project.file(name)) ? try project.read(name).split(separator: "\n").map(String.init) : []
    }

    @Test("a command hears what its patterns fit, in order, from when it was added on, and only once")
    func delivers() async throws {
        let project = try TestProject(.empty), session = project.session, registry = try session.registry()
        try registry.audit(action: "alias.set", subject: .alias("a", model: "m"))
        let hook = try ManageHooks.add(
            "log", command: "echo $HFTML_EVENT $HFTML_EVENT_SUBJECT $HFTML_EVENT_ACTOR >> heard", url: nil,
            secretPath: nil, actions: ["alias.*", "gate.passed"], session: session)
        #expect(hook.deliveredThrough == 2)
        for (action, subject) in [
            ("alias.set", AuditSubject.alias("b", model: "m")), ("tag.set", .model("m")),
            ("gate.passed", .version(model: "m", number: 1)), ("gate.refused", .version(model: "m", number: 2)),
        ] { try registry.audit(action: action, subject: subject) }
        let summary = try await DeliverEvents.patient.run(session: session)
        #expect(summary.delivered == 2 && summary.failures.isEmpty && summary.waiting == 0)
        #expect(try Self.lines(project, "heard") == ["alias.set m@b ann@desk", "gate.passed m/1 ann@desk"])
        #expect(try await DeliverEvents.patient.run(session: session).delivered == 0)
        #expect(try ManageHooks.list(session: session)[0].deliveredThrough == 6)
        #expect(try ManageHooks.log("log", limit: 10, session: session).map(\.isSucceeded) == [true, true])
    }

    @Test("in a registry that several can write a command runs for the account that added it alone")
    func accounts() async throws {
        let project = try TestProject(), registry = try project.session.registry()
        let shared = Paths.parent(project.session.registryPath)
        #expect(chmod(shared, 0o2775) == 0)
        // Added behind the back of whoever runs the next command.
        _ = try registry.subscribe(
            "theirs", kind: .command, target: "touch \(project.file("stolen"))", secretPath: nil, actions: ["*"])
        _ = try ManageHooks.add(
            "mine", command: "cat >> \(project.file("mine.log"))", url: nil, secretPath: nil, actions: ["alias.*"],
            session: project.session)
        try registry.setAlias("champion", of: try registry.version("m/1"), reason: "")
        let summary = try await DeliverEvents.patient.run(session: project.session)
        #expect(
            summary.failures == [] && Paths.exists(project.file("mine.log")) && !Paths.exists(project.file("stolen")))
        await #expect(throws: Failure.self) { try await DeliverEvents.patient.run("theirs", session: project.session) }
        // With the registry to itself again, what is in it came from this account.
        #expect(chmod(shared, 0o755) == 0)
        _ = try await DeliverEvents.patient.run("theirs", session: project.session)
        #expect(Paths.exists(project.file("stolen")))
    }

    @Test("a hook that fails hears the same event again, and nothing after it until then; others go on")
    func failing() async throws {
        let project = try TestProject(.empty), session = project.session, registry = try session.registry()
        for (name, command) in [("bad", "test -e go && echo $HFTML_EVENT >> bad"), ("good", "echo x >> good")] {
            _ = try ManageHooks.add(
                name, command: command, url: nil, secretPath: nil, actions: ["a.*"], session: session)
        }
        for action in ["a.1", "a.2"] { try registry.audit(action: action, subject: .model("m")) }
        let first = try await DeliverEvents.patient.run(session: session)
        #expect(first.delivered == 2 && first.failures.count == 1)
        #expect(first.failures[0].hasPrefix("bad: event 3 (a.1 m): ") && first.failures[0].contains("status 1"))
        #expect(try Self.lines(project, "good").count == 2)
        let log = try ManageHooks.log("bad", limit: 10, session: session)
        #expect(log.map(\.isSucceeded) == [false] && log[0].detail.contains("status 1"))
        try project.write("", to: "go")
        #expect(try await DeliverEvents.patient.run("bad", session: session).delivered == 2)
        #expect(try Self.lines(project, "bad") == ["a.1", "a.2"] && Self.lines(project, "good").count == 2)
    }

    @Test("the event is on standard input, with what the subject says of model, version and alias")
    func message() async throws {
        let project = try TestProject(.empty), session = project.session, registry = try session.registry()
        _ = try ManageHooks.add(
            "log", command: "cat >> heard", url: nil, secretPath: nil, actions: ["*.set", "x.*"], session: session)
        try registry.audit(
            action: "alias.set", subject: .alias("champion", model: "m"),
            detail: .map(["old": .null, "new": .int(3), "reason": .string("why")]))
        try registry.audit(action: "x.version", subject: .version(model: "m", number: 3))
        try registry.audit(action: "x.run", subject: .run("4f1c"))
        try registry.audit(action: "x", subject: .model("ignored"))
        #expect(try await DeliverEvents.patient.run(session: session).delivered == 3)
        let events = try Self.lines(project, "heard").map { try JSONParser.parse($0, file: "event") }
        #expect(events.map { $0[key: "data"]?[key: "name"]?.stringValue } == ["m", "m", "run:4f1c"])
        #expect(events.map { $0[key: "data"]?[key: "version"]?.stringValue } == ["3", "3", nil])
        #expect(events.map { $0[key: "data"]?[key: "alias"]?.stringValue } == ["champion", nil, nil])
        #expect(events[0][key: "entity"]?.stringValue == "alias" && events[0][key: "action"]?.stringValue == "set")
        #expect(events[0][key: "reason"]?.stringValue == "why" && events[0][key: "new"]?.intValue == 3)
        #expect(events.map { $0[key: "sequence"]?.intValue } == [2, 3, 4])
    }

    @Test("a limit leaves the rest for the next delivery; a replay delivers again from an entry on")
    func limitsAndReplay() async throws {
        let project = try TestProject(.empty), session = project.session, registry = try session.registry()
        _ = try ManageHooks.add(
            "log", command: "echo $HFTML_EVENT >> heard", url: nil, secretPath: nil, actions: ["a.*"],
            session: session)
        for index in 1...3 { try registry.audit(action: "a.\(index)", subject: .model("m")) }
        let first = try await DeliverEvents.patient.run(limit: 2, session: session)
        #expect(first.delivered == 2 && first.waiting == 1)
        #expect(try await DeliverEvents.patient.run(session: session).delivered == 1)
        #expect(try await DeliverEvents.patient.replay("log", from: 3, session: session).delivered == 2)
        #expect(try Self.lines(project, "heard") == ["a.1", "a.2", "a.3", "a.2", "a.3"])
        #expect(try await DeliverEvents.patient.replay("log", from: .min, session: session).delivered == 3)
        await #expect(throws: Failure.self) { try await DeliverEvents.patient.replay("lgo", from: 1, session: session) }
    }

    @Test("a command that does not end is stopped, and its event waits")
    func timeout() async throws {
        let project = try TestProject(.empty), session = project.session
        _ = try ManageHooks.add(
            "slow", command: "exec sleep 100000", url: nil, secretPath: nil, actions: ["a.*"], session: session)
        try session.registry().audit(action: "a.1", subject: .model("m"))
        var delivery = DeliverEvents.patient
        delivery.timeout = 0.05
        let summary = try await delivery.run(session: session)
        #expect(summary.delivered == 0 && summary.failures.count == 1)
        #expect(summary.failures[0].contains("did not end"))
    }

    @Test("a command that does not end takes with it what it started, also in a session of its own")
    func timeoutEndsDescendants() async throws {
        let project = try TestProject(.empty), session = project.session
        _ = try ManageHooks.add(
            "slow", command: "setsid sh -c 'echo $$ > child; exec sleep 100000' & sleep 100000", url: nil,
            secretPath: nil, actions: ["a.*"], session: session)
        try session.registry().audit(action: "a.1", subject: .model("m"))
        var delivery = DeliverEvents.patient
        // Long enough for the command to have started its child.
        for seconds in [2.0, 8, 32, 128] where !Paths.exists(project.file("child")) {
            delivery.timeout = seconds
            #expect(try await delivery.run(session: session).failures.count == 1)
        }
        let child = try #require(pid_t(try project.read("child").trimmingCharacters(in: .whitespacesAndNewlines)))
        // Gone, or on its way out.
        let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
        #expect(kill(child, 0) != 0 || state?.contains(") Z") != false)
    }

    @Test("a hook that fails rests, twice as long each time, where the delivery paces itself")
    func paces() async throws {
        let time = TestClock()
        let project = try TestProject(.empty, clock: time.clock), session = project.session
        _ = try ManageHooks.add(
            "bad", command: "echo x >> tried; false", url: nil, secretPath: nil, actions: ["a.*"], session: session)
        try session.registry().audit(action: "a.1", subject: .model("m"))
        var tried: [Int] = []
        for second in 0..<16 {
            let before = try Self.lines(project, "tried").count
            _ = try await DeliverEvents.patient.run(isPaced: true, session: session)
            if try Self.lines(project, "tried").count > before { tried.append(second) }
            time.advance(seconds: 1)
        }
        #expect(tried == [0, 1, 3, 7, 15])
    }

    @Test("of an address only the host is shown; one with a password in it is refused")
    func credentials() throws {
        let project = try TestProject(.empty), session = project.session
        func add(_ url: String) throws -> Subscription {
            try ManageHooks.add(
                "h", command: nil, url: url, secretPath: nil, actions: ["*"], session: session)
        }
        #expect(project.code { _ = try add("https://ann:secret@example.com/x") } == "hooks.url")
        let hook = try add("https://example.com:8443/services/T0/B1/key?token=secret")
        #expect(hook.shownTarget == "https://example.com:8443/…")
        let entry = try #require(try session.registry().auditEntries().last { $0.action == "hook.add" })
        #expect(!entry.detail.contains("secret") && !entry.detail.contains("key"))
    }

    @Test("a hook has a name of its own, a pattern that can fit, and TLS beyond this machine")
    func refusals() throws {
        let project = try TestProject(.empty), session = project.session
        func code(_ name: String = "h", url: String? = nil, actions: [String] = ["*"], secret: String? = nil) -> String?
        {
            project.code {
                _ = try ManageHooks.add(
                    name, command: url == nil ? "true" : nil, url: url, secretPath: secret, actions: actions,
                    session: session)
            }
        }
        #expect(code("a b") == "hooks.name" && code("") == "hooks.name")
        #expect(code(actions: ["a.*.*"]) == "hooks.actions" && code(actions: ["a b"]) == "hooks.actions")
        #expect(code(url: "ftp://host/x") == "hooks.url" && code(url: "https://") == "hooks.url")
        #expect(code(url: "http://example.com/x") == "hooks.plain")
        #expect(code("local", url: "http://localhost:9/x") == nil && code("tls", url: "https://example.com/x") == nil)
        try project.write("short", to: "secret")
        let secret = project.file("secret")
        try? FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: secret)
        #expect(code(url: "https://example.com/x", secret: secret) == "hooks.permissions")
        try? FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
        #expect(code(url: "https://example.com/x", secret: secret) == "hooks.secret")
        #expect(code("tls") == "hooks.exists")
        #expect(project.code { try ManageHooks.remove("tsl", session: session) } == "hooks.none")
        try ManageHooks.remove("tls", session: session)
        #expect(try ManageHooks.list(session: session).map(\.name) == ["local"])
        #expect(project.code { _ = try ManageHooks.log("tls", limit: 1, session: session) } == "hooks.none")
    }
}
