/// One function of the feature language: a streaming operator that sees one value per bar or event and remembers a
/// bounded past, so the same code folds over history and runs live.
///
/// An operator is a type without instances; programs hold its metatype, which is plain memory, so that a call neither
/// retains nor allocates. A new one is a type in a file here, of one of the families in `OperatorFamilies.swift` where
/// it has their form, and a line in ``FeatureOperators``.
///
/// Laws, which tests hold for every operator of the table: a value depends on the present and the past alone; a value
/// counts from `warmUp` on and, where ``hasBoundedPast``, is the same whenever the stream began; a reset makes the
/// stream new.
package protocol FeatureOperator: Sendable {
    /// As expressions write it.
    static var name: String { get }
    /// One line for the reference documentation.
    static var summary: String { get }
    /// How many inputs it takes, and whether it has a window.
    static var shape: OperatorShape { get }
    /// What it reads; nil for arithmetic that fits bars and books.
    static var domain: FeatureSpec.Input? { get }
    /// The smallest window that is defined.
    static var leastWindow: Int { get }
    /// Bars beyond the first that the operator itself needs before its value counts.
    ///
    /// - Parameter n: the window or level; 0 for shapes without one.
    static func warmUp(_ n: Int) -> Int
    /// Whether a value depends on no bar before its warm-up. Else the warm-up says from when on a value is defined, and
    /// a stream that begins later tends to the same values without reaching them.
    static var hasBoundedPast: Bool { get }
    /// The language of features that its present definition came with; see ``FeatureSpec/language``. Raise it together
    /// with ``FeatureOperators/language`` where the same expression computes something else from then on: what a model
    /// learned is not what it would be given.
    static var revision: Int { get }
    /// Doubles of memory it keeps between bars.
    static func memory(_ n: Int) -> Int
    /// The value of this bar. Allocates nothing.
    static func evaluate(_ call: OperatorCall) -> Double
}

extension FeatureOperator {
    /// Fits bars and books.
    package static var domain: FeatureSpec.Input? { nil }
    /// A window of one value.
    package static var leastWindow: Int { 1 }
    /// None: the first value counts.
    package static func warmUp(_ n: Int) -> Int { 0 }
    /// Of a window's length.
    package static var hasBoundedPast: Bool { true }
    /// As it was from the first language on.
    package static var revision: Int { 1 }
    /// None.
    package static func memory(_ n: Int) -> Int { 0 }
}

/// What an operator is applied to.
package enum OperatorShape: Sendable, Equatable {
    /// A name without arguments.
    case field
    /// f(x).
    case unary
    /// f(x, y).
    case binary
    /// f(x, n).
    case window
    /// f(n) over whole bars.
    case barWindow
    /// f() over whole bars.
    case barPair
    /// f(level).
    case level

    /// How it is written, for messages and the reference documentation.
    package func form(_ name: String) -> String {
        switch self {
        case .field: name
        case .unary: "\(name)(x)"
        case .binary: "\(name)(x, y)"
        case .window: "\(name)(x, bars)"
        case .barWindow: "\(name)(bars)"
        case .barPair: "\(name)()"
        case .level: "\(name)(level)"
        }
    }
}
