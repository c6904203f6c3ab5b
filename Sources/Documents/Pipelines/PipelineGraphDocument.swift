package import Basics
package import Workflows

/// The stages of a pipeline or a workspace, the data they read and what they need, as text, Mermaid or Graphviz.
package struct PipelineGraphDocument: Document {
    package enum Form: Sendable { case list, mermaid, dot }

    private let pipeline: DescribePipeline.Outcome
    private let form: Form

    package init(_ pipeline: DescribePipeline.Outcome, as form: Form = .list) {
        self.pipeline = pipeline
        self.form = form
    }

    package var body: JSONValue {
        let stages = pipeline.stages.map { stage in
            JSONValue.map([
                "name": .string(stage.name), "commands": .strings(stage.commands),
                "deps": .strings(stage.dependencies), "outs": .strings(stage.outputs),
            ])
        }
        let edges = pipeline.edges.map { edge in
            JSONValue.map(["source": .string(edge.source), "target": .string(edge.target)])
        }
        let pointers = pipeline.pointers.map { pointer in
            JSONValue.map(["file": .string(pointer.file), "outs": .strings(pointer.outputs)])
        }
        var pairs: [(String, JSONValue)] = [
            ("stages", .list(stages)), ("edges", .list(edges)), ("pointers", .list(pointers)),
        ]
        if !pipeline.unread.isEmpty {
            let items = pipeline.unread.map {
                JSONValue.map(["file": .string($0.file), "problem": .string($0.problem)])
            }
            pairs.append(("unread", .list(items)))
        }
        return .map(pairs)
    }

    package var isFailure: Bool { pipeline.isIncomplete }

    package func text(_ style: TextStyle) -> String {
        switch form {
        case .list: list(style)
        case .mermaid: mermaid
        case .dot: dot
        }
    }

    private var names: [String] { pipeline.pointers.map(\.file) + pipeline.stages.map(\.name) }

    private func list(_ style: TextStyle) -> String {
        let needs = Dictionary(grouping: pipeline.edges, by: \.target)
        let lines = names.map { name in
            let sources = (needs[name] ?? []).map(\.source)
            let line = sources.isEmpty ? name : "\(name)  ← \(sources.joined(separator: ", "))"
            return style.wrapped(line, indent: 4)
        }
        return lines.joined(separator: "\n")
    }

    private var mermaid: String {
        let number = Dictionary(
            names.enumerated().map { ($0.element, $0.offset + 1) }, uniquingKeysWith: { first, _ in first })
        let nodes = names.enumerated().map { index, name in "\tnode\(index + 1)[\"\(Escaping.mermaid(name))\"]" }
        let arrows = pipeline.edges.map { "\tnode\(number[$0.source] ?? 0)-->node\(number[$0.target] ?? 0)" }
        return (["flowchart TD"] + nodes + arrows).joined(separator: "\n")
    }

    private var dot: String {
        func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\\\""))\"" }
        let nodes = names.map { "\(quoted($0));" }
        let arrows = pipeline.edges.map { "\(quoted($0.source)) -> \(quoted($0.target));" }
        return (["strict digraph {"] + nodes + arrows + ["}"]).joined(separator: "\n")
    }
}
