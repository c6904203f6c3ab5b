import Basics
import Foundation
import TestSupport
import Testing
import Workflows

/// What features are made as: the market that is assumed, and bars that contradict it.
@Suite struct BuildFeaturesTests {
    private let project: TestProject

    init() throws { project = try TestProject(.features) }

    private func build(
        market: String?, data: String? = nil, progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) throws -> BuildFeatures.Outcome {
        try BuildFeatures.run(
            spec: project.file("features.yaml"), data: data ?? project.market, market: market, quality: nil,
            output: project.file("out/new.safetensors"), threads: 1, session: project.session, progress: progress)
    }

    @Test("bars that stand at another distance than the market's interval are refused, with the line to write")
    func interval() throws {
        for (said, text) in [("15m", "5m"), ("1m", "5m"), ("1d", "5m")] {
            try project.write(
                try project.read("market.yaml").replacing("interval: 5m", with: "interval: \(said)"), to: "other.yaml")
            let error = #expect(throws: Failure.self) { try build(market: project.file("other.yaml")) }
            #expect(error?.code == "features.interval", "\(said)")
            #expect(error?.message.contains("found bars \(text) apart, expected \(said)") == true)
            #expect(error?.message.contains("SIM01_5min.csv:3") == true, "\(error?.message ?? "")")
            #expect(error?.hint?.contains("interval: \(text)") == true)
        }
        #expect(!Paths.exists(project.file("out/new.safetensors")))
    }

    @Test("without a market file, the bars must be those that are assumed; the hint writes a file")
    func assumed() throws {
        let made = try build(market: nil)
        #expect(made.isMarketAssumed)
        #expect(made.warnings.count == 1 && made.warnings[0].contains("--market market.yaml"))
        #expect(try !build(market: project.file("market.yaml")).isMarketAssumed)
        let lines =
            ["datetime,open,high,low,close,volume"]
            + (0..<60).map { "2025-01-15 10:\($0 < 10 ? "0" : "")\($0):00,10,11,9,10,100" }
        try Paths.makeDirectory(project.file("Data/minutes"))
        try project.write(lines.joined(separator: "\n") + "\n", to: "Data/minutes/AAA.csv")
        let error = #expect(throws: Failure.self) { try build(market: nil, data: project.file("Data/minutes")) }
        #expect(error?.code == "features.interval" && error?.message.contains("AAA.csv:3") == true)
        #expect(error?.hint?.contains("interval: 1m") == true && error?.hint?.contains("--market market.yaml") == true)
    }

    @Test("data that changes while it is read is refused")
    func changed() throws {
        let file = "\(project.market)/SIM01_5min.csv", text = try FileChunks.text(file)
        #expect(
            project.code {
                _ = try build(market: project.file("market.yaml")) { _ in
                    try? (text + "\n").write(toFile: file, atomically: true, encoding: .utf8)
                }
            } == "features.changed")
        #expect(!Paths.exists(project.file("out/new.safetensors")))
    }

    @Test("bars that fill the sessions of another market are not assumed to be of New York")
    func otherMarket() throws {
        try Paths.makeDirectory(project.file("Data/mumbai"))
        func rows(_ first: Int, _ last: Int) -> String {
            "datetime,open,high,low,close,volume\n"
                + ["2025-01-06", "2025-01-07", "2025-01-08"].flatMap { day in
                    stride(from: first, to: last, by: 5).map { minute in
                        let clock = [minute / 60, minute % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
                        return "\(day) \(clock[0]):\(clock[1]):00,10,11,9,10,100\n"
                    }
                }.joined()
        }
        try project.write(rows(555, 930), to: "Data/mumbai/SBIN.csv")
        let error = #expect(throws: Failure.self) { try build(market: nil, data: project.file("Data/mumbai")) }
        #expect(error?.code == "features.session" && error?.message.contains("XNSE in Asia/Kolkata") == true)
        #expect(error?.hint?.contains("hftml data sniff") == true)
        try project.write(rows(570, 960), to: "Data/mumbai/SBIN.csv")
        #expect(try build(market: nil, data: project.file("Data/mumbai")).rows > 200)
    }
}
