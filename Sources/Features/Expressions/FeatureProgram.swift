import Basics

/// Expressions compiled to a flat list of operations; equal sub-expressions are computed once.
///
/// - Complexity: one call an operation a bar, O(window) inside rolling ones; nothing is allocated after the start.
package struct FeatureProgram: Sendable {
    struct Node: Sendable {
        /// Nil for a constant.
        let op: (any FeatureOperator.Type)?
        let constant: Double
        /// Nodes of the first and second argument.
        let a: Int
        let b: Int
        /// The window or level.
        let window: Int
        /// Bars of a segment before the first on which all arguments count.
        let start: Int
        /// The operator's part of the state's memory.
        let memoryStart: Int
        let memoryCount: Int
    }

    let nodes: [Node]
    /// The node of each feature.
    let outputs: [Int]
    let memoryCount: Int
    /// Bars of an unbroken segment before all features count.
    package let warmUp: Int

    /// Compiles expressions, one a feature.
    ///
    /// - Complexity: O(size of the expressions).
    package init(_ expressions: [FeatureExpression]) {
        var nodes: [Node] = []
        // Of each node, the bars beyond the first before its value counts.
        var warmUps: [Int] = []
        var known: [FeatureExpression: Int] = [:]
        var memory = 0
        func compile(_ expression: FeatureExpression) -> Int {
            if let index = known[expression] { return index }
            let node: Node
            switch expression {
            case .constant(let value):
                node = Node(op: nil, constant: value, a: 0, b: 0, window: 0, start: 0, memoryStart: 0, memoryCount: 0)
                warmUps.append(0)
            case .apply(let op, let arguments, let window):
                let inputs = arguments.map(compile)
                let start = inputs.map { warmUps[$0] }.max() ?? 0
                node = Node(
                    op: op, constant: 0, a: inputs.first ?? 0, b: inputs.count > 1 ? inputs[1] : 0, window: window,
                    start: start, memoryStart: memory, memoryCount: op.memory(window))
                memory += op.memory(window)
                warmUps.append(start + op.warmUp(window))
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
        /// In currency and shares; the time is the position in the session from −1 to 1.
        package var open = 0.0, high = 0.0, low = 0.0, close = 0.0, volume = 0.0, timeOfDay = 0.0
        /// The book after the event; empty on bars.
        package var book = BookInputs()
        /// All fields 0.
        package init() {}
    }

    /// The memory of one stream.
    package struct State: Sendable {
        private var values: [Double]
        private var memory: [Double]
        /// Bars since the last reset.
        package private(set) var bars = 0

        /// Memory for one stream of this program; all that it ever allocates.
        package init(_ program: FeatureProgram) {
            values = program.nodes.map(\.constant)
            // One more, so that there is an address even where no operator remembers anything.
            memory = [Double](repeating: 0, count: program.memoryCount + 1)
        }

        /// Begins a new segment: nothing of the past is seen again.
        package mutating func reset() { bars = 0 }

        /// Takes one bar and writes the features as 32-bit floats; allocates nothing.
        ///
        /// - Parameters:
        ///   - program: the one that this state was made for.
        ///   - row: place for one float a feature.
        /// - Returns: whether the row counts: the segment is warm and every value is finite.
        package mutating func push(
            _ inputs: Inputs, _ program: FeatureProgram, into row: UnsafeMutablePointer<Float>
        ) -> Bool {
            evaluate(inputs, program)
            bars += 1
            var isFinite = true
            for (position, node) in program.outputs.enumerated() {
                let value = Float(values[node])
                row[position] = value
                isFinite = isFinite && value.isFinite
            }
            return isFinite && bars >= program.warmUp
        }

        @inline(__always)
        private mutating func evaluate(_ inputs: Inputs, _ program: FeatureProgram) {
            let bars = bars
            withUnsafePointer(to: inputs) { inputs in
                program.nodes.withUnsafeBufferPointer { nodes in
                    values.withUnsafeMutableBufferPointer { values in
                        memory.withUnsafeMutableBufferPointer { memory in
                            guard let node = nodes.baseAddress, let value = values.baseAddress,
                                let slots = memory.baseAddress
                            else { return }
                            for index in 0..<nodes.count {
                                guard let op = node[index].op else { continue }
                                value[index] = op.evaluate(
                                    OperatorCall(
                                        node: node + index, values: value, inputs: inputs,
                                        memory: slots + node[index].memoryStart, bars: bars))
                            }
                        }
                    }
                }
            }
        }
    }
}
