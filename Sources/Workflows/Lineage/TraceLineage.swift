import Basics
package import Registry

/// A version, run or data file in; where it came from or what came of it, out.
package enum TraceLineage {
    /// What came of some references: the graph of a version or run; of data everything that ever read it.
    package enum Consequences: Sendable {
        case graph(LineageGraph)
        case recall(Recall)
    }

    /// - Throws: ``Failure`` with code `lineage.unknown`; `usage.lineage` for versions or runs among several.
    package static func downstream(_ references: [String], session: Session) throws -> Consequences {
        if references.count == 1, try RecallData.isRecord(references[0], session: session) {
            return .graph(try run(references[0], downstream: true, session: session))
        }
        var recall = try RecallData.run(references, session: session)
        // Of data that stands in the workspace the graph is that of what stands there, as it always was.
        let standing = recall.subjects.flatMap(\.contents).filter(\.isStanding)
        if references.count == 1, standing.count == 1,
            let same = standing[0].readings.first(where: { $0.form == .whole && !$0.isMade })
        {
            recall.graph = try session.registry().lineage(of: same.data.id, downstream: true)
        }
        recall.graph = recall.graph.telling(inForce: try session.registry().deploymentsInForce())
        return .recall(recall)
    }

    /// The graph of what came of some references, or of what one was made from.
    ///
    /// - Throws: also ``Failure`` with code `registry.no-lineage` where nothing is on record of it.
    package static func graph(_ references: [String], downstream isDownstream: Bool, session: Session) throws
        -> LineageGraph
    {
        guard isDownstream else {
            guard references.count == 1 else {
                throw Failure(
                    "usage.lineage", "found \(references.count) references, expected one without --downstream",
                    hint: "ask for one after the other, or what came of them: hftml lineage … --downstream",
                    exitStatus: .usage)
            }
            return try run(references[0], downstream: false, session: session)
        }
        switch try downstream(references, session: session) {
        case .graph(let graph): return graph
        case .recall(let recall):
            guard !recall.graph.nodes.isEmpty else {
                throw Failure(
                    "registry.no-lineage", "found nothing on record that read \(references.joined(separator: ", "))")
            }
            return recall.graph
        }
    }

    package static func run(_ reference: String, downstream: Bool, session: Session) throws
        -> LineageGraph
    {
        let registry = try session.registry()
        try CollectReceipts.all(session: session)
        let id = try identity(reference, registry: registry, session: session)
        let graph = try registry.lineage(of: id, downstream: downstream)
        return graph.telling(inForce: try registry.deploymentsInForce())
    }

    private static func identity(_ reference: String, registry: RegistryDatabase, session: Session) throws -> String {
        let path = session.path(reference)
        if Paths.exists(path), !reference.hasSuffix("version.json") {
            return try DataIdentity(path, isRead: false, session: session).digest
        }
        if let version = try NamedRun.version(reference, session: session) {
            return RegisterModel.node(version).id
        }
        guard let run = try NamedRun.run(reference, registry: registry) else {
            throw Failure(
                "lineage.unknown", "found no model version, run or file '\(reference)'",
                hint: "see: hftml models list, hftml runs list")
        }
        return "run:\(run.id)"
    }
}

extension LineageGraph {
    /// Deployments are called live where their bundle is in force; others were.
    fileprivate func telling(inForce: [DeploymentRecord]) -> LineageGraph {
        let live = Set(inForce.map { LineageNode.deployment($0.environment, bundle: $0.bundle).id })
        let past = Set(nodes.filter { $0.kind == .deployment && !live.contains($0.id) }.map(\.id))
        func name(_ id: String, _ name: String) -> String {
            past.contains(id) && name.hasPrefix("live in ") ? "was \(name)" : name
        }
        return LineageGraph(
            root: root,
            nodes: nodes.map { node in
                var node = node
                node.label = name(node.id, node.label)
                return node
            },
            edges: edges.map { edge in
                LineageEdge(
                    source: edge.source, target: edge.target, sourceName: name(edge.source, edge.sourceName),
                    targetName: name(edge.target, edge.targetName))
            })
    }
}

extension RegistryDatabase {
    /// The bundle that came in force last in each environment.
    func deploymentsInForce() throws -> [DeploymentRecord] {
        var settled: Set<String> = []
        return try deployments().filter { $0.isInForce && settled.insert($0.environment).inserted }
    }
}
