package import Basics
import ModelBundles
import Registry

/// No ancestor of the model learned from the samples that it is judged on: not its training, not the choice of its
/// epoch, not the weights that it began with.
///
/// Every policy holds this rule, whether it names it or not. A policy that names it may say what an ancestor is worth
/// of which nobody knows what it saw.
package struct UnseenSpan: GateRule {
    package static let name = "unseen-span"
    package static let summary = "No ancestor of the model learned from the samples that it is judged on."
    package static let keys = ["unknown"]
    enum Unknown: String, CaseIterable { case refuse, allow }

    let unknown: Unknown

    package init(_ reader: ConfigReader) throws {
        unknown = try reader.choice("unknown", default: .refuse)
    }

    /// As every policy has it that does not name the rule.
    init() { unknown = .refuse }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let span = evidence.span else {
            return .noEvidence("nobody traced what the model and its ancestors learned from")
        }
        let values = JSONValue.map([
            "seen": .int(span.seen), "samples": .int(span.of), "learners": .strings(span.learners),
            "unknown": .strings(span.unknown),
        ])
        if span.seen > 0 {
            return GateVerdict(
                false,
                "found \(span.seen) of \(span.of) test samples that were learned from, by "
                    + span.learners.joined(separator: ", "), values: values)
        }
        guard span.unknown.isEmpty || unknown == .allow else {
            return .noEvidence(
                "nobody knows what was seen by \(span.unknown.joined(separator: ", ")); train again from the seed, or "
                    + "show that the seed gives these weights: hftml reproduce \(evidence.subject)")
        }
        return GateVerdict(
            true,
            "no ancestor learned from any of \(span.of) test samples"
                + (span.unknown.isEmpty ? "" : ", as far as is known: \(span.unknown.joined(separator: ", "))"),
            values: values)
    }
}
