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
    /// Of each node, for messages.
    let expressions: [FeatureExpression]
    /// The node of each feature.
    let outputs: [Int]
    let memoryCount: Int
    /// Bars of an unbroken segment before all features count.
    package let warmUp: Int

    /// The same of each feature alone, with the features that it mentions.
    package let warmUps: [Int]

    /// Operations of a bar; parts that features share count once.
    package var operationCount: Int { nodes.count { $0.op != nil } }

    /// Compiles expressions, one a feature.
    ///
    /// - Parameter names: of the features, by which later ones mention earlier ones; what is mentioned and not there
    ///   is never a number.
    /// - Complexity: O(size of the expressions).
    package init(_ expressions: [FeatureExpression], names: [String] = []) {
        var compiler = Compiler(), outputs: [Int] = []
        for (index, expression) in expressions.enumerated() {
            let output = compiler.compile(expression)
            outputs.append(output)
            if index < names.count { compiler.named[names[index]] = output }
        }
        self.outputs = outputs
        nodes = compiler.nodes
        self.expressions = compiler.sources
        memoryCount = compiler.memory
        warmUps = outputs.map { compiler.warmUps[$0] + 1 }
        warmUp = warmUps.max() ?? 1
    }

    /// Expressions on their way to nodes.
    private struct Compiler {
        /// What makes two nodes one: arguments are compared by their nodes, so a feature that others mention is one
        /// node however large it is, and no work is done twice.
        private struct Key: Hashable {
            var op: ObjectIdentifier?
            var constant: UInt64 = 0
            var inputs: [Int] = []
            var window = 0
        }

        var nodes: [Node] = []
        /// Of each node, as it was first written.
        var sources: [FeatureExpression] = []
        /// Of each node, the bars beyond the first before its value counts.
        var warmUps: [Int] = []
        var memory = 0
        /// Nodes of the features so far.
        var named: [String: Int] = [:]
        private var known: [Key: Int] = [:]

        mutating func compile(_ expression: FeatureExpression) -> Int {
            switch expression {
            case .constant(let value): return constant(value)
            case .feature(let name): return named[name] ?? constant(.nan)
            case .apply(let op, let arguments, let window):
                var inputs: [Int] = []
                for argument in arguments { inputs.append(compile(argument)) }
                return apply(op, inputs, window, expression)
            }
        }

        private mutating func constant(_ value: Double) -> Int {
            add(Key(constant: value.bitPattern), .constant(value), warmUp: 0) {
                Node(op: nil, constant: value, a: 0, b: 0, window: 0, start: 0, memoryStart: $0, memoryCount: 0)
            }
        }

        private mutating func apply(
            _ op: any FeatureOperator.Type, _ inputs: [Int], _ window: Int, _ source: FeatureExpression
        )
            -> Int
        {
            let start = inputs.map { warmUps[$0] }.max() ?? 0
            let key = Key(op: ObjectIdentifier(op), inputs: inputs, window: window)
            return add(key, source, warmUp: start + op.warmUp(window)) {
                Node(
                    op: op, constant: 0, a: inputs.first ?? 0, b: inputs.count > 1 ? inputs[1] : 0, window: window,
                    start: start, memoryStart: $0, memoryCount: op.memory(window))
            }
        }

        /// - Parameter node: makes it from the begin of its memory.
        private mutating func add(_ key: Key, _ source: FeatureExpression, warmUp: Int, _ node: (Int) -> Node) -> Int {
            if let index = known[key] { return index }
            let made = node(memory)
            memory += made.memoryCount
            nodes.append(made)
            sources.append(source)
            warmUps.append(warmUp)
            known[key] = nodes.count - 1
            return nodes.count - 1
        }
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
        private(set) var values: [Double]
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
