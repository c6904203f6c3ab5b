package import Basics

/// One way to choose test times and the training times that may be learned from.
///
/// A new one is a value in a file here and a line in ``kinds``. The law that tests hold for every kind: no label of a
/// training time reaches into the test span.
package struct SplitKind: Sendable {
    /// Positions that may be learned from, and those that are tested.
    package typealias Positions = (training: [Int], test: Range<Int>)

    /// As specs write it.
    package let rawValue: String
    let summary: String
    /// Whether it has several folds, each tested once; a search may name only such a kind.
    let hasFolds: Bool
    /// Positions of training and test among `count` ordered times whose labels reach `horizon` positions ahead.
    let positions: @Sendable (_ spec: SplitSpec, _ count: Int, _ horizon: Int) -> Positions

    init(
        _ name: String, _ summary: String, hasFolds: Bool = false,
        positions: @escaping @Sendable (_ spec: SplitSpec, _ count: Int, _ horizon: Int) -> Positions
    ) {
        (rawValue, self.summary, self.hasFolds, self.positions) = (name, summary, hasFolds, positions)
    }

    /// All kinds, in the order of the reference documentation.
    package static let kinds = Kinds<SplitKind>(
        "split",
        [.time, .walkForward, .purgedKFold, .times].map { .init($0.rawValue, $0.summary, $0) })

    /// Those that have several folds.
    package static let folded = Kinds<SplitKind>("kind of folds", kinds.entries.filter(\.value.hasFolds))

    /// Positions whose label ends before a test span begins.
    static func before(_ span: Range<Int>, count: Int, horizon: Int) -> [Int] {
        (0..<count).filter { $0 + horizon < span.lowerBound }
    }
}

/// A kind is its name.
extension SplitKind: Hashable {
    package static func == (left: SplitKind, right: SplitKind) -> Bool { left.rawValue == right.rawValue }
    package func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
