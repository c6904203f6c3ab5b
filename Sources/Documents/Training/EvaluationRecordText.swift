import Basics
import Registry

/// Evaluations of a run, as rows and as documents.
enum EvaluationRecordText {
    static func node(_ record: EvaluationRecord) -> JSONValue {
        .map([
            "id": .string(record.id), "role": .string(record.role.rawValue), "sequence": .int(record.sequence),
            "sampleSet": .string(record.sampleSet), "samples": record.samples.map { .int($0) } ?? .null,
            "instruments": .strings(record.instruments), "from": .string(record.from.map(TimeText.utc)),
            "until": .string(record.until.map(TimeText.utc)), "label": .string(record.label),
            "strategy": .string(record.strategy), "features": .string(record.features),
            "source": .string(record.source), "predictions": .string(record.predictions),
            "seenSamples": record.seen.map { .int($0) } ?? .null,
            "evaluatedAt": .string(TimeText.utc(record.evaluatedAt)),
            "metrics": .map(record.metrics.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) }),
            "baseline": .map(record.baseline.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) }),
        ])
    }

    static func table(_ records: [EvaluationRecord]) -> TextTable {
        var table = TextTable(
            ["evaluation", "id", "samples", "of", "from", "strategy", "seen", "ic", "return"],
            rightAligned: [3, 6, 7, 8])
        for record in records {
            table.add([
                record.name, String(record.id.prefix(8)), IdentityText.short(record.sampleSet),
                record.samples.map(String.init) ?? "–", record.from.map { String(TimeText.utc($0).prefix(10)) } ?? "–",
                record.role == .validation ? "–" : IdentityText.short(record.strategy),
                record.seen.map(String.init) ?? "unknown", record.metrics["ic"].map { shown($0) } ?? "–",
                record.metrics["return"].map { "\(fixed($0 * 100, 2)) %" } ?? "–",
            ])
        }
        return table
    }
}
