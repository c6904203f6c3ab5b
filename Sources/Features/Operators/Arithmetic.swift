/// What the grammar's signs stand for. They have no name to call, so they are not in the table.
enum Add: BinaryOperator {
    static let name = "+"
    static let summary = "sum of two values"
    static func evaluate(_ call: OperatorCall) -> Double { call.x + call.y }
}

enum Subtract: BinaryOperator {
    static let name = "-"
    static let summary = "difference of two values"
    static func evaluate(_ call: OperatorCall) -> Double { call.x - call.y }
}

enum Multiply: BinaryOperator {
    static let name = "*"
    static let summary = "product of two values"
    static func evaluate(_ call: OperatorCall) -> Double { call.x * call.y }
}

enum Divide: BinaryOperator {
    static let name = "/"
    static let summary = "quotient of two values; a row with a division by zero does not count"
    static func evaluate(_ call: OperatorCall) -> Double { call.x / call.y }
}

enum Negate: UnaryOperator {
    static let name = "negate"
    static let summary = "the value with the other sign"
    static func evaluate(_ call: OperatorCall) -> Double { -call.x }
}
