import Basics
import Foundation
import MarketData
import TestSupport
import Testing
import Workflows

/// What `data sniff` concludes of bars, with what speaks for it, and whether its market file reads them.
@Suite struct SniffDataTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func sniff(_ files: (name: String, stamps: [String])..., zone: String? = nil) throws -> SniffData.Outcome {
        for file in files {
            let rows = file.stamps.map { "\($0),10.00,10.50,9.50,10.00,100" }
            try directory.write(
                "datetime,open,high,low,close,volume\n" + rows.joined(separator: "\n") + "\n", to: file.name)
        }
        return try SniffData.run(files.map { directory.file($0.name) }, zone: zone, output: nil)
    }

    private static func clock(_ day: String, from: Int, to: Int, step: Int) -> [String] {
        stride(from: from, to: to, by: step).map { "\(day) \(padded($0 / 60, 2)):\(padded($0 % 60, 2)):00" }
    }

    /// Trading days of a year by a calendar, as dates alone.
    private static func days(_ name: String) throws -> [String] {
        var calendar = try TradingCalendar(name)
        return try calendar.sessions(
            from: CivilDate(year: 2024, month: 1, day: 2), to: CivilDate(year: 2024, month: 12, day: 31)
        ).map(\.label.description)
    }

    @Test(
        "daily bars say their market by the days that are absent",
        arguments: ["XNYS", "XLON", "XSHG", "XNSE", "FX", "always"])
    func daily(_ name: String) throws {
        let days = try Self.days(name), found = try sniff(("X_1d.csv", days))
        let calendar = try #require(found.inferences.first { $0.name == "calendar" })
        #expect(calendar.value == name && found.market.calendar == .named(name), "\(found.text)")
        #expect(calendar.evidence.contains("100.0 % of \(days.count) days with a bar are its trading days"))
        #expect(calendar.confidence > 0.3 && found.market.interval == 86_400_000_000_000)
        // Dates of a market, read as those of its zone.
        #expect(found.market.zone == (try TradingCalendar(name)).zone.name)
    }

    @Test("a day that is missing and a day too many are named; days of no market are no conclusion")
    func absentDays() throws {
        var days = try Self.days("XNYS")
        let gone = days.remove(at: 40)
        let calendar = try #require(try sniff(("X_1d.csv", days)).inferences.first { $0.name == "calendar" })
        #expect(calendar.value == "XNYS" && calendar.evidence.contains("no bar on \(gone)"), "\(calendar)")
        let thirds = days.enumerated().filter { $0.offset % 5 == 0 }.map(\.element)
        let few = try sniff(("X_1d.csv", ["2024-01-02", "2024-01-03"]))
        #expect(few.inferences.last { $0.name == "calendar" }.map { $0.confidence <= 0.5 } == true, "\(few.text)")
        let none = try? sniff(("Y_1d.csv", thirds))
        #expect(none.map { $0.inferences.last { $0.name == "calendar" }?.confidence ?? 0 < 0.5 } ?? true)
    }

    @Test("hours that a clock shows twice or skips are named with the zone")
    func clockChanges() throws {
        let autumn =
            Self.clock("2025-11-01", from: 0, to: 1440, step: 30)
            + Self.clock("2025-11-02", from: 0, to: 1440, step: 30)
        let found = try sniff(("X_30m.csv", autumn), zone: "America/New_York")
        let zone = try #require(found.inferences.first { $0.name == "zone" })
        #expect(zone.evidence.contains("2 stamps lie in the hour that autumn repeats, the first 2025-11-02T01:00:00"))
        #expect(found.text.contains("autumn repeats"))
    }

    @Test("files that contradict each other are named, both")
    func contradictions() throws {
        let days = ["2025-01-06", "2025-01-07", "2025-01-08"]
        let five = days.flatMap { Self.clock($0, from: 570, to: 960, step: 5) }
        let one = days.flatMap { Self.clock($0, from: 570, to: 960, step: 1) }
        let mumbai = days.flatMap { Self.clock($0, from: 0, to: 300, step: 5) }
        for (name, stamps) in [("B.csv", one), ("C.csv", mumbai)] {
            let error = #expect(throws: Failure.self) { try sniff(("A.csv", five), (name, stamps)) }
            #expect(error?.code == "data.contradiction")
            #expect(error.map { $0.message.contains("A.csv'") && $0.message.contains("\(name)'") } == true, "\(name)")
        }
    }

    @Test("every line of the market file that was concluded says why")
    func evidence() throws {
        let found = try sniff(("A.csv", Self.clock("2025-01-06", from: 570, to: 960, step: 5)))
        for name in ["zone", "interval", "calendar", "priceDecimals", "volumeDecimals"] {
            let line = found.text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
            #expect(line?.contains("% sure)") == true, "\(found.text)")
        }
    }

    @Test("a market file that somebody wrote or changed is not written over")
    func overwriting() throws {
        try directory.write(
            "datetime,open,high,low,close,volume\n"
                + Self.clock("2025-01-06", from: 570, to: 960, step: 5).map { "\($0),10.00,10.50,9.50,10.00,100\n" }
                .joined(), to: "A.csv")
        let path = directory.file("A.csv"), market = directory.file("market.yaml")
        for _ in 0..<2 { _ = try SniffData.run([path], output: market) }
        let text = try FileChunks.text(market)
        try directory.write(text.replacing("mode: strict", with: "mode: repair"), to: "market.yaml")
        let error = #expect(throws: Failure.self) { try SniffData.run([path], output: market) }
        #expect(error?.code == "data.exists")
        #expect(try SniffData.run([path], output: market, isForced: true).text == text)
    }

    @Test(
        "the market file of every real bar file reads it to the same table",
        .enabled(if: SharedData.isThere, "needs the shared data"),
        arguments: ["bars-crypto", "bars-fx", "bars-yfinance-5min", "daily-djia", "yfinance-repair", "bars-us-5min"])
    func realFiles(_ part: String) throws {
        let root = SharedData.path("data/\(part)"), market = directory.file("market.yaml")
        var files = try Paths.files(below: root).filter { !UnreadFiles.isNoData($0) }
        // Of many files that are written alike some are enough.
        if files.count > 20, part == "bars-us-5min" { files = Array(files.prefix(4)) }
        for file in files {
            let path = Paths.join(root, file), found = try SniffData.run([path], output: market)
            let known = try KnownOfData(market: market), zone = try KnownOfData(zone: found.market.zone)
            let with = try DescribeData.run(path, table: .bars, known: known)
            let without = try DescribeData.run(path, table: .bars, known: zone)
            if found.inferences.contains(where: { $0.evidence.hasPrefix("a bar stands at the close") }) {
                // The sessions say what the file alone does not: its stamps are those of the close.
                #expect(with.first == without.first.map { $0 - found.market.interval }, "\(file)")
            } else {
                #expect(with.digest == without.digest, "\(file)")
            }
            #expect(with.rows == found.files[0].rows && with.rows > 0, "\(file)")
        }
    }
}
