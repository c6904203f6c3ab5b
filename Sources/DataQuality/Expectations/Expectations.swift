package import Basics

/// All expectations that a suite may name. A new one is a type in a file here and a line in this table.
package enum Expectations {
    /// By name, in the order of the reference documentation.
    package static let kinds = Kinds<any BarExpectation.Type>(
        "expectation", types.map { .init($0.name, $0.summary, $0) })

    private static let types: [any BarExpectation.Type] = [
        NotNull.self, IncreasingTime.self, HighNotBelowLow.self, OpenCloseInside.self, PositivePrice.self,
        NonnegativeVolume.self, CalendarGaps.self, OutlierReturns.self,
    ]
}
