import AsyncHTTPClient
import Basics
import Foundation
package import Logging
package import MarketData
import NIOCore
import NIOHTTP1

/// Tickers in; bar files in the plain dialect, corporate actions and provenance out.
///
/// Requests are at least `1 / rate` seconds apart. Answers 429 and 5xx, time-outs and broken connections are tried
/// again with exponential back-off, honouring `Retry-After`; any other answer is final.
package struct ImportYahoo {
    package struct Options: Sendable {
        package var interval = "5m"
        package var range = "60d"
        package var baseURL = "https://query1.finance.yahoo.com"
        /// Requests per second.
        package var rate = 2.0
        package var attempts = 5
        /// First pause before another try, in seconds; doubled each time.
        package var backoff = 1.0
        package var isRepairing = true

        package init() {}
    }

    /// A ticker that did not come.
    package struct Failed: Sendable {
        package let ticker: String
        package let error: any Error

        package var reason: String { "\(error)" }
    }

    package struct Outcome: Sendable {
        package var done: [Imported] = []
        package var failed: [Failed] = []
    }

    package struct Imported: Sendable {
        package var ticker: String
        package var path: String
        package var bars: Int
        package var splits: Int
        package var dividends: Int
        package var issues: [RowIssue]
        package var attempts: Int
    }

    /// Seconds between two attempts, at most.
    private static let longestPause = 60.0

    private let options: Options
    private let logger: Logger

    package init(_ options: Options, logger: Logger = Logger(label: "hftml.import")) {
        self.options = options
        self.logger = logger
    }

    /// Fetches tickers one after the other.
    ///
    /// - Returns: what was written, and the errors of tickers that failed; one failure does not stop the others.
    /// - Throws: ``Failure`` with code `usage.yahoo` for a rate or a pause that is out of range, and for two tickers of
    ///   one file name.
    package func run(_ tickers: [String], output: String, progress: (Imported) -> Void) async throws -> Outcome {
        guard (0.001...1_000_000).contains(options.rate), (0...ImportYahoo.longestPause).contains(options.backoff)
        else {
            throw Failure(
                "usage.yahoo",
                "found \(options.rate) requests per second and \(options.backoff) s before the second attempt, "
                    + "expected 0.001 to 1000000 and 0 to \(ImportYahoo.longestPause)", exitStatus: .usage)
        }
        try Self.checkNames(tickers)
        try Paths.makeDirectory(output)
        var outcome = Outcome()
        var nextAllowed = Clock.monotonic()
        for ticker in tickers {
            let wait = nextAllowed - Clock.monotonic()
            if wait > 0 { try await Task.sleep(nanoseconds: UInt64(wait)) }
            nextAllowed = Clock.monotonic() + Int64(saturating: 1e9 / options.rate)
            do {
                let imported = try await fetch(ticker, output: output)
                outcome.done.append(imported)
                progress(imported)
            } catch let error as CancellationError {
                throw error
            } catch {
                outcome.failed.append(Failed(ticker: ticker, error: error))
            }
        }
        return outcome
    }

    private func url(_ ticker: String) -> String {
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: ".-"))
        let name = ticker.addingPercentEncoding(withAllowedCharacters: allowed) ?? ticker
        return
            "\(options.baseURL)/v8/finance/chart/\(name)?interval=\(options.interval)"
            + "&range=\(options.range)&events=div%2Csplit"
    }

    /// The beginning of a ticker's file names.
    private static func fileName(of ticker: String) -> String {
        ticker.map { $0.isLetter || $0.isNumber || ".-=".contains($0) ? String($0) : "-" }.joined()
    }

    /// Two tickers must not write one file.
    private static func checkNames(_ tickers: [String]) throws {
        var owners: [ExactText: String] = [:]
        for ticker in tickers {
            let name = ExactText(fileName(of: ticker))
            if let other = owners[name], !other.isExactly(ticker) {
                throw Failure(
                    "usage.yahoo", "found '\(other)' and '\(ticker)', which would both be written to '\(name)_…'",
                    hint: "import them into two directories", exitStatus: .usage)
            }
            owners[name] = ticker
        }
    }

    private func fetch(_ ticker: String, output: String) async throws -> Imported {
        let (body, attempts) = try await download(ticker)
        let chart = try YahooChart.decode(body, symbol: ticker)
        if !options.isRepairing, !chart.issues.isEmpty {
            throw MarketDataError(file: ticker, issues: Array(chart.issues.prefix(20)), total: chart.issues.count)
        }
        let safeName = Self.fileName(of: ticker)
        let path = Paths.join(output, "\(safeName)_\(options.interval).csv")
        try chart.bars.writeCSV(to: path, zone: try ExchangeZone(chart.bars.zone))
        let provenance = JSONValue.map([
            "schemaVersion": .int(1), "source": .string(url(ticker)),
            "fetchedAt": .string(TimeText.utc(Clock.system.now())),
            "sha256": .string(Digest.sha256(body)), "zone": .string(chart.bars.zone),
            "interval": .string(chart.granularity),
            "currency": .string(chart.currency), "bars": .int(chart.bars.count),
            "splits": .list(
                chart.splits.map {
                    .map([
                        "at": .string(TimeText.utc($0.time)), "numerator": .double($0.numerator),
                        "denominator": .double($0.denominator),
                    ])
                }),
            "dividends": .list(
                chart.dividends.map { .map(["at": .string(TimeText.utc($0.time)), "amount": .double($0.amount)]) }),
            "leftOut": .strings(chart.issues.map { "\($0.reason)" }),
        ])
        try AtomicFile.write(
            provenance.text(.pretty) + "\n", to: Paths.join(output, "\(safeName)_\(options.interval).provenance.json"))
        return Imported(
            ticker: ticker, path: path, bars: chart.bars.count, splits: chart.splits.count,
            dividends: chart.dividends.count, issues: chart.issues,
            attempts: attempts)
    }

    /// Seconds that a server asks to wait, bounded; nil for a date, and for what is no time to wait.
    package static func pause(retryAfter: String) -> Double? {
        guard let seconds = Double(retryAfter), seconds >= 0 else { return nil }
        return min(seconds, longestPause)
    }

    /// The body of the final answer, also of an error answer, whose body says why.
    private func download(_ ticker: String) async throws -> (body: [UInt8], attempts: Int) {
        var pause = options.backoff
        var lastProblem = ""
        for attempt in 1...max(options.attempts, 1) {
            if attempt > 1 {
                logger.debug(
                    "another attempt",
                    metadata: [
                        "ticker": "\(ticker)", "attempt": "\(attempt)", "after": "\(lastProblem)",
                        "pause": "\(pause) s",
                    ])
                try await Task.sleep(nanoseconds: UInt64(saturating: pause * 1e9))
            }
            do {
                var request = HTTPClientRequest(url: url(ticker))
                request.headers.add(name: "User-Agent", value: "hftml/\(ToolVersion.current)")
                let response = try await WebClient.shared.execute(request, timeout: .seconds(30))
                let body = try await response.body.collect(upTo: 64 << 20)
                let status = Int(response.status.code)
                if status != 429, status < 500 { return (Array(body.readableBytesView), attempt) }
                lastProblem = "the server answered \(status)"
                pause =
                    response.headers.first(name: "Retry-After").flatMap(ImportYahoo.pause(retryAfter:))
                    ?? min(pause * 2, ImportYahoo.longestPause)
            } catch let error as CancellationError {
                throw error
            } catch {
                lastProblem = "\(error)"
                pause = min(pause * 2, ImportYahoo.longestPause)
            }
        }
        throw Failure(
            "yahoo.unreachable", "got no answer for \(ticker) in \(options.attempts) attempts: \(lastProblem)",
            hint: "try again later, with a lower --rate, or give a mirror with --base-url")
    }
}
