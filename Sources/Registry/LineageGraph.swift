import Basics

/// Everything that one thing was made from, or everything that was made from it.
package struct LineageGraph: Sendable {
    package var root: String
    /// Each once, under the name that it had when it was first used in this graph; by the time of its record.
    package var nodes: [LineageNode]
    /// From source to target, sorted.
    package var edges: [LineageEdge]

    package init(root: String, nodes: [LineageNode], edges: [LineageEdge]) {
        (self.root, self.nodes, self.edges) = (root, nodes, edges)
    }

    /// A digest over the sorted edges and kinds: the identity of what is known about the root's origin. Names and
    /// attributes are not part of it.
    package var digest: String {
        let lines =
            nodes.map { "\($0.kind.rawValue) \($0.id)" }.sorted() + edges.map { "\($0.source)>\($0.target)" }.sorted()
        return Digest.sha256(lines.joined(separator: "\n"))
    }
}
