import Basics
import Workflows

/// What trading earned in the tests of the version and of what the gate compared it with.
extension ReviewDocument {
    static let testTitle = "In its test, after costs"

    /// A sentence a version.
    var testLines: [String] {
        review.tests.map { test in
            guard let earned = test.measures["return"] else {
                return "\(test.reference): its run has recorded nothing of a test in money"
            }
            let rest: [String?] = [
                test.measures["sharpe_annual"].map { "Sharpe ratio \(fixed($0, 2)) a year" },
                test.measures["drawdown"].map { "drawdown \(MoneyText.percent($0))" },
                test.measures["trades"].map { "\(fixed($0, 0)) trades" },
                test.measures["trade_bps"].map { "\(fixed($0, 2)) bps a trade" },
            ]
            return (["\(test.reference): return \(MoneyText.percent(earned))"] + rest.compactMap(\.self))
                .joined(separator: ", ")
        }
    }

    static func json(_ tests: [VersionReview.Test]) -> JSONValue {
        .list(
            tests.map { test in
                .map([
                    ("version", .string(test.reference)),
                    ("measures", .map(test.measures.sorted { $0.key < $1.key }.map { ($0.key, .double($0.value)) })),
                ])
            })
    }
}
