import Basics
import Foundation
import MarketData
import Tables
import TestSupport
import Testing
import Workflows

/// `data head`, `data describe` and `data convert` on made files and on all real ones.
@Suite struct DataFilesTests {
    private static let bars = """
        datetime,open,high,low,close,volume
        2025-01-06 09:30:00,100.00,101.50,99.50,101.00,1200
        2025-01-06 09:35:00,101.00,101.25,100.75,100.80,900
        2025-01-06 09:40:00,100.80,100.90,100.10,100.20,1100
        2025-01-06 09:45:00,100.20,100.60,100.00,100.55,700
        2025-01-06 09:50:00,100.55,100.70,100.40,100.45,650

        """

    @Test("head shows as many rows as asked for, with their place in the file")
    func head() throws {
        let directory = try TemporaryDirectory()
        try AtomicFile.write(Self.bars, to: directory.file("SIM_5min.csv"))
        let outcome = try HeadData.run(directory.file("SIM_5min.csv"), count: 3, table: nil, known: KnownOfData())
        #expect(outcome.shown == .bars)
        #expect(outcome.rows.rowCount == 3)
        #expect(outcome.rows["position"]?.values == .int64([2, 3, 4]))
        #expect(outcome.rows["instrument"].map { ColumnText.cell($0, .text, 0) } == "SIM")
        let closes = try #require(outcome.rows["close"])
        let type = try #require(outcome.rows.fields.first { $0.name == "close" }?.type)
        #expect((0..<3).map { Double(ColumnText.cell(closes, type, $0)) } == [101, 100.8, 100.2])
    }

    @Test("what is no market data is named, and so is a table that a file does not have")
    func refusals() throws {
        let directory = try TemporaryDirectory()
        let files: [(String, String)] = [
            ("a.bin", "%PDF-1.7 junk"), ("b.txt", "<html><body>429</body></html>"), ("c.md", "# Read me\n\nNothing.\n"),
            ("d.csv", ""),
        ]
        for (name, text) in files {
            try AtomicFile.write(text, to: directory.file(name))
            #expect(throws: (any Error).self, "\(name)") {
                _ = try HeadData.run(directory.file(name), count: 3, table: nil, known: KnownOfData())
            }
        }
        #expect {
            _ = try HeadData.run(directory.file("a.bin"), count: 3, table: nil, known: KnownOfData())
        } throws: { "\($0)".contains("a PDF document") }
        try AtomicFile.write(Self.bars, to: directory.file("SIM_5min.csv"))
        #expect {
            _ = try HeadData.run(directory.file("SIM_5min.csv"), count: 3, table: .trades, known: KnownOfData())
        } throws: { ($0 as? Failure)?.code == "data.format" && "\($0)".contains("it has bars") }
    }

    @Test(
        "a table is the same, by its digest, in every format that it is converted to",
        arguments: ["csv", "parquet", "arrow"])
    func conversions(_ ending: String) throws {
        let directory = try TemporaryDirectory()
        let source = directory.file("SIM_5min.csv"), output = directory.file("out.\(ending)")
        try AtomicFile.write(Self.bars, to: source)
        let known = try KnownOfData(zone: "America/New_York")
        let before = try DescribeData.run(source, table: nil, known: known)
        #expect(before.first == TimeText.parseUTC("2025-01-06T14:30:00Z"))
        #expect(before.rows == 5)
        #expect(before.instruments.map(\.name) == ["SIM"])
        let written = try ConvertData.run(source, table: nil, output: output, known: known).written
        #expect(written.map(\.rows) == [5])
        #expect(written.map(\.digest) == [before.digest])
        #expect(try DescribeData.run(output, table: nil, known: KnownOfData()).digest == before.digest)
        let provenance = try JSONParser.parse(try FileChunks.text("\(output).provenance.json"), file: "")
        #expect(provenance[key: "digest"]?.stringValue == before.digest)
        #expect(provenance[key: "sha256"]?.stringValue == (try Digest.sha256(file: source)))
        #expect(throws: Failure.self) {
            try ConvertData.run(source, table: nil, output: directory.file("out.txt"), known: known)
        }
        // A zone that is only assumed is no fact to write down.
        let error = #expect(throws: Failure.self) {
            try ConvertData.run(source, table: nil, output: output, known: KnownOfData())
        }
        #expect(error?.code == "data.zone")
    }

    @Test("sniffed markets read what they were found from: zone and calendar by the sessions that the bars fill")
    func sniff() throws {
        let directory = try TemporaryDirectory()
        let days = ["2025-01-06", "2025-01-07", "2025-01-08", "2025-01-10"]
        func rows(_ from: Int, _ to: Int, step: Int) -> String {
            "datetime,open,high,low,close,volume\n"
                + days.flatMap { day in
                    stride(from: from, to: to, by: step).map { minute in
                        let time = "\(day) \(padded(minute / 60, 2)):\(padded(minute % 60, 2)):00"
                        return "\(time),10.00,10.50,9.50,10.00,100\n"
                    }
                }.joined()
        }
        for (text, calendar, zone, interval) in [
            (rows(570, 960, step: 5), "XNYS", "America/New_York", "5m"),
            (rows(555, 930, step: 5), "XNSE", "Asia/Kolkata", "5m"),
            (rows(480, 990, step: 15), "XLON", "Europe/London", "15m"),
        ] {
            let path = directory.file("bars.csv"), market = directory.file("market.yaml")
            try AtomicFile.write(text, to: path)
            let found = try SniffData.run([path], output: market)
            #expect(found.market.calendar.json.stringValue == calendar && found.market.zone == zone, "\(found.text)")
            #expect(Interval.text(found.market.interval) == interval)
            #expect(found.inferences.allSatisfy { (0...1).contains($0.confidence) && !$0.evidence.isEmpty })
            let known = try KnownOfData(market: market)
            let open = try HeadData.run(path, count: 1, table: nil, known: known).rows["time"]
            var clock = try TradingCalendar(calendar)
            let session = try clock.session(of: CivilDate(year: 2025, month: 1, day: 6))
            #expect(open?.values == .int64([session?.open ?? 0]), "\(calendar)")
        }
    }

    @Test("several instruments become a file each")
    func eachInstrument() throws {
        let directory = try TemporaryDirectory()
        let rows = Self.bars.split(separator: "\n").enumerated().flatMap { index, line in
            index == 0 ? ["symbol,\(line)"] : ["AAA,\(line)", "BBB,\(line)"]
        }
        try AtomicFile.write(rows.joined(separator: "\n") + "\n", to: directory.file("all.csv"))
        let outcome = try ConvertData.eachInstrument(
            directory.file("all.csv"), table: nil, directory: directory.file("bars"), format: .csv,
            known: KnownOfData(zone: "America/New_York"))
        #expect(outcome.written.map { Paths.name($0.path) } == ["AAA.csv", "BBB.csv"])
        #expect(outcome.written.map(\.rows) == [5, 5])
    }

    @Test("every real file opens without an option", .enabled(if: SharedData.isThere, "needs the shared data"))
    func everyFile() throws {
        let root = SharedData.path("data")
        var opened = 0, faults = 0
        for file in try Paths.files(below: root) {
            let name = Paths.name(file)
            let isAnswer = file.hasPrefix("keys/") || name == "README.md" || name == "SHA256SUMS"
            // Factors and names of shares are tables beside the bars, not market data of their own.
            if isAnswer || file.contains("factor_files") || file.contains("map_files") { continue }
            // Answers of a server that hold an error or damaged data, each there and in a recording.
            let isFault = name.contains("_error4") || name.hasPrefix("handedited_notimestamp")
            do {
                let outcome = try HeadData.run(Paths.join(root, file), count: 3, table: nil, known: KnownOfData())
                // Answers for days without trading.
                let isEmpty = name.contains("_empty") || name.contains("_no_timestamp")
                #expect((outcome.rows.rowCount == 0) == isEmpty, "\(file): \(outcome.kind)")
                #expect(!isFault, "\(file)")
                opened += 1
            } catch {
                let code = (error as? any UserFacingError)?.code ?? ""
                #expect(isFault && code.hasPrefix("yahoo."), "\(file): \(error)")
                faults += 1
            }
        }
        #expect(opened == 292 && faults == 8)
    }
}
