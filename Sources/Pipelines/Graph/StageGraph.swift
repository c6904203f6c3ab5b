import Basics

/// Which stage needs which, from the files that they make and read, of one pipeline or of a whole workspace.
/// O(n log n) in the number of paths.
struct StageGraph {
    /// For every stage the stages that must come first, as positions, in the order in which it reads what they make.
    let sources: [[Int]]
    /// For every stage the pointers whose data it reads.
    let pointerSources: [[Int]]
    /// A topological order: a stage comes right after what it needs, as DVC does it.
    let order: [Int]
    let outputs: OutputIndex

    /// - Parameter files: the pipeline files, which no output may hold.
    /// - Throws: ``ConfigError`` for outputs that overlap, that hold what a stage reads, a pipeline or a pointer, and
    ///   for cycles.
    init(_ stages: [Stage], pointers: [PointerNode] = [], files: [String]) throws {
        var makers: [OutputIndex.Maker] = []
        for (index, stage) in stages.enumerated() {
            for output in stage.outputs { makers.append((stage.absolute(output.path), index)) }
        }
        for (index, pointer) in pointers.enumerated() {
            for output in pointer.outputs { makers.append((output, stages.count + index)) }
        }
        outputs = OutputIndex(makers)
        if let (first, second) = outputs.overlap { throw StageGraph.overlap(first, second, stages, pointers) }
        try StageGraph.checkVictims(stages, outputs, files + pointers.map(\.file))
        let outputs = outputs
        let needs = stages.map { stage in
            var seen: Set<Int> = []
            return stage.dependencies.flatMap { outputs.makers(touching: stage.absolute($0)) }.filter {
                seen.insert($0).inserted
            }
        }
        let sources = needs.map { $0.filter { $0 < stages.count } }
        self.sources = sources
        pointerSources = needs.map { $0.filter { $0 >= stages.count }.map { $0 - stages.count } }
        if let index = sources.indices.first(where: { sources[$0].contains($0) }) {
            throw ConfigError("found the stage '\(stages[index].name)' reading what it makes", at: stages[index].mark)
        }
        order = try StageGraph.order(stages, sources)
    }

    static func covers(_ outer: String, _ path: String) -> Bool { path.isAtOrBelow(outer) }

    private static func overlap(
        _ first: OutputIndex.Maker, _ second: OutputIndex.Maker, _ stages: [Stage], _ pointers: [PointerNode]
    ) -> ConfigError {
        let (a, b) = first.node < second.node ? (first.node, second.node) : (second.node, first.node)
        guard a < stages.count else {
            let (one, other) = (pointers[a - stages.count], pointers[b - stages.count])
            return ConfigError(
                "found '\(second.path)' as data of both '\(one.file)' and '\(other.file)'",
                at: SourceMark(file: other.file, line: 1, column: 1), hint: "remove one of the two pointers")
        }
        let stage = stages[b < stages.count ? b : a]
        let path = Paths.relative(second.path, to: stage.directory)
        if b >= stages.count {
            let pointer = Paths.relative(pointers[b - stages.count].file, to: stage.directory)
            return ConfigError(
                "found '\(path)' both as output of stage '\(stage.label)' and as data of '\(pointer)'", at: stage.mark,
                hint: "one of the two must let go of it: the stage writes elsewhere, or hftml remove '\(pointer)'")
        }
        if a == b {
            return ConfigError(
                "found '\(path)' twice among the outputs of '\(stage.label)', once inside or as another one",
                at: stage.mark,
                hint:
                    "take it out of the stage's list; a metric or plot that lies in an output is named at the top "
                    + "level of the pipeline: metrics: [\(path)]")
        }
        return ConfigError(
            "found '\(path)' as output of both '\(stages[a].label)' and '\(stages[b].label)'", at: stage.mark)
    }

    /// A run deletes outputs first: never a pipeline, a pointer, nor what the stage itself reads.
    private static func checkVictims(_ stages: [Stage], _ outputs: OutputIndex, _ files: [String]) throws {
        for stage in stages {
            for output in stage.outputs {
                let path = stage.absolute(output.path)
                let own = [stage.directory] + stage.dependencies.map(stage.absolute)
                guard let victim = own.first(where: { covers(path, $0) }) else { continue }
                throw holding(output.path, stage, victim)
            }
        }
        for file in files {
            guard let maker = outputs.maker(holding: file), maker.node < stages.count else { continue }
            let stage = stages[maker.node]
            throw holding(Paths.relative(maker.path, to: stage.directory), stage, file)
        }
    }

    private static func holding(_ output: String, _ stage: Stage, _ victim: String) -> ConfigError {
        ConfigError(
            "found the output '\(output)' of stage '\(stage.label)', which holds "
                + "'\(Paths.relative(victim, to: stage.directory))'",
            at: stage.mark)
    }

    /// Depth first in the order of the file, without recursion: chains of stages may be long.
    private static func order(_ stages: [Stage], _ sources: [[Int]]) throws -> [Int] {
        enum Mark { case new, open, done }
        var marks = [Mark](repeating: .new, count: stages.count), order: [Int] = []
        order.reserveCapacity(stages.count)
        for start in stages.indices where marks[start] == .new {
            var path: [(stage: Int, next: Int)] = [(start, 0)]
            marks[start] = .open
            while let (stage, next) = path.last {
                guard next < sources[stage].count else {
                    marks[stage] = .done
                    order.append(stage)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let source = sources[stage][next]
                switch marks[source] {
                case .new:
                    marks[source] = .open
                    path.append((source, 0))
                case .open:
                    let circle = path.drop { $0.stage != source }.map(\.stage).sorted()
                    throw ConfigError(
                        "found stages that wait for each other: "
                            + circle.map { stages[$0].label }.joined(separator: ", "),
                        at: stages[circle[0]].mark)
                case .done: break
                }
            }
        }
        return order
    }
}
