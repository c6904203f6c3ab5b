extension SplitKind {
    /// Fold i of n is the test span; training is the rest, purged, with an embargo after it.
    ///
    /// Drops a training position i when [i, i + h] meets the test span [a, z + h], and `embargo` more after it (López
    /// de Prado 2018, ch. 7; vectors in the promotion-statistics specification, section 7).
    package static let purgedKFold = SplitKind(
        "purged-k-fold", "fold i of n is tested; training is the rest, purged, with an embargo after it",
        hasFolds: true, learnsAfter: true
    ) { spec, n in n * spec.fold / spec.folds..<n * (spec.fold + 1) / spec.folds }
}
