import Basics

/// Bars of bids and bars of asks of one instrument, in a file each, as one series.
///
/// Taken as two instruments they would be one market twice: every statistic across instruments would count it double,
/// and a model would be tested on what it was trained on. Which price is meant is said in the market file, or refused.
package enum PriceSides {
    /// Which prices bars are of.
    package enum Side: String, CaseIterable, Sendable {
        /// What buyers bid.
        case bid
        /// What sellers ask.
        case ask
        /// Half of the sum of both, bar by bar. Highs and lows are the means of the sides', which need not have been
        /// reached at the same moment.
        case mid
    }

    /// One series on its way to a table an instrument.
    package typealias Series = (table: BarTable, files: [Int], notes: [String])

    /// The name without its side, and the side: `gbpusd-m1-ask-2012` is the ask of `gbpusd-m1-2012`; nil where no word
    /// of the name says one.
    package static func split(_ name: String) -> (base: String, side: Side)? {
        let separators: Set<Character> = ["-", "_", ".", " "]
        var parts = name.split(omittingEmptySubsequences: false) { separators.contains($0) }
        let marks = name.filter { separators.contains($0) }
        let places = parts.indices.filter { ["bid", "ask"].contains(parts[$0].lowercased()) }
        guard places.count == 1, let place = places.first, parts.count > 1,
            let side = Side(rawValue: parts[place].lowercased())
        else { return nil }
        parts.remove(at: place)
        var kept = Array(marks)
        kept.remove(at: max(place - 1, 0))
        var base = String(parts[0])
        for (mark, part) in zip(kept, parts.dropFirst()) { base += String(mark) + part }
        return (base, side)
    }

    /// Makes one series of the two sides of an instrument.
    ///
    /// - Parameters:
    ///   - market: says which prices are asked for, and whether bars with an ask below the bid are left out.
    ///   - path: of a file, by position.
    /// - Throws: ``Failure`` with code `data.sides` for both sides of an instrument where none is asked for, or mids of
    ///   which one side is missing, crosses the other or has more decimals than the market.
    /// - Complexity: linear in bars.
    package static func joined(_ all: [Series], market: MarketSpec, path: (Int) -> String) throws -> [Series] {
        let side = market.files.side
        var pairs: [String: [Side: Int]] = [:]
        for (index, series) in all.enumerated() {
            guard let (base, side) = split(series.table.instrument) else { continue }
            pairs[base, default: [:]][side] = index
        }
        var out: [Series] = []
        for (index, series) in all.enumerated() {
            guard let (base, own) = split(series.table.instrument), let pair = pairs[base] else {
                out.append(series)
                continue
            }
            guard let bid = pair[.bid], let ask = pair[.ask] else {
                guard side == nil || side == own else {
                    throw refused(
                        "found no \(own == .bid ? "ask" : "bid") of '\(base)' beside '\(path(series.files[0]))', "
                            + "expected "
                            + "both sides for the side '\(side?.rawValue ?? "")' of the market file",
                        "add the other file, or write: files: {side: \(own.rawValue)}")
                }
                out.append(series)
                continue
            }
            guard let side else {
                throw refused(
                    "found the bid and the ask of '\(base)' as two instruments, '\(path(all[bid].files[0]))' and "
                        + "'\(path(all[ask].files[0]))'",
                    "say which prices are meant in the market file: schemaVersion: 2 and files: {side: mid}, bid or ask"
                )
            }
            // A pair stands where the first of the two stood.
            guard index == min(bid, ask) else { continue }
            var one =
                side == .mid
                ? try mids(all[bid], all[ask], base: base, market.mode, path: path) : all[side == .bid ? bid : ask]
            one.table.instrument = base
            out.append(one)
        }
        return out
    }

    private static func mids(_ bid: Series, _ ask: Series, base: String, _ mode: MarketSpec.Mode, path: (Int) -> String)
        throws -> Series
    {
        let (a, b) = (bid.table, ask.table)
        try BarFiles.requireAlike((path(bid.files[0]), a), (path(ask.files[0]), b))
        var out = a
        out.removeAll()
        out.reserveCapacity(min(a.count, b.count))
        func mid(_ low: Int64, _ high: Int64, _ time: Nanoseconds) throws -> Int64 {
            // The sum of two scaled prices: half of an odd one is half a step.
            guard let sum = low.plus(high), sum % 2 == 0 else {
                throw refused(
                    "found a mid of '\(base)' at \(TimeText.utc(time)) that \(a.priceDecimals) decimals do not hold",
                    "write into the market file: priceDecimals: \(a.priceDecimals + 1)")
            }
            return sum / 2
        }
        var i = 0, j = 0, crossed = 0
        while i < a.count, j < b.count {
            guard a.time[i] == b.time[j] else {
                if a.time[i] < b.time[j] { i += 1 } else { j += 1 }
                continue
            }
            let (low, high) = (a[i], b[j])
            (i, j) = (i + 1, j + 1)
            guard low.open <= high.open, low.close <= high.close else {
                crossed += 1
                if mode == .repair { continue }
                throw refused(
                    "found an ask below the bid of '\(base)' at \(TimeText.utc(low.time)), in '\(path(ask.files[0]))' "
                        + "and '\(path(bid.files[0]))'",
                    "write mode: repair into the market file, and such bars are left out and counted; or take one "
                        + "side: "
                        + "files: {side: bid}")
            }
            out.append(
                Bar(
                    time: low.time, open: try mid(low.open, high.open, low.time),
                    high: try mid(low.high, high.high, low.time), low: try mid(low.low, high.low, low.time),
                    close: try mid(low.close, high.close, low.time),
                    volume: low.volume.saturatingPlus(high.volume)))
        }
        var notes = bid.notes + ask.notes
        let lost = a.count + b.count - 2 * (out.count + crossed)
        if lost > 0 { notes.append("\(base): \(lost) bars of one side without the other are left out") }
        if crossed > 0 { notes.append("\(base): \(crossed) bars with an ask below the bid are left out") }
        return (out, bid.files + ask.files, notes)
    }

    private static func refused(_ message: String, _ hint: String) -> Failure {
        Failure("data.sides", message, hint: hint)
    }
}
