package import Basics

/// One way to choose test times and the training times that may be learned from.
///
/// A new one is a value in a file here and a line in ``kinds``. The law that tests hold for every kind: no label of a
/// training time reaches into the test span.
package struct SplitKind: Sendable {
    /// As specs write it.
    package let rawValue: String
    let summary: String
    /// Whether it has several folds, each tested once; a search may name only such a kind.
    let hasFolds: Bool
    /// Whether what comes after the test span may be learned from, behind an embargo.
    let learnsAfter: Bool
    /// Positions of the test span among `count` ordered times; empty for a kind that is cut by time.
    let test: @Sendable (_ spec: SplitSpec, _ count: Int) -> Range<Int>

    init(
        _ name: String, _ summary: String, hasFolds: Bool = false, learnsAfter: Bool = false,
        test: @escaping @Sendable (_ spec: SplitSpec, _ count: Int) -> Range<Int>
    ) {
        (rawValue, self.summary, self.hasFolds, self.learnsAfter) = (name, summary, hasFolds, learnsAfter)
        self.test = test
    }

    /// All kinds, in the order of the reference documentation.
    package static let kinds = Kinds<SplitKind>(
        "split",
        [.time, .walkForward, .purgedKFold, .times].map { .init($0.rawValue, $0.summary, $0) })

    /// Those that have several folds.
    package static let folded = Kinds<SplitKind>("kind of folds", kinds.entries.filter(\.value.hasFolds))
}

/// A kind is its name.
extension SplitKind: Hashable {
    package static func == (left: SplitKind, right: SplitKind) -> Bool { left.rawValue == right.rawValue }
    package func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
