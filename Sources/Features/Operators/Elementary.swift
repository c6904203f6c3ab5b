import Foundation

/// Functions of one bar's values, without memory.
enum Logarithm: FeatureOperator {
    static let name = "log"
    static let summary = "natural logarithm"
    static let shape = OperatorShape.unary
    static func evaluate(_ call: OperatorCall) -> Double { log(call.x) }
}

enum Exponential: FeatureOperator {
    static let name = "exp"
    static let summary = "exponential"
    static let shape = OperatorShape.unary
    static func evaluate(_ call: OperatorCall) -> Double { exp(call.x) }
}

enum AbsoluteValue: FeatureOperator {
    static let name = "abs"
    static let summary = "size without the sign"
    static let shape = OperatorShape.unary
    static func evaluate(_ call: OperatorCall) -> Double { abs(call.x) }
}

enum SquareRoot: FeatureOperator {
    static let name = "sqrt"
    static let summary = "square root"
    static let shape = OperatorShape.unary
    static func evaluate(_ call: OperatorCall) -> Double { call.x.squareRoot() }
}

enum Sign: FeatureOperator {
    static let name = "sign"
    static let summary = "1 above zero, −1 below, else 0"
    static let shape = OperatorShape.unary
    static func evaluate(_ call: OperatorCall) -> Double { call.x > 0 ? 1 : (call.x < 0 ? -1 : 0) }
}

enum Minimum: FeatureOperator {
    static let name = "min"
    static let summary = "the smaller of two values"
    static let shape = OperatorShape.binary
    static func evaluate(_ call: OperatorCall) -> Double { min(call.x, call.y) }
}

enum Maximum: FeatureOperator {
    static let name = "max"
    static let summary = "the larger of two values"
    static let shape = OperatorShape.binary
    static func evaluate(_ call: OperatorCall) -> Double { max(call.x, call.y) }
}
