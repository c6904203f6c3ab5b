import Foundation

/// Comparisons with one value of the past, `n` bars ago. Memory: n + 1 values.
enum Lag: FeatureOperator {
    static let name = "lag"
    static let summary = "the value n bars ago"
    static let shape = OperatorShape.window
    static func warmUp(_ n: Int) -> Int { n }
    static func memory(_ n: Int) -> Int { n + 1 }
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        return call.past.value(call.n)
    }
}

enum Difference: FeatureOperator {
    static let name = "diff"
    static let summary = "x − lag(x, n)"
    static let shape = OperatorShape.window
    static func warmUp(_ n: Int) -> Int { n }
    static func memory(_ n: Int) -> Int { n + 1 }
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        return call.x - call.past.value(call.n)
    }
}

enum LogReturn: FeatureOperator {
    static let name = "log_return"
    static let summary = "ln(x / lag(x, n))"
    static let shape = OperatorShape.window
    static func warmUp(_ n: Int) -> Int { n }
    static func memory(_ n: Int) -> Int { n + 1 }
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        return log(call.x / call.past.value(call.n))
    }
}
