import Backtesting
import Basics
import Features

/// Predictions of the same samples, side by side, and what was left out.
struct PairedPredictions {
    let own: Predictions
    let theirs: Predictions
    let leftOut: CompareModels.LeftOut
    /// Whether both learned the same label, so that losses are about the same targets; else only correlation with the
    /// return that followed, and money, can be compared.
    let sharesTargets: Bool

    /// Pairs by instrument, time and what came true.
    ///
    /// - Throws: ``Failure`` with code `compare.other-label` for labels that look ahead to other moments, and
    ///   `compare.no-overlap` where no sample is left.
    init(_ a: PredictionFile, _ b: PredictionFile, names: (a: String, b: String)) throws {
        func hold(_ file: PredictionFile) -> Int { file.hold ?? file.predictions.horizon }
        guard a.predictions.horizon == b.predictions.horizon, hold(a) == hold(b) else {
            throw PairedPredictions.otherLabel(a, b, names: names)
        }
        guard
            let (own, theirs) = a.predictions.paired(
                with: b.predictions, names: a.instruments, otherNames: b.instruments)
        else {
            throw Failure(
                "compare.no-overlap", "found no test sample that both \(names.a) and \(names.b) predicted",
                hint: "evaluate both on the same features and split")
        }
        func isEqual(_ x: Double, _ y: Double) -> Bool { x == y || (x.isNaN && y.isNaN) }
        let isSameKind = own.kind == theirs.kind
        let isSameLabel: Bool? =
            if let label = a.label, let other = b.label { label.asksTheSame(as: other) } else { nil }
        // Labels that are not on record are the same where all targets are.
        let sharesTargets = isSameKind && (isSameLabel ?? (own.targets == theirs.targets))
        let kept = own.bars.indices.filter { index in
            isEqual(own.bars[index].forwardReturn, theirs.bars[index].forwardReturn)
                && (!sharesTargets || own.targets[index] == theirs.targets[index])
        }
        guard !kept.isEmpty else {
            throw Failure(
                "compare.no-overlap",
                "found \(own.count) samples that both \(names.a) and \(names.b) predicted, and none of which the same "
                    + "came true", hint: "evaluate both on features of the same data and label")
        }
        leftOut = CompareModels.LeftOut(
            onlyA: a.predictions.count - own.count, onlyB: b.predictions.count - own.count,
            otherTargets: own.count - kept.count)
        self.sharesTargets = sharesTargets
        let isWhole = kept.count == own.count
        (self.own, self.theirs) = isWhole ? (own, theirs) : (own.selecting(kept), theirs.selecting(kept))
    }

    /// The labels of both, where they differ.
    static func otherLabel(_ a: PredictionFile, _ b: PredictionFile, names: (a: String, b: String)) -> Failure {
        func label(_ file: PredictionFile) -> String {
            file.label?.summary ?? "\(file.predictions.kind.rawValue) over \(file.predictions.horizon)"
        }
        return Failure(
            "compare.other-label",
            "found the label '\(label(a))' of \(names.a), and '\(label(b))' of \(names.b): their errors are about "
                + "different targets", hint: "compare models of one label; money alone: hftml backtest, for each")
    }
}

extension CompareModels {
    /// Samples that a comparison does not judge.
    package struct LeftOut: Sendable, Equatable {
        /// Predicted by one side alone.
        package var onlyA: Int
        package var onlyB: Int
        /// Predicted by both, with other returns or targets: their data differ.
        package var otherTargets: Int

        /// In words; nil where nothing was left out.
        package var text: String? {
            let parts = [
                onlyA > 0 ? "\(onlyA) that only A predicted" : nil, onlyB > 0 ? "\(onlyB) that only B predicted" : nil,
                otherTargets > 0 ? "\(otherTargets) whose targets differ" : nil,
            ].compactMap { $0 }
            return parts.isEmpty ? nil : "left out: \(parts.joined(separator: ", "))"
        }
    }
}
