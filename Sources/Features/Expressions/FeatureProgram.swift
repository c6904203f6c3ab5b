import Basics
import Foundation

/// Expressions compiled to a flat list of operations; equal sub-expressions are computed once.
package struct FeatureProgram: Sendable {
    struct Node: Sendable {
        let op: FeatureOperator?
        let constant: Double
        let a: Int
        let b: Int
        let window: Int
        /// Ring buffer of this node: first slot and length in the state's memory.
        let ringStart: Int
        let ringCount: Int
    }

    let nodes: [Node]
    /// The node of each feature.
    let outputs: [Int]
    let memoryCount: Int
    /// Bars of an unbroken segment before all features count.
    package let warmUp: Int

    package init(_ expressions: [FeatureExpression]) {
        var nodes: [Node] = []
        var known: [FeatureExpression: Int] = [:]
        var memory = 0
        func compile(_ expression: FeatureExpression) -> Int {
            if let index = known[expression] { return index }
            let node: Node
            switch expression {
            case .constant(let value):
                node = Node(op: nil, constant: value, a: 0, b: 0, window: 0, ringStart: 0, ringCount: 0)
            case .apply(let op, let arguments, let window):
                let inputs = arguments.map(compile)
                node = Node(
                    op: op, constant: 0, a: inputs.first ?? 0, b: inputs.count > 1 ? inputs[1] : 0, window: window,
                    ringStart: memory, ringCount: op.memory(window))
                memory += op.memory(window)
            }
            nodes.append(node)
            known[expression] = nodes.count - 1
            return nodes.count - 1
        }
        outputs = expressions.map(compile)
        warmUp = expressions.map(\.warmUp).max() ?? 1
        self.nodes = nodes
        memoryCount = memory
    }

    /// One bar or book event as the operators see it: in floating point from here on.
    package struct Inputs: Sendable {
        package var open = 0.0, high = 0.0, low = 0.0, close = 0.0, volume = 0.0, timeOfDay = 0.0
        package var book = BookInputs()
        package init() {}
    }

    /// The memory of one stream.
    package struct State: Sendable {
        fileprivate var values: [Double]
        fileprivate var ring: [Double]
        /// Bars since the last reset.
        package private(set) var bars = 0

        package init(_ program: FeatureProgram) {
            values = [Double](repeating: 0, count: program.nodes.count)
            ring = [Double](repeating: 0, count: program.memoryCount)
        }

        package mutating func reset() { bars = 0 }

        /// Takes one bar and writes the features as 32-bit floats; allocates nothing.
        ///
        /// - Returns: whether the row counts: the segment is warm and every value is finite.
        package mutating func push(_ inputs: Inputs, _ program: FeatureProgram, into row: UnsafeMutablePointer<Float>)
            -> Bool
        {
            program.nodes.withUnsafeBufferPointer { nodes in
                values.withUnsafeMutableBufferPointer { values in
                    ring.withUnsafeMutableBufferPointer { ring in
                        for index in nodes.indices {
                            values[index] = FeatureProgram.evaluate(
                                nodes[index], inputs, values,
                                Ring(base: ring.baseAddress, node: nodes[index], bars: bars))
                        }
                    }
                }
            }
            bars += 1
            var isFinite = true
            for (position, node) in program.outputs.enumerated() {
                let value = Float(values[node])
                row[position] = value
                isFinite = isFinite && value.isFinite
            }
            return isFinite && bars >= program.warmUp
        }
    }

    /// A node's past, addressed by age.
    struct Ring {
        let base: UnsafeMutablePointer<Double>?
        let node: Node
        /// Bars before this one.
        let bars: Int

        /// Stores this bar's value.
        @inline(__always)
        func store(_ value: Double) { base?[node.ringStart + bars % node.ringCount] = value }

        /// The value `age` bars ago; the oldest there is where the segment is younger. 0 is this bar, which must be
        /// stored first.
        @inline(__always)
        func value(_ age: Int) -> Double {
            let available = Swift.min(age, Swift.min(bars, node.ringCount - 1))
            return base?[node.ringStart + (bars - available) % node.ringCount] ?? 0
        }
    }

    @inline(__always)
    fileprivate static func evaluate(
        _ node: Node, _ inputs: Inputs, _ values: UnsafeMutableBufferPointer<Double>, _ ring: Ring
    ) -> Double {
        guard let op = node.op else { return node.constant }
        let x = values[node.a], y = values[node.b], n = node.window
        switch op {
        case .open: return inputs.open
        case .high: return inputs.high
        case .low: return inputs.low
        case .close: return inputs.close
        case .volume: return inputs.volume
        case .timeOfDay: return inputs.timeOfDay
        case .add: return x + y
        case .subtract: return x - y
        case .multiply: return x * y
        case .divide: return x / y
        case .negate: return -x
        case .log: return Foundation.log(x)
        case .exp: return Foundation.exp(x)
        case .abs: return Swift.abs(x)
        case .sqrt: return x.squareRoot()
        case .sign: return x > 0 ? 1 : (x < 0 ? -1 : 0)
        case .min: return Swift.min(x, y)
        case .max: return Swift.max(x, y)
        case .lag:
            ring.store(x)
            return ring.value(n)
        case .diff:
            ring.store(x)
            return x - ring.value(n)
        case .logReturn:
            ring.store(x)
            return Foundation.log(x / ring.value(n))
        case .sum:
            ring.store(x)
            return sum(ring, n)
        case .mean:
            ring.store(x)
            return sum(ring, n) / Double(n)
        case .std:
            ring.store(x)
            return deviation(ring, n, mean: sum(ring, n) / Double(n))
        case .zscore:
            ring.store(x)
            let mean = sum(ring, n) / Double(n)
            let deviation = deviation(ring, n, mean: mean)
            return deviation > 0 ? (x - mean) / deviation : 0
        case .ratio:
            ring.store(x)
            let mean = sum(ring, n) / Double(n)
            return mean != 0 ? x / mean : 1
        case .lowest:
            ring.store(x)
            return fold(ring, n, Swift.min)
        case .highest:
            ring.store(x)
            return fold(ring, n, Swift.max)
        case .ema:
            let weight = 2 / (Double(n) + 1)
            let value = ring.bars == 0 ? x : weight * x + (1 - weight) * (ring.base?[node.ringStart] ?? 0)
            ring.base?[node.ringStart] = value
            return value
        case .rsi:
            ring.store(x)
            return relativeStrength(ring, n)
        case .realisedVolatility:
            ring.store(x)
            return realisedVolatility(ring, n)
        case .rollSpread:
            ring.store(x)
            return rollSpread(ring, n, level: x)
        case .parkinson:
            let range = Foundation.log(inputs.high / inputs.low)
            ring.store(range * range)
            return (sum(ring, n) / (4 * Double(n) * M_LN2)).squareRoot()
        case .corwinSchultz: return corwinSchultz(ring, high: inputs.high, low: inputs.low)
        case .mid: return inputs.book.mid
        case .spread: return inputs.book.spread
        case .microprice: return inputs.book.microprice
        case .tradeSign: return inputs.book.tradeSign
        case .tradeSize: return inputs.book.tradeSize
        case .askPrice: return inputs.book.askPrice(n - 1)
        case .askSize: return inputs.book.askSize(n - 1)
        case .bidPrice: return inputs.book.bidPrice(n - 1)
        case .bidSize: return inputs.book.bidSize(n - 1)
        case .queueImbalance: return inputs.book.queueImbalance(n)
        case .orderFlowImbalance:
            return inputs.book.orderFlow(n - 1, before: ring.base.map { $0 + node.ringStart }, isFirst: ring.bars == 0)
        case .askSlope: return inputs.book.slope(n, of: .ask)
        case .bidSlope: return inputs.book.slope(n, of: .bid)
        }
    }

    // Windows run from the oldest value to the newest, so the rounding does not depend on the ring's phase.

    private static func sum(_ ring: Ring, _ n: Int) -> Double {
        var total = 0.0
        for age in stride(from: n - 1, through: 0, by: -1) { total += ring.value(age) }
        return total
    }

    private static func deviation(_ ring: Ring, _ n: Int, mean: Double) -> Double {
        var squares = 0.0
        for age in stride(from: n - 1, through: 0, by: -1) {
            let d = ring.value(age) - mean
            squares += d * d
        }
        return (squares / Double(n - 1)).squareRoot()
    }

    private static func fold(_ ring: Ring, _ n: Int, _ combine: (Double, Double) -> Double) -> Double {
        var result = ring.value(n - 1)
        for age in stride(from: n - 2, through: 0, by: -1) { result = combine(result, ring.value(age)) }
        return result
    }

    private static func relativeStrength(_ ring: Ring, _ n: Int) -> Double {
        var up = 0.0, down = 0.0
        for age in stride(from: n - 1, through: 0, by: -1) {
            let change = ring.value(age) - ring.value(age + 1)
            if change > 0 { up += change } else { down -= change }
        }
        return up + down > 0 ? 100 * up / (up + down) : 50
    }

    private static func realisedVolatility(_ ring: Ring, _ n: Int) -> Double {
        var squares = 0.0
        for age in stride(from: n - 1, through: 0, by: -1) {
            let change = Foundation.log(ring.value(age) / ring.value(age + 1))
            squares += change * change
        }
        return squares.squareRoot()
    }

    private static func rollSpread(_ ring: Ring, _ n: Int, level: Double) -> Double {
        var products = 0.0, first = 0.0, second = 0.0
        for age in stride(from: n - 1, through: 0, by: -1) {
            let now = ring.value(age) - ring.value(age + 1), before = ring.value(age + 1) - ring.value(age + 2)
            products += now * before
            first += now
            second += before
        }
        let covariance = products / Double(n) - first / Double(n) * second / Double(n)
        return covariance < 0 && level != 0 ? 2 * (-covariance).squareRoot() / level : 0
    }

    private static func corwinSchultz(_ ring: Ring, high: Double, low: Double) -> Double {
        guard let base = ring.base else { return 0 }
        let slot = ring.node.ringStart
        let oldHigh = ring.bars == 0 ? high : base[slot], oldLow = ring.bars == 0 ? low : base[slot + 1]
        base[slot] = high
        base[slot + 1] = low
        func square(_ v: Double) -> Double { v * v }
        let beta = square(Foundation.log(oldHigh / oldLow)) + square(Foundation.log(high / low))
        let gamma = square(Foundation.log(Swift.max(high, oldHigh) / Swift.min(low, oldLow)))
        let k = 3 - 2 * 2.0.squareRoot()
        let alpha = ((2 * beta).squareRoot() - beta.squareRoot()) / k - (gamma / k).squareRoot()
        return Swift.max(0, 2 * (Foundation.exp(alpha) - 1) / (1 + Foundation.exp(alpha)))
    }
}
