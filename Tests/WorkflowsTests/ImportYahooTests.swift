import Basics
import Foundation
import TestSupport
import Testing
import Workflows

/// The importer against a real HTTP server on loopback that serves recorded answers.
@Suite(.enabled(if: SharedData.isThere, "needs the shared data"), .serialized) struct ImportYahooTests {
    final class Server {
        let process = Process()
        let baseURL: String

        init() throws {
            let pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [
                "python3", "\(SharedData.repository)/Tests/WorkflowsTests/Fixtures/yahoo_server.py",
                SharedData.path("data/yahoo-chart/bodies"),
            ]
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            try process.run()
            let line = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
            baseURL = "http://127.0.0.1:\(line.trimmingCharacters(in: .whitespacesAndNewlines))"
        }

        deinit { process.terminate() }
    }

    @Test("fetches, tries again after 503, gives up on 429 with the reason, and reports what the server refused")
    func fetches() async throws {
        let server = try Server(), directory = try TemporaryDirectory()
        var options = ImportYahoo.Options()
        (options.baseURL, options.interval, options.rate, options.backoff, options.attempts) = (
            server.baseURL, "1m", 1000, 0.01, 3
        )
        let result = try await ImportYahoo(options).run(
            ["AAPL", "FLAKY", "BUSY", "SI", "BEKE", "EURUSD=X", "WEEKEND"], output: directory.path
        ) { _ in }
        #expect(result.done.map(\.ticker) == ["AAPL", "FLAKY", "EURUSD=X", "WEEKEND"])
        #expect(result.done[0].bars > 380 && !result.done[0].issues.isEmpty && result.done[0].attempts == 1)
        #expect(result.done[1].attempts == 3 && result.done[1].bars == result.done[0].bars)
        #expect(result.failed.map(\.ticker) == ["BUSY", "SI", "BEKE"])
        #expect(result.failed[0].reason.contains("429") && result.failed[1].reason.contains("delisted"))
        let provenance = try JSONParser.parse(try FileChunks.bytes(directory.file("AAPL_1m.provenance.json")))
        #expect(
            provenance[key: "source"]?.stringValue?.hasPrefix(server.baseURL) == true
                && provenance[key: "leftOut"]?.listValue?.isEmpty == false)
    }

    @Test("requests keep their distance")
    func rateLimit() async throws {
        let server = try Server(), directory = try TemporaryDirectory()
        var options = ImportYahoo.Options()
        (options.baseURL, options.interval, options.rate) = (server.baseURL, "1m", 10)
        let started = Clock.monotonic()
        _ = try await ImportYahoo(options).run(["AAPL", "WEEKEND", "AAPL", "WEEKEND"], output: directory.path) { _ in }
        #expect(Clock.monotonic() - started >= 300_000_000)
    }

    @Test("strict mode refuses an answer with null bars")
    func strict() async throws {
        let server = try Server(), directory = try TemporaryDirectory()
        var options = ImportYahoo.Options()
        (options.baseURL, options.isRepairing) = (server.baseURL, false)
        let result = try await ImportYahoo(options).run(["AAPL"], output: directory.path) { _ in }
        #expect(result.done.isEmpty && result.failed.count == 1)
        #expect(try Paths.entries(directory.path).isEmpty)
    }
}
