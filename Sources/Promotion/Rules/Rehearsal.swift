package import Basics
import Deployment

/// The signed bundle, run by the real program over the test span, does what the back-test says: every order and the
/// money.
package struct Rehearsal: GateRule {
    package static let name = "rehearsal"
    package static let summary = "The runtime's orders and money on the test span are those of the back-test."
    package static let keys = ["minimumFills", "maximumDeniedShare"]
    /// A rehearsal in which nothing is traded shows nothing.
    let minimumFills: Int
    /// Of the orders, those that the risk limits denied.
    let maximumDeniedShare: Double

    package init(_ reader: ConfigReader) throws {
        minimumFills = try reader.int("minimumFills", default: 2, in: 0...Int.max)
        maximumDeniedShare = try reader.double("maximumDeniedShare", default: 0.5, in: 0...1)
    }

    /// Differences that the reason names; the rest are counted.
    private static let shown = 3

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let rehearsal = evidence.rehearsal else { return .noEvidence("the version was not rehearsed") }
        if let missing = rehearsal.missing { return .noEvidence(missing) }
        let comparison = rehearsal.comparison, sums = comparison.runtime
        let orders = sums.submitted + sums.denied
        let share = orders > 0 ? Double(sums.denied) / Double(orders) : 0
        var reasons: [String] = []
        if !comparison.differences.isEmpty {
            let first = comparison.differences.prefix(Rehearsal.shown).map(\.text).joined(separator: "; ")
            let kinds = comparison.reasons.map { "\($0.count) × \($0.reason)" }.joined(separator: ", ")
            reasons.append("found \(comparison.differences.count) differences to the back-test (\(kinds)): \(first)")
        }
        if rehearsal.backtest != rehearsal.runtime || comparison.backtest.cash != sums.cash {
            reasons.append(
                "found a profit of \(rehearsal.runtime.gross) and fees of \(rehearsal.runtime.fees), expected "
                    + "\(rehearsal.backtest.gross) and \(rehearsal.backtest.fees)")
        }
        if sums.filled < minimumFills {
            reasons.append("found \(sums.filled) fills, required at least \(minimumFills)")
        }
        if share > maximumDeniedShare {
            reasons.append(
                "found \(percent(share, 1)) of \(orders) orders denied, allowed \(percent(maximumDeniedShare, 1))")
        }
        let money = rehearsal.runtime
        return GateVerdict(
            reasons.isEmpty,
            reasons.isEmpty
                ? "the runtime's \(orders) orders and \(sums.filled) fills over \(rehearsal.bars) bars are those of "
                    + "the back-test; \(money.gross < money.fees ? "a loss" : "profit") of "
                    + "\(rounded(abs(money.gross - money.fees), 2)) after fees of \(rounded(money.fees, 2))"
                : reasons.joined(separator: "; "),
            values: .map([
                "bars": .int(rehearsal.bars), "submitted": .int(sums.submitted), "denied": .int(sums.denied),
                "filled": .int(sums.filled), "cancelled": .int(sums.cancelled), "profit": .double(money.gross),
                "fees": .double(money.fees), "profitAfterFees": .double(money.gross - money.fees),
                "backtestProfit": .double(rehearsal.backtest.gross),
                "differences": .int(comparison.differences.count),
                "reasons": .map(comparison.reasons.map { ($0.reason, .int($0.count)) }),
                "first": .strings(comparison.differences.prefix(20).map(\.text)),
            ]))
    }
}
