import Basics
package import NeuralNetworks

/// Networks of agents: bodies that the configuration lists, each with a dense head, and the heads' outputs behind each
/// other.
package enum AgentNetwork {
    /// Layers of several bodies, all reading the input; one body serves all heads where there is only one.
    ///
    /// - Parameter heads: outputs of every head, in order of the network's output.
    static func layers(bodies: [[JSONValue]], heads: [Int]) -> [JSONValue] {
        var layers: [JSONValue] = []
        let isShared = bodies.count == 1
        for (index, units) in heads.enumerated() {
            let body = bodies[isShared ? 0 : index]
            if index == 0 || !isShared { layers += renamed(body, prefix: isShared ? "body" : headName(index)) }
            var head: [(String, JSONValue)] = [
                ("layer", .string("dense")), ("units", .int(units)), ("name", .string(headName(index))),
            ]
            head.append(("from", .string(body.isEmpty ? "input" : bodyName(isShared ? "body" : headName(index)))))
            layers.append(.map(head))
        }
        if heads.count > 1 {
            layers.append(.map([("layer", .string("concat")), ("from", .strings(heads.indices.map(headName)))]))
        }
        return layers
    }

    static func headName(_ index: Int) -> String { "head\(index)" }
    private static func bodyName(_ prefix: String) -> String { "\(prefix)-body" }

    /// A copy of a body under names of its own; its last layer gets the name that heads look for.
    private static func renamed(_ body: [JSONValue], prefix: String) -> [JSONValue] {
        func name(_ text: String) -> String {
            text == "input"
                ? text : text == body.last?[key: "name"]?.stringValue ? bodyName(prefix) : "\(prefix)-\(text)"
        }
        return body.enumerated().map { index, layer in
            var layer = layer
            if let own = layer[key: "name"]?.stringValue { layer[key: "name"] = .string(name(own)) }
            if index == body.count - 1 { layer[key: "name"] = .string(bodyName(prefix)) }
            if let from = layer[key: "from"] {
                let names = (from.listValue ?? [from]).compactMap(\.stringValue).map(name)
                layer[key: "from"] = from.listValue == nil ? .string(names.first ?? "input") : .strings(names)
            } else if index == 0 {
                layer[key: "from"] = .string("input")
            }
            return layer
        }
    }

    /// The range of a head's parameters among the network's.
    package static func head(_ index: Int, _ name: String, in network: Network) -> Range<Int>? {
        network.parameters.first { $0.name == "\(headName(index)).\(name)" }.map {
            $0.offset..<$0.offset + $0.spec.count
        }
    }
}
