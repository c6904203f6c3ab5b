import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing
import Trading

@Suite struct RuntimeStatusTests {
    @Test("what is in force and whether trading is halted, for machines and for people")
    func status() throws {
        let fixture = try EnvironmentFixture()
        var status = try RuntimeStatus(fixture.environment, clock: fixture.clock)
        #expect(status.lines == ["test: no bundle"] && status.document == 1)
        #expect(
            status.json.text(.compact).hasPrefix(
                #"{"schemaVersion":1,"environment":"test","bundle":null,"name":null,"version":null,"signer":null,"#
                    + #""halted":false,"counter":null,"#)
        )
        let digest = try fixture.install(5)[0]
        _ = try HostOperator(fixture.environment, person: "ben", reason: "spread", clock: fixture.clock).halt()
        status = try RuntimeStatus(fixture.environment, clock: fixture.clock)
        #expect(status.lines.first == "test: tiny/5 signed by signer, revision 5, HALTED" && status.lines.count == 2)
        #expect(status.lines[1].hasPrefix("halted: 2025-06-01T") && status.lines[1].hasSuffix(" ben: spread"))
        #expect(status.bundle == digest && status.isHalted)
        #expect(status.json[key: "version"]?.intValue == 5 && status.json[key: "halted"]?.boolValue == true)
        #expect(status.json[key: "counter"]?.intValue == 5 && status.objection == nil && status.problem == nil)
    }

    @Test("a directory without a host's key is told as a copy, and its halt file halts nobody elsewhere")
    func copy() throws {
        let fixture = try EnvironmentFixture()
        try fixture.install(5)
        try Paths.remove(fixture.environment.hostKey)
        func line() throws -> String? { try RuntimeStatus(fixture.environment, clock: fixture.clock).lines.first }
        #expect(try line()?.hasSuffix(", a copy without a host's key") == true)
        _ = try? HostOperator(fixture.environment, person: "ben", reason: "spread", clock: fixture.clock).halt()
        #expect(try line()?.hasSuffix(", halted here and nowhere else") == true)
    }

    @Test("names, persons and reasons of others are written out: none rings, moves the cursor or begins another line")
    func wordsOfOthers() throws {
        let fixture = try EnvironmentFixture()
        try fixture.send([1], as: "a\ninstalled: m2\u{1B}[2J.hftbundle")
        // The fixture's own directory is locked by this process.
        let other = fixture.directory.file("other")
        try FileManager.default.copyItem(atPath: fixture.environment.directory, toPath: other)
        try Paths.makeDirectory("\(other)/inbox/b\ninstalled: m3\u{7}.hftbundle")
        func run(_ arguments: String...) throws -> String {
            let result = try RunProgram.run(RunProgram.runtime, arguments, in: fixture.directory.path)
            return result.output + result.errors
        }
        let hostile = "eva\u{1B}]0;x\u{7}\u{202E}"
        var said = try run("halt", other, "--by", hostile, "--reason", "\(hostile)\u{9B}")
        said += try run("status", other) + run("accept", other) + run("resume", other, "--by", hostile, "--reason", "x")
        #expect(said.contains("eva") && said.contains("inbox.entry"), "\(said)")
        for mark in ["\u{1B}", "\u{7}", "\u{202E}", "\u{9B}", "\ninstalled:"] { #expect(!said.contains(mark)) }
    }

    @Test("an environment of the time before signed documents is read, and says what to run")
    func legacy() throws {
        let directory = try TemporaryDirectory()
        try directory.write(#"{"schemaVersion": 1, "name": "test"}"#, to: "env/runtime.json")
        let environment = try DeploymentDirectory(directory.file("env"))
        try AtomicFile.write(try TinyModel.bundle(TinyModel.key), to: environment.current)
        try AtomicFile.write(TinyModel.key.publicKey.json.text(.pretty), to: "\(environment.trusted)/signer.pub.json")
        let status = try RuntimeStatus(environment)
        #expect(status.version == 1 && status.problem?.contains("hftml environments init test") == true)
        #expect(status.lines.contains { $0.hasPrefix("to mend: ") })
        let error = #expect(throws: Failure.self) { try BundleInstaller(environment) }
        #expect(error?.code == "runtime.no-root" && error?.hint?.contains("hftml-runtime init") == true)
    }
}

@Suite struct RuntimeEnvironmentTests {
    @Test("by its file or its directory, with everything below one directory")
    func places() throws {
        let directory = try TemporaryDirectory()
        try directory.write(#"{"schemaVersion": 1, "name": "paper"}"#, to: "env/runtime.json")
        for path in [directory.file("env"), directory.file("env/runtime.json")] {
            let environment = try DeploymentDirectory(path)
            #expect(environment.name == "paper" && environment.paperFeeBps == 0)
            #expect(environment.directory == Paths.absolute(directory.file("env")))
            let root = environment.directory
            #expect(
                [
                    environment.trusted, environment.inbox, environment.installed, environment.current,
                    environment.previous, environment.rejected, environment.receipts, environment.journal,
                    environment.healthFile, environment.haltFile,
                ].map { String($0.dropFirst(root.count)) } == [
                    "/trusted", "/inbox", "/installed", "/installed/current.hftbundle", "/installed/previous.hftbundle",
                    "/rejected", "/receipts", "/journal", "/health.json", "/halt",
                ])
        }
    }

    @Test(
        "a configuration that is not valid is refused",
        arguments: [
            #"{"schemaVersion": 2, "name": "x"}"#, #"{}"#, #"{"name": "x", "paperFeeBps": -0.1}"#,
            #"{"name": "x", "paperFeeBps": 5000.1}"#, #"{"name": "x", "fee": 1}"#, "[]", "{",
        ])
    func refuses(text: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write(text, to: "runtime.json")
        #expect(throws: ConfigError.self) { try DeploymentDirectory(directory.path) }
        #expect(throws: FileError.self) { try DeploymentDirectory(directory.file("nothing")) }
    }

    @Test("the largest fee is five thousand basis points")
    func fee() throws {
        let directory = try TemporaryDirectory()
        try directory.write(#"{"name": "x", "paperFeeBps": 5000}"#, to: "runtime.json")
        #expect(try DeploymentDirectory(directory.path).paperFeeBps == 5000)
    }
}
