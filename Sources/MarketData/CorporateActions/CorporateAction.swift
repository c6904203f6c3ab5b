package import Basics

/// Something that a company did to its shares, after which prices begin on another level.
package struct CorporateAction: Sendable, Equatable {
    /// What was done.
    package enum Kind: String, CaseIterable, Sendable {
        /// A share became several, or several one.
        case split
        /// Cash was paid on a share.
        case dividend
        /// A fund paid out what it had gained; in prices the same as a dividend.
        case capitalGains = "capital-gains"
    }

    /// The last day of prices before it.
    package let lastDay: CivilDate
    /// What was done.
    package let kind: Kind
    /// What prices up to the last day are multiplied by; volumes are divided by it where it is a split.
    package let factor: Double
    /// Close of the last day in the currency, as the source has it; nil where it does not say.
    package let reference: Double?
    /// Cash of one share in the currency; nil of splits.
    package let amount: Double?
    /// When its factor could be known: at the open of the first session on the new level, which needs the close before.
    package let firstKnown: Nanoseconds

    /// An action as given; nothing is checked.
    package init(
        lastDay: CivilDate, kind: Kind, factor: Double, reference: Double?, amount: Double?, firstKnown: Nanoseconds
    ) {
        (self.lastDay, self.kind, self.factor) = (lastDay, kind, factor)
        (self.reference, self.amount, self.firstKnown) = (reference, amount, firstKnown)
    }
}

/// What is taken out of prices.
package enum Adjustment: String, CaseIterable, Sendable {
    /// Nothing: what was traded at.
    case none
    /// Splits: a share stays the same part of the company.
    case splits
    /// Splits, dividends and other cash: returns are those of whoever holds the share and reinvests.
    case total
}
