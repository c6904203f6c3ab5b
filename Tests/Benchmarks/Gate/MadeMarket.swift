import Basics
import Foundation
import MarketData

/// Five-minute bars of a made market whose next return is known to depend on the last one, by a stated size, or not at
/// all.
///
/// Returns of a bar have Student's distribution with five degrees of freedom and a spread that wanders from day to day
/// (a lognormal AR(1), 0.3 wide), which is what daily returns of strategies have to cope with. The mean of a return is
/// `edgeBps` against the sign of the last: so every trade in the right direction has the same edge, whatever the size
/// of its score, and no threshold is better than another. With an edge of the costs all strategies earn nothing at all:
/// the hardest case without skill, since measures of prediction see a signal and money has none.
struct MadeMarket {
    var instruments = 2
    /// Sessions, the first ones to learn from.
    var sessions: Int
    var edgeBps: Double
    var sigmaBps = 12.0
    var seed: UInt64

    static let interval: Nanoseconds = 300_000_000_000
    /// 3 January 2022.
    private static let firstDay = 18_995

    /// Tables, and the start of every session.
    func bars() throws -> (tables: [BarTable], opens: [Nanoseconds]) {
        var calendar = try TradingCalendar("XNYS")
        var opens: [(time: Nanoseconds, bars: Int)] = [], day = MadeMarket.firstDay
        while opens.count < sessions {
            if let session = try calendar.session(of: CivilDate(daysSince1970: day)) {
                opens.append((session.open, session.bars(of: MadeMarket.interval)))
            }
            day += 1
        }
        let tables = (0..<instruments).map { index -> BarTable in
            var random = SeededRandom(seed: seed, UInt64(0xB0 + index))
            var table = BarTable(instrument: "M\(index)", zone: "America/New_York", interval: MadeMarket.interval)
            var price = 50 + 100 * random.uniform(), wander = 0.3 * random.normal()
            for (open, bars) in opens {
                wander = 0.9 * wander + 0.3 * (1 - 0.81).squareRoot() * random.normal()
                price *= exp(50e-4 * random.normal())
                append(bars, from: open, scale: sigmaBps * 1e-4 * exp(wander - 0.045), &price, &random, to: &table)
            }
            return table
        }
        return (tables, opens.map(\.time))
    }

    private func append(
        _ bars: Int, from open: Nanoseconds, scale: Double, _ price: inout Double, _ random: inout SeededRandom,
        to table: inout BarTable
    ) {
        var last = 0.0
        for bar in 0..<bars {
            let drift = last == 0 ? 0 : (last > 0 ? -edgeBps : edgeBps) * 1e-4
            let next = price * exp(drift + scale * student(&random))
            let spread = scale * price * abs(random.normal()) * 0.5
            func units(_ value: Double) -> Int64 { Int64((value * 10_000).rounded()) }
            let row = Bar(
                time: open + Nanoseconds(bar) * MadeMarket.interval, open: units(price),
                high: units(max(price, next) + spread), low: units(min(price, next) - spread), close: units(next),
                volume: Int64(1000 * exp(0.5 * random.normal())))
            table.append(row)
            last = Double(row.close) / Double(row.open) - 1
            price = Double(row.close) / 10_000
        }
    }

    /// Of variance 1.
    private func student(_ random: inout SeededRandom) -> Double {
        var squares = 0.0
        for _ in 0..<5 {
            let z = random.normal()
            squares += z * z
        }
        return random.normal() / (squares / 5).squareRoot() * (3.0 / 5).squareRoot()
    }
}
