import Basics
import Features
import Foundation
import MarketData
import Registry
import Tensors
import TestSupport
import Testing
import Workflows

/// `adjust` of a market file and `--as-of`, from files to a feature table.
@Suite(.enabled(if: SharedData.isThere, "needs the shared data")) struct AdjustedFeaturesTests {
    private let project: TestProject

    init() throws {
        project = try TestProject(.features)
        try Paths.makeDirectory(project.file("Data/lean"))
        try Paths.makeDirectory(project.file("Data/factors"))
        try copy("lean/daily/aapl.zip", "Data/lean/aapl.zip")
        try copy("lean/factor_files/aapl.csv", "Data/factors/aapl.csv")
        try write(
            """
            resetAtSession: false
            missingBarsAllowed: 5
            hours: all
            features: {close: close, r: "log_return(close, 1)", slow: "ema(close, 30)"}
            label: {kind: profit, horizon: 1, costBps: 2}
            """, "daily.yaml")
        try write(
            """
            schemaVersion: 2
            interval: 1d
            adjust: {prices: total, actions: Data/factors}
            """, "daily-market.yaml")
    }

    private func copy(_ shared: String, _ name: String) throws {
        try FileManager.default.copyItem(atPath: SharedData.path("data/\(shared)"), toPath: project.file(name))
    }

    private func write(_ text: String, _ name: String) throws {
        try AtomicFile.write(text + "\n", to: project.file(name))
    }

    private func build(asOf: CivilDate? = nil) throws -> FeatureTable {
        let output = project.file("out/daily.safetensors")
        _ = try BuildFeatures.run(
            spec: project.file("daily.yaml"), data: project.file("Data/lean"),
            market: project.file("daily-market.yaml"), quality: nil, output: output, threads: 2, asOf: asOf,
            session: project.session)
        return try FeatureTable.read(output)
    }

    @Test(
        "features as of a day are the first rows of today's, to the bit; without its actions an instrument is refused")
    func asOf() throws {
        let today = try build(), then = try build(asOf: CivilDate(year: 2014, month: 6, day: 9))
        #expect(then.rowCount > 4_000 && today.rowCount > then.rowCount + 1_000)
        for index in 0..<then.rowCount * then.width {
            guard then.values[index].bitPattern != today.values[index].bitPattern else { continue }
            Issue.record("row \(index / then.width) differs")
            break
        }
        #expect((0..<then.rowCount).allSatisfy { then.time[$0] == today.time[$0] })
        // No jump at the splits, and the last price as traded.
        #expect(
            (0..<today.rowCount).allSatisfy { abs(today.forwardReturn[$0].isNaN ? 0 : today.forwardReturn[$0]) < 0.6 })
        #expect(today.market.adjust?.digest?.hasPrefix("sha256:") == true)
        #expect(MarketSpec().identity != today.market.identity)
        try FileManager.default.moveItem(
            atPath: project.file("Data/factors/aapl.csv"), toPath: project.file("Data/factors/other.csv"))
        #expect { _ = try build() } throws: { ($0 as? Failure)?.code == "data.actions" }
    }
}
