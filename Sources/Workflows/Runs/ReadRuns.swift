package import Basics
import Features
package import Registry

/// Runs of the registry, read: a list, one, and the histories of their metrics.
package enum ReadRuns {
    package struct Query: Sendable {
        package var limit = 20
        package var offset = 0
        package var experiment: String?
        /// Clauses on metrics, params, tags and attributes, joined by AND, as MLflow writes them.
        package var filter = ""
        /// Such as `metrics.test.ic DESC`.
        package var order: [String] = []
        /// Only parts of this run.
        package var parent: String?
        package var isDeleted = false
        /// Only runs that were tested (or validated) on samples whose identity begins so.
        package var samples: String?
        /// Only runs that were tested with a strategy whose digest begins so.
        package var strategy: String?

        package init() {}
    }

    package struct Entry: Sendable {
        package let run: RunRecord
        package let contents: RunContents
        /// Its validation and its test, where they are on record.
        package let evaluations: [EvaluationRecord]

        /// Whether its test, where it has one, is known to be of samples that nothing of it learned from.
        package var isEvidence: Bool { evaluation(.test).map { $0.seen == 0 } ?? true }

        package func evaluation(_ role: EvaluationRecord.Role) -> EvaluationRecord? {
            evaluations.first { $0.role == role }
        }
    }

    /// A part of the runs that were asked for.
    package struct Listing: Sendable {
        package let entries: [Entry]
        /// All that satisfy the query, and how many of them were left out before the first entry.
        package let total: Int
        package let offset: Int
    }

    package struct Details: Sendable {
        package let entry: Entry
        package let artefacts: [ArtefactRecord]
        /// In the order in which they were made.
        package let evaluations: [EvaluationRecord]
        /// What its model and its ancestors learned from; nil where nobody knows.
        package let span: JSONValue
        /// The same for people, a line a stretch of time.
        package let spanLines: [String]
        /// By epoch.
        package let validationLoss: [Double]
    }

    package struct Curve: Sendable {
        package let metric: String
        package let lines: [(run: RunRecord, points: [(step: Int, value: Double)])]
    }

    /// - Returns: the newest first unless the query has an order.
    /// - Throws: ``Failure`` for a filter or order that cannot be read, for an unknown parent, and with code
    ///   `runs.samples` where it would put measures of different samples in one order.
    package static func list(_ query: Query, session: Session) throws -> [Entry] {
        try listing(query, session: session).entries
    }

    /// The same, with how many there are.
    package static func listing(_ query: Query, session: Session) throws -> Listing {
        let registry = try session.registry()
        let parent = try query.parent.map { "attributes.parent = '\(try registry.run($0).id)'" }
        let clauses =
            [query.filter.isEmpty ? nil : query.filter, parent].compactMap { $0 }
            + (try ComparableRuns.clauses(samples: query.samples, strategy: query.strategy, registry: registry))
        let filter = try FilterExpression(clauses.joined(separator: " AND ")),
            order = try query.order.map(OrderTerm.init), stage: LifeStage = query.isDeleted ? .deleted : .active,
            experiments = query.experiment.map { [$0] }
        try ComparableRuns.require(filter, order: order, experiments: experiments, stage: stage, registry: registry)
        let offset = max(query.offset, 0)
        func search() throws -> [RunRecord] {
            try registry.search(
                filter, experiments: experiments, order: order, stage: stage, limit: max(query.limit, 0),
                offset: offset)
        }
        var runs = try search()
        if try SettleRuns.run(runs, registry: registry, session: session) { runs = try search() }
        let evaluations = Dictionary(
            grouping: try registry.evaluations(of: runs.map(\.id), [.validation, .test]), by: \.run)
        let entries = zip(runs, try registry.contents(of: runs.map(\.id))).map {
            Entry(run: $0, contents: $1, evaluations: evaluations[$0.id] ?? [])
        }
        return Listing(
            entries: entries, total: try registry.count(filter, experiments: experiments, stage: stage),
            offset: offset)
    }

    /// - Parameter run: an id prefix, a name, or `latest`.
    /// - Throws: ``Failure`` for an unknown run.
    package static func show(_ run: String, session: Session) throws -> Details {
        let registry = try session.registry()
        var record = try registry.run(run)
        if try SettleRuns.run([record], registry: registry, session: session) { record = try registry.run(record.id) }
        let evaluations = try registry.evaluations(run: record.id),
            span = try registry.start(of: record.id).flatMap { LearnedSpan($0.span) }
        return Details(
            entry: Entry(
                run: record, contents: try registry.contents(of: [record.id])[0],
                evaluations: evaluations.filter { $0.role != .other }),
            artefacts: try registry.artefacts(run: record.id), evaluations: evaluations,
            span: span?.json ?? .null, spanLines: span?.lines ?? [],
            validationLoss: try registry.history(run: record.id, metric: "val.loss").map(\.value))
    }

    /// Histories of metrics, one curve a metric with a line a run.
    ///
    /// - Parameter metrics: which; without any, all that have more than one value.
    /// - Throws: ``Failure`` with code `runs.no-metric` and the nearest name.
    package static func curves(_ runs: [String], metrics: [String], session: Session) throws -> (
        runs: [RunRecord], curves: [Curve]
    ) {
        let registry = try session.registry(), records = try runs.map { try registry.run($0) }
        let known = try Set(records.flatMap { Array(try registry.latestMetrics(run: $0.id).keys) })
        for name in metrics where !known.contains(name) {
            throw Failure(
                "runs.no-metric", "found no metric '\(name)'",
                hint: NearestName.of(name, in: known.sorted()).map { "did you mean '\($0)'?" }
                    ?? "see: hftml runs show \(runs[0])",
                exitStatus: .usage)
        }
        var curves: [Curve] = []
        for name in metrics.isEmpty ? known.sorted() : metrics {
            let lines = try records.map { (run: $0, points: try registry.history(run: $0.id, metric: name)) }
            if !metrics.isEmpty || lines.contains(where: { $0.points.count > 1 }) {
                curves.append(Curve(metric: name, lines: lines))
            }
        }
        return (records, curves)
    }
}
