import Backtesting
package import Basics
import Features
package import Registry

/// What an evaluation's numbers are about, and what they may be called.
package struct EvaluationIdentity: Sendable {
    /// As the registry keeps it.
    package let record: EvaluationRecord
    /// The run's test, where this is not it.
    package let test: EvaluationRecord?
    /// For people: `profit over 1, costs of 1.0 bps`.
    package let label: String
    /// Samples that an ancestor of the model learned from.
    let overlap: LearnedSpan.Overlap?
    /// Ancestors of which nobody knows what they saw.
    package let unknownAncestors: [String]
    /// What the model learned from, by digest; nil where it is not known.
    package let span: String?
    /// Why these samples, for people; nil where they are the run's own test span.
    package let samplesChosen: String?

    /// What is evaluated.
    struct Subject {
        var run: String
        var table: FeatureTable
        var ends: SampleRows
        var choice: TestedSamples.Choice
        var label: LabelSpec
        /// As lineage names the table.
        var features: String
        var strategy: String
        var span: LearnedSpan
    }

    /// Samples that were learned from, of all, and by whom; nil where none is known to have been.
    package var seen: (samples: Int, of: Int, learners: [String])? {
        overlap.map { ($0.samples, $0.of, $0.learners) }
    }

    /// Whether these numbers are the run's test.
    package var isTest: Bool { record.role == .test }

    /// Records the evaluation with its identities.
    static func record(
        _ subject: Subject, _ outcome: EvaluateModel.Outcome, predictions: String, size: Int, session: Session
    ) throws -> EvaluationIdentity {
        let registry = try session.registry(), run = try registry.run(subject.run)
        let samples = SampleSet(subject.table, ends: subject.ends, label: subject.label),
            overlap = subject.span.overlap(subject.table, ends: subject.ends)
        var record = EvaluationRecord(run: run.id, role: .other)
        (record.features, record.source, record.label) = (subject.features, subject.table.source, samples.label)
        (record.strategy, record.sampleSet, record.samples) = (subject.strategy, samples.digest, samples.count)
        (record.instruments, record.from, record.until) = (samples.instruments, samples.first, samples.last)
        record.seen = overlap?.samples ?? (subject.span.isKnown ? 0 : nil)
        record.predictions = predictions
        record.metrics = Dictionary(outcome.metrics.map { ($0.name, $0.value) }) { $1 }.filter { $0.value.isFinite }
        record.baseline = outcome.baseline.filter { $0.value.isFinite }
        let kept = try registry.record(
            record, isTestSpan: subject.choice == .split, size: size,
            more: ["always_long_return": outcome.alwaysLong.totalReturn])
        return EvaluationIdentity(
            record: kept, test: kept.role == .test ? nil : try registry.test(of: run.id), label: subject.label.summary,
            overlap: overlap, unknownAncestors: subject.span.unknown,
            span: subject.span.isKnown ? subject.span.digest : nil,
            samplesChosen: subject.choice.text(from: kept.from))
    }

    /// How the identities differ from those of the run's test, in words; empty for the test itself.
    package var differences: [String] {
        guard let test else { return [] }
        guard test.sampleSet != nil else { return ["its test was recorded before sample sets were kept"] }
        var out: [String] = []
        if test.sampleSet != record.sampleSet {
            out.append(
                test.instruments != record.instruments
                    ? "other instruments (\(EvaluationIdentity.list(record.instruments)))" : "other samples")
        }
        if test.strategy != record.strategy { out.append("another strategy or other costs") }
        if out.isEmpty, test.features != record.features { out.append("another feature table") }
        return out.isEmpty ? ["the same samples and strategy with other predictions"] : out
    }

    static func list(_ names: [String]) -> String {
        names.count > 3
            ? "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more"
            : names.joined(separator: ", ")
    }

    /// The keys of `evaluation` in documents.
    package var json: JSONValue {
        .map([
            "id": .string(record.id), "role": .string(record.role.rawValue), "isTest": .bool(isTest),
            "sequence": .int(record.sequence), "sampleSet": .string(record.sampleSet),
            "samples": record.samples.map { .int($0) } ?? .null, "instruments": .strings(record.instruments),
            "from": .string(record.from.map(TimeText.utc)), "until": .string(record.until.map(TimeText.utc)),
            "label": .string(record.label), "labelSummary": .string(label), "strategy": .string(record.strategy),
            "features": .string(record.features), "source": .string(record.source),
            "predictions": .string(record.predictions), "span": .string(span),
            "seenSamples": record.seen.map { .int($0) } ?? .null,
            "seenBy": .strings(overlap?.learners ?? []), "unknownAncestors": .strings(unknownAncestors),
            "differsFromTest": .strings(differences), "samplesChosen": .string(samplesChosen),
        ])
    }
}
