import Basics
import Deployment
import Foundation
import ModelBundles
import Registry
import Testing
import Workflows

/// Files among the receipts of an environment that nobody's host wrote.
@Suite struct ReceiptFilesTests {
    private static func list(_ project: TestProject) throws -> ListDeployments.Outcome {
        try ListDeployments.run(environment: nil, session: project.session)
    }

    @Test("pipes, links, large files and names of no text are told, and nobody waits for them")
    func files() throws {
        let project = try TestProject(.empty)
        try project.environment()
        let receipts = project.environment + "/receipts"
        try Paths.makeDirectory(receipts)
        #expect(mkfifo("\(receipts)/a.json", 0o600) == 0)
        #expect(symlink("/dev/zero", "\(receipts)/b.json") == 0)
        try AtomicFile.write([UInt8](repeating: 0x20, count: 1 << 20 + 1), to: "\(receipts)/c.json")
        let name = Array("\(receipts)/".utf8CString.dropLast()) + [CChar(bitPattern: 0xFF)] + Array(".json".utf8CString)
        let descriptor = open(name, O_WRONLY | O_CREAT, 0o600)
        #expect(descriptor >= 0)
        close(descriptor)
        let problems = try Self.list(project).problems
        #expect(problems.map(\.code) == ["file.special", "file.special", "file.special"], "\(problems)")
        #expect(
            zip(problems, ["special file", "link", "more than"]).allSatisfy { $0.message.contains($1) }, "\(problems)")
    }

    @Test("a receipt without a host's signature is listed while it lies there, and comes into no record")
    func unproven() throws {
        let project = try TestProject(.empty), registry = try project.session.registry()
        try project.environment()
        var receipt = Receipt(
            environment: "paper", outcome: .installed, bundle: String(repeating: "5", count: 64), counter: 9,
            name: "m", version: 3, time: registry.now())
        let file = "Registry/environments/paper/receipts"
        for (name, outcome) in [("1", Receipt.Outcome.installed), ("2", .halted), ("3", .resumed)] {
            (receipt.outcome, receipt.time) = (outcome, receipt.time + 1)
            try project.write(receipt.json.text(.compact), to: "\(file)/\(name).json")
        }
        let listed = try Self.list(project)
        #expect(listed.records.map(\.outcome) == ["resumed", "halted", "installed"])
        #expect(listed.entries.map(\.host) == [nil, nil, nil] && listed.problems.isEmpty)
        let snapshot = try registry.snapshot(at: registry.now())
        #expect(snapshot.live.isEmpty && snapshot.halted.isEmpty && snapshot.acts.isEmpty)
        #expect(try registry.deployments().isEmpty && project.actions("deployment").isEmpty)
        for name in ["1", "2", "3"] { try Paths.remove(project.file("\(file)/\(name).json")) }
        #expect(try Self.list(project).entries.isEmpty)
    }

    @Test("a host that was taken out of the document tells no incumbent any more, neither now nor dated back")
    func removedHost() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        let first = try project.promote("m/1", runtime).receipt
        let host = try DeploymentDirectory(project.environment), old = try SigningKey.read(host.hostKey)
        let other = SigningKey(generating: "other-host")
        try project.write(other.publicKey.json.text(.pretty), to: "Registry/keys/other-host.pub.json")
        try project.amend { $0.replacing("{key: paper-host, ", with: "{key: other-host, ") }
        try Paths.remove(host.hostKey)
        try other.write(to: host.hostKey)
        var forged = Receipt(
            environment: "paper", outcome: .installed, bundle: String(repeating: "5", count: 64), counter: 40,
            name: "m", version: 2, time: try project.session.registry().now())
        try runtime.write(forged, host, key: old)
        func proven() throws -> [Int?] {
            try Self.list(project).entries.filter { $0.host != nil }.map(\.record.counter)
        }
        #expect(try proven() == [1], "what it signed then happened then; what it signs now says nothing")
        // The next number is the next one.
        #expect(try project.promote("m/2", runtime).receipt.counter == 2)
        forged.time = first.time + 1
        try runtime.write(forged, host, key: old)
        #expect(try proven() == [2, 1])
        #expect(try project.rollBack(runtime).receipt.counter == 3)
    }

    @Test("a receipt that was taken away hides no revision: the host keeps it, and nothing is promoted until it speaks")
    func missing() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        try project.promote("m/2", runtime)
        let host = try DeploymentDirectory(project.environment)
        // The operator's rollback, whose receipt nobody collected.
        let before = Set(try Paths.entries(host.receipts))
        try runtime.port.rollBack(project.environment, "ben", "bad open")
        for name in try Paths.entries(host.receipts) where !before.contains(name) {
            try Paths.remove("\(host.receipts)/\(name)")
        }
        let request = try project.request("m/2"), session = project.session
        let code = project.code { _ = try PromoteModel.run(request, runtime: runtime.port, session: session) }
        #expect(code == "receipt.missing")
        #expect(try VerifyRecord.run(session: session).contains { $0.contains("and no receipt of it") })
    }

    @Test("a second host of the same document says nothing of what runs here")
    func otherHost() throws {
        let project = try TestProject(), runtime = FakeRuntime(), other = SigningKey(generating: "other-host")
        try project.promote("m/1", runtime)
        let host = try DeploymentDirectory(project.environment)
        try project.write(other.publicKey.json.text(.pretty), to: "Registry/keys/other-host.pub.json")
        try project.amend {
            $0.replacing("  - {key: paper-host, ", with: "  - {key: other-host, roles: [host]}\n  - {key: paper-host, ")
        }
        let receipt = Receipt(
            environment: "paper", outcome: .installed, bundle: String(repeating: "5", count: 64), counter: 9,
            name: "m", version: 2, time: try project.session.registry().now())
        try runtime.write(receipt, host, key: other)
        let listed = try Self.list(project)
        #expect(listed.entries.filter { $0.host != nil }.map(\.record.counter) == [1])
        #expect(listed.problems.contains { $0.message.contains("was not ordered for the host that lies here") })
        #expect(try project.promote("m/2", runtime).receipt.counter == 10, "a number that was used is used no more")
    }

    @Test("receipts that the log has not taken up are told, and so are those whose files are gone")
    func compared() throws {
        let project = try TestProject(), runtime = FakeRuntime(), session = project.session
        let bundle = try project.promote("m/1", runtime).bundle
        let host = try DeploymentDirectory(project.environment)
        func notes() throws -> [String] {
            try VerifyRecord.gaps(session: session).filter { $0.hasPrefix("receipts of 'paper'") }
        }
        #expect(try notes() == [])
        try runtime.port.halt(project.environment, "ben", "feed")
        let waiting = try notes()
        #expect(
            waiting.count == 1
                && waiting[0].hasSuffix("yet: 1; take them in: hftml deployments list --environment paper"),
            "\(waiting)")
        #expect(try VerifyRecord.run(session: session) == [])
        _ = try ListDeployments.run(environment: "paper", session: session)
        #expect(try notes() == [])
        let file = try #require(try Paths.entries(host.receipts).first { $0.contains("installed") })
        try Paths.remove("\(host.receipts)/\(file)")
        let gone = try notes()
        #expect(gone.count == 1 && gone[0].contains("whose files are gone: 1 (installed revision 1 at "), "\(gone)")
        #expect(try VerifyRecord.run(session: session) == [], "the log keeps what \(bundle) says")
    }

    @Test("a host that signed the health of a revision without a receipt of it is told, also without its history")
    func health() throws {
        let project = try TestProject(), runtime = FakeRuntime(health: ["bars": .int(1)])
        try project.promote("m/1", runtime)
        #expect(try VerifyRecord.run(session: project.session) == [])
        let host = try DeploymentDirectory(project.environment), key = try SigningKey.read(host.hostKey)
        var report = HealthReport(
            bundle: String(repeating: "5", count: 64), bars: 1, predictions: 1, undefined: 0, submitted: 0, denied: 0,
            filled: 0, profit: 0, p99Ns: 1, isHalted: false, time: project.session.clock.now())
        (report.environment, report.counter) = ("paper", 2)
        let signed = try Envelope(
            payloadType: HealthReport.payloadType, payload: report.json.text(.compact), signer: key)
        try AtomicFile.write(signed.text + "\n", to: host.healthFile)
        let problems = try VerifyRecord.run(session: project.session)
        #expect(
            problems.count == 1 && problems[0].contains("found a health report by the host of 'paper' on revision 2"),
            "\(problems)")
    }

    @Test("a host that is named again speaks from then on: what it signed while it was out says nothing")
    func namedAgain() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        let host = try DeploymentDirectory(project.environment), other = SigningKey(generating: "other-host")
        try project.write(other.publicKey.json.text(.pretty), to: "Registry/keys/other-host.pub.json")
        try project.amend { $0.replacing("{key: paper-host, ", with: "{key: other-host, ") }
        let forged = Receipt(
            environment: "paper", outcome: .installed, bundle: String(repeating: "5", count: 64), counter: 40,
            name: "m", version: 2, time: try project.session.registry().now())
        try runtime.write(forged, host)
        try project.amend { $0.replacing("{key: other-host, ", with: "{key: paper-host, ") }
        func proven() throws -> [Int?] {
            try Self.list(project).entries.filter { $0.host != nil }.map(\.record.counter)
        }
        #expect(try proven() == [1])
        #expect(try project.promote("m/2", runtime).receipt.counter == 2)
        #expect(try proven() == [2, 1])
    }

    @Test("receipts whose times run against their numbers are told: a host came back from an older copy")
    func outOfOrder() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.promote("m/1", runtime)
        let last = try project.promote("m/2", runtime).receipt
        #expect(try VerifyRecord.run(session: project.session).isEmpty)
        let again = Receipt(
            environment: "paper", outcome: .installed, bundle: String(repeating: "5", count: 64), counter: 3,
            name: "m", version: 1, time: last.time - 3_600_000_000_000)
        try runtime.write(again, try DeploymentDirectory(project.environment))
        let problems = try VerifyRecord.run(session: project.session)
        #expect(problems.contains { $0.contains("before revision 2") }, "\(problems)")
        #expect(try Self.list(project).problems.map(\.code) == ["receipt.order", "host.behind"])
    }

    @Test("a damaged environment is a problem of the list, not one without deployments")
    func damaged() throws {
        let project = try TestProject(.empty)
        try project.environment()
        try Paths.makeDirectory(project.file("Registry/environments/draft"))
        #expect(try Self.list(project).problems.isEmpty, "a directory that nobody has made one is none")
        try project.write("{", to: "Registry/environments/paper/runtime.json")
        #expect(try Self.list(project).problems.map(\.code) == ["promote.environment"])
    }
}
