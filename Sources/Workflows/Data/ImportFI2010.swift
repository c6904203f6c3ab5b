import Basics
import Features
import Registry

/// FI-2010's text files in, one feature table out.
package enum ImportFI2010 {
    /// Rows of the table, and of each class of its label.
    package struct Outcome: Sendable, Equatable {
        package let rows: Int
        package let down: Int
        package let stationary: Int
        package let up: Int
    }

    /// - Parameters:
    ///   - paths: in the order of training and test; the split of a recipe cuts them.
    ///   - horizon: in events.
    package static func run(_ paths: [String], horizon: Int, output: String, session: Session) throws -> Outcome {
        let digests = try paths.map { try Digest.sha256(file: $0) }
        let table = try FI2010Reader(horizon: horizon).read(
            paths, source: Digest.sha256(digests.joined(separator: "\n")))
        try table.write(to: output)
        let sources = zip(paths, digests).map { LineageNode.rawData("sha256:\($1)", path: session.shown($0)) }
        try session.registry().link(sources, to: try BuildFeatures.featuresNode(output, session: session))
        let label = table.label
        let classes = (0..<table.rowCount).reduce(into: [0, 0, 0]) {
            $0[Int(saturating: label.target(table.move($1)))] += 1
        }
        return Outcome(rows: table.rowCount, down: classes[0], stationary: classes[1], up: classes[2])
    }
}
