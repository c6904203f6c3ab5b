import Basics

/// Which stage needs which, from the files that they make and read. O(n log n) in the number of paths.
struct StageGraph {
    /// For every stage the stages that must come first, as positions.
    let sources: [Set<Int>]
    /// A topological order; ties keep the order of the file.
    let order: [Int]

    /// - Throws: ``ConfigError`` for outputs that overlap, that hold what a stage reads or the pipeline itself, and for
    ///   cycles.
    init(_ stages: [Stage], directory: String) throws {
        var makers: [(path: String, stage: Int)] = []
        for (index, stage) in stages.enumerated() {
            for output in stage.outputs { makers.append((stage.absolute(output.path), index)) }
        }
        // With "/" at the end, a directory sorts right before everything below it.
        let sorted = makers.map { (path: $0.path + "/", stage: $0.stage) }.sorted {
            $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
        }
        for (index, maker) in sorted.enumerated().dropFirst()
        where maker.path.utf8.starts(with: sorted[index - 1].path.utf8) {
            let (a, b) = (
                stages[min(maker.stage, sorted[index - 1].stage)], stages[max(maker.stage, sorted[index - 1].stage)]
            )
            throw ConfigError(
                "found '\(Paths.relative(String(maker.path.dropLast()), to: b.directory))' as output of both "
                    + "'\(a.name)' and '\(b.name)'",
                at: b.mark)
        }
        for (index, stage) in stages.enumerated() {
            for output in stage.outputs {
                let path = stage.absolute(output.path)
                // A run deletes its outputs first: never the pipeline itself, nor what the stage reads.
                if let victim = ([directory, stage.directory] + stage.dependencies.map(stage.absolute)).first(where: {
                    StageGraph.covers(path, $0)
                }) {
                    throw ConfigError(
                        "found the output '\(output.path)' of stage '\(stages[index].name)', which holds "
                            + "'\(Paths.relative(victim, to: stage.directory))'",
                        at: stage.mark)
                }
            }
        }
        let exact = ExactMap(makers.reversed().map { ($0.path, $0.stage) })
        let sources = stages.indices.map { index in
            var found: Set<Int> = []
            for dependency in stages[index].dependencies {
                let path = stages[index].absolute(dependency)
                // The path itself or a directory above it is an output …
                var current = path
                while current.count > 1 {
                    if let maker = exact[current] { found.insert(maker) }
                    current = Paths.parent(current)
                }
                // … or outputs lie below it.
                var low = 0, high = sorted.count
                let prefix = path + "/"
                while low < high {
                    let middle = (low + high) / 2
                    if sorted[middle].path.utf8.lexicographicallyPrecedes(prefix.utf8) {
                        low = middle + 1
                    } else {
                        high = middle
                    }
                }
                while low < sorted.count, sorted[low].path.utf8.starts(with: prefix.utf8) {
                    found.insert(sorted[low].stage)
                    low += 1
                }
            }
            return found
        }
        if let index = sources.indices.first(where: { sources[$0].contains($0) }) {
            throw ConfigError("found the stage '\(stages[index].name)' reading what it makes", at: stages[index].mark)
        }
        self.sources = sources
        order = try StageGraph.order(stages, sources)
    }

    static func covers(_ outer: String, _ path: String) -> Bool { path.isAtOrBelow(outer) }

    private static func order(_ stages: [Stage], _ sources: [Set<Int>]) throws -> [Int] {
        var waiting = sources.map(\.count)
        var targets = [[Int]](repeating: [], count: stages.count)
        for (target, from) in sources.enumerated() { for source in from { targets[source].append(target) } }
        // The ready stage that stands first in the file goes first.
        var ready = Heap(stages.indices.filter { waiting[$0] == 0 })
        var order: [Int] = []
        while let next = ready.popFirst() {
            order.append(next)
            for target in targets[next] {
                waiting[target] -= 1
                if waiting[target] == 0 { ready.insert(target) }
            }
        }
        guard order.count == stages.count else {
            let left = stages.indices.filter { waiting[$0] > 0 }
            throw ConfigError(
                "found stages that wait for each other: \(left.map { stages[$0].name }.joined(separator: ", "))",
                at: stages[left[0]].mark)
        }
        return order
    }

    /// Smallest first.
    private struct Heap {
        private var items: [Int]

        init(_ items: [Int]) { self.items = items.sorted() }

        mutating func insert(_ item: Int) {
            items.append(item)
            var child = items.count - 1
            while child > 0, items[(child - 1) / 2] > items[child] {
                items.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        }

        mutating func popFirst() -> Int? {
            guard let first = items.first else { return nil }
            items.swapAt(0, items.count - 1)
            items.removeLast()
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < items.count && items[child] < items[least] {
                    least = child
                }
                if least == parent { return first }
                items.swapAt(parent, least)
                parent = least
            }
        }
    }
}
