package import Basics
import Features

extension ModelSpec {
    /// Bars of the market that a position of the label is held for: those of so many of the features' bars.
    ///
    /// - Throws: ``Failure`` with code `features.bars` where that differs from row to row.
    package func holdBars() throws(Failure) -> Int { try features.holdBars(label, market: market) }
}
