/// Exponential moving average with weight w = 2 / (n + 1): e = w·x + (1 − w)·e, from the segment's first value on.
///
/// The only operator with an unbounded past: its value depends on where the segment began.
enum ExponentialAverage: WindowOperator {
    static let name = "ema"
    static let summary = "exponential moving average with weight 2 / (n + 1), from the first value on"
    static func warmUp(_ n: Int) -> Int { n - 1 }
    static func memory(_ n: Int) -> Int { 1 }
    static func evaluate(_ call: OperatorCall) -> Double {
        let weight = 2 / (Double(call.n) + 1)
        let value = call.bars == 0 ? call.x : weight * call.x + (1 - weight) * call.memory[0]
        call.memory[0] = value
        return value
    }
}
