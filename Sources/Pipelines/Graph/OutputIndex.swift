import Basics

/// Which output lies at, above or below a path. A question costs the depth of the path and a search among the sorted
/// outputs.
struct OutputIndex: Sendable {
    /// A path and the number of who makes it: a stage, or a pointer after all stages.
    typealias Maker = (path: String, node: Int)

    private let exact: [ExactText: Int]
    /// With "/" at the end, so that a directory sorts right before everything below it.
    private let sorted: [Maker]

    init(_ makers: [Maker]) {
        exact = Dictionary(makers.map { (ExactText($0.path), $0.node) }) { first, _ in first }
        sorted = makers.map { (path: $0.path + "/", node: $0.node) }.sorted {
            $0.path.utf8.elementsEqual($1.path.utf8)
                ? $0.node < $1.node : $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
        }
    }

    /// The first two outputs of which one is or holds the other.
    var overlap: (Maker, Maker)? {
        for (index, maker) in sorted.enumerated().dropFirst()
        where maker.path.utf8.starts(with: sorted[index - 1].path.utf8) {
            let before = sorted[index - 1]
            return ((String(before.path.dropLast()), before.node), (String(maker.path.dropLast()), maker.node))
        }
        return nil
    }

    /// The output that is a path or a directory above it.
    func maker(holding path: String) -> Maker? {
        var current = path
        while current.utf8.count > 1 {
            if let node = exact[ExactText(current)] { return (current, node) }
            current = Paths.parent(current)
        }
        return nil
    }

    /// Who makes a path, a directory above it, or something below it; in this order.
    func makers(touching path: String) -> [Int] {
        var found: [Int] = []
        if let holder = maker(holding: path) { found.append(holder.node) }
        let prefix = path + "/"
        var low = 0, high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle].path.utf8.lexicographicallyPrecedes(prefix.utf8) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        while low < sorted.count, sorted[low].path.utf8.starts(with: prefix.utf8) {
            if found.last != sorted[low].node { found.append(sorted[low].node) }
            low += 1
        }
        return found
    }
}
