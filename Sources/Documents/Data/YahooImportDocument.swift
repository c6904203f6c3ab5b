package import Basics
import MarketData
package import Workflows

/// Bars that came from Yahoo's chart endpoint, and tickers that did not come.
package struct YahooImportDocument: Document {
    private let outcome: ImportYahoo.Outcome

    package init(_ outcome: ImportYahoo.Outcome) { self.outcome = outcome }

    package var isFailure: Bool { !outcome.failed.isEmpty }

    package var body: JSONValue {
        let imported = outcome.done.map { item in
            JSONValue.map([
                "ticker": .string(item.ticker), "path": .string(item.path), "bars": .int(item.bars),
                "splits": .int(item.splits), "dividends": .int(item.dividends),
                "capitalGains": .int(item.capitalGains), "currency": .string(item.currency),
                "priceDecimals": .int(item.priceDecimals), "actions": .string(item.actions), "gaps": item.gaps.json,
                "notes": .strings(item.notes), "leftOut": .strings(item.issues.map(\.reason)),
                "attempts": .int(item.attempts),
            ])
        }
        let failed = outcome.failed.map { JSONValue.map(["ticker": .string($0.ticker), "error": .string($0.reason)]) }
        return .map([("imported", .list(imported)), ("failed", .list(failed))])
    }

    package func text(_ style: TextStyle) -> String { outcome.done.map(\.path).joined(separator: "\n") }

    /// What people read of a ticker while others are still on their way.
    package static func lines(_ item: ImportYahoo.Imported) -> [String] {
        let unit = item.wholeCurrency.map { ", a hundredth of \($0)" } ?? ""
        let gains = item.capitalGains > 0 ? ", \(item.capitalGains) capital gains" : ""
        var lines = [
            "\(item.ticker): \(item.bars) bars, \(item.splits) splits, \(item.dividends) dividends\(gains) "
                + "→ \(item.path)",
            "  prices in \(item.currency ?? "an unknown currency")\(unit), with \(item.priceDecimals) decimals",
        ]
        if let actions = item.actions { lines.append("  actions → \(actions)") }
        if let gaps = item.gaps.text { lines.append("  \(gaps)") }
        // The unit stands above.
        lines += item.notes.filter { !$0.hasPrefix("prices are in ") && !$0.hasPrefix("times are ") }.map { "  \($0)" }
        return (lines + item.issues.prefix(20).map { "  \($0.reason) — \($0.action)" }).map {
            Escaping.terminal($0)
        }
    }
}
