import Basics
import Registry
import Workflows

/// What an evaluation's numbers are about, and what they may be called, in sentences.
enum IdentityText {
    static func lines(_ identity: EvaluationIdentity) -> [String] {
        let record = identity.record
        var lines = [
            "samples \(short(record.sampleSet)): \(record.samples ?? 0) of \(names(record.instruments)), "
                + "\(span(record)); label \(identity.label); strategy \(short(record.strategy))"
        ]
        if let chosen = identity.samplesChosen { lines.append(chosen) }
        if identity.isTest {
            let name = "run \(record.run.prefix(8))"
            lines.append(
                identity.seen == nil
                    ? "this is the test of \(name); later evaluations stand beside it"
                    : "this is the test span of \(name), and no test: it was learned from")
        } else {
            let reasons = identity.differences
            lines.append(
                "\(record.name) of run \(record.run.prefix(8)), not its test"
                    + (identity.test == nil
                        ? ": the run has no test on record"
                        : ": \(reasons.joined(separator: ", ")); test.* stays as it was"))
        }
        if let overlap = identity.seen {
            lines.append(
                "warning: no evidence: \(overlap.samples) of \(overlap.of) samples were learned from, by "
                    + overlap.learners.map { Escaping.terminal($0) }.joined(separator: ", "))
        }
        for ancestor in identity.unknownAncestors {
            lines.append("warning: no evidence: nobody knows what was seen by \(Escaping.terminal(ancestor))")
        }
        return lines
    }

    /// The first digits of an identity, as tables show it.
    static func short(_ digest: String?) -> String { digest.map { String($0.prefix(8)) } ?? "unknown" }

    private static func names(_ instruments: [String]) -> String {
        let shown = instruments.prefix(3).map { Escaping.terminal($0) }.joined(separator: ", ")
        return instruments.count > 3 ? "\(shown) and \(instruments.count - 3) more" : shown
    }

    private static func span(_ record: EvaluationRecord) -> String {
        guard let from = record.from, let until = record.until else { return "at unknown times" }
        return "\(TimeText.utc(from).prefix(16)) to \(TimeText.utc(until).prefix(16))"
    }
}
