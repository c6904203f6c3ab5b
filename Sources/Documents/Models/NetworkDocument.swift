package import Basics
package import NeuralNetworks
import Workflows

/// What a network is made of: every layer with its shape, parameters and multiply-adds.
package struct NetworkDocument: Document {
    private let network: Network

    package init(_ network: Network) { self.network = network }

    package var body: JSONValue {
        let layers = network.summary.map { row in
            JSONValue.map([
                "name": .string(row.name), "layer": .string(row.kind), "from": .strings(row.sources),
                "output": .string(row.output.description), "parameters": .int(row.parameters),
                "multiplyAdds": .int(row.multiplyAdds),
            ])
        }
        return .map([
            "input": .string(network.input.description), "parameters": .int(network.parameterCount),
            "trained": .int(DescribeModel.trainedCount(network)), "multiplyAdds": .int(network.multiplyAdds),
            "layers": .list(layers),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var table = TextTable(
            ["name", "layer", "output", "parameters", "multiply-adds", "reads"], rightAligned: [2, 3, 4])
        table.add(["input", "", network.input.description, "", "", ""])
        for row in network.summary {
            table.add([
                row.name, row.kind, row.output.description, row.parameters == 0 ? "" : grouped(row.parameters),
                row.multiplyAdds == 0 ? "" : grouped(row.multiplyAdds), row.sources.joined(separator: ", "),
            ])
        }
        table.add(["total", "", "", grouped(network.parameterCount), grouped(network.multiplyAdds), ""])
        let trained = DescribeModel.trainedCount(network), rest = network.parameterCount - trained
        return table.text(style)
            + (rest == 0 ? "" : "\n\(grouped(trained)) trained, \(grouped(rest)) running statistics")
    }
}

/// The architectures that have names.
package struct NamedModelsDocument: Document {
    private let models: [(name: String, summary: String, window: Int)]

    package init(_ models: [(name: String, summary: String, window: Int)]) { self.models = models }

    package var body: JSONValue {
        let nodes = models.map {
            JSONValue.map(["name": .string($0.name), "summary": .string($0.summary), "window": .int($0.window)])
        }
        return .map([("models", .list(nodes))])
    }

    package func text(_ style: TextStyle) -> String {
        var table = TextTable(["name", "window", "what it is"], rightAligned: [1])
        for model in models { table.add([model.name, String(model.window), model.summary]) }
        return table.text(style)
    }
}
