import Basics
import Registry

/// A version, run or data file in; where it came from or what came of it, out.
package enum TraceLineage {
    package static func run(_ reference: String, downstream: Bool, session: Session) throws
        -> LineageGraph
    {
        let registry = try session.registry()
        try PromoteModel.collectAllReceipts(session: session, registry: registry)
        return try registry.lineage(
            of: try identity(reference, registry: registry, session: session), downstream: downstream)
    }

    private static func identity(_ reference: String, registry: RegistryDatabase, session: Session) throws -> String {
        if Paths.exists(reference), !reference.hasSuffix("version.json") {
            return try DataIdentity(reference, session: session).digest
        }
        if let version = try? RegisterModel.version(reference, registry: registry) {
            return RegisterModel.node(version).id
        }
        do { return "run:\(try registry.run(reference).id)" } catch {
            throw Failure(
                "lineage.unknown", "found no model version, run or file '\(reference)'",
                hint: "see: hftml models list, hftml runs list")
        }
    }

    /// A tree with the root at the top; a node met before is shown by its first line alone.
    package static func tree(_ graph: LineageGraph, downstream: Bool) -> String {
        let names = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.id, $0) })
        var seen: Set<String> = []
        var out = ""
        func visit(_ id: String, _ prefix: String, _ branch: String) {
            guard let node = names[id] else { return }
            let isNew = seen.insert(id).inserted
            let shortID = id.split(separator: ":").last.map { String($0.prefix(12)) } ?? id
            out += "\(branch)\(node.kind.rawValue)  \(node.label)  \(shortID)\(isNew ? "" : "  (above)")\n"
            guard isNew else { return }
            let next = graph.edges.filter { (downstream ? $0.source : $0.target) == id }.map {
                downstream ? $0.target : $0.source
            }
            for (index, child) in next.enumerated() {
                let isLast = index == next.count - 1
                visit(child, prefix + (isLast ? "   " : "│  "), prefix + (isLast ? "└─ " : "├─ "))
            }
        }
        visit(graph.root, "", "")
        return out
    }

    package static func mermaid(_ graph: LineageGraph) -> String {
        let index = Dictionary(uniqueKeysWithValues: graph.nodes.enumerated().map { ($0.element.id, $0.offset) })
        var out = "flowchart LR\n"
        for (position, node) in graph.nodes.enumerated() {
            out +=
                "  n\(position)[\"\(node.kind.rawValue)<br>\(node.label.split(separator: "\"").joined(separator: "'"))\"]\n"
        }
        for edge in graph.edges {
            if let a = index[edge.source], let b = index[edge.target] { out += "  n\(a) --> n\(b)\n" }
        }
        return out
    }

    package static func dot(_ graph: LineageGraph) -> String {
        func quoted(_ text: String) -> String {
            "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\""))\""
        }
        var out = "digraph lineage {\n  rankdir=LR;\n  node [shape=box];\n"
        for node in graph.nodes {
            out += "  \(quoted(node.id)) [label=\(quoted("\(node.kind.rawValue)\\n\(node.label)"))];\n"
        }
        for edge in graph.edges { out += "  \(quoted(edge.source)) -> \(quoted(edge.target));\n" }
        return out + "}\n"
    }

    package static func json(_ graph: LineageGraph) -> JSONValue {
        .map([
            "schemaVersion": .int(1), "root": .string(graph.root), "digest": .string(graph.digest),
            "nodes": .list(
                graph.nodes.map {
                    .map(["id": .string($0.id), "kind": .string($0.kind.rawValue), "label": .string($0.label)])
                }),
            "edges": .list(graph.edges.map { .map(["source": .string($0.source), "target": .string($0.target)]) }),
        ])
    }
}
