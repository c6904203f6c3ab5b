package import Basics

/// One faulty row of a raw file, and what was done about it.
package struct RowIssue: Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the row.
    package enum Kind: String, Sendable, CaseIterable {
        /// A field is missing or is no number, time or price of the scale.
        case value
        /// A time repeats or runs backwards.
        case order
    }

    /// What is wrong with the row.
    package var kind: Kind
    /// File, line and column.
    package var mark: SourceMark
    /// Found and expected, in one sentence.
    package var reason: String
    /// For example `left out`.
    package var action: String
    /// The key of the market file that is too small for the number, and the value that it needs.
    package var scale: Scale?

    /// More decimals than are kept.
    package struct Scale: Sendable, Equatable {
        /// Of the market file.
        package let key: String
        /// That the number has.
        package let decimals: Int
    }

    /// An issue as given.
    package init(_ kind: Kind, mark: SourceMark, reason: String, action: String, scale: Scale? = nil) {
        self.kind = kind
        self.mark = mark
        self.reason = reason
        self.action = action
        self.scale = scale
    }

    package var description: String { "\(mark): \(reason)" + (action.isEmpty ? "" : " — \(action)") }
}

/// A raw file was refused in strict mode.
package struct MarketDataError: UserFacingError, Equatable {
    /// The file that was refused.
    package let file: String
    /// The first offenders.
    package let issues: [RowIssue]
    /// All offenders, also those that are not kept.
    package let total: Int

    /// - Parameter issues: the first of them; at least one.
    package init(file: String, issues: [RowIssue], total: Int) {
        self.file = file
        self.issues = issues
        self.total = total
    }

    /// Always the same.
    package var code: String { "data.bad-rows" }
    /// The first offenders, one a line.
    package var message: String {
        let shown = issues.map(\.description).joined(separator: "\n  ")
        return total == 1
            ? shown : "found \(total) faulty rows in '\(file)':\n  \(shown)" + (total > issues.count ? "\n  …" : "")
    }
    /// What to do about it.
    package var hint: String? {
        let scales = issues.compactMap(\.scale).filter { $0.decimals <= MarketSpec.mostDecimals }
        if scales.isEmpty { return repair }
        let keys = ["priceDecimals", "volumeDecimals"].compactMap { key in
            scales.filter { $0.key == key }.map(\.decimals).max().map { "\(key): \($0)" }
        }
        let scale = "write \(keys.joined(separator: " and ")) into market.yaml and add --market market.yaml"
        return scales.count == issues.count ? scale : "\(scale); for the other rows, \(repair)"
    }

    private var repair: String {
        "correct the file, or write mode: repair into market.yaml and add --market market.yaml: faulty rows are then "
            + "left out and listed"
    }
}

/// A table and everything that was noticed while reading it.
package struct BarReading: Sendable {
    /// Rows that passed, in order of time.
    package var table: BarTable
    /// Faulty rows, in repair mode.
    package var issues: [RowIssue] = []
    /// All faulty rows, also those beyond the first that `issues` keeps.
    package var issueCounts: [RowIssue.Kind: Int] = [:]
    /// Harmless facts about the dialect, such as a file that runs backwards.
    package var notes: [String] = []
    /// Line of the file each row came from.
    package var lines: [Int32] = []
}
