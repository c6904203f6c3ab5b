/// One call of an operator: its arguments, the bar or event, and its own memory.
package struct OperatorCall {
    let node: UnsafePointer<FeatureProgram.Node>
    /// Values of this bar that were computed before.
    let values: UnsafePointer<Double>
    let inputs: UnsafePointer<FeatureProgram.Inputs>
    /// What the operator keeps between bars: `memory(n)` doubles.
    let memory: UnsafeMutablePointer<Double>
    /// Bars of the segment before this one.
    let bars: Int

    /// The first argument.
    @inline(__always) var x: Double { values[node.pointee.a] }
    /// The second argument.
    @inline(__always) var y: Double { values[node.pointee.b] }
    /// The window or level.
    @inline(__always) var n: Int { node.pointee.window }

    /// Bars of the segment before the first on which all arguments count: what an operator whose past is unbounded must
    /// not look at. Bounded ones have forgotten them when their own value counts.
    @inline(__always) var start: Int { node.pointee.start }

    /// All the operator's memory as one ring of past values.
    @inline(__always) var past: PastValues { PastValues(slots: memory, count: node.pointee.memoryCount, bars: bars) }
}

/// The last values of a stream, addressed by age. Where the segment is younger than an age, its oldest value stands.
///
/// Windows are walked from the oldest value to the newest, so that rounding depends on the window's content alone and
/// not on when the stream began. Sums are made again on every bar, O(window): windows are tens of bars.
struct PastValues {
    let slots: UnsafeMutablePointer<Double>
    let count: Int
    /// Values before this one.
    let bars: Int

    /// Stores this bar's value.
    @inline(__always)
    func store(_ value: Double) { slots[bars % count] = value }

    /// The value `age` bars ago; 0 is this bar's, which must be stored first.
    @inline(__always)
    func value(_ age: Int) -> Double { slots[(bars - min(age, min(bars, count - 1))) % count] }

    /// Calls `body` with the last `n` values, oldest first.
    @inline(__always)
    func forEach(last n: Int, _ body: (Double) -> Void) {
        guard bars >= n - 1 else {
            for age in stride(from: n - 1, through: 0, by: -1) { body(value(age)) }
            return
        }
        var slot = (bars - (n - 1)) % count
        for _ in 0..<n {
            body(slots[slot])
            slot += 1
            if slot == count { slot = 0 }
        }
    }

    @inline(__always)
    func sum(last n: Int) -> Double {
        var total = 0.0
        forEach(last: n) { total += $0 }
        return total
    }

    /// Sample standard deviation (n − 1) of the last `n` values around their mean.
    @inline(__always)
    func deviation(last n: Int, mean: Double) -> Double {
        var squares = 0.0
        forEach(last: n) {
            let d = $0 - mean
            squares += d * d
        }
        return (squares / Double(n - 1)).squareRoot()
    }
}
