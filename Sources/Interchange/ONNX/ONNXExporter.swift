import Basics
package import Foundation
package import NeuralNetworks
import SwiftProtobuf
package import Tensors

/// Writes a network as an ONNX model (opset 21, float32, dynamic batch), for ONNX Runtime and whatever else reads it.
///
/// Input `input` [N, T, F] takes the scaled windows that the network itself takes; output `output` [N, K]. Images
/// travel as N × C × T × W inside, series as N × T × C, and change form only where the next operation asks for the
/// other. Dropout is left out. The model's metadata carries what the caller gives.
package struct ONNXExporter {
    /// The version of ONNX's operations.
    package static let opset: Int64 = 21

    /// How a value lies in memory.
    enum Form {
        case series
        case image
    }

    struct Value {
        var name: String
        var form: Form
        var shape: SampleShape
    }

    var graph = Onnx_GraphProto()
    private var counter = 0
    let parameters: FloatBuffer
    let network: Network

    private init(_ network: Network, _ parameters: FloatBuffer) {
        (self.network, self.parameters) = (network, parameters)
    }

    /// The bytes of the file; equal networks give equal bytes.
    ///
    /// - Throws: ``Failure`` for a layer that has no ONNX form.
    package static func model(
        _ network: Network, parameters: FloatBuffer, name: String, metadata: [(key: String, value: String)] = []
    ) throws -> Data {
        var exporter = ONNXExporter(network, parameters)
        try exporter.build(name: name)
        var model = Onnx_ModelProto()
        model.irVersion = 10
        model.producerName = "hftml"
        model.producerVersion = ToolVersion.current
        model.opsetImport = [Onnx_OperatorSetIdProto.with { $0.version = opset }]
        model.metadataProps = metadata.map { entry in
            Onnx_StringStringEntryProto.with { ($0.key, $0.value) = (entry.key, entry.value) }
        }
        model.graph = exporter.graph
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        return try model.serializedData(options: options)
    }

    private mutating func build(name: String) throws {
        graph.name = name
        graph.input = [ONNXExporter.info("input", [nil, network.input.time, network.input.channels])]
        var values = [Value(name: "input", form: .series, shape: network.input)]
        for (index, node) in network.nodes.enumerated() {
            let sources = node.sources.map { values[$0] }
            let value: Value
            switch node.operation {
            case .layer(let layer):
                let at = UnsafePointer(parameters.pointer + network.parameterOffsets[index])
                value = try emit(layer, node.name, sources[0], at)
            case .join(let join): value = try emit(join, sources)
            // The network fuses what ONNX writes apart.
            case .fused(let activation): value = emit(activation.function, sources[0])
            }
            values.append(value)
        }
        let last = series(values[values.count - 1])
        add("Flatten", [last.name], attributes: [.int("axis", 1)], output: "output")
        graph.output = [ONNXExporter.info("output", [nil, network.output.count])]
    }

    private static func info(_ name: String, _ dims: [Int?]) -> Onnx_ValueInfoProto {
        .with {
            $0.name = name
            $0.type.tensorType.elemType = 1
            $0.type.tensorType.shape.dim = dims.map { size in
                .with { if let size { $0.dimValue = Int64(size) } else { $0.dimParam = "N" } }
            }
        }
    }

    // MARK: Pieces

    enum Attribute {
        case int(String, Int)
        case ints(String, [Int])
        case float(String, Float)
        case string(String, String)
    }

    mutating func fresh(_ stem: String) -> String {
        counter += 1
        return "\(stem)_\(counter)"
    }

    /// Adds an operation; returns the name of its output.
    @discardableResult
    mutating func add(
        _ type: String, _ inputs: [String], attributes: [Attribute] = [], outputs: Int = 1, output: String? = nil
    ) -> String {
        var node = Onnx_NodeProto()
        node.opType = type
        node.input = inputs
        let first = output ?? fresh(type)
        node.output = outputs == 1 ? [first] : (0..<outputs).map { "\(first)_\($0)" }
        node.name = "\(first)_op"
        node.attribute = attributes.map { attribute in
            .with {
                switch attribute {
                case .int(let name, let value): ($0.name, $0.i, $0.type) = (name, Int64(value), .int)
                case .ints(let name, let values): ($0.name, $0.ints, $0.type) = (name, values.map(Int64.init), .ints)
                case .float(let name, let value): ($0.name, $0.f, $0.type) = (name, value, .float)
                case .string(let name, let value): ($0.name, $0.s, $0.type) = (name, Data(value.utf8), .string)
                }
            }
        }
        graph.node.append(node)
        return first
    }

    mutating func constant(_ values: [Float], _ dims: [Int], _ stem: String = "weight") -> String {
        let name = fresh(stem)
        graph.initializer.append(
            .with {
                ($0.name, $0.dataType, $0.dims) = (name, 1, dims.map(Int64.init))
                $0.rawData = values.withUnsafeBytes { Data($0) }
            })
        return name
    }

    mutating func constant(_ values: [Int]) -> String {
        let name = fresh("shape")
        graph.initializer.append(
            .with {
                ($0.name, $0.dataType, $0.dims) = (name, 7, [Int64(values.count)])
                $0.rawData = values.map(Int64.init).withUnsafeBytes { Data($0) }
            })
        return name
    }

    mutating func reshape(_ name: String, _ dims: [Int]) -> String { add("Reshape", [name, constant(dims)]) }
    mutating func transpose(_ name: String, _ order: [Int]) -> String {
        add("Transpose", [name], attributes: [.ints("perm", order)])
    }

    /// N × T × C, or N × T × W × C for an image with columns.
    mutating func series(_ value: Value) -> Value {
        guard value.form == .image else { return value }
        let order = transpose(value.name, [0, 2, 3, 1])
        return Value(
            name: value.shape.width == 1 ? reshape(order, [-1, value.shape.time, value.shape.channels]) : order,
            form: .series, shape: value.shape)
    }

    mutating func image(_ value: Value) -> Value {
        guard value.form == .series else { return value }
        let shape = value.shape
        let wide = shape.width == 1 ? reshape(value.name, [-1, shape.time, 1, shape.channels]) : value.name
        return Value(name: transpose(wide, [0, 3, 1, 2]), form: .image, shape: shape)
    }

    mutating func emit(_ join: Join, _ sources: [Value]) throws -> Value {
        let form = sources[0].form
        let inputs = sources.map { form == .image ? image($0).name : series($0).name }
        let name: String =
            switch join.kind {
            case .concat: add("Concat", inputs, attributes: [.int("axis", form == .image ? 1 : -1)])
            case .add: add("Sum", inputs)
            case .average: add("Mean", inputs)
            case .multiply: inputs.dropFirst().reduce(inputs[0]) { add("Mul", [$0, $1]) }
            }
        return Value(name: name, form: form, shape: join.output)
    }

    mutating func emit(_ function: Activation.Function, _ x: Value) -> Value {
        let name: String =
            switch function {
            case .relu: add("Relu", [x.name])
            case .leakyRelu: add("LeakyRelu", [x.name], attributes: [.float("alpha", 0.01)])
            case .sigmoid: add("Sigmoid", [x.name])
            case .tanh: add("Tanh", [x.name])
            case .gelu: add("Gelu", [x.name], attributes: [.string("approximate", "tanh")])
            case .geluExact: add("Gelu", [x.name], attributes: [.string("approximate", "none")])
            }
        return Value(name: name, form: x.form, shape: x.shape)
    }
}
