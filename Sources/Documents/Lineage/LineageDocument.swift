package import Basics
package import Registry

/// What something was made from, or what was made from it.
package struct LineageDocument: Document {
    package enum Form: Sendable { case tree, mermaid, dot }

    package let graph: LineageGraph
    private let isDownstream: Bool
    private let form: Form

    package init(_ graph: LineageGraph, isDownstream: Bool, as form: Form = .tree) {
        (self.graph, self.isDownstream, self.form) = (graph, isDownstream, form)
    }

    package var body: JSONValue {
        let nodes = graph.nodes.map { node in
            JSONValue.map([
                "id": .string(node.id), "kind": .string(node.kind.rawValue), "label": .string(node.label),
            ])
        }
        let edges = graph.edges.map { edge in
            JSONValue.map(["source": .string(edge.source), "target": .string(edge.target)])
        }
        return .map([
            "root": .string(graph.root), "digest": .string(graph.digest), "nodes": .list(nodes), "edges": .list(edges),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        switch form {
        case .tree: tree(style)
        case .mermaid: mermaid
        case .dot: dot
        }
    }

    /// Levels that a tree shows. Each line begins with as many marks as it has levels above it, so that a chain of n
    /// would take n² characters, and nobody reads further; `--json`, `--dot` and `--mermaid` hold everything.
    private static let mostLevels = 50

    /// The root at the top; a node met before is shown by its first line alone. Each is called what it was called when
    /// the thing beside it was recorded. Linear in nodes and edges.
    private func tree(_ style: TextStyle) -> String {
        let nodes = Dictionary(graph.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let edges = Dictionary(grouping: graph.edges) { isDownstream ? $0.source : $0.target }
        var seen: Set<String> = [], lines: [String] = []
        func visit(_ id: String, _ name: String?, _ prefix: String, _ branch: String, _ level: Int = 0) {
            guard let node = nodes[id] else { return }
            let isNew = seen.insert(id).inserted
            let shown = name ?? node.label
            let next = isNew ? edges[id] ?? [] : []
            let words = "\(node.kind.rawValue)  \(shown)\(digest(id, beside: shown))\(isNew ? "" : "  (above)")"
            let further = prefix + (next.isEmpty ? "     " : "│    ")
            lines += LineageDocument.broken(words, style.width, first: branch, further: further)
            if !next.isEmpty, level == Self.mostLevels {
                lines.append("\(prefix)└─ …  deeper levels: hftml lineage \(shown), or --json")
                return
            }
            for (index, edge) in next.enumerated() {
                let isLast = index == next.count - 1
                visit(
                    isDownstream ? edge.target : edge.source, isDownstream ? edge.targetName : edge.sourceName,
                    prefix + (isLast ? "   " : "│  "), prefix + (isLast ? "└─ " : "├─ "),
                    level + 1)
            }
        }
        visit(graph.root, nil, "", "")
        return lines.joined(separator: "\n")
    }

    /// The start of the digest that an identity ends with; nothing for one that is a name, or that the label says.
    private func digest(_ id: String, beside label: String) -> String {
        guard let end = id.split(separator: ":").last else { return "" }
        let last = end.hasSuffix(".dir") ? end.dropLast(4) : end
        guard last.count >= 12, last.allSatisfy(\.isHexDigit),
            !label.hasPrefix(last.prefix(12))
        else { return "" }
        return "  \(last.prefix(12))"
    }

    /// A node of the tree in as many lines as the screen asks for.
    private static func broken(_ words: String, _ width: Int?, first: String, further: String) -> [String] {
        guard let width, DisplayWidth.columns(first + words) > width else { return [first + words] }
        let lines = TextWrap.lines(words, width: max(20, width - DisplayWidth.columns(further)))
        return lines.enumerated().map { ($0.offset == 0 ? first : further) + $0.element }
    }

    private var mermaid: String {
        let index = Dictionary(
            graph.nodes.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
        var lines = ["flowchart LR"]
        for (position, node) in graph.nodes.enumerated() {
            lines.append("  n\(position)[\"\(node.kind.rawValue)<br>\(Escaping.mermaid(node.label))\"]")
        }
        for edge in graph.edges {
            if let a = index[edge.source], let b = index[edge.target] { lines.append("  n\(a) --> n\(b)") }
        }
        return lines.joined(separator: "\n")
    }

    private var dot: String {
        func quoted(_ text: String) -> String {
            "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\""))\""
        }
        var lines = ["digraph lineage {", "  rankdir=LR;", "  node [shape=box];"]
        lines += graph.nodes.map {
            "  \(quoted($0.id)) [label=\(quoted("\($0.kind.rawValue)\\n\($0.label)"))];"
        }
        lines += graph.edges.map { "  \(quoted($0.source)) -> \(quoted($0.target));" }
        return (lines + ["}"]).joined(separator: "\n")
    }
}

/// OpenLineage run events, one JSON object a line.
package struct LineageEventsDocument: Document {
    package let events: [JSONValue]

    package init(_ events: [JSONValue]) { self.events = events }

    package var isVerbatim: Bool { true }
    package var body: JSONValue { .map([("events", .list(events))]) }
    package func text(_ style: TextStyle) -> String { events.map { $0.text(.compact) }.joined(separator: "\n") }
}
