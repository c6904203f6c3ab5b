import Basics
package import Tables

/// A CSV file of bars, trades or quotes whose dialect was found.
package struct CSVFile: FoundFile {
    let path: String
    let plan: CSVPlan

    package var kindName: String {
        let separators: [UInt8: String] = [44: "commas", 59: "semicolons", 9: "tabs", 124: "bars"]
        let what =
            plan.layout.kind.rawValue + (plan.interval.map { plan.layout.kind == .bars ? " of \($0.text)" : "" } ?? "")
        return "CSV \(what), parted by \(separators[plan.layout.separator] ?? "a mark")"
            + (plan.layout.dialect.map { " (\($0))" } ?? "")
    }

    package var tables: [CanonicalKind] { [plan.layout.kind] }
    package var notes: [String] { plan.notes }

    /// What was concluded about the file, with what speaks for it.
    package var inferences: [Inference] { plan.inferences }

    package var isZoneAssumed: Bool { plan.isZoneAssumed }

    /// Rows of the file, without its header.
    package var rows: Int { plan.rows }

    package var records: Int? { plan.rows }

    package func read(_ table: CanonicalKind) throws -> any ChunkSource {
        guard table == plan.layout.kind else {
            throw Failure(
                "data.format", "found \(plan.layout.kind.rawValue) in '\(path)', expected \(table.rawValue)",
                hint: "read it as \(plan.layout.kind.rawValue)")
        }
        return try CSVChunks(path: path, plan: plan)
    }
}
