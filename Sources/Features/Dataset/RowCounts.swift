import Basics

/// What became of the bars or events of one instrument: every one that was read is in exactly one of the counts, so
/// that they add up to ``read``.
package struct RowCounts: Sendable, Equatable {
    /// A value that kept rows out of the table.
    package struct Undefined: Sendable, Hashable {
        /// Name of the feature.
        package var feature: String
        /// The innermost part of its expression that gave no finite number.
        package var expression: String
        /// What was wrong.
        package var reason: FeatureProgram.Reason

        /// A value from its parts.
        package init(feature: String, expression: String, reason: FeatureProgram.Reason) {
            (self.feature, self.expression, self.reason) = (feature, expression, reason)
        }
    }

    /// As the table calls it.
    package var instrument: String
    /// Bars or events that were there.
    package var read = 0
    /// Outside the hours that the spec asks for.
    package var outsideHours = 0
    /// Events of a halt, or that left a book without two sides.
    package var withoutBook = 0
    /// Parts of a coarser bar that they did not complete.
    package var gathered = 0
    /// Used, but before every feature had seen enough.
    package var warmUp = 0
    /// Where a feature was no finite number although it had seen enough.
    package var undefined = 0
    /// Rows of the table whose label is not known: the segment ends too soon. No sample ends at them.
    package var withoutLabel = 0
    /// Rows of the table with a label.
    package var labelled = 0

    /// Places where bars are missing between two that were used; the breaks of a calendar are none.
    package var gaps = 0
    /// Bars that the calendar promises there. They were not read, so they are in no sum.
    package var missing = 0
    /// Coarser bars that were begun and are not there, because bars are missing. In no sum.
    package var incomplete = 0
    /// The most used bars or events in a row without a break.
    package var longestStretch = 0
    /// Rows that each value kept out: a row counts for every feature that is undefined there.
    package var undefinedBy: [Undefined: Int] = [:]

    /// Nothing read yet.
    package init(instrument: String) { self.instrument = instrument }

    /// Rows of the table.
    package var rows: Int { withoutLabel.saturatingPlus(labelled) }

    /// What all counts add up to: ``read``.
    package var accounted: Int {
        [outsideHours, withoutBook, gathered, warmUp, undefined, withoutLabel, labelled].reduce(0) {
            $0.saturatingPlus($1)
        }
    }

    /// The value that kept most rows out; of equal ones the first by name.
    package var worst: (value: Undefined, rows: Int)? {
        undefinedBy.max { a, b in
            (a.value, b.key.feature, b.key.expression) < (b.value, a.key.feature, a.key.expression)
        }.map { ($0.key, $0.value) }
    }

    /// Adds what became of more bars or events, of this instrument or of others.
    package mutating func add(_ other: RowCounts) {
        for count in RowCounts.counts {
            self[keyPath: count] = self[keyPath: count].saturatingPlus(other[keyPath: count])
        }
        longestStretch = max(longestStretch, other.longestStretch)
        undefinedBy.merge(other.undefinedBy) { $0.saturatingPlus($1) }
    }

    private static var counts: [WritableKeyPath<RowCounts, Int>] {
        [
            \.read, \.outsideHours, \.withoutBook, \.warmUp, \.undefined, \.withoutLabel, \.labelled, \.gaps,
            \.missing, \.gathered, \.incomplete,
        ]
    }

    /// Says which rows of a table have a label.
    ///
    /// - Parameter moves: of all its rows; NaN without a label.
    mutating func countLabels(_ moves: some Sequence<Double>) {
        (labelled, withoutLabel) = (0, 0)
        for move in moves { if move.isNaN { withoutLabel += 1 } else { labelled += 1 } }
    }
}

/// Counts undefined values by position while rows are folded; names come at the end.
struct UndefinedCounts: Sendable {
    private var counts: [FeatureProgram.Undefined: Int] = [:]

    mutating func add(_ values: [FeatureProgram.Undefined]) { for value in values { counts[value, default: 0] += 1 } }

    /// With the names of a spec.
    func named(_ spec: FeatureSpec, _ program: FeatureProgram) -> [RowCounts.Undefined: Int] {
        var out: [RowCounts.Undefined: Int] = [:]
        for (value, count) in counts where spec.features.indices.contains(value.feature) {
            let name = RowCounts.Undefined(
                feature: spec.features[value.feature].name, expression: program.text(of: value.operation),
                reason: value.reason)
            out[name, default: 0] += count
        }
        return out
    }
}
