/// Relative strength index over the last `n` changes: 100·gains / (gains + losses), with plain sums in place of the
/// smoothing of Wilder (1978, ch. 6), so that the window is bounded.
enum RelativeStrength: LagOperator {
    static let name = "rsi"
    static let summary = "Wilder's relative strength index over n changes, 0 to 100; 50 without any change"
    static func evaluate(_ call: OperatorCall) -> Double {
        call.past.store(call.x)
        var up = 0.0, down = 0.0, before = call.past.value(call.n)
        call.past.forEach(last: call.n) {
            let change = $0 - before
            if change > 0 { up += change } else { down -= change }
            before = $0
        }
        return up + down > 0 ? 100 * up / (up + down) : 50
    }
}
