package import Basics
package import Workflows

/// A file of weights that was written, and what it is for.
package struct WeightsFileDocument: Document {
    package enum Purpose: Sendable {
        /// The weights a seed starts from.
        case seed(Int)
    }

    private let file: String
    private let parameters: Int
    private let beside: [String]
    private let purpose: Purpose

    package init(file: String, parameters: Int, beside: [String], purpose: Purpose) {
        self.file = file
        self.parameters = parameters
        self.beside = beside
        self.purpose = purpose
    }

    package var body: JSONValue {
        .map(["file": .string(file), "parameters": .int(parameters), "beside": .strings(beside)])
    }

    package func text(_ style: TextStyle) -> String {
        let start = "\(Escaping.terminal(file)): \(grouped(parameters)) parameters"
        switch purpose {
        case .seed(let seed): return style.wrapped("\(start) of seed \(seed)", indent: 2)
        }
    }
}

/// A model that was written for another tool.
package struct ExportedModelDocument: Document {
    private let file: String
    private let format: ExchangeWeights.Format
    private let exported: ExportWeights.Exported

    package init(file: String, format: ExchangeWeights.Format, _ exported: ExportWeights.Exported) {
        self.file = file
        self.format = format
        self.exported = exported
    }

    package var body: JSONValue {
        .map([
            "format": .string(format.rawValue), "file": .string(file), "parameters": .int(exported.parameters),
            "input": .string(exported.input), "outputs": .int(exported.outputs), "beside": .strings(exported.beside),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let shapes = "input N×\(exported.input), output N×\(exported.outputs)"
        let line =
            "\(Escaping.terminal(file)): \(format.rawValue), \(shapes), \(grouped(exported.parameters)) parameters"
        let beside = exported.beside.map { "  beside it: \(Escaping.terminal($0))" }
        return ([style.wrapped(line, indent: 2)] + beside).joined(separator: "\n")
    }
}

/// Weights that came from another tool: a file to start a training from, or a model directory with a run of its own.
package struct ImportedWeightsDocument: Document {
    private let file: String
    private let imported: ImportWeights.Imported

    package init(file: String, _ imported: ImportWeights.Imported) {
        self.file = file
        self.imported = imported
    }

    package var body: JSONValue {
        var entries: [(String, JSONValue)] =
            [imported.run.map { ("run", .string($0)) } ?? ("file", .string(file))]
            + [("parameters", .int(imported.parameters))]
        entries.append(
            (
                "check",
                imported.check.map {
                    .map(["file": .string($0.path), "difference": .double(Double($0.difference))])
                } ?? .null
            ))
        entries.append(("notes", .strings(imported.notes)))
        return .map(entries)
    }

    package func text(_ style: TextStyle) -> String {
        guard imported.run == nil else { return imported.run ?? "" }
        let start = "\(Escaping.terminal(file)): \(grouped(imported.parameters)) parameters"
        let next = "start from them with: hftml train … --initial \(Escaping.terminal(file))"
        let remarks = ImportedWeightsDocument.remarks(imported).map { style.wrapped("  \($0)", indent: 4) }
        return ([style.wrapped("\(start); \(next)", indent: 2)] + remarks).joined(separator: "\n")
    }

    /// What was and was not compared, a line each.
    package static func remarks(_ imported: ImportWeights.Imported) -> [String] {
        let checked = imported.check.map {
            "checked: the answers of '\(Escaping.terminal($0.path))' differ by \($0.difference)"
        }
        return [checked].compactMap { $0 } + imported.notes.map { Escaping.terminal($0) }
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
