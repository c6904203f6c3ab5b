import Basics
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

        package init() {}
    }

    package struct Entry: Sendable {
        package let run: RunRecord
        package let contents: RunContents
    }

    package struct Details: Sendable {
        package let entry: Entry
        package let artefacts: [ArtefactRecord]
        /// By epoch.
        package let validationLoss: [Double]
    }

    package struct Curve: Sendable {
        package let metric: String
        package let lines: [(run: RunRecord, points: [(step: Int, value: Double)])]
    }

    /// - Returns: the newest first unless the query has an order.
    /// - Throws: ``Failure`` for a filter or order that cannot be read, and for an unknown parent.
    package static func list(_ query: Query, session: Session) throws -> [Entry] {
        let registry = try session.registry()
        let parent = try query.parent.map { "attributes.parent = '\(try registry.run($0).id)'" }
        let clauses = [query.filter.isEmpty ? nil : query.filter, parent].compactMap { $0 }
        let filter = try FilterExpression(clauses.joined(separator: " AND ")),
            order = try query.order.map(OrderTerm.init)
        func search() throws -> [RunRecord] {
            try registry.search(
                filter, experiments: query.experiment.map { [$0] }, order: order,
                stage: query.isDeleted ? .deleted : .active, limit: max(query.limit, 0), offset: max(query.offset, 0))
        }
        var runs = try search()
        if try SettleTrials.run(registry, where: runs) { runs = try search() }
        return zip(runs, try registry.contents(of: runs.map(\.id))).map(Entry.init)
    }

    /// - Parameter run: an id prefix, a name, or `latest`.
    /// - Throws: ``Failure`` for an unknown run.
    package static func show(_ run: String, session: Session) throws -> Details {
        let registry = try session.registry()
        var record = try registry.run(run)
        if try SettleTrials.run(registry, where: [record]) { record = try registry.run(record.id) }
        return Details(
            entry: Entry(run: record, contents: try registry.contents(of: [record.id])[0]),
            artefacts: try registry.artefacts(run: record.id),
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
