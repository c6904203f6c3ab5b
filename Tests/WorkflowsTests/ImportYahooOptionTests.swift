import Basics
import Foundation
import TestSupport
import Testing
import Workflows

/// What the importer may be asked for, and how long a server may make it wait; no network.
@Suite struct ImportYahooOptionTests {
    @Test(
        "rates and pauses that are no times are refused before anything is asked or written",
        arguments: [(0, 1), (-1, 1), (.nan, 1), (.infinity, 1), (2, -1), (2, .nan), (2, .infinity), (2, 61)]
            as [(
                Double, Double
            )])
    func refused(rate: Double, backoff: Double) async throws {
        let directory = try TemporaryDirectory()
        var options = ImportYahoo.Options()
        (options.rate, options.backoff) = (rate, backoff)
        let error = await #expect(throws: Failure.self) {
            try await ImportYahoo(options).run(["A"], output: directory.file("bars")) { _ in }
        }
        #expect(error?.code == "usage.yahoo" && error?.exitStatus == .usage)
        #expect(!Paths.exists(directory.file("bars")))
    }

    @Test("two tickers that would be written to one file are refused before anything is asked")
    func names() async throws {
        let directory = try TemporaryDirectory()
        let error = await #expect(throws: Failure.self) {
            try await ImportYahoo(ImportYahoo.Options()).run(["BRK/B", "A", "BRK-B"], output: directory.file("bars")) {
                _ in
            }
        }
        #expect(error?.code == "usage.yahoo" && error?.message.contains("'BRK/B' and 'BRK-B'") == true)
        #expect(!Paths.exists(directory.file("bars")))
    }

    @Test(
        "what is no word of an address or a file's name, and decimals that no market file has, are refused",
        arguments: [
            ("5m", "../..", nil, "A"), ("../x", "5d", nil, "A"), ("5m&x=1", "5d", nil, "A"), ("", "5d", nil, "A"),
            ("5m", "5d", 10, "A"), ("5m", "5d", -1, "A"), ("5m", "5d", nil, "A_2024"), ("5m", "5d", nil, ""),
        ] as [(String, String, Int?, String)])
    func words(interval: String, range: String, decimals: Int?, ticker: String) async throws {
        let directory = try TemporaryDirectory()
        var options = ImportYahoo.Options()
        (options.interval, options.range, options.priceDecimals) = (interval, range, decimals)
        let error = await #expect(throws: Failure.self) {
            try await ImportYahoo(options).run([ticker], output: directory.file("bars")) { _ in }
        }
        #expect(error?.code == "usage.yahoo" && !Paths.exists(directory.file("bars")))
    }

    @Test("tickers that differ in a mark alone get files of their own")
    func marks() async throws {
        let directory = try TemporaryDirectory()
        var options = ImportYahoo.Options()
        (options.baseURL, options.rate, options.backoff, options.attempts) = ("http://127.0.0.1:1", 1000, 0, 1)
        let tickers = ["BRK_A", "BRK_B", "BRK-A", "BRK-B", "TCS.NS", "EURUSD=X", "^GSPC", "GSPC"]
        let outcome = try await ImportYahoo(options).run(tickers, output: directory.path) { _ in }
        #expect(outcome.failed.map(\.ticker) == tickers)
    }

    @Test(
        "a server may ask for up to a minute; a date, or what is no time to wait, is left to the back-off",
        arguments: [
            ("0", 0), ("2.5", 2.5), ("60", 60), ("86400", 60), ("-5", nil), ("nan", nil), ("1e400", 60),
            ("Wed, 21 Oct 2026 07:28:00 GMT", nil), ("", nil),
        ] as [(String, Double?)])
    func retryAfter(header: String, seconds: Double?) {
        #expect(ImportYahoo.pause(retryAfter: header) == seconds)
    }

    @Test("a ticker without an answer is told with the number of attempts, and does not stop the next")
    func unreachable() async throws {
        let directory = try TemporaryDirectory()
        var options = ImportYahoo.Options()
        (options.baseURL, options.rate, options.backoff, options.attempts) = ("http://127.0.0.1:1", 1000, 0, 2)
        let outcome = try await ImportYahoo(options).run(["A", "B"], output: directory.path) { _ in }
        #expect(outcome.done.isEmpty && outcome.failed.map(\.ticker) == ["A", "B"])
        #expect(outcome.failed[0].reason.contains("got no answer for A in 2 attempts"))
    }
}
