import Basics
import MarketData
import Tables
import TestSupport
import Testing

/// Bars of real trades, and coarser bars of real bars, against pandas.
@Suite struct ResamplePandasTests {
    @Test(
        "bars of LEAN ticks are pandas' line by line", .enabled(if: ResampledLines.hasPandas, "needs pandas"),
        arguments: [
            ("ibm", "20131011", "every:7m", false), ("ibm", "20131009", "ticks:100", false),
            ("ibm", "20131011", "volume:30000", true), ("ibm", "20131007", "dollars:2500000", false),
        ])
    func ticks(symbol: String, day: String, rule: String, resets: Bool) throws {
        let file = "lean/tick/\(symbol)/\(day)_trade.zip"
        let ours = try ResampledLines.read(file: file, .trades, rule, calendar: "XNYS", resets: resets)
        let theirs = try ResampledLines.theirs("lean", file, (4, 0), rule, resets: resets)
        ResamplePandasTests.require(ours.lines, theirs, "\(file) \(rule)")
        #expect(ours.lines.count > 30 && ours.largestChunk <= TableChunk.usualRows)
    }

    @Test(
        "bars of Binance's trades are pandas'", .enabled(if: ResampledLines.hasPandas, "needs pandas"),
        arguments: ["every:1m", "volume:0.5"])
    func binance(rule: String) throws {
        let file = "crypto-feed/binance_spot_btcusdt_20240808.gz"
        let ours = try ResampledLines.read(file: file, .trades, rule, calendar: "always")
        let theirs = try ResampledLines.theirs("binance", file, (8, 8), rule, resets: false)
        ResamplePandasTests.require(ours.lines, theirs, rule)
        #expect(ours.lines.count > 4)
    }

    @Test(
        "bars of trades in Parquet are pandas'", .enabled(if: ResampledLines.hasPandas, "needs pandas"),
        arguments: ["every:7m", "volume:1000", "dollars:2.5"])
    func parquet(rule: String) throws {
        let file = "parquet/xrp_eth_trades.parquet"
        let ours = try ResampledLines.read(file: file, .trades, rule, calendar: "always")
        let theirs = try ResampledLines.theirs("xrp", file, ours.decimals, rule, resets: false)
        ResamplePandasTests.require(ours.lines, theirs, rule)
        #expect(ours.lines.count > 20)
    }

    @Test(
        "coarser bars of one-minute bars are pandas'", .enabled(if: ResampledLines.hasPandas, "needs pandas"),
        arguments: [("WEBL", "every:60m"), ("META", "volume:1000000")])
    func bars(symbol: String, rule: String) throws {
        let file = "bars-us-1min/\(symbol)_1min.csv.gz", minute: Nanoseconds = 60_000_000_000
        let ours = try ResampledLines.read(
            file: file, .bars, rule, calendar: "XNYS", zone: "America/New_York", interval: minute)
        let theirs = try ResampledLines.theirs("bars", file, ours.decimals, rule, resets: false)
        // pandas counts the bars; ours do not say trades, for theirs do not.
        ResamplePandasTests.require(
            ours.lines.map { $0.split(separator: " ").dropLast().joined(separator: " ") },
            theirs.map { $0.split(separator: " ").dropLast().joined(separator: " ") }, "\(file) \(rule)")
        #expect(ours.lines.allSatisfy { $0.hasSuffix(" -") } && ours.lines.count > 50)
        #expect(zip(ours.times, ours.times.dropFirst()).allSatisfy { $0 < $1 })
        #expect(ours.notes.contains { $0.contains("only where a bar") } == !rule.hasPrefix("every"))
    }

    private static func require(_ ours: [String], _ theirs: [String], _ name: String) {
        let different = zip(ours, theirs).first { $0 != $1 }
        #expect(
            ours.count == theirs.count && different == nil,
            "\(name): \(ours.count) \(theirs.count) ours \(different?.0 ?? "") theirs \(different?.1 ?? "")")
    }
}
