import Basics
import Foundation
import MarketData
import TestSupport
import Testing
import Workflows

/// The importer against a real HTTP server on loopback that serves recorded answers.
@Suite(.enabled(if: SharedData.isThere, "needs the shared data"), .serialized) struct ImportYahooTests {
    final class Server {
        let process = Process()
        let baseURL: String

        /// - Parameter made: a directory of more bodies.
        init(made: String? = nil) throws {
            let pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments =
                [
                    "python3", "\(SharedData.repository)/Tests/WorkflowsTests/Fixtures/yahoo_server.py",
                    SharedData.path("data/yahoo-chart/bodies"),
                ] + (made.map { [$0] } ?? [])
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            try process.run()
            let line = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
            baseURL = "http://127.0.0.1:\(line.trimmingCharacters(in: .whitespacesAndNewlines))"
        }

        deinit { process.terminate() }
    }

    /// What an importer says of tickers that it asks the server for.
    private static func outcome(
        _ tickers: [String], interval: String, in directory: TemporaryDirectory, _ server: Server,
        decimals: Int? = nil
    ) async throws -> ImportYahoo.Outcome {
        var options = ImportYahoo.Options()
        (options.baseURL, options.interval, options.rate, options.backoff, options.attempts) = (
            server.baseURL, interval, 1000, 0.01, 3
        )
        options.priceDecimals = decimals
        return try await ImportYahoo(options).run(tickers, output: directory.path) { _ in }
    }

    @Test("fetches, tries again after 503, gives up on 429 with the reason, and reports what the server refused")
    func fetches() async throws {
        let server = try Server(), directory = try TemporaryDirectory()
        let tickers = [
            "AAPL", "FLAKY", "BUSY", "SI", "BEKE", "EURUSD=X", "WEEKEND", "BLOCKED", "SILENT", "PAGE", "ESCAPE",
            "OTHER",
        ]
        let result = try await ImportYahooTests.outcome(tickers, interval: "1m", in: directory, server)
        #expect(result.done.map(\.ticker) == ["AAPL", "FLAKY"])
        #expect(result.done[0].bars == 389 && result.done[0].issues.count == 2 && result.done[0].attempts == 1)
        #expect(result.done[1].attempts == 3 && result.done[1].bars == result.done[0].bars)
        #expect(result.failed.map(\.ticker) == Array(tickers.dropFirst(2)))
        for (failed, words) in zip(
            result.failed,
            [
                "429", "delisted", "Data doesn't exist", "found bars of 1d", "found no bar of WEEKEND",
                "the server answered 403 for BLOCKED", "found nothing instead of JSON", "a page of HTML", "red",
                "'AAPL' in the answer, expected those of 'OTHER'",
            ])
        {
            #expect(failed.reason.contains(words), "\(failed.ticker): \(failed.reason)")
            #expect(!failed.reason.contains("\u{1B}") && !failed.reason.contains("\u{7}"))
        }
        // Nothing is left of what failed.
        #expect(
            try Paths.entries(directory.path).sorted()
                == ["AAPL_1m.csv", "AAPL_1m.provenance.json", "FLAKY_1m.csv", "FLAKY_1m.provenance.json"])
        let provenance = try JSONParser.parse(try FileChunks.bytes(directory.file("AAPL_1m.provenance.json")))
        #expect(
            provenance[key: "source"]?.stringValue?.hasPrefix(server.baseURL) == true
                && provenance[key: "leftOut"]?.listValue?.count == 2)
        #expect(provenance[key: "rows"]?.intValue == 391 && provenance[key: "bars"]?.intValue == 389)
        #expect(provenance[path: "gaps.missing"]?.intValue == 1 && provenance[key: "currency"]?.stringValue == "USD")
    }

    @Test("daily answers: decimals of currencies, actions and adjusted closes beside the bars, names that stay apart")
    func daily() async throws {
        let server = try Server(), directory = try TemporaryDirectory()
        let result = try await ImportYahooTests.outcome(
            ["EURUSD=X", "BRK-A", "^GSPC"], interval: "1d", in: directory, server)
        #expect(result.failed.isEmpty && result.done.map(\.bars) == [3, 49, 4], "\(result.failed)")
        #expect(result.done.map(\.priceDecimals) == [7, 2, 3])
        let euro = try FileChunks.text(directory.file("EURUSD=X_1d.csv"))
        #expect(euro.contains(",1.1220826,") && euro.hasPrefix("datetime,open,high,low,close,volume,adjclose\n"))
        let actions = try FileChunks.text(directory.file("BRK-A_1d_actions.csv"))
        #expect(actions.contains("2020-08-31,split,4:1,0.25,,,") && actions.contains(",dividend,,0.99"))
        let provenance = try JSONParser.parse(try FileChunks.bytes(directory.file("BRK-A_1d.provenance.json")))
        #expect(provenance[key: "actions"]?.stringValue == "BRK-A_1d_actions.csv")
        // What was written is read as bars of these instruments.
        var spec = MarketSpec()
        (spec.priceDecimals, spec.interval) = (7, 86_400_000_000_000)
        let tables = try BarFiles(try BarReader.files(at: directory.path)).tables(spec)
        #expect(tables.map(\.instrument).sorted() == ["BRK-A", "EURUSD=X", "^GSPC"])
        #expect(tables.map(\.count).reduce(0, +) == 56)
        // An answer without actions takes the file of an earlier one away.
        try directory.write("date\n", to: "EURUSD=X_1d_actions.csv")
        _ = try await ImportYahooTests.outcome(["EURUSD=X"], interval: "1d", in: directory, server)
        #expect(!Paths.exists(directory.file("EURUSD=X_1d_actions.csv")))
    }

    @Test("bodies that were read wrongly: grids of the open, small coins, live quotes, another granularity, weeks")
    func made() async throws {
        let bodies = try TemporaryDirectory()
        let script = SharedData.path("cases/data/yahoo_bodies.py")
        let run = try RunProgram.run("/usr/bin/env", ["python3", script, bodies.path], in: bodies.path)
        try #require(run.status == 0, "\(run.errors)")
        let server = try Server(made: bodies.path)
        for (interval, ticker, bars, decimals) in [
            ("1h", "USHOUR", 14, nil), ("60m", "USHOUR", 14, nil), ("30m", "IN30", 4, nil), ("90m", "US90W", 5, nil),
            ("90m", "US90S", 5, nil), ("1d", "SHIB-USD", 3, 9), ("1d", "EURUSD=X", 3, 7), ("1d", "LIVEDAY", 2, nil),
            ("1wk", "1WK", 2, nil), ("1d", "FRACVOL", 1, nil),
        ] as [(String, String, Int, Int?)] {
            let directory = try TemporaryDirectory()
            let result = try await ImportYahooTests.outcome([ticker], interval: interval, in: directory, server)
            #expect(result.failed.isEmpty && result.done.first?.bars == bars, "\(ticker): \(result.failed)")
            if let decimals { #expect(result.done.first?.priceDecimals == decimals) }
        }
        let directory = try TemporaryDirectory()
        let wrong = try await ImportYahooTests.outcome(
            ["WRONGGRAN", "SHIB-USD"], interval: "5m", in: directory, server)
        #expect(wrong.done.isEmpty && wrong.failed[0].reason.contains("bars of 5m"))
        let coin = try await ImportYahooTests.outcome(
            ["SHIB-USD"], interval: "1d", in: directory, server, decimals: 4)
        #expect(coin.done.isEmpty && coin.failed[0].reason.contains("which 4 decimals make 0"))
        #expect(try Paths.entries(directory.path).isEmpty)
    }

    @Test("requests keep their distance")
    func rateLimit() async throws {
        let server = try Server(), directory = try TemporaryDirectory()
        var options = ImportYahoo.Options()
        (options.baseURL, options.interval, options.rate) = (server.baseURL, "1m", 10)
        let started = Clock.monotonic()
        _ = try await ImportYahoo(options).run(["AAPL", "SI", "AAPL", "SI"], output: directory.path) { _ in }
        #expect(Clock.monotonic() - started >= 300_000_000)
    }

    @Test("strict mode refuses an answer with null bars")
    func strict() async throws {
        let server = try Server(), directory = try TemporaryDirectory()
        var options = ImportYahoo.Options()
        (options.baseURL, options.interval, options.isRepairing) = (server.baseURL, "1m", false)
        let result = try await ImportYahoo(options).run(["AAPL"], output: directory.path) { _ in }
        #expect(result.done.isEmpty && result.failed.first?.reason.contains("the live quote") == true)
        #expect(try Paths.entries(directory.path).isEmpty)
    }
}
