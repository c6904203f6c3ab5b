import Basics
package import Features
import MarketData
import Registry

/// Two feature tables in; one of the rows of the first, with what was known of the second at that time, out.
package enum JoinFeatureTables {
    package struct Request: Sendable {
        /// Paths of both tables.
        package var left: String
        package var right: String
        /// What the other table's columns are called by.
        package var name: String
        /// One of the second table for all rows, or `any` for its only one; nil for the same.
        package var instrument: String?
        /// A text such as `2s` or `500ms`.
        package var maxAge: String
        package var output: String

        package init(
            left: String, right: String, name: String, instrument: String?, maxAge: String, output: String
        ) {
            (self.left, self.right, self.name, self.instrument) = (left, right, name, instrument)
            (self.maxAge, self.output) = (maxAge, output)
        }
    }

    package struct Outcome: Sendable {
        /// Rows of the table that was made, and of these with a label.
        package var rows: Int
        package var labelledRows: Int
        /// Names of its columns.
        package var features: [String]
        /// What became of the rows of the first table.
        package var counts: [FeatureJoin.Counts]
    }

    /// - Throws: ``Failure`` with code `features.join` for tables that cannot be joined.
    package static func run(_ request: Request, session: Session) throws -> Outcome {
        guard let maxAge = age(request.maxAge) else {
            throw Failure(
                "features.join", "found '\(request.maxAge)' as the largest age, expected a text such as 2s or 500ms",
                exitStatus: .usage)
        }
        let partner: FeatureJoin.Partner =
            switch request.instrument {
            case nil: .sameInstrument
            case "any": .only
            case .some(let name): .instrument(name)
            }
        guard ![request.left, request.right].map(Paths.resolved).contains(Paths.resolved(request.output)) else {
            throw Failure(
                "features.join", "found '\(request.output)' as a table to read and to write",
                hint: "write to another file: -o joined.safetensors", exitStatus: .usage)
        }
        let join = try FeatureJoin(name: request.name, partner: partner, maxAge: maxAge)
        let sources = try [request.left, request.right].map { try BuildFeatures.featuresNode($0, session: session) }
        let (table, counts) = try join.join(
            try FeatureTable.read(request.left), try FeatureTable.read(request.right))
        guard
            try sources == [request.left, request.right].map({ try BuildFeatures.featuresNode($0, session: session) })
        else {
            throw Failure(
                "features.changed", "found a table changed while it was read",
                hint: "run the command again when nobody writes there")
        }
        try table.write(to: request.output)
        let made = try BuildFeatures.featuresNode(request.output, session: session)
        let registry = try session.registry()
        try registry.link(sources, to: made)
        try RecordGround.run(table, features: made.id, registry: registry)
        return Outcome(
            rows: table.rowCount, labelledRows: (0..<table.rowCount).count { !table.move($0).isNaN },
            features: table.featureNames, counts: counts)
    }

    /// Nanoseconds of `2s`, `1m` or `500ms`; nil for anything else.
    static func age(_ text: String) -> Nanoseconds? {
        guard text.hasSuffix("ms") else { return text == "0s" ? 0 : Interval.parse(text) }
        guard let number = Int64(text.dropLast(2)), (0...1_000_000_000).contains(number) else { return nil }
        return number * 1_000_000
    }
}
