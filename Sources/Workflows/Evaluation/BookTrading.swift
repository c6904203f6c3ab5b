package import Backtesting
package import Basics
import MarketData

/// How the orders of a strategy trade in a recorded book: the section `book` of a strategy file.
///
///     book: {entry: join, patience: 200, makerFee: -0.002, takerFee: 0.003,
///            latency: {kind: log-normal, median: 300, sigma: 0.5}, queue: exact, seed: 1}
///
/// Fees are in currency a share, latency in microseconds, patience in events.
package struct BookTrading: Sendable, Equatable {
    package var entry: BookBacktest.Entry
    package var patience: Int
    package var makerFee: Double
    package var takerFee: Double
    package var latency: LatencyModel
    package var queue: QueueModel
    package var seed: Int

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(
            node, path: "book", keys: ["entry", "patience", "makerFee", "takerFee", "latency", "queue", "seed"])
        entry = try reader.choice("entry", default: .take)
        patience = try reader.int("patience", default: 100, in: 1...10_000_000)
        makerFee = try reader.double("makerFee", default: -0.002, in: -100...100)
        takerFee = try reader.double("takerFee", default: 0.003, in: -100...100)
        latency = try reader.value("latency").map { try LatencyModel($0, path: "book.latency") } ?? .constant(500_000)
        queue = try reader.kind("queue", in: QueueModel.kinds, default: QueueModel.exact.rawValue)
        seed = try reader.int("seed", default: 1, in: 0...Int.max)
    }

    /// - Parameter unit: what one unit of currency is in the prices of the book.
    func costs(unit: Double) -> QueueSimulator.Costs {
        QueueSimulator.Costs(
            maker: makerFee * unit, taker: takerFee * unit, latency: latency, queue: queue, seed: UInt64(seed))
    }
}
