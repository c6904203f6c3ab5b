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
        /// Decimals that all prices are kept with; nil for as many as those of an instrument need.
        package var priceDecimals: Int?

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
        package var capitalGains: Int
        package var issues: [RowIssue]
        package var attempts: Int
        /// As the server writes it; nil where it does not say.
        package var currency: String?
        /// The currency that prices are hundredths of.
        package var wholeCurrency: String?
        package var priceDecimals: Int
        package var gaps: YahooGaps
        /// The file of corporate actions; nil where there are none.
        package var actions: String?
        /// What was assumed and lost, a sentence each.
        package var notes: [String]
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
    /// - Throws: ``Failure`` with code `usage.yahoo` for options that are out of range, and for two tickers of one file
    ///   name.
    package func run(_ tickers: [String], output: String, progress: (Imported) -> Void) async throws -> Outcome {
        guard (0.001...1_000_000).contains(options.rate), (0...ImportYahoo.longestPause).contains(options.backoff)
        else {
            throw Failure(
                "usage.yahoo",
                "found \(options.rate) requests per second and \(options.backoff) s before the second attempt, "
                    + "expected 0.001 to 1000000 and 0 to \(ImportYahoo.longestPause)", exitStatus: .usage)
        }
        try checkOptions()
        try checkNames(tickers)
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

    /// Refuses what would not be one word of an address and of a file's name, and decimals that no market file has.
    private func checkOptions() throws {
        for (name, word) in [("--interval", options.interval), ("--range", options.range)] {
            let isWord = word.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) }
            guard isWord, (1...10).contains(word.utf8.count) else {
                throw Failure(
                    "usage.yahoo",
                    "found \(name) '\(Escaping.terminal(word))', expected a number and a unit such as "
                        + "5m, 1d, 1wk or 1mo",
                    exitStatus: .usage)
            }
        }
        if let decimals = options.priceDecimals, !(0...MarketSpec.mostDecimals).contains(decimals) {
            throw Failure(
                "usage.yahoo", "found \(decimals) decimals of prices, expected 0 to \(MarketSpec.mostDecimals)",
                exitStatus: .usage)
        }
    }

    /// Two tickers must not write one file, and a file's name must give its ticker back.
    private func checkNames(_ tickers: [String]) throws {
        var owners: [ExactText: String] = [:]
        for ticker in tickers {
            let name = YahooChart.fileName(of: ticker)
            if let other = owners[ExactText(name)], !other.isExactly(ticker) {
                throw Failure(
                    "usage.yahoo",
                    "found '\(Escaping.terminal(other))' and '\(Escaping.terminal(ticker))', which would both be "
                        + "written to '\(Escaping.terminal(name))_…'",
                    hint: "import them into two directories", exitStatus: .usage)
            }
            owners[ExactText(name)] = ticker
            let read = BarReader.instrument(of: "\(name)_\(options.interval).csv")
            guard !ticker.isEmpty, read == name else {
                throw Failure(
                    "usage.yahoo",
                    "found the ticker '\(Escaping.terminal(ticker))', whose file would be read as the bars of "
                        + "'\(Escaping.terminal(read))'", exitStatus: .usage)
            }
        }
    }

    /// Writes bars, corporate actions and provenance of one ticker.
    private func write(_ chart: YahooChart, of ticker: String, _ answer: Answer, to output: String) throws -> Imported {
        let name = "\(YahooChart.fileName(of: ticker))_\(options.interval)"
        let path = Paths.join(output, "\(name).csv")
        let further = chart.adjustedCells.map { (name: "adjclose", cells: $0) }
        try chart.bars.writeCSV(to: path, zone: try ExchangeZone(chart.bars.zone), further: further)
        let actionsName = "\(name)\(BarReader.actionsSuffix)", actionsPath = Paths.join(output, actionsName)
        let actions = try chart.actionsCSV()
        if let actions {
            try AtomicFile.write(actions, to: actionsPath)
        } else if Paths.exists(actionsPath) {
            // Of an earlier answer, which the bars are not of any more.
            try FileManager.default.removeItem(atPath: actionsPath)
        }
        let head: [(String, JSONValue)] = [
            ("schemaVersion", .int(1)), ("source", .string(url(ticker))),
            ("fetchedAt", .string(TimeText.utc(Clock.system.now()))), ("sha256", .string(Digest.sha256(answer.body))),
            ("actions", .string(actions == nil ? nil : actionsName)),
        ]
        let provenance = JSONValue.map(head + chart.provenance)
        try AtomicFile.write(provenance.text(.pretty) + "\n", to: Paths.join(output, "\(name).provenance.json"))
        return Imported(
            ticker: ticker, path: path, bars: chart.bars.count, splits: chart.splits.count,
            dividends: chart.dividends.count, capitalGains: chart.capitalGains.count, issues: chart.issues,
            attempts: answer.attempts, currency: chart.currency, wholeCurrency: chart.wholeCurrency,
            priceDecimals: chart.bars.priceDecimals, gaps: chart.gaps, actions: actions == nil ? nil : actionsPath,
            notes: chart.notes)
    }

    private func url(_ ticker: String) -> String {
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: ".-"))
        let name = ticker.addingPercentEncoding(withAllowedCharacters: allowed) ?? ticker
        return
            "\(options.baseURL)/v8/finance/chart/\(name)?interval=\(options.interval)"
            + "&range=\(options.range)&events=div%7Csplit%7CcapitalGain"
    }

    private func fetch(_ ticker: String, output: String) async throws -> Imported {
        let answer = try await download(ticker)
        let chart: YahooChart
        do {
            chart = try YahooChart.decode(answer.body, symbol: ticker, priceDecimals: options.priceDecimals)
        } catch let error as Failure where answer.status >= 400 && error.code == "yahoo.format" {
            throw Failure(
                "yahoo.unreachable", "the server answered \(answer.status) for \(ticker): \(error.message)",
                hint: "try again later, with a lower --rate, or give a mirror with --base-url")
        }
        try chart.requireAnswer(to: ticker, interval: options.interval)
        if !options.isRepairing, !chart.issues.isEmpty {
            throw MarketDataError(file: ticker, issues: Array(chart.issues.prefix(20)), total: chart.issues.count)
        }
        return try write(chart, of: ticker, answer, to: output)
    }

    /// Seconds that a server asks to wait, bounded; nil for a date, and for what is no time to wait.
    package static func pause(retryAfter: String) -> Double? {
        guard let seconds = Double(retryAfter), seconds >= 0 else { return nil }
        return min(seconds, longestPause)
    }

    /// The final answer to a request.
    private struct Answer {
        let body: [UInt8]
        let status: Int
        let attempts: Int
    }

    /// The final answer, also one that is an error, whose body says why.
    private func download(_ ticker: String) async throws -> Answer {
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
                // The service answers 429 to programs that it does not know.
                request.headers.add(
                    name: "User-Agent", value: "Mozilla/5.0 (compatible; hftml/\(ToolVersion.current))")
                let response = try await WebClient.shared.execute(request, timeout: .seconds(30))
                let body = try await response.body.collect(upTo: 64 << 20)
                let status = Int(response.status.code)
                if status != 429, status < 500 {
                    return Answer(body: Array(body.readableBytesView), status: status, attempts: attempt)
                }
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
