/// Exponential moving average with weight w = 2 / (n + 1): e = w·x + (1 − w)·e, from the first value of x that counts.
///
/// Before that value x is not what its expression says (the return of a segment's first bar has nothing to compare
/// with), so it is not looked at. An undefined value of x has no average, and the average goes on behind it. The first
/// average that counts is of n values.
///
/// Its past is unbounded: its value depends on where the segment began.
///
/// Memory: how many values there were (up to n), and the average.
enum ExponentialAverage: WindowOperator {
    static let name = "ema"
    static let summary = "exponential moving average with weight 2 / (n + 1), from the first defined value of x on"
    static let hasBoundedPast = false
    static let revision = 2
    static func memory(_ n: Int) -> Int { 2 }
    static func evaluate(_ call: OperatorCall) -> Double {
        let memory = call.memory, x = call.x, n = Double(call.n)
        if call.bars <= call.start { memory[0] = 0 }
        guard call.bars >= call.start, x.isFinite else { return .nan }
        let weight = 2 / (n + 1)
        memory[1] = memory[0] == 0 ? x : weight * x + (1 - weight) * memory[1]
        memory[0] = min(memory[0] + 1, n)
        return memory[0] == n ? memory[1] : .nan
    }
}
