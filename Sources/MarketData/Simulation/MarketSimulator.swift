package import Basics
import Foundation

/// What a simulated market looks like.
package struct SimulationConfig: Sendable, Equatable {
    /// What there is to learn.
    package enum Signal: String, CaseIterable, Sendable {
        /// Returns follow an autoregressive drift that past bars reveal.
        case momentum
        /// The same bars with the order of their returns shuffled: nothing to learn.
        case shuffled
    }

    /// Number of instruments.
    package var instruments = 6
    /// Trading days with a regular session.
    package var sessions = 60
    /// Where the first session is looked for.
    package var firstDay = CivilDate(year: 2025, month: 1, day: 6)
    /// Of everything that is drawn.
    package var seed: UInt64 = 7
    /// What there is to learn.
    package var signal = Signal.momentum
    /// Share of the variance of a bar's return that the bar before it predicts (R² of the best linear forecast, before
    /// rounding).
    package var signalShare = 0.15
    /// Standard deviation of a bar's return at average activity.
    package var volatility = 0.001
    /// Of the first bar, times a factor of each instrument.
    package var startPrice = 100.0

    /// Six instruments over sixty sessions with a signal.
    package init() {}

    /// Keys of a simulation file.
    package static let keys = [
        "schemaVersion", "instruments", "sessions", "firstDay", "seed", "signal", "signalShare", "volatility",
        "startPrice",
    ]

    /// Reads a simulation file.
    ///
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: SimulationConfig.keys)
        try reader.checkSchemaVersion(1)
        instruments = try reader.int("instruments", default: 6, in: 1...10_000)
        sessions = try reader.int("sessions", default: 60, in: 1...10_000)
        if let text = try reader.optionalString("firstDay") {
            guard let date = CivilDate(text), (1900...2200).contains(date.year) else {
                throw ConfigError(
                    "found '\(text)' for 'firstDay', expected a date such as 2025-01-06",
                    at: reader.value("firstDay")?.mark)
            }
            firstDay = date
        }
        seed = UInt64(try reader.int("seed", default: 7, in: 0...Int.max))
        signal = try reader.choice("signal", default: .momentum)
        signalShare = try reader.double("signalShare", default: 0.15, in: 0...0.95)
        volatility = try reader.double("volatility", default: 0.001, in: 1e-6...0.1)
        startPrice = try reader.double("startPrice", default: 100, in: 1...100_000)
    }
}

/// Makes five-minute bars of a New York-like market with a stated signal.
///
/// Model, per instrument and session: activity a(t) is U-shaped over the day and clusters from day to day; the return
/// of bar t is r(t) = σ·a(t)·x(t) with x(t) = φ·x(t−1) + √(1 − φ²)·ε(t), ε standard normal, so that x has unit variance
/// and the best forecast of the next return is φ times the last standardised return: φ² is the stated share of
/// variance. Opening gaps are independent. High and low extend the range of open and close by half-normal amounts;
/// volume follows activity and |x|. With the signal `shuffled` the x of an instrument are permuted over the whole span,
/// which keeps every marginal distribution and destroys the order.
///
/// Not modelled: spread, jumps, correlation between instruments, price impact. Only additions, multiplications,
/// divisions and square roots of doubles are used, so a seed gives the same bytes on every IEEE platform.
package struct MarketSimulator {
    /// What the market looks like.
    package let config: SimulationConfig
    private static let barsPerSession = 78
    private static let interval: Nanoseconds = 300_000_000_000

    /// - Parameter config: taken as it is; ranges are checked where it is read.
    package init(_ config: SimulationConfig) { self.config = config }

    /// The correlation of successive standardised returns.
    package var coefficient: Double { config.signalShare.squareRoot() }

    /// Bars of one instrument, named `SIM01`, `SIM02`, …
    package func bars(instrument index: Int) throws -> BarTable {
        var calendar = try TradingCalendar("XNYS")
        var table = BarTable(
            instrument: "SIM\(padded(index + 1, 2))", zone: calendar.zone.name, interval: MarketSimulator.interval)
        let total = config.sessions * MarketSimulator.barsPerSession
        let shocks = standardisedReturns(instrument: index, count: total)
        var random = SeededRandom(seed: config.seed, UInt64(index), 2)
        var price = config.startPrice * (0.5 + random.uniform())
        var dailyActivity = 1.0
        var day = config.firstDay.daysSince1970
        table.reserveCapacity(total)
        var done = 0
        while done < config.sessions {
            defer { day += 1 }
            guard let session = try calendar.session(of: CivilDate(daysSince1970: day)), !session.isShort else {
                continue
            }
            dailyActivity = 0.3 + 0.7 * dailyActivity * (0.85 + 0.3 * random.uniform())
            price *= 1 + 4 * config.volatility * random.approximateNormal()
            for bar in 0..<MarketSimulator.barsPerSession {
                let x = shocks[done * MarketSimulator.barsPerSession + bar]
                let activity = dailyActivity * MarketSimulator.activity(bar)
                let spread = config.volatility * activity
                let open = price
                let close = max(open * (1 + spread * x), 0.01)
                let high = max(open, close) * (1 + 0.3 * spread * random.approximateNormal().magnitude)
                let low = min(open, close) * (1 - 0.3 * spread * random.approximateNormal().magnitude)
                let volume = 10_000 * activity * (0.5 + x.magnitude) * (0.5 + random.uniform())
                table.append(
                    Bar(
                        time: session.open + Int64(bar) * MarketSimulator.interval, open: MarketSimulator.scaled(open),
                        high: MarketSimulator.scaled(high),
                        low: MarketSimulator.scaled(low), close: MarketSimulator.scaled(close),
                        volume: Int64(saturating: volume.rounded())))
                price = close
            }
            done += 1
        }
        return table
    }

    private func standardisedReturns(instrument: Int, count: Int) -> [Double] {
        var random = SeededRandom(seed: config.seed, UInt64(instrument), 1)
        let phi = coefficient, innovation = (1 - phi * phi).squareRoot()
        var x = random.approximateNormal()
        var values = (0..<count).map { _ in
            x = phi * x + innovation * random.approximateNormal()
            return x
        }
        if config.signal == .shuffled {
            for i in stride(from: count - 1, to: 0, by: -1) { values.swapAt(i, random.index(below: i + 1)) }
        }
        return values
    }

    /// Busy at the open and the close, calm at noon; mean about 1.
    private static func activity(_ bar: Int) -> Double {
        let u = (Double(bar) + 0.5) / Double(barsPerSession) * 2 - 1
        return 0.7 + 0.9 * u * u
    }

    /// Four decimals on a one-cent grid, as US shares are quoted.
    private static func scaled(_ price: Double) -> Int64 { Int64(saturating: (price * 100).rounded()) * 100 }
}
