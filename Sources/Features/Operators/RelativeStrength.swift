/// Relative strength index of Wilder (1978, New Concepts in Technical Trading Systems, ch. 6): 100·G / (G + L).
///
/// G and L are the smoothed gains and losses of one-bar changes: the plain means of the first n, from then on
/// ((n − 1)·G + gain) / n, and alike for L. The first n changes are those behind the first value of x that counts, so
/// that nothing made up before it is part of the mean. A change from or to an undefined value is left out: the value of
/// that bar is undefined, and the smoothing goes on behind it.
///
/// Its past is unbounded: what came before the segment's warm-up fades by (n − 1) / n a bar, and no bar forgets it.
///
/// Memory: how many changes there were (up to n), the value of the bar before, G, L; until there are n changes, sums.
enum RelativeStrength: LagOperator {
    static let name = "rsi"
    static let summary = "Wilder's relative strength index, smoothed over n changes, 0 to 100; 50 without any change"
    static let hasBoundedPast = false
    static let revision = 2
    static func memory(_ n: Int) -> Int { 4 }
    static func evaluate(_ call: OperatorCall) -> Double {
        let memory = call.memory, x = call.x, n = Double(call.n)
        guard call.bars > call.start else {
            (memory[0], memory[1], memory[2], memory[3]) = (0, x, 0, 0)
            return .nan
        }
        let change = x - memory[1]
        memory[1] = x
        guard change.isFinite else { return .nan }
        let gain = max(change, 0), loss = max(-change, 0)
        if memory[0] < n {
            memory[0] += 1
            memory[2] += gain
            memory[3] += loss
            guard memory[0] == n else { return .nan }
            memory[2] /= n
            memory[3] /= n
        } else {
            memory[2] = ((n - 1) * memory[2] + gain) / n
            memory[3] = ((n - 1) * memory[3] + loss) / n
        }
        let up = memory[2], down = memory[3]
        return up + down > 0 ? 100 * up / (up + down) : 50
    }
}
