import Basics
import Promotion
import Registry

/// A version in; what people signed that can count for it, out: its own statements, and what was said of its weights
/// under other names and numbers, which nobody leaves behind by registering them once more.
struct StatementsOfVersion {
    let own: [StatementRecord]
    private let elsewhere: [StatementRecord]
    /// When the log took up approvals, by their digests.
    private let recorded: [String: Nanoseconds]

    init(_ version: VersionRecord, registry: RegistryDatabase) throws {
        own = try registry.statements(of: version)
        elsewhere = try registry.statements(ofWeightsOf: version)
        // Asked for only where somebody said no: a yes may take that back.
        let entries =
            (own + elsewhere).contains { $0.kind == .rejection }
            ? try registry.auditEntries(actionPrefix: "statement.approval") : []
        recorded = Dictionary(
            entries.compactMap { entry in
                (try? JSONParser.parse(entry.detail))?[key: "statement"]?.stringValue.map { ($0, entry.time) }
            }
        ) { first, _ in first }
    }

    /// As it counts in a place now, and why the rest does not.
    ///
    /// - Parameter strategy: see ``CountingPeople/verify(_:strategy:at:)``.
    func counting(_ place: CountingPeople, strategy: String?, at now: Nanoseconds) throws -> (
        counted: [Statement.Verified], objections: [String]
    ) {
        var counted: [Statement.Verified] = [], objections: [String] = []
        for (record, isElsewhere) in own.map({ ($0, false) }) + elsewhere.map({ ($0, true) }) {
            do {
                var verified = try place.verify(record, strategy: strategy, at: now)
                verified.isElsewhere = isElsewhere
                counted.append(verified)
            } catch let failure as Failure {
                // What does not even approve here needs no excuse.
                if !isElsewhere || record.kind == .rejection { objections.append(failure.message) }
                if record.kind == .approval, let time = recorded[record.digest],
                    let yes = try? place.verify(withdrawal: record, strategy: strategy, recordedAt: time)
                {
                    counted.append(yes)
                }
            }
        }
        return (counted, objections)
    }

    /// Its own, and rejections from elsewhere that stand in one of some places.
    func shown(in places: [CountingPeople], at now: Nanoseconds) throws -> [StatementRecord] {
        guard !elsewhere.isEmpty else { return own }
        var standing: Set<String> = []
        for place in places {
            standing.formUnion(Statement.rejections(try counting(place, strategy: nil, at: now).counted))
        }
        return own + elsewhere.filter { standing.contains($0.digest) }
    }
}
