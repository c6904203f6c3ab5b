import Basics
import Deployment
import ModelBundles
import Testing
import Workflows

/// Receipts dated by a clock that was wrong: what the record makes of their order.
@Suite struct ReceiptClockTests {
    private static let year: Nanoseconds = 365 * 86_400_000_000_000

    private static func disordered(_ project: TestProject) throws -> [String] {
        try VerifyRecord.run(session: project.session).filter { $0.contains(", before revision ") }
    }

    @Test("a receipt dated years ahead is out of order until a document that root keys signed since has said so")
    func ahead() throws {
        for isDisowned in [false, true] {
            let project = try TestProject(), runtime = FakeRuntime()
            let wild = FakeRuntime(clock: Clock { Clock.system.now() + 8 * Self.year })
            try project.promote("m/1", runtime)
            try project.promote("m/2", wild)
            if isDisowned {
                try project.amend { $0.replacing("maximumPosition: 1000", with: "maximumPosition: 999") }
            }
            try project.promote("m/1", runtime)
            #expect(try Self.disordered(project).count == (isDisowned ? 0 : 1))
        }
    }

    @Test("a resume that a clock dated before its halt ends that halt: acts are numbered")
    func halts() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.amend { $0 + "health: {withinSeconds: 0.1, minimumBars: 5}\n" }
        #expect(project.code { _ = try project.promote("m/1", runtime) } == "promote.unhealthy")
        let host = try DeploymentDirectory(project.environment)
        func isTold() throws -> Bool {
            try VerifyRecord.run(session: project.session).contains {
                $0.contains("in force, and its promotion refused")
            }
        }
        func act(_ number: Int, _ outcome: Receipt.Outcome, hours: Int64) throws {
            let receipt = Receipt(
                environment: "paper", outcome: outcome, bundle: try Digest.sha256(file: host.current), person: "ben",
                time: Clock.system.now() + hours * 3_600_000_000_000, act: number)
            try runtime.write(receipt, host)
        }
        #expect(try !isTold(), "it is halted")
        try act(1, .halted, hours: 0)
        #expect(try !isTold())
        try act(2, .resumed, hours: -2)
        #expect(try isTold())
    }

    @Test("acts of two keys go by their times: a halt of a new key stands, though the old one's numbers are higher")
    func replacedKey() throws {
        let project = try TestProject(), runtime = FakeRuntime()
        try project.amend { $0 + "health: {withinSeconds: 0.1, minimumBars: 5}\n" }
        #expect(project.code { _ = try project.promote("m/1", runtime) } == "promote.unhealthy")
        let host = try DeploymentDirectory(project.environment)
        func act(_ number: Int, _ outcome: Receipt.Outcome) throws {
            let receipt = Receipt(
                environment: "paper", outcome: outcome, bundle: try Digest.sha256(file: host.current), person: "ben",
                time: Clock.system.now(), act: number)
            try runtime.write(receipt, host)
        }
        func isTold() throws -> Bool {
            try VerifyRecord.run(session: project.session).contains {
                $0.contains("in force, and its promotion refused")
            }
        }
        try act(9, .halted)
        try act(10, .resumed)
        #expect(try isTold())
        let key = SigningKey(generating: "other-host")
        try project.write(key.publicKey.json.text(.pretty), to: "Registry/keys/other-host.pub.json")
        try project.amend {
            $0.replacing("  - {key: paper-host, ", with: "  - {key: other-host, roles: [host]}\n  - {key: paper-host, ")
        }
        try Paths.remove(host.hostKey)
        try key.write(to: host.hostKey)
        try act(1, .halted)
        #expect(try !isTold(), "it is halted")
        try act(2, .resumed)
        #expect(try isTold())
    }
}
