package import Basics

extension YahooChart {
    /// The beginning of the names of a ticker's files: what is safe in a name stays, everything else is a hyphen.
    package static func fileName(of ticker: String) -> String {
        ticker.map { $0.isLetter || $0.isNumber || ".-=^_".contains($0) ? String($0) : "-" }.joined()
    }

    /// What is written beside the bars: what they are, what came with them, and what was left out.
    package var provenance: [(String, JSONValue)] {
        func payments(_ list: [Dividend]) -> JSONValue {
            .list(list.map { .map(["at": .string(TimeText.utc($0.time)), "amount": .double($0.amount)]) })
        }
        let splits = splits.map { split in
            JSONValue.map([
                "at": .string(TimeText.utc(split.time)), "numerator": .double(split.numerator),
                "denominator": .double(split.denominator),
            ])
        }
        return [
            ("symbol", .string(symbol)), ("zone", .string(bars.zone)), ("interval", .string(granularity)),
            ("currency", .string(currency)), ("wholeCurrency", .string(wholeCurrency)),
            ("priceDecimals", .int(bars.priceDecimals)), ("volumeDecimals", .int(bars.volumeDecimals)),
            ("rows", .int(rowCount)), ("bars", .int(bars.count)), ("splits", .list(splits)),
            ("dividends", payments(dividends)), ("capitalGains", payments(capitalGains)),
            ("adjustedClose", .bool(!adjustedCloses.isEmpty)), ("gaps", gaps.json),
            ("leftOut", .strings(issues.map(\.reason))), ("notes", .strings(notes)),
        ]
    }
}

extension YahooGaps {
    /// What a document says of missing bars; the first sessions that lack some are listed.
    package var json: JSONValue {
        let listed = sessions.map { session in
            JSONValue.map([
                ("date", .string(session.date.description)), ("expected", .int(session.expected)),
                ("missing", .int(session.missing)),
            ])
        }
        return .map([
            ("basis", .string(basis)), ("expected", .int(expected)), ("missing", .int(missing)),
            ("incompleteSessions", .int(incomplete)), ("sessions", .list(listed)),
        ])
    }
}
