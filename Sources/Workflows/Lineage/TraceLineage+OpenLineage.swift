package import Basics
import Promotion
import Registry

extension TraceLineage {
    private static let schema = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
    private static let producer = "urn:hftml"
    /// Nodes that stand for something done; all others are data that is read or written.
    private static let isJob: [LineageNode.Kind: String] = [
        .run: "train", .gateDecision: "gate", .approval: "approve", .deployment: "deploy",
    ]

    /// The graph as OpenLineage run events: START and COMPLETE (FAIL, ABORT) of every run, COMPLETE of everything else
    /// that was done.
    ///
    /// A job is what made a node: training for the outputs of a run, a gate for a verdict. Things that were made
    /// without a record of their own (features from raw data, versions from runs) are jobs named after their kind.
    ///
    /// - Throws: ``Failure`` with code `lineage.unknown`.
    package static func openLineage(_ references: String..., downstream: Bool, session: Session) throws -> [JSONValue] {
        try openLineage(references, downstream: downstream, session: session)
    }

    /// The same of several.
    package static func openLineage(_ references: [String], downstream: Bool, session: Session) throws -> [JSONValue] {
        try events(try graph(references, downstream: downstream, session: session), registry: try session.registry())
    }

    private static func events(_ graph: LineageGraph, registry: RegistryDatabase) throws -> [JSONValue] {
        let nodes = Dictionary(graph.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var events: [(time: Nanoseconds, event: JSONValue)] = []
        for node in graph.nodes {
            let sources = graph.edges.filter { $0.target == node.id }.compactMap { nodes[$0.source] }
            let targets = graph.edges.filter { $0.source == node.id }.compactMap { nodes[$0.target] }
            if node.kind == .run {
                let run = try registry.run(String(node.id.dropFirst(4)))
                let facets = runFacets(run),
                    job = event(
                        job: "train:\(run.name)", run: StableIdentifier.uuid(digits: run.id), facets: facets,
                        inputs: sources.filter { isJob[$0.kind] == nil })
                events.append((run.startedAt, job("START", run.startedAt, [])))
                if let end = run.endedAt {
                    let kind = run.status == .finished ? "COMPLETE" : run.status == .failed ? "FAIL" : "ABORT"
                    events.append((end, job(kind, end, targets.filter { isJob[$0.kind] == nil })))
                }
            } else if !sources.isEmpty, !sources.allSatisfy({ $0.kind == .run }) {
                let time = try registry.nodeTime(node.id)
                let job = event(
                    job: "\(isJob[node.kind] ?? "make-\(node.kind.rawValue)"):\(node.label)",
                    run: StableIdentifier.uuid(of: node.id), facets: .map([]), inputs: sources)
                events.append((time, job("COMPLETE", time, [node])))
            }
        }
        return events.sorted { $0.time < $1.time }.map(\.event)
    }

    private static func event(
        job: String, run: String, facets: JSONValue, inputs: [LineageNode]
    ) -> (_ type: String, _ time: Nanoseconds, _ outputs: [LineageNode]) -> JSONValue {
        { type, time, outputs in
            .map([
                "eventType": .string(type), "eventTime": .string(TimeText.utc(time)),
                "run": .map(["runId": .string(run), "facets": facets]),
                "job": .map(["namespace": .string("hftml"), "name": .string(job), "facets": .map([])]),
                "inputs": .list(inputs.map(dataset)), "outputs": .list(outputs.map(dataset)),
                "producer": .string(producer), "schemaURL": .string(schema),
            ])
        }
    }

    /// A node as a dataset, its digest as its version.
    private static func dataset(_ node: LineageNode) -> JSONValue {
        .map([
            "namespace": .string("hftml:\(node.kind.rawValue)"), "name": .string(node.label),
            "facets": .map([
                "version": .map([
                    "_producer": .string(producer),
                    "_schemaURL": .string(
                        "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json"
                            + "#/$defs/DatasetVersionDatasetFacet"
                    ),
                    "datasetVersion": .string(node.id),
                ])
            ]),
        ])
    }

    private static func runFacets(_ run: RunRecord) -> JSONValue {
        func facet(_ file: String, _ version: String, _ fields: [(String, JSONValue)]) -> JSONValue {
            .map(
                [
                    ("_producer", .string(producer)),
                    (
                        "_schemaURL",
                        .string("https://openlineage.io/spec/facets/\(version)/\(file).json#/$defs/\(file)")
                    ),
                ] + fields)
        }
        return .map([
            (
                "processing_engine",
                facet(
                    "ProcessingEngineRunFacet", "1-1-1",
                    [("version", .string(run.toolVersion)), ("name", .string("hftml"))])
            ),
            (
                "nominalTime",
                facet("NominalTimeRunFacet", "1-0-1", [("nominalStartTime", .string(TimeText.utc(run.startedAt)))])
            ),
            (
                "hftml_run",
                .map([
                    "_producer": .string(producer),
                    "_schemaURL": .string("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet"),
                    "id": .string(run.id),
                    "experiment": .string(run.experiment), "commit": .string(run.gitCommit),
                    "changedFiles": .strings(run.gitDirty), "seed": run.seed.map { .int($0) } ?? .null,
                    "threads": run.threads.map { .int($0) } ?? .null, "machine": .string(run.machine),
                    "user": .string(run.user),
                ])
            ),
        ])
    }
}
