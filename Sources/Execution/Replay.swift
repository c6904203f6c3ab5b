package import Basics
package import Deployment
import MarketData
import ModelBundles
import Trading

/// Feeds recorded bars to a trading loop as if they came from the market, in time order over all instruments.
package struct Replay {
    /// What a run gave.
    package struct Outcome: Sendable {
        /// Counts, latency and money.
        package var summary: TradingLoop.Summary
        /// Of the bundles that came in before and while the bars ran.
        package var receipts: [Receipt]
        /// Those among them of what came in force before.
        package var late: [Receipt] = []
        /// Name and version of the bundle in force at the end.
        package var model: String?
        /// Where the journal is.
        package var journalPath: String
        /// Wall-clock time of the bars alone.
        package var seconds: Double
        /// Why no orders were opened at the end; nil where they might have been.
        package var objection: String?
        /// What an operator should mend, and what was mended meanwhile.
        package var problems: [String] = []
    }

    private let environment: DeploymentDirectory
    private let installer: BundleInstaller
    private let clock: Clock
    /// Bars between two looks at inbox and halt file.
    private static let pollInterval = 64
    /// Wall-clock time between two health reports.
    private static let healthInterval: Nanoseconds = 250_000_000

    /// - Parameter installer: has the right to put bundles in force as long as the bars run; its clock is the time of
    ///   receipts and health reports, bars bring their own.
    package init(_ installer: BundleInstaller) {
        self.installer = installer
        environment = installer.host.directory
        clock = installer.clock
    }

    /// Runs bars through the environment's bundle.
    ///
    /// - Parameters:
    ///   - data: files of bars or directories of them; read as the bundle's market spec says.
    ///   - journalPath: where the journal is written; a file that is there is replaced.
    ///   - from: bars before it only warm the features up; nothing is traded on them.
    ///   - until: bars from it on are not traded either, not even to close what is open.
    ///   - span: the same two as somebody typed them, in the zone of the bundle's market.
    /// - Throws: ``Failure`` with code `runtime.no-bundle` when none is in force, ``ModelBundle/Refusal`` when the one
    ///   in force is not intact or of an unknown key, errors of the readers, ``FileError``. One whose key was revoked
    ///   opens no orders.
    package func run(
        data: [String], journal journalPath: String, from: Nanoseconds = .min, until: Nanoseconds = .max,
        span: (from: Moment?, until: Moment?) = (nil, nil)
    ) throws -> Outcome {
        let (bundle, look) = try startingBundle()
        let zone = bundle.model.spec.market.zone
        let from = try span.from?.time(zone: zone) ?? from, until = try span.until?.time(zone: zone) ?? until
        guard from < until else {
            throw Failure(
                "runtime.span", "found a span from \(TimeText.utc(from)) until \(TimeText.utc(until)), which is empty",
                hint: "bars from --from on are traded, those from --until on are not", exitStatus: .usage)
        }
        var told = Told(look)
        let tables = try BarFiles(try data.flatMap { try BarReader.files(at: $0) }).tables(bundle.model.spec.market)
        var feed = ReplayFeed(tables)
        let journal = try Journal(
            path: journalPath, instruments: feed.instruments.map(\.name),
            priceDecimals: bundle.model.spec.market.priceDecimals)
        var loop = TradingLoop(
            instruments: feed.instruments, feeBps: environment.paperFeeBps, journal: journal, expectedBars: feed.count)
        let started = Clock.monotonic()
        try loop.install(bundle, time: tables.compactMap(\.time.first).min() ?? 0)
        try drive(&loop, &feed, from: from, until: until, told: &told)
        try report(&loop, &told)
        return Outcome(
            summary: try loop.finish(), receipts: told.receipts, late: told.late,
            model: loop.bundle.map { "\($0.identity.name)/\($0.identity.version)" }, journalPath: journalPath,
            seconds: Double(Clock.monotonic() - started) * 1e-9, objection: told.objection, problems: told.problems)
    }

    /// What looks have told since the loop began.
    private struct Told {
        var receipts: [Receipt] = []
        var late: [Receipt] = []
        /// Of the last look.
        var objection: String?
        /// Each once: what a look mends the next one does not find any more.
        private(set) var problems: [String] = []
        /// Number of the order that is in force by the last look that told.
        private(set) var inForce: Int?
        /// Whether the loop traded when that was last noted: a span of a canary's hours goes on then.
        var isTrading = false
        /// Problems that are kept.
        private static let most = 64

        init(_ look: BundleInstaller.Look) { take(look) }

        mutating func take(_ look: BundleInstaller.Look) {
            receipts += look.receipts
            late += look.late
            objection = look.objection
            let terms = look.inForce?.terms
            inForce = terms.flatMap { try? DeploymentOrder($0.deployment).counter } ?? inForce
            // The same words with other numbers, such as the time of a clock, are the same problem as it is now.
            let words = { (problem: String) in problem.filter { !$0.isNumber } }
            for problem in look.problems {
                problems.removeAll { words($0) == words(problem) }
                problems.append(problem)
            }
            problems.removeFirst(max(0, problems.count - Told.most))
        }
    }

    /// A time that somebody typed: a day or a time of the exchange, or UTC with a Z at the end.
    package struct Moment: Sendable, Equatable {
        private let text: String
        private let parsed: Nanoseconds

        /// Nil for what is no time.
        package init?(_ text: String) {
            guard let parsed = TimeText.parseUTC(text) else { return nil }
            (self.text, self.parsed) = (text, parsed)
        }

        /// Where the market is.
        func time(zone name: String) throws -> Nanoseconds {
            guard !text.hasSuffix("Z") else { return parsed }
            var zone = try ExchangeZone(name)
            return zone.utc(parsed)
        }
    }

    /// When a day begins where the market is.
    package static func midnight(_ day: CivilDate, zone: String) throws -> Nanoseconds {
        var zone = try ExchangeZone(zone)
        return zone.utc(Int64(day.daysSince1970) * 86_400_000_000_000)
    }

    /// The bundle to begin with: the newest of the inbox, else the one in force.
    private func startingBundle() throws -> (bundle: ModelBundle, look: BundleInstaller.Look) {
        let look = try installer.look()
        if let bundle = try look.installed ?? installer.current() { return (bundle, look) }
        let refusal = look.receipts.last?.reason.map { "; the last was refused: \($0)" } ?? ""
        throw Failure(
            "runtime.no-bundle", "found no bundle in force in '\(environment.name)'\(refusal)",
            hint: "promote a model version to this environment first")
    }

    /// Pushes all bars; between two of them it looks at the inbox and the halt file now and then.
    private func drive(
        _ loop: inout TradingLoop, _ feed: inout some MarketDataFeed, from: Nanoseconds, until: Nanoseconds,
        told: inout Told
    ) throws {
        var reported = Clock.monotonic(), position = 0, marks: [String] = []
        while let (bar, instrument) = try feed.next(), bar.time < until {
            let wasWarmingUp = loop.isWarmingUp
            loop.isWarmingUp = bar.time < from
            if position % Replay.pollInterval == 0 || wasWarmingUp != loop.isWarmingUp {
                // Marks of before the look: what arrives while it lasts is seen by the next.
                let now = installer.marks()
                if now != marks {
                    marks = now
                    // What was begun is not ended, though nothing new may come: the next poll tries again.
                    if try !look(&loop, at: bar.time, told: &told) { marks = [] }
                }
                if !loop.isWarmingUp { try loop.set(state(told.objection), time: bar.time) }
                if Clock.monotonic() - reported > Replay.healthInterval {
                    reported = Clock.monotonic()
                    try report(&loop, &told)
                }
            }
            position += 1
            try loop.push(bar, instrument: instrument)
        }
    }
}

extension Replay {
    /// Looks into the inbox while bars run, and trades with what is in force then: also where an earlier look put it in
    /// force and could not end, so that receipts and loop never speak of two bundles.
    ///
    /// Whatever goes wrong then is no reason to leave positions alone: it is a reason to open none until a look ends.
    ///
    /// - Returns: whether the look ended and left nothing to the next one.
    /// - Throws: ``FileError`` from the journal.
    private func look(_ loop: inout TradingLoop, at time: Nanoseconds, told: inout Told) throws -> Bool {
        let look: BundleInstaller.Look
        do { look = try installer.look(for: loop.intake) } catch let error as any UserFacingError {
            told.objection = "\(error.code): \(error.message)"
            return false
        }
        told.take(look)
        let isDone = look.waiting == 0
        guard let bundle = look.inForce, bundle.digest != loop.bundle?.digest else { return isDone }
        // A rollback to other bars: it is in force, and the loop closes what it has until it is started anew.
        do { try loop.install(bundle, time: time) } catch let error as any UserFacingError where !(error is FileError) {
            told.objection = "\(error.code): \(error.message)"
        }
        return isDone
    }

    /// Remembers that the loop trades, and signs how the bundle in force does.
    private func report(_ loop: inout TradingLoop, _ told: inout Told) throws {
        guard var report = loop.health(at: clock.now()), let terms = loop.bundle?.terms else { return }
        report.environment = environment.name
        report.problems = told.problems
        report.counter = try DeploymentOrder(terms.deployment).counter
        report.inForce = told.inForce ?? report.counter
        // Bars that only warm up, or on which it may only close what it has, are no hours of a canary.
        let isTrading = report.bars > 0 && !report.isHalted && !loop.isWarmingUp
        report.runs =
            isTrading
            ? try installer.noteRun(report.counter, at: report.time, begins: !told.isTrading).runs
            : installer.host.view.runs().runs
        told.isTrading = isTrading
        try report.write(to: environment.healthFile, by: installer.host.key)
    }

    /// What the loop may do: nothing while an operator has halted it; no new positions while what is in force has lost
    /// its authority.
    private func state(_ objection: String?) -> TradingState {
        if Paths.exists(environment.haltFile) { return .halted }
        return objection == nil ? .active : .reducing
    }
}

extension Replay.Outcome {
    /// What `summary.json` holds.
    ///
    /// - Parameter environment: its name.
    package func json(environment: String) -> JSONValue {
        let counts = summary.counts
        return .map([
            "schemaVersion": .int(1), "environment": .string(environment), "model": .string(model),
            "bars": .int(counts.bars), "warmUpBars": .int(counts.warmUpBars),
            "predictions": .int(counts.predictions), "submitted": .int(counts.submitted),
            "denied": .int(counts.denied),
            "deniedReasons": .map(counts.deniedReasons.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) }),
            "filled": .int(counts.filled), "cancelled": .int(counts.cancelled),
            "grossProfit": .double(summary.grossProfit), "fees": .double(summary.fees),
            "netProfit": .double(summary.grossProfit - summary.fees), "openPositions": .int(summary.openPositions),
            "seconds": .double(seconds), "latency": summary.latency.json, "receipts": .list(receipts.map(\.json)),
            "objection": .string(objection), "problems": .strings(problems),
        ])
    }
}
