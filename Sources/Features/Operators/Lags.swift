import Foundation

/// Comparisons with one value of the past, `n` bars ago. Memory: n + 1 values.
enum Lag: LagOperator {
    static let name = "lag"
    static let summary = "the value n bars ago"
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        return call.past.value(call.n)
    }
}

enum Difference: LagOperator {
    static let name = "diff"
    static let summary = "x − lag(x, n)"
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        return call.x - call.past.value(call.n)
    }
}

enum LogReturn: LagOperator {
    static let name = "log_return"
    static let summary = "ln(x / lag(x, n))"
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        return logRatio(call.x, call.past.value(call.n))
    }
}
