import Basics

/// What a label asks, as an identity: numbers about different labels are about different things.
extension LabelSpec {
    /// SHA-256 of the label in canonical JSON. A threshold that was found on training rows is part of it.
    package var digest: String { Digest.sha256("label\n\(json.text(.canonical))") }

    /// For people: `return over 6`, with what else decides the target.
    package var summary: String {
        var parts = ["\(kind.rawValue) over \(horizon)"]
        if costBps != 0 { parts.append("costs of \(costBps) bps") }
        if smoothing != 1 { parts.append("smoothing \(smoothing)") }
        if barrierBps != 0 { parts.append("barriers at \(barrierBps) bps") }
        if kind.classes != nil, let text = threshold.json.stringValue ?? threshold.json.doubleValue.map({ "\($0)" }) {
            parts.append("threshold \(text)")
        }
        return parts.joined(separator: ", ")
    }

    /// Whether rows labelled with `other` have the targets that a model of this label learned: all keys are equal. A
    /// threshold that is found on training rows stands for any that was found.
    package func asksTheSame(as other: LabelSpec) -> Bool {
        var own = self
        // A model carries the number that its table's rule gave.
        if case .fixed = other.threshold {} else { own.threshold = other.threshold }
        return own == other
    }
}
