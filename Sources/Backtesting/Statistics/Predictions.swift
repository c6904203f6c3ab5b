import Basics

/// Predictions of one model on one span, with what came true. Grouped by instrument, in time order inside each.
package struct Predictions: Sendable, Equatable {
    /// What scores and targets mean.
    package enum Kind: String, Sendable {
        /// Scores are probabilities of a profit; targets are 0 or 1.
        case probability
        /// Scores and targets are returns in basis points.
        case basisPoints = "basis-points"
        /// Scores are P(up) − P(down); targets are class indices: 0 down, 1 stationary, 2 up.
        case classes
    }

    /// What scores and targets mean here.
    package var kind: Kind
    /// The samples with their scores.
    package var bars: [ScoredBar]
    /// What came true, one a sample.
    package var targets: [Float]
    /// What a naive forecaster says for every sample, learned from the training span: the base rate, or the mean
    /// return.
    package var baselineScore: Double
    /// Bars or events that a target looks ahead.
    package var horizon: Int
    /// Of kind `classes`: `[N][3]`, and what the naive forecaster says, the shares of the training span.
    package var probabilities: [Float] = []
    /// Of kind `classes`: what the naive forecaster says for every sample, `[3]`.
    package var baselineProbabilities: [Float] = []

    /// Closing prices of the market's days, for positions that stay overnight; nil where none does.
    package var closes: DayCloses?
    /// Trading days of a year, by the market's calendar.
    package var daysPerYear = 252

    /// Down, stationary, up.
    package static let classCount = 3

    /// Predictions without probabilities of classes, which are set afterwards.
    package init(kind: Kind, bars: [ScoredBar], targets: [Float], baselineScore: Double, horizon: Int) {
        self.kind = kind
        self.bars = bars
        self.targets = targets
        self.baselineScore = baselineScore
        self.horizon = horizon
    }

    /// Samples.
    package var count: Int { bars.count }

    /// The same samples scored by the naive forecaster.
    package var baseline: Predictions {
        var out = self
        for index in out.bars.indices { out.bars[index].score = baselineScore }
        if kind == .classes { out.probabilities = (0..<count).flatMap { _ in baselineProbabilities } }
        return out
    }

    /// The samples that both sets have, in the order of this one; nil in place of an empty overlap.
    ///
    /// Pairs by (instrument name, time); the tables may list instruments differently.
    package func paired(with other: Predictions, names: [String], otherNames: [String]) -> (Predictions, Predictions)? {
        struct Key: Hashable {
            let name: String
            let time: Nanoseconds
            /// Position among the samples of this instrument and time: book events share times.
            let turn: Int
        }
        func keys(_ bars: [ScoredBar], _ names: [String]) -> [Key] {
            var turn = 0
            return bars.indices.map { index in
                let isRepeated =
                    index > 0 && bars[index - 1].time == bars[index].time
                    && bars[index - 1].instrument == bars[index].instrument
                turn = isRepeated ? turn + 1 : 0
                return Key(name: names[Int(bars[index].instrument)], time: bars[index].time, turn: turn)
            }
        }
        let index = Dictionary(zip(keys(other.bars, otherNames), 0...)) { first, _ in first }
        var mine: [Int] = [], theirs: [Int] = []
        for (position, key) in keys(bars, names).enumerated() {
            if let match = index[key] {
                mine.append(position)
                theirs.append(match)
            }
        }
        guard !mine.isEmpty else { return nil }
        return (selecting(mine), other.selecting(theirs))
    }

    /// The samples of some bars.
    package func filtered(_ isMember: (ScoredBar) -> Bool) -> Predictions {
        selecting(bars.indices.filter { isMember(bars[$0]) })
    }

    /// Every score acted upon `count` bars later, inside its unbroken stretch; the first bars of a stretch have nothing
    /// to act upon, and say what the naive forecaster says.
    package func delayedBars(by count: Int) -> [ScoredBar] {
        var out = bars
        for index in bars.indices {
            let isSame =
                index >= count && bars[index - count].instrument == bars[index].instrument
                && bars[index - count].segment == bars[index].segment
            out[index].score = isSame ? bars[index - count].score : baselineScore
        }
        return out
    }

    /// The samples at some positions, in that order.
    package func selecting(_ positions: [Int]) -> Predictions {
        var out = Predictions(
            kind: kind, bars: positions.map { bars[$0] }, targets: positions.map { targets[$0] },
            baselineScore: baselineScore, horizon: horizon)
        if kind == .classes {
            out.probabilities = positions.flatMap {
                probabilities[$0 * Predictions.classCount..<($0 + 1) * Predictions.classCount]
            }
        }
        out.baselineProbabilities = baselineProbabilities
        (out.closes, out.daysPerYear) = (closes, daysPerYear)
        return out
    }

    /// The most likely class of a sample of kind `classes`; the first of equals.
    package func predictedClass(_ index: Int) -> Int {
        let k = Predictions.classCount
        return (1..<k).reduce(0) { probabilities[index * k + $1] > probabilities[index * k + $0] ? $1 : $0 }
    }
}
