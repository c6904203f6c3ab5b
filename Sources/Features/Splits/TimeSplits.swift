import Basics

/// Splits whose training times all lie before the test span.
extension SplitKind {
    /// One cut: the last `test` share of the times is the test span.
    package static let time = SplitKind("time", "one cut: the last share of the times is tested") { spec, n in
        n - Int(saturating: (Double(n) * spec.test).rounded())..<n
    }

    /// Fold i of n trains on everything before its test span; test spans follow each other.
    ///
    /// `folds + 1` blocks: the first is only ever trained on.
    package static let walkForward = SplitKind(
        "walk-forward", "fold i of n trains on everything before its test span; test spans follow each other",
        hasFolds: true
    ) { spec, n in n * (spec.fold + 1) / (spec.folds + 1)..<n * (spec.fold + 2) / (spec.folds + 1) }

    /// Two stated moments: validation begins at one, test at the other. Labels that reach over a cut are left out.
    ///
    /// Cut by time (``SplitSpec/cuts(zone:)``), never by position.
    package static let times = SplitKind("times", "two stated moments: validation begins at one, test at the other") {
        _, n in n..<n
    }
}
