package import Basics
import GRDB

/// One measuring of a run's model, with everything that decides what its numbers mean.
///
/// Two numbers of different sample sets are never compared; numbers in money also need one strategy.
package struct EvaluationRecord: Sendable, Equatable {
    /// What the numbers may be called.
    package enum Role: String, Sendable, CaseIterable {
        /// What chose the epoch, recorded by training.
        case validation
        /// The first on the split's test span of the run's own table; nothing later takes its place.
        case test
        /// Any other.
        case other
    }

    /// 32 hexadecimal digits, of the identity.
    package internal(set) var id = ""
    package var run: String
    /// From 1 within the run; set when it is recorded.
    package internal(set) var sequence = 0
    package var role: Role
    /// Digest of the feature table; nil, like all identities, where it was measured before these were kept.
    package var features: String?
    /// Digest of the raw data behind the features.
    package var source: String?
    /// Digest of the label.
    package var label: String?
    /// Digest of the strategy with its costs; of the loss for a validation; nil where nothing was traded.
    package var strategy: String?
    package var sampleSet: String?
    package var samples: Int?
    package var instruments: [String] = []
    /// The first sample, and the last.
    package var from: Nanoseconds?
    package var until: Nanoseconds?
    /// Samples that an ancestor of the model learned from; nil where that is not known.
    package var seen: Int?
    /// Digest of the predictions in the artefact store.
    package var predictions: String?
    package var metrics: [String: Double] = [:]
    /// Of the naive forecaster on the same samples.
    package var baseline: [String: Double] = [:]
    package internal(set) var evaluatedAt: Nanoseconds = 0

    package init(run: String, role: Role) { (self.run, self.role) = (run, role) }

    /// SHA-256 over what decides the numbers, the first 32 digits.
    var identity: String {
        var out = RunningDigest()
        for part in [run, features, label, strategy, sampleSet, predictions] { out.add(part ?? "") }
        if role == .validation { out.add(role.rawValue) }
        return String(out.finish().prefix(32))
    }

    /// How people name it beside its run: `test`, `validation`, or `evaluation 3`.
    package var name: String { role == .other ? "evaluation \(sequence)" : role.rawValue }

    static let columns =
        "id, run, sequence, role, features, source, label, strategy, sample_set, samples, instruments, first_sample, "
        + "last_sample, seen, predictions, metrics, baseline, evaluated_at"

    var arguments: StatementArguments {
        let names = JSONValue.strings(instruments).text(.compact)
        let values: [(any DatabaseValueConvertible)?] = [
            id, run, sequence, role.rawValue, features, source, label, strategy, sampleSet, samples, names, from, until,
            seen, predictions, EvaluationRecord.text(metrics), EvaluationRecord.text(baseline), evaluatedAt,
        ]
        return StatementArguments(values)
    }

    /// - Throws: ``Failure`` with code `registry.damaged`.
    init(_ row: StoredRow) throws {
        self.init(run: try row["run"], role: Role(rawValue: try row["role"]) ?? .other)
        (id, sequence) = (try row["id"], try row["sequence"])
        (features, source) = (try row["features"], try row["source"])
        (label, strategy) = (try row["label"], try row["strategy"])
        (sampleSet, samples) = (try row["sample_set"], try row["samples"])
        instruments = (try? JSONParser.parse(try row["instruments"]))?.listValue?.compactMap(\.stringValue) ?? []
        (from, until, seen) = (try row["first_sample"], try row["last_sample"], try row["seen"])
        (predictions, evaluatedAt) = (try row["predictions"], try row["evaluated_at"])
        metrics = EvaluationRecord.values(try row["metrics"])
        baseline = EvaluationRecord.values(try row["baseline"])
    }

    private static func text(_ values: [String: Double]) -> String {
        JSONValue.map(values.filter(\.value.isFinite).sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) })
            .text(.compact)
    }

    private static func values(_ text: String) -> [String: Double] {
        Dictionary(
            ((try? JSONParser.parse(text))?.mapValue ?? []).compactMap { entry in
                entry.value.doubleValue.map { (entry.key, $0) }
            }
        ) { $1 }
    }
}
