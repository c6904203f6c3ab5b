/// What the grammar's signs stand for. They have no name to call, so they are not in the table.
enum Add: FeatureOperator {
    static let name = "+"
    static let summary = "sum of two values"
    static let shape = OperatorShape.binary
    static func evaluate(_ call: OperatorCall) -> Double { call.x + call.y }
}

enum Subtract: FeatureOperator {
    static let name = "-"
    static let summary = "difference of two values"
    static let shape = OperatorShape.binary
    static func evaluate(_ call: OperatorCall) -> Double { call.x - call.y }
}

enum Multiply: FeatureOperator {
    static let name = "*"
    static let summary = "product of two values"
    static let shape = OperatorShape.binary
    static func evaluate(_ call: OperatorCall) -> Double { call.x * call.y }
}

enum Divide: FeatureOperator {
    static let name = "/"
    static let summary = "quotient of two values; a row with a division by zero does not count"
    static let shape = OperatorShape.binary
    static func evaluate(_ call: OperatorCall) -> Double { call.x / call.y }
}

enum Negate: FeatureOperator {
    static let name = "negate"
    static let summary = "the value with the other sign"
    static let shape = OperatorShape.unary
    static func evaluate(_ call: OperatorCall) -> Double { -call.x }
}
