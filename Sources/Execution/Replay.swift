import Basics
import MarketData
import ModelBundles

/// Feeds recorded bars to a trading loop as if they came from the market, in time order over all instruments.
package struct Replay {
    package struct Outcome: Sendable {
        package var summary: TradingLoop.Summary
        package var receipts: [Receipt]
        package var model: String?
        package var journalPath: String
        package var seconds: Double
    }

    private let environment: RuntimeEnvironment
    private let clock: Clock
    /// Bars between two looks at inbox and halt file.
    private static let pollInterval = 64
    /// Wall-clock time between two health reports.
    private static let healthInterval: Nanoseconds = 250_000_000

    package init(_ environment: RuntimeEnvironment, clock: Clock = .system) {
        self.environment = environment
        self.clock = clock
    }

    /// Runs bars through the environment's bundle.
    ///
    /// - Parameters:
    ///   - files: bar files; read as the bundle's market spec says.
    ///   - from: bars before it only warm the features up; nothing is traded on them.
    package func run(files: [String], journal journalPath: String, from: Nanoseconds = .min) throws -> Outcome {
        let installer = BundleInstaller(environment, clock: clock)
        let mail = try installer.processInbox()
        guard let bundle = try mail.installed ?? installer.current() else {
            throw Failure(
                "runtime.no-bundle",
                mail.receipts.last?.reason.map {
                    "found no bundle in force in '\(environment.name)'; the last was refused: \($0)"
                }
                    ?? "found no bundle in force in '\(environment.name)'",
                hint: "promote a model version to this environment first")
        }
        var receipts = mail.receipts
        var reader = try BarReader(bundle.model.spec.market)
        let tables = try files.map { try reader.read($0).table }
        let feed = Replay.merged(tables)
        let journal = try Journal(
            path: journalPath, instruments: tables.map(\.instrument),
            priceDecimals: bundle.model.spec.market.priceDecimals)
        var loop = TradingLoop(
            instruments: tables.map {
                TradingLoop.Instrument(
                    name: $0.instrument, priceDecimals: $0.priceDecimals, volumeDecimals: $0.volumeDecimals)
            }, feeBps: environment.paperFeeBps, journal: journal, expectedBars: feed.count)
        let started = Clock.monotonic()
        try loop.install(bundle, time: feed.first.map { tables[Int($0.instrument)].time[Int($0.row)] } ?? 0)
        var isWarmingUp = false, reported = started
        for (position, event) in feed.enumerated() {
            let bar = tables[Int(event.instrument)][Int(event.row)]
            let isBefore = bar.time < from
            if isBefore != isWarmingUp {
                isWarmingUp = isBefore
                try loop.setHalted(isBefore || Paths.exists(environment.haltFile), time: bar.time)
            }
            if position % Replay.pollInterval == 0 {
                if installer.hasMail {
                    let mail = try installer.processInbox()
                    receipts += mail.receipts
                    if let bundle = mail.installed { try loop.install(bundle, time: bar.time) }
                }
                if !isWarmingUp { try loop.setHalted(Paths.exists(environment.haltFile), time: bar.time) }
                if Clock.monotonic() - reported > Replay.healthInterval {
                    reported = Clock.monotonic()
                    try loop.health(at: clock.now())?.write(to: environment.healthFile)
                }
            }
            try loop.push(bar, instrument: Int(event.instrument))
        }
        try loop.health(at: clock.now())?.write(to: environment.healthFile)
        let name = loop.bundle.map { "\($0.identity.name)/\($0.identity.version)" }
        return Outcome(
            summary: try loop.finish(), receipts: receipts, model: name, journalPath: journalPath,
            seconds: Double(Clock.monotonic() - started) * 1e-9)
    }

    /// All rows by time, then by instrument.
    static func merged(_ tables: [BarTable]) -> [(instrument: Int32, row: Int32)] {
        var events: [(instrument: Int32, row: Int32)] = []
        events.reserveCapacity(tables.reduce(0) { $0 + $1.count })
        for (index, table) in tables.enumerated() {
            for row in 0..<table.count { events.append((Int32(index), Int32(row))) }
        }
        events.sort {
            let a = tables[Int($0.instrument)].time[Int($0.row)], b = tables[Int($1.instrument)].time[Int($1.row)]
            return a != b ? a < b : $0.instrument < $1.instrument
        }
        return events
    }
}
