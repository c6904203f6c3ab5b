package import Basics

/// One way to label rows: what is read of the future, and what a model learns of it.
///
/// A new one is a value in a file here and a line in ``kinds``.
package struct LabelKind: Sendable {
    /// As specs write it.
    package let rawValue: String
    let summary: String
    /// Classes of a direction: down, stationary, up. Nil for bars.
    package let classes: [String]?
    /// Keys of the spec that only some kinds have.
    let keys: [String]
    /// Takes those keys from a spec.
    let read: @Sendable (inout LabelSpec, ConfigReader) throws -> Void
    /// The same keys with their values.
    let write: @Sendable (LabelSpec) -> [(String, JSONValue)]
    /// Events before t that the move of t needs.
    let past: @Sendable (LabelSpec) -> Int
    /// The move of event t on its mids; NaN for labels that are not made from mids.
    let move: @Sendable (LabelSpec, MidPrices, Int) -> Double
    /// What is learned of a move.
    let target: @Sendable (LabelSpec, Double) -> Float

    init(
        _ name: String, _ summary: String, classes: [String]?, keys: [String] = [],
        read: @escaping @Sendable (inout LabelSpec, ConfigReader) throws -> Void = { _, _ in },
        write: @escaping @Sendable (LabelSpec) -> [(String, JSONValue)] = { _ in [] },
        past: @escaping @Sendable (LabelSpec) -> Int = { _ in 0 },
        move: @escaping @Sendable (LabelSpec, MidPrices, Int) -> Double = { _, _, _ in .nan },
        target: @escaping @Sendable (LabelSpec, Double) -> Float = LabelKind.direction
    ) {
        (rawValue, self.summary, self.classes, self.keys) = (name, summary, classes, keys)
        (self.read, self.write, self.past, self.move, self.target) = (read, write, past, move, target)
    }

    /// All kinds, in the order of the reference documentation.
    package static let kinds = Kinds<LabelKind>(
        "label",
        [.profit, .forwardReturn, .smoothedFuture, .smoothedBoth, .tlob, .tripleBarrier, .given].map {
            .init($0.rawValue, $0.summary, $0)
        })

    static let directions = ["down", "stationary", "up"]

    /// The class of a move: 0 below −threshold, 2 above the threshold, else 1.
    static let direction: @Sendable (LabelSpec, Double) -> Float = { label, move in
        let limit = if case .fixed(let value) = label.threshold { value } else { 0.0 }
        return move > limit ? 2 : move < -limit ? 0 : 1
    }
}

/// A kind is its name.
extension LabelKind: Hashable {
    package static func == (left: LabelKind, right: LabelKind) -> Bool { left.rawValue == right.rawValue }
    package func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// The last mid-prices of a segment, addressed by the event's number.
struct MidPrices: Sendable {
    private var ring: [Double]

    init(capacity: Int) { ring = [Double](repeating: 0, count: capacity) }

    subscript(index: Int) -> Double {
        get { ring[index % ring.count] }
        set { ring[index % ring.count] = newValue }
    }

    func mean(_ range: ClosedRange<Int>) -> Double {
        var sum = 0.0
        for index in range { sum += self[index] }
        return sum / Double(range.count)
    }
}
