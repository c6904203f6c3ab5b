import Backtesting
import Basics
import Foundation

extension BookSchedule {
    /// The options that both environments on books take.
    static let keys = [
        "interval", "steps", "lot", "tick", "makerFee", "takerFee", "latency", "trainingShare",
    ]

    /// Times in seconds, money in the currency of the prices.
    ///
    /// - Throws: ``ConfigError`` without recordings, or where they are too short for the episodes.
    init(_ reader: ConfigReader, _ context: EnvironmentKind.Context) throws {
        let recordings = context.recordings
        guard !recordings.books.isEmpty else {
            throw ConfigError(
                "found the environment '\(context.name)' without recorded books", at: context.mark,
                hint: "name a recording of books, or a directory of them, with --data")
        }
        let scale = pow(10, Double(recordings.priceDecimals)), share = pow(10, Double(recordings.sizeDecimals))
        self.init(
            recordings: recordings.books,
            costs: QueueSimulator.Costs(
                maker: try reader.double("makerFee", default: -0.002, in: -100...100) * scale,
                taker: try reader.double("takerFee", default: 0.003, in: -100...100) * scale,
                latency: Nanoseconds(saturating: try reader.double("latency", default: 0.0005, in: 0...60) * 1e9)),
            interval: Nanoseconds(saturating: try reader.double("interval", default: 1, in: 1e-6...3600) * 1e9),
            steps: try reader.int("steps", default: 300, in: 1...10_000_000),
            lot: Int64(saturating: Double(try reader.int("lot", default: 100, in: 1...1_000_000_000)) * share),
            tick: max(
                1, Int64(saturating: (try reader.double("tick", default: 0.01, in: 1e-9...1e6) * scale).rounded())),
            trainingShare: try reader.double("trainingShare", default: 0.6, in: 0.01...0.99),
            isInOrder: context.isEvaluation)
        guard isLongEnough else {
            throw ConfigError(
                "found recordings too short for episodes of \(steps) steps on both sides of the cut",
                at: reader.value("steps")?.mark ?? context.mark,
                hint: "use fewer steps, a shorter interval, or more data")
        }
    }
}
