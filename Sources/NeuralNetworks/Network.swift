package import Basics
package import Tensors

/// A graph of layers: what feeds what, and where every layer's weights and packed panels lie.
///
/// A value without weights; those are a ``FloatBuffer`` of ``parameterCount`` floats that the caller owns. Value 0 is
/// the input, value i + 1 the output of node i; a node only reads earlier values, so the order of the list is an order
/// of computation.
package struct Network: Sendable {
    /// One step of the computation.
    package struct Node: Sendable {
        /// What a node computes.
        package enum Operation: Sendable {
            case layer(any Layer)
            case join(Join)
            /// Computed by the node before it: an activation that was fused into its producer.
            case fused(Activation)
        }

        /// Prefix of its parameters' names.
        package let name: String
        /// What it computes.
        package let operation: Operation
        /// Values it reads.
        package let sources: [Int]

        package var output: SampleShape {
            switch operation {
            case .layer(let layer): layer.output
            case .join(let join): join.output
            case .fused(let activation): activation.output
            }
        }

        /// The layer, where it is one.
        package var layer: (any Layer)? { if case .layer(let layer) = operation { layer } else { nil } }

        /// Its kind, as configurations write it.
        package var kind: String {
            switch operation {
            case .layer(let layer): type(of: layer).kind
            case .join(let join): join.kind.rawValue
            case .fused(let activation): activation.function.rawValue
            }
        }
    }

    package let input: SampleShape
    /// In an order of computation.
    package let nodes: [Node]
    /// First float of each node in the parameter buffer, and the total at the end.
    package let parameterOffsets: [Int]
    let packedOffsets: [Int]
    /// Number of nodes that read each value.
    let consumers: [Int]

    /// A chain.
    package init(input: SampleShape, layers: [any Layer]) {
        var shape = input
        for (index, layer) in layers.enumerated() {
            precondition(layer.input == shape, "layer \(index) takes \(layer.input), found \(shape)")
            shape = layer.output
        }
        self.init(
            input: input,
            nodes: layers.enumerated().map {
                Node(name: "layers.\($0.offset)", operation: .layer($0.element), sources: [$0.offset])
            })
    }

    private init(input: SampleShape, nodes unfused: [Node]) {
        var consumers = [Int](repeating: 0, count: unfused.count + 1)
        for node in unfused { for source in node.sources { consumers[source] += 1 } }
        let nodes = Network.fusing(unfused, consumers: consumers)
        self.input = input
        self.nodes = nodes
        self.consumers = consumers
        parameterOffsets = nodes.reduce(into: [0]) { $0.append($0[$0.count - 1] + ($1.layer?.parameterCount ?? 0)) }
        packedOffsets = nodes.reduce(into: [0]) { $0.append($0[$0.count - 1] + ($1.layer?.packedCount ?? 0)) }
    }

    /// Lets layers compute the activation that alone reads them.
    private static func fusing(_ nodes: [Node], consumers: [Int]) -> [Node] {
        var out = nodes
        for (index, node) in nodes.enumerated() {
            guard let activation = node.layer as? Activation, let value = node.sources.first, value > 0,
                consumers[value] == 1,
                let fused = out[value - 1].layer?.fused(with: activation.function)
            else { continue }
            out[value - 1] = Node(name: out[value - 1].name, operation: .layer(fused), sources: out[value - 1].sources)
            out[index] = Node(name: node.name, operation: .fused(activation), sources: node.sources)
        }
        return out
    }

    /// Builds the graph of a configuration list. A node reads the one before it, or those it names with `from`; a node
    /// with a `name` can be named. `input` names the network's input.
    ///
    /// - Throws: ``ConfigError`` that names the layer and both shapes where shapes clash.
    package init(layers list: [JSONValue], input: SampleShape) throws {
        var built: [Node] = []
        var known = ["input": 0]
        for (index, node) in list.enumerated() {
            let name = node[key: "name"]?.stringValue
            let path = "layers.\(index)" + (name.map { " (\($0))" } ?? "")
            let sources = try Network.sources(node, previous: index, known: known, path: path)
            let shapes = sources.map { $0 == 0 ? input : built[$0 - 1].output }
            let operation = try LayerFactory.make(node, inputs: shapes, path: path)
            if let name {
                guard known[name] == nil, !name.contains("."), !name.isEmpty else {
                    throw ConfigError(
                        "found the name '\(name)' a second time, empty or with a dot at '\(path)'",
                        at: node[key: "name"]?.mark)
                }
                known[name] = index + 1
            }
            built.append(Node(name: name ?? "layers.\(index)", operation: operation, sources: sources))
        }
        let read = Set(built.flatMap(\.sources))
        if let unread = (1..<max(built.count, 1)).first(where: { !read.contains($0) }) {
            throw ConfigError(
                "found that nothing reads '\(built[unread - 1].name)'", at: list[unread - 1].mark,
                hint: "name it in the 'from' of a later layer, or remove it")
        }
        self.init(input: input, nodes: built)
    }

    private static func sources(_ node: JSONValue, previous: Int, known: [String: Int], path: String) throws -> [Int] {
        guard let from = node[key: "from"] else { return [previous] }
        return try (from.listValue ?? [from]).map { entry in
            let names = known.keys.sorted()
            guard let name = entry.stringValue else {
                throw ConfigError(
                    "found \(entry.kindName) as a source of '\(path)', "
                        + "expected one of \(names.joined(separator: ", "))",
                    at: entry.mark)
            }
            guard let value = known[name] else {
                throw ConfigError(
                    UnknownName.message("source", name, place: "of '\(path)'", expected: names), at: entry.mark,
                    hint: UnknownName.hint(name, in: names))
            }
            return value
        }
    }

    package var output: SampleShape { nodes.last?.output ?? input }
    /// Floats of all parameters.
    package var parameterCount: Int { parameterOffsets[nodes.count] }
    package var packedCount: Int { packedOffsets[nodes.count] }
    package var multiplyAdds: Int { nodes.reduce(0) { $0 + ($1.layer?.multiplyAdds ?? 0) } }

    /// Shape of a value: 0 is the input, i + 1 the output of node i.
    func shape(_ value: Int) -> SampleShape { value == 0 ? input : nodes[value - 1].output }

    /// Every parameter with its full name (`layers.2.weight`) and offset.
    package var parameters: [(name: String, spec: ParameterSpec, offset: Int)] {
        var all: [(String, ParameterSpec, Int)] = []
        for (index, node) in nodes.enumerated() {
            var offset = parameterOffsets[index]
            for spec in node.layer?.parameters ?? [] {
                all.append(("\(node.name).\(spec.name)", spec, offset))
                offset += spec.count
            }
        }
        return all
    }

    /// Starting weights of a seed. Each parameter has its own stream, so adding a layer does not change the others.
    package func initialParameters(seed: UInt64) -> FloatBuffer {
        let buffer = FloatBuffer(count: parameterCount)
        for (index, parameter) in parameters.enumerated() {
            let target = buffer.pointer + parameter.offset
            var random = SeededRandom(seed: seed, 0x1217, UInt64(index))
            switch parameter.spec.start {
            case .constant(let value): target.update(repeating: value, count: parameter.spec.count)
            case .uniform(let bound):
                for i in 0..<parameter.spec.count { target[i] = (2 * random.uniformFloat() - 1) * bound }
            case .orthogonal(let columns):
                Network.orthogonal(target, rows: parameter.spec.count / columns, columns: columns, &random)
            case .ones(let range): for i in range { target[i] = 1 }
            case .normal(let deviation):
                for i in 0..<parameter.spec.count { target[i] = Float(random.approximateNormal()) * deviation }
            }
        }
        return buffer
    }

    /// Columns drawn from a normal distribution and made orthonormal one after another (modified Gram–Schmidt, in
    /// double precision).
    private static func orthogonal(
        _ target: UnsafeMutablePointer<Float>, rows: Int, columns: Int, _ random: inout SeededRandom
    ) {
        var done: [[Double]] = []
        for column in 0..<columns {
            var v = (0..<rows).map { _ in random.approximateNormal() }
            for other in done {
                let dot = zip(v, other).reduce(0) { $0 + $1.0 * $1.1 }
                for i in 0..<rows { v[i] -= dot * other[i] }
            }
            let norm = max(v.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
            for i in 0..<rows { v[i] /= norm }
            done.append(v)
            for i in 0..<rows { target[i * columns + column] = Float(v[i]) }
        }
    }

    /// The weights under their names, for a file.
    package func tensors(_ buffer: FloatBuffer) -> [String: Tensor] {
        var out: [String: Tensor] = [:]
        for (name, spec, offset) in parameters {
            out[name] = Tensor(
                shape: spec.shape, values: Array(UnsafeBufferPointer(start: buffer.pointer + offset, count: spec.count))
            )
        }
        return out
    }

    /// Reads weights from a file into a buffer.
    ///
    /// - Throws: ``Failure`` when a tensor is missing, has another shape, or is left over.
    package func load(_ file: SafetensorsFile, into buffer: FloatBuffer, prefix: String = "") throws {
        var expected: Set<String> = []
        for (name, spec, offset) in parameters {
            let tensor = try file.tensor(prefix + name)
            guard tensor.shape == spec.shape else {
                throw Failure(
                    "weights.shape", "found shape \(tensor.shape) for the tensor '\(name)', expected \(spec.shape)",
                    hint: "the weights belong to another architecture")
            }
            tensor.values.withUnsafeBufferPointer {
                if let base = $0.baseAddress { (buffer.pointer + offset).update(from: base, count: spec.count) }
            }
            expected.insert(prefix + name)
        }
        if let extra = file.entries.keys.sorted().first(where: {
            $0.hasPrefix(prefix) && prefix.isEmpty && !expected.contains($0)
        }) {
            throw Failure("weights.extra", "found the tensor '\(extra)' that this architecture does not have")
        }
    }

    /// Prepares packed weights for ``NetworkArena/forward(batch:parameters:packed:isTraining:key:firstSample:)``.
    package func pack(_ parameters: FloatBuffer, into packed: FloatBuffer) {
        for (index, node) in nodes.enumerated() {
            node.layer?.pack(
                parameters: parameters.pointer + parameterOffsets[index], into: packed.pointer + packedOffsets[index])
        }
    }

    /// A row of `hftml model summary`.
    package struct SummaryRow: Sendable {
        /// The node's name.
        package let name: String
        /// Its kind, as configurations write it.
        package let kind: String
        /// Names of the nodes it reads; empty where it is the one before it.
        package let sources: [String]
        /// The shape of one sample of its output.
        package let output: SampleShape
        /// Floats of its parameters.
        package let parameters: Int
        /// Of one sample forward.
        package let multiplyAdds: Int
    }

    /// A row for every node, in order.
    package var summary: [SummaryRow] {
        nodes.enumerated().map { index, node in
            SummaryRow(
                name: node.name, kind: node.kind,
                sources: node.sources == [index] ? [] : node.sources.map { $0 == 0 ? "input" : nodes[$0 - 1].name },
                output: node.output, parameters: node.layer?.parameterCount ?? 0,
                multiplyAdds: node.layer?.multiplyAdds ?? 0)
        }
    }
}
