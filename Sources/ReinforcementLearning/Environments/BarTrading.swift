import Basics
import NeuralNetworks

/// Windows of features in time order with what a position would have earned: what a trading environment walks over.
package struct TradingSeries: Sendable {
    /// Rows of features in a window, and features in a row.
    package let rows: Int
    /// Features in a row.
    package let features: Int
    /// Unbroken stretches of decisions: an episode is one of them.
    package let sessions: [Range<Int>]
    /// Return of a long position opened at a decision and held for `holdBars`, as a fraction.
    package let forwardReturns: [Double]
    /// What crossing the spread costs a round trip, in basis points.
    package let spreadsBps: [Double]
    /// Writes the features known at a decision.
    package let observe: @Sendable (Int, UnsafeMutablePointer<Float>) -> Void

    /// A series over the decisions that `sessions` name.
    package init(
        rows: Int, features: Int, sessions: [Range<Int>], forwardReturns: [Double], spreadsBps: [Double],
        observe: @escaping @Sendable (Int, UnsafeMutablePointer<Float>) -> Void
    ) {
        (self.rows, self.features, self.sessions, self.forwardReturns, self.spreadsBps) = (
            rows, features, sessions, forwardReturns, spreadsBps
        )
        self.observe = observe
    }
}

/// Trading one instrument at a time over recorded bars: at every free bar short, flat or long, held for a fixed number
/// of bars.
///
/// The rules are those of ``BarBacktest`` and of the runtime: a position opened at a bar earns its forward return less
/// the costs of the round trip, and no other is opened meanwhile. Rewards are basis points. What is observed is the
/// features of the window alone, as a deployed model sees them. An episode is an unbroken stretch of one instrument;
/// recorded prices do not react.
package final class BarTrading: Environment {
    package var observationCount: Int { series.rows * series.features }
    package let actions = ActionSpace.discrete(3)
    package let longestEpisode: Int
    private let series: TradingSeries
    private let costBps: Double
    private let holdBars: Int
    /// Whether the seed is the number of the session, so that every session can be run once.
    private let isInOrder: Bool
    private var at = 0
    private var end = 0

    /// - Parameters:
    ///   - costBps: of a round trip besides the spread, in basis points.
    ///   - holdBars: bars that a position is held.
    ///   - isInOrder: sessions once each and in order, not drawn.
    package init(_ series: TradingSeries, costBps: Double, holdBars: Int, isInOrder: Bool) {
        (self.series, self.costBps, self.holdBars, self.isInOrder) = (series, costBps, holdBars, isInOrder)
        longestEpisode = series.sessions.map(\.count).max() ?? 1
    }

    package var distinctEpisodes: Int? { isInOrder ? series.sessions.count : nil }

    package func reset(seed: UInt64, observation: UnsafeMutablePointer<Float>) {
        var random = SeededRandom(seed: seed)
        let session = series.sessions[
            isInOrder ? Int(seed % UInt64(series.sessions.count)) : random.index(below: series.sessions.count)]
        (at, end) = (session.lowerBound, session.upperBound)
        series.observe(at, observation)
    }

    package func step(_ action: UnsafePointer<Float>, observation: UnsafeMutablePointer<Float>) -> StepOutcome {
        let direction = Double(Int(saturating: action[0]) - 1)
        var reward = 0.0
        if direction != 0, series.forwardReturns[at].isFinite {
            reward = direction * series.forwardReturns[at] * 10_000 - costBps - series.spreadsBps[at]
            at += holdBars
        } else {
            at += 1
        }
        guard at < end else { return StepOutcome(reward, .terminal) }
        series.observe(at, observation)
        return StepOutcome(reward)
    }

    package var state: [UInt64] {
        get { [UInt64(at), UInt64(end)] }
        set {
            guard newValue.count == 2, newValue[1] <= UInt64(series.forwardReturns.count), newValue[0] < newValue[1]
            else { return }
            (at, end) = (Int(newValue[0]), Int(newValue[1]))
        }
    }

    /// Holding all day means paying for the round trip once, here as often as positions are renewed: what a rule that
    /// is always long earns.
    package var references: [ReferencePolicy] {
        [ReferencePolicy("never trade", .naive), ReferencePolicy("always long", .buyAndHold)]
    }
    package func act(as reference: Int, action: UnsafeMutablePointer<Float>) { action[0] = reference == 0 ? 1 : 2 }
}

extension EnvironmentKind {
    static let barTrading = EnvironmentKind(
        "bar-trading", "Short, flat or long over windows of recorded bars, after costs.", keys: ["costBps", "holdBars"]
    ) { reader, context in
        guard let series = context.recordings.series, !series.sessions.isEmpty else {
            throw ConfigError(
                "found the environment 'bar-trading' without recorded bars", at: context.mark,
                hint: "name a feature table with --features")
        }
        let cost = try reader.double("costBps", default: 1, in: 0...10_000),
            hold = try reader.int("holdBars", default: 1, in: 1...100_000), isInOrder = context.isEvaluation
        return Plan(window: SampleShape(time: series.rows, channels: series.features)) {
            BarTrading(series, costBps: cost, holdBars: hold, isInOrder: isInOrder)
        }
    }
}
