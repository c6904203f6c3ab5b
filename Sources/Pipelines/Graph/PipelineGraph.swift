package import Basics

/// All pipelines and pointers of a workspace as one graph: a stage needs what another one makes, whatever files state
/// the two.
package struct PipelineGraph: Sendable {
    package let pipelines: [Pipeline]
    package let pointers: [PointerNode]
    /// Every stage after those that it needs.
    package let stages: [Stage]
    /// For every stage the positions of those that it needs.
    package let sources: [[Int]]
    /// For every stage the positions of those that need it.
    package let targets: [[Int]]
    /// For every stage the pointers whose data it reads, as positions.
    package let pointerSources: [[Int]]
    private let outputs: OutputIndex
    private let places: [Int]
    private let positions: [String: Int]

    /// - Throws: ``ConfigError`` for outputs that overlap, of whatever files, and for cycles.
    package init(_ pipelines: [Pipeline], pointers: [PointerNode] = []) throws {
        self.pipelines = pipelines
        self.pointers = pointers
        let all = pipelines.flatMap(\.written)
        let graph = try StageGraph(all, pointers: pointers, files: pipelines.map(\.path))
        stages = graph.order.map { all[$0] }
        var places = [Int](repeating: 0, count: all.count)
        for (place, index) in graph.order.enumerated() { places[index] = place }
        self.places = places
        outputs = graph.outputs
        sources = graph.order.map { index in graph.sources[index].map { places[$0] } }
        pointerSources = graph.order.map { graph.pointerSources[$0] }
        var targets = [[Int]](repeating: [], count: all.count)
        for (target, from) in sources.enumerated() { for source in from { targets[source].append(target) } }
        self.targets = targets
        positions = Dictionary(stages.enumerated().map { (PipelineGraph.key($1.file, $1.name), $0) }) { first, _ in
            first
        }
    }

    private static func key(_ file: String, _ name: String) -> String { "\(file)\u{0}\(name)" }

    /// Where a stage of a pipeline file stands.
    package func position(of name: String, in file: String) -> Int? { positions[PipelineGraph.key(file, name)] }

    /// The stages of a pipeline file, in order.
    package func stages(of file: String) -> [Int] { stages.indices.filter { stages[$0].file == file } }

    /// The stages that make a path, a directory above it or something below it.
    package func makers(touching path: String) -> [Int] {
        outputs.makers(touching: path).filter { $0 < stages.count }.map { places[$0] }
    }

    /// The stage that makes a path or a directory above it.
    package func maker(holding path: String) -> Int? {
        outputs.maker(holding: path).flatMap { $0.node < stages.count ? places[$0.node] : nil }
    }

    /// These stages and everything that they need. What a frozen stage reads is not looked at, so its sources are not
    /// needed either.
    package func upstream(of start: [Int]) -> [Int] {
        reach(start) { stages[$0].isFrozen ? [] : sources[$0] }
    }

    /// These stages and everything that follows from them.
    package func downstream(of start: [Int]) -> [Int] { reach(start) { targets[$0] } }

    private func reach(_ start: [Int], _ next: (Int) -> [Int]) -> [Int] {
        var found = Set(start), waiting = start
        while let stage = waiting.popLast() {
            for other in next(stage) where found.insert(other).inserted { waiting.append(other) }
        }
        return found.sorted()
    }

    /// That a pipeline has no stage of a name, with the nearest one it has.
    package static func noStage(_ name: String, in pipeline: Pipeline) -> Failure {
        let near = NearestName.of(name, in: pipeline.stages.map(\.name))
        return Failure(
            "pipeline.no-stage", "found no stage '\(name)' in '\(pipeline.path)'",
            hint: near.map { "did you mean '\($0)'?" }, exitStatus: .usage)
    }

    /// The first of some parameters that a stage reads from a file whose values `--set` replaces, and not by its
    /// command.
    package func unseen(_ keys: [String], by stage: Stage) -> String? {
        let files = Set(pipelines.flatMap(\.overridden.keys))
        func touches(_ a: String, _ b: String) -> Bool { a == b || a.hasPrefix(b + ".") || b.hasPrefix(a + ".") }
        // A stage that reads the file as a whole reads every key.
        if stage.dependencies.contains(where: { files.contains(stage.absolute($0)) }) { return keys.first }
        for item in stage.parameters where files.contains(stage.absolute(item.file)) && stage.pinned == nil {
            for key in keys where item.keys.isEmpty || item.keys.contains(where: { touches($0, key) }) {
                let isGiven = stage.interpolated.contains { $0 == key || key.hasPrefix($0 + ".") }
                let isNamed = stage.commands.contains { $0.contains(Paths.name(item.file)) }
                if !isGiven || isNamed || item.keys.isEmpty { return key }
            }
        }
        return nil
    }
}
