import Foundation

/// The logarithm of a ratio of two positive numbers; of others it is undefined, though the ratio of two negative ones
/// is positive: from −1 to −2 a price falls and would return +0.69.
@inline(__always)
func logRatio(_ x: Double, _ y: Double) -> Double { x > 0 && y > 0 ? log(x / y) : .nan }

/// Functions of one bar's values, without memory.
enum Logarithm: UnaryOperator {
    static let name = "log"
    static let summary = "natural logarithm"
    static func evaluate(_ call: OperatorCall) -> Double { log(call.x) }
}

enum Exponential: UnaryOperator {
    static let name = "exp"
    static let summary = "exponential"
    static func evaluate(_ call: OperatorCall) -> Double { exp(call.x) }
}

enum AbsoluteValue: UnaryOperator {
    static let name = "abs"
    static let summary = "size without the sign"
    static func evaluate(_ call: OperatorCall) -> Double { abs(call.x) }
}

enum SquareRoot: UnaryOperator {
    static let name = "sqrt"
    static let summary = "square root"
    static func evaluate(_ call: OperatorCall) -> Double { call.x.squareRoot() }
}

enum Sign: UnaryOperator {
    static let name = "sign"
    static let summary = "1 above zero, −1 below, else 0"
    static func evaluate(_ call: OperatorCall) -> Double { call.x > 0 ? 1 : (call.x < 0 ? -1 : 0) }
}

enum Minimum: BinaryOperator {
    static let name = "min"
    static let summary = "the smaller of two values"
    static func evaluate(_ call: OperatorCall) -> Double { min(call.x, call.y) }
}

enum Maximum: BinaryOperator {
    static let name = "max"
    static let summary = "the larger of two values"
    static func evaluate(_ call: OperatorCall) -> Double { max(call.x, call.y) }
}
