/// Extremes of the last `n` values, this bar's included. Memory: n values; time: O(n).
enum Lowest: WindowOperator {
    static let name = "lowest"
    static let summary = "smallest of the last n values"
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        var lowest = call.past.value(call.n - 1)
        call.past.forEach(last: call.n) { lowest = min(lowest, $0) }
        return lowest
    }
}

enum Highest: WindowOperator {
    static let name = "highest"
    static let summary = "largest of the last n values"
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        var highest = call.past.value(call.n - 1)
        call.past.forEach(last: call.n) { highest = max(highest, $0) }
        return highest
    }
}
