import Basics
package import NeuralNetworks

/// A network as a file of Python: a `torch.nn.Module` that takes the exported state dict with `strict=True` and gives
/// our outputs.
///
/// The text is written from the layer list, one line a node, and stands alone: it needs PyTorch and nothing else.
/// Layers that PyTorch has are PyTorch's; the others are short modules in the same file.
package struct TorchModule {
    private let network: Network
    private let plan: TorchPlan
    private var construction: [String] = []
    private var numbered: [String] = []
    private var forward: [String] = []
    private(set) var parts: Set<TorchPart> = []

    private init(_ network: Network, flatten: FlattenOrder) {
        self.network = network
        plan = TorchPlan(network, flatten: flatten)
    }

    /// Whether a text is such a file, of whatever version of this program.
    package static func isModule(_ text: String) -> Bool {
        let first = text.prefix { !$0.isNewline }
        return first.hasPrefix("\"\"\"") && first.contains(", as hftml ") && first.hasSuffix(" computes it.")
    }

    /// The text of `model.py`.
    ///
    /// - Parameter file: the name under which Python imports it.
    /// - Throws: ``Failure`` for a layer that cannot be written.
    package static func text(
        _ network: Network, name: String, flatten: FlattenOrder = .channelsFirst, module file: String = "model"
    ) throws -> String {
        var module = TorchModule(network, flatten: flatten)
        for index in network.nodes.indices { try module.write(index) }
        return module.assembled(name: name, file: file)
    }

    private mutating func assembled(name: String, file: String) -> String {
        let input = network.input, last = plan.values[plan.values.count - 1]
        var head = ["super().__init__()"]
        if !numbered.isEmpty { head.append("self.layers = nn.ModuleDict({") }
        head += numbered.map { "    \($0)," }
        if !numbered.isEmpty { head.append("})") }
        head += construction
        let answer = converted("v\(network.nodes.count)", last, to: .vector, keepsOrder: false)
        let name = name.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline }
        let helpers = parts.sorted { $0.rawValue < $1.rawValue }.map { $0.text + "\n\n\n" }.joined()
        return """
            \"\"\"\(name), as hftml \(ToolVersion.current) computes it.

            from \(file) import load
            model = load("state.pth")          # or state.safetensors
            # scaled [N, \(input.time), \(input.channels)] -> [N, \(network.output.count)]
            outputs = model(windows)
            \"\"\"
            import torch
            from torch import nn
            from torch.nn import functional as F


            \(helpers)class Model(nn.Module):
                def __init__(self):
            \(head.map { "        " + $0 }.joined(separator: "\n"))

                def forward(self, v0):
            \(forward.map { "        " + $0 }.joined(separator: "\n"))
                    return \(answer)


            def load(path):
                \"\"\"The model with the weights that hftml wrote, ready to predict.\"\"\"
                model = Model()
                if path.endswith(".safetensors"):
                    from safetensors.torch import load_file

                    model.load_state_dict(load_file(path), strict=True)
                else:
                    model.load_state_dict(torch.load(path, weights_only=True), strict=True)
                return model.eval()

            """
    }

    // MARK: Nodes

    private mutating func write(_ index: Int) throws {
        let node = network.nodes[index], takes = plan.inputs[index]
        var sources: [String] = []
        for (source, form) in zip(node.sources, takes) {
            sources.append(
                converted("v\(source)", plan.values[source], to: form.form, keepsOrder: form.keepsOrder))
        }
        let value = plan.values[index + 1]
        let expression: String
        switch node.operation {
        case .fused(let activation): expression = TorchModule.activation(activation.function, sources[0])
        case .join(let join): expression = TorchModule.join(join, sources, value.form)
        case .layer(let layer):
            let reference = self.reference(node.name)
            let emitted = try emit(layer, node.name, source: sources[0], reference: reference, index: index)
            if let module = emitted.module { add(node.name, module) }
            expression = emitted.expression
        }
        forward.append("v\(index + 1) = \(expression)  # \(node.name): \(node.kind) \(node.output)")
    }

    mutating func needs(_ part: TorchPart) { parts.insert(part) }

    /// The form in which a node takes its first source.
    func form(into index: Int) -> TorchPlan.Form { plan.inputs[index].first?.form ?? .series }
    func source(of index: Int) -> TorchPlan.Value { plan.values[network.nodes[index].sources[0]] }
    func form(of index: Int) -> TorchPlan.Form { plan.values[index + 1].form }

    private func number(_ name: String) -> String? {
        name.hasPrefix("layers.") ? String(name.dropFirst("layers.".count)) : nil
    }

    private func reference(_ name: String) -> String {
        number(name).map { "self.layers[\"\($0)\"]" } ?? "self.get_submodule(\"\(name)\")"
    }

    private mutating func add(_ name: String, _ module: String) {
        if let number = number(name) {
            numbered.append("\"\(number)\": \(module)")
        } else {
            // Not an attribute: a layer may be called `train` or `half`, which modules of PyTorch have already.
            construction.append("self._modules[\"\(name)\"] = \(module)")
        }
    }

    // MARK: Forms

    /// A value in another form, its vector put back in our order where a node needs that.
    private mutating func converted(
        _ name: String, _ value: TorchPlan.Value, to form: TorchPlan.Form, keepsOrder: Bool
    ) -> String {
        guard !keepsOrder, let order = value.order else {
            return name + TorchModule.turn(value.form, form, isFlattening: keepsOrder)
        }
        needs(.putBack)
        let pieces = order.map { "(\($0.channels), \($0.time), \($0.width))" }.joined(separator: ", ")
        return "put_back(\(name), [\(pieces)])" + TorchModule.turn(.vector, form, isFlattening: false)
    }

    /// - Parameter isFlattening: whether a vector takes the values as they lie; else channels come last first.
    private static func turn(_ from: TorchPlan.Form, _ to: TorchPlan.Form, isFlattening: Bool) -> String {
        switch (from, to) {
        case (.series, .image), (.image, .series): ".transpose(1, 2)"
        case (.series, .picture): ".transpose(1, 2).unsqueeze(3)"
        case (.series, .columns): ".unsqueeze(2)"
        case (.image, .picture): ".unsqueeze(3)"
        case (.image, .columns): ".transpose(1, 2).unsqueeze(2)"
        case (.columns, .picture): ".permute(0, 3, 1, 2)"
        case (.columns, .series): ".squeeze(2)"
        case (.columns, .image): ".squeeze(2).transpose(1, 2)"
        case (.picture, .columns): ".permute(0, 2, 3, 1)"
        case (.picture, .series): ".squeeze(3).transpose(1, 2)"
        case (.picture, .image): ".squeeze(3)"
        case (.vector, .series): ".unsqueeze(1)"
        case (.vector, .image): ".unsqueeze(2)"
        case (.vector, .picture): ".unsqueeze(2).unsqueeze(3)"
        case (.vector, .columns): ".unsqueeze(1).unsqueeze(1)"
        case (.image, .vector): isFlattening ? ".flatten(1)" : ".transpose(1, 2).flatten(1)"
        case (.picture, .vector): isFlattening ? ".flatten(1)" : ".permute(0, 2, 3, 1).flatten(1)"
        case (.series, .vector), (.columns, .vector): ".flatten(1)"
        default: ""
        }
    }

    // MARK: Expressions

    static func activation(_ function: Activation.Function, _ x: String) -> String {
        switch function {
        case .relu: "F.relu(\(x))"
        case .leakyRelu: "F.leaky_relu(\(x), 0.01)"
        case .sigmoid: "torch.sigmoid(\(x))"
        case .tanh: "torch.tanh(\(x))"
        case .gelu: "F.gelu(\(x), approximate=\"tanh\")"
        case .geluExact: "F.gelu(\(x))"
        }
    }

    private static func join(_ join: Join, _ sources: [String], _ form: TorchPlan.Form) -> String {
        switch join.kind {
        case .concat:
            let axis = form == .image || form == .picture ? 1 : -1
            return "torch.cat([\(sources.joined(separator: ", "))], \(axis))"
        case .add: return sources.joined(separator: " + ")
        case .multiply: return sources.joined(separator: " * ")
        case .average: return "(\(sources.joined(separator: " + "))) / \(sources.count)"
        }
    }
}
