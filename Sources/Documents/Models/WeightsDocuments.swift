package import Basics
package import Workflows

/// A file of weights that was written, and what it is for.
package struct WeightsFileDocument: Document {
    package enum Purpose: Sendable {
        /// The weights a seed starts from.
        case seed(Int)
        /// For `train --initial`.
        case initial
    }

    private let file: String
    private let parameters: Int
    private let purpose: Purpose

    package init(file: String, parameters: Int, purpose: Purpose) {
        self.file = file
        self.parameters = parameters
        self.purpose = purpose
    }

    package var body: JSONValue { .map([("file", .string(file)), ("parameters", .int(parameters))]) }

    package func text(_ style: TextStyle) -> String {
        let start = "\(Escaping.terminal(file)): \(grouped(parameters)) parameters"
        switch purpose {
        case .seed(let seed): return style.wrapped("\(start) of seed \(seed)", indent: 2)
        case .initial:
            let next = "start from them with: hftml train … --initial \(Escaping.terminal(file))"
            return style.wrapped("\(start); \(next)", indent: 2)
        }
    }
}

/// A model that was written for another tool.
package struct ExportedModelDocument: Document {
    private let file: String
    private let format: ExchangeWeights.Format
    private let exported: ExchangeWeights.Exported

    package init(file: String, format: ExchangeWeights.Format, _ exported: ExchangeWeights.Exported) {
        self.file = file
        self.format = format
        self.exported = exported
    }

    package var body: JSONValue {
        .map([
            "format": .string(format.rawValue), "file": .string(file), "parameters": .int(exported.parameters),
            "input": .string(exported.input), "outputs": .int(exported.outputs),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let shapes = "input N×\(exported.input), output N×\(exported.outputs)"
        return style.wrapped(
            "\(Escaping.terminal(file)): \(format.rawValue), \(shapes), \(grouped(exported.parameters)) parameters",
            indent: 2)
    }
}

/// Weights that came from another tool.
package enum ImportedWeightsDocument: Document {
    /// A file to start a training from.
    case file(WeightsFileDocument)
    /// A model directory, and a run of its own.
    case model(run: String, parameters: Int)

    package var body: JSONValue {
        switch self {
        case .file(let document): document.body
        case .model(let run, let parameters): .map([("run", .string(run)), ("parameters", .int(parameters))])
        }
    }

    package func text(_ style: TextStyle) -> String {
        switch self {
        case .file(let document): document.text(style)
        case .model(let run, _): run
        }
    }
}

/// A model that answers with the mean of several.
package struct EnsembleDocument: Document {
    private let run: String
    private let members: Int
    private let weights: String

    package init(run: String, members: Int, weights: String) {
        self.run = run
        self.members = members
        self.weights = weights
    }

    package var body: JSONValue {
        .map([("run", .string(run)), ("members", .int(members)), ("weights", .string(weights))])
    }

    package func text(_ style: TextStyle) -> String { run }
}
