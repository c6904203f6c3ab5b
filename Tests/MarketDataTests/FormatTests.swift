import Basics
import MarketData
import TestSupport
import Testing

@Suite struct MarketFormatTests {
    @Test("the table has every format once, and says what each is")
    func table() {
        let kinds = MarketFormats.kinds
        #expect(kinds.duplicates.isEmpty && kinds.entries.allSatisfy { !$0.summary.isEmpty })
        #expect(kinds.names == ["csv", "yahoo-chart", "table", "lobster", "books"])
    }

    static let row = "2025-05-12 09:30:00,1,2,0.5,1.5,10\n"
    static let csv = "datetime,open,high,low,close,volume\n" + row
    /// One bar and one null, of Apple's chart.
    static let chart = """
         {"chart": {"result": [{"meta": {"symbol": "AAPL", "dataGranularity": "5m", "exchangeTimezoneName":
         "America/New_York"}, "timestamp": [1747056600, 1747056900], "indicators": {"quote": [{"open": [1, null],
         "high": [2, 2], "low": [0.5, 0.5], "close": [1.5, 1.5], "volume": [10, 10]}]}}], "error": null}}
        """

    @Test("a file's ending decides, then its content, else it is read as CSV")
    func choice() throws {
        let directory = try TemporaryDirectory()
        var spec = MarketSpec()
        spec.mode = .repair
        var reader = try BarReader(spec)
        for (name, text) in [
            ("AAPL_5min.csv", MarketFormatTests.csv), ("AAPL_5min.json", MarketFormatTests.chart),
            ("AAPL", MarketFormatTests.chart), ("AAPL_5min.txt", MarketFormatTests.csv),
        ] {
            let reading = try reader.read(directory.write(text, to: name))
            #expect(reading.table.instrument == "AAPL" && reading.table.close == [15_000], "\(name)")
            #expect(reading.table.time.map(TimeText.utc) == ["2025-05-12T13:30:00Z"])
        }
        // An ending that is wrong is not believed: the bytes say what a file is.
        let chart = try reader.read(directory.write(MarketFormatTests.chart, to: "B.csv"))
        #expect(chart.table.instrument == "AAPL" && chart.table.close == [15_000])
        let error = #expect(throws: Failure.self) { try reader.read(directory.write("", to: "empty")) }
        #expect(error?.code == "data.empty")
    }

    @Test("faulty bars of a chart count like rows of a file, and strict mode refuses them")
    func chartModes() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(MarketFormatTests.chart, to: "c.json")
        var spec = MarketSpec()
        var strict = try BarReader(spec)
        let error = #expect(throws: MarketDataError.self) { try strict.read(path) }
        #expect(error?.total == 1 && error?.issues.first?.mark.line == 2)
        spec.mode = .repair
        spec.priceDecimals = 2
        var tolerant = try BarReader(spec)
        let reading = try tolerant.read(path)
        #expect(reading.issueCounts == [.value: 1] && reading.lines == [1] && reading.table.close == [150])
        #expect(reading.table.interval == 300_000_000_000 && reading.issues[0].reason.contains("'open'"))
    }

    @Test(
        "a time past the year 2200 is a faulty bar, also where nanoseconds do not reach to",
        arguments: [9_223_372_037, 9_999_999_999])
    func farTimes(_ seconds: Int) throws {
        let directory = try TemporaryDirectory()
        var spec = MarketSpec()
        spec.mode = .repair
        var reader = try BarReader(spec)
        let chart = MarketFormatTests.chart.replacing("1747056900", with: "\(seconds)")
        let reading = try reader.read(directory.write(chart, to: "c.json"))
        #expect(reading.table.count == 1 && reading.issues[0].reason.contains("time stamp"), "\(reading.issues)")
        let rows =
            MarketFormatTests.csv + "1747056900,1,2,0.5,1.5,10\n\(seconds),1,2,0.5,1.5,10\n\(seconds)0,1,2,0.5,1.5,10\n"
        let table = try reader.read(directory.write(rows, to: "AAPL_5min.csv"))
        #expect(table.table.count == 2 && table.issueCounts == [.value: 2], "\(table.issues)")
    }

    @Test("files of a directory by the endings of all formats, sorted; a path alone is taken as it is")
    func files() throws {
        let directory = try TemporaryDirectory()
        for name in [
            "b.csv", "a.csv.gz", "sub/c.csv", "README.md", "market.yaml", "b.csv.dvc", ".gitignore", "b_actions.csv",
            "b.provenance.json",
        ] {
            try directory.write("", to: name)
        }
        let bars = ["a.csv.gz", "b.csv", "sub/c.csv"].map { directory.file($0) }
        #expect(try BarReader.files(at: directory.path) == bars)
        for name in ["notes.txt", "d.csv.bak"] { try directory.write("", to: name) }
        // The digest of the data covers them: they are not passed over without a word.
        let unread = #expect(throws: Failure.self) { try BarReader.files(at: directory.path) }
        #expect(unread?.code == "data.unread-files" && unread?.message.contains("'d.csv.bak', 'notes.txt'") == true)
        #expect(try BarReader.files(at: directory.path, passesOver: true) == bars)
        // JSON may hold bars: it is looked at.
        try directory.write("", to: "x.json")
        #expect(try BarReader.files(at: directory.path, passesOver: true) == bars + [directory.file("x.json")])
        #expect(try BarReader.files(at: directory.file("x.json")) == [directory.file("x.json")])
        let none = try TemporaryDirectory()
        let error = #expect(throws: Failure.self) { try BarReader.files(at: none.path) }
        #expect(error?.code == "data.no-files" && error?.message.contains("no .csv or .csv.gz or .parquet") == true)
        #expect(throws: FileError.self) { try BarReader.files(at: none.file("x")) }
    }

    @Test(
        "the instrument is the name without endings, intervals and dates",
        arguments: [
            ("data/AAPL_5min.csv.gz", "AAPL"), ("TCS.NS_5m.csv", "TCS.NS"), ("SPY.csv", "SPY"), ("a/b/X", "X"),
            ("Y.json", "Y"), ("_.csv", "_"), ("BRK_A.csv", "BRK_A"), ("BRK_B_1wk.csv", "BRK_B"),
            ("AAPL_2006-01-01_to_2018-01-01.csv", "AAPL"), ("ES_H24_1mo.parquet", "ES_H24"),
            ("6EH4.XCME_1min_bars_20240101_20240201.csv.gz", "6EH4.XCME"), ("X_2025.csv", "X"),
            ("^GSPC_1d.csv", "^GSPC"),
            ("EURUSD=X_15mins.csv.zst", "EURUSD=X"), ("BRK-A_60m.csv", "BRK-A"), ("_5m.csv", "_5m"), ("5m.csv", "5m"),
            ("A__5m.csv", "A"), ("X_007.csv", "X_007"), ("X_5parsecs.csv", "X_5parsecs"),
        ])
    func instrument(path: String, name: String) {
        #expect(BarReader.instrument(of: path) == name)
    }

    @Test("books are found in a directory, by either file of a pair, and nowhere else")
    func books() throws {
        let directory = try TemporaryDirectory()
        _ = try LobsterTests.pair("34200,1,1,1,1,1\n", "2,1,1,1\n", in: directory)
        let names = [
            "", "/X_2012-06-21_34200000_57600000_message_1.csv", "/X_2012-06-21_34200000_57600000_orderbook_1.csv",
        ]
        for name in names {
            let feeds = try BookReader.feeds(at: directory.path + name)
            #expect(feeds.count == 1 && feeds[0].path.hasSuffix("orderbook_1.csv"))
            var instruments: [BookInstrument] = []
            try feeds[0].read { instrument, _ in instruments.append(instrument) }
            #expect(instruments == [BookInstrument(name: "X", levels: 1, priceDecimals: 4)])
        }
        let error = #expect(throws: Failure.self) { try BookReader.feeds(at: directory.file("nothing")) }
        #expect(error?.code == "data.no-books")
    }
}

@Suite struct BarRoundTripTests {
    @Test("bars that were written read back the same, for any scale and over clock changes", arguments: 0..<20)
    func roundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var spec = MarketSpec()
        spec.priceDecimals = random.index(below: 7)
        spec.volumeDecimals = random.index(below: 4)
        spec.zone = ["America/New_York", "Asia/Kolkata", "UTC", "Europe/Berlin"][random.index(below: 4)]
        var table = BarTable(
            instrument: "X", zone: spec.zone, interval: spec.interval, priceDecimals: spec.priceDecimals,
            volumeDecimals: spec.volumeDecimals)
        // From a week before the spring change of 2025 on; hours that exist twice are left out.
        var time = Int64(CivilDate(year: 2025, month: 3, day: 3).daysSince1970) * 86_400_000_000_000
        for _ in 0..<200 {
            time += Int64(1 + random.index(below: 20)) * 3_600_000_000_000
            let price = { Int64(random.index(below: 1_000_000)) - 500_000 }
            table.append(
                Bar(
                    time: time, open: price(), high: price(), low: price(), close: price(),
                    volume: Int64(random.index(below: 100_000))))
        }
        let directory = try TemporaryDirectory()
        try table.writeCSV(to: directory.file("X.csv"), zone: try ExchangeZone(spec.zone))
        var reader = try BarReader(spec)
        #expect(try reader.read(directory.file("X.csv")).table == table, "seed \(seed), \(spec.zone)")
    }

    @Test(
        "times as vendors write them",
        arguments: [
            ("2025-05-12 09:30:00", "2025-05-12T13:30:00Z"), ("2025-05-12T09:30", "2025-05-12T13:30:00Z"),
            ("2025-05-12 09:30:59", "2025-05-12T13:30:59Z"), ("2025-05-12", "2025-05-12T04:00:00Z"),
            ("2025-05-12T09:30:00Z", "2025-05-12T09:30:00Z"), ("2025-05-12T09:30:00+05:30", "2025-05-12T04:00:00Z"),
            ("2025-05-12T09:30-04:00", "2025-05-12T13:30:00Z"), ("1747056600", "2025-05-12T13:30:00Z"),
            ("999999999", "2001-09-09T01:46:39Z"), ("2025-05-12 09:30:00.000000", "2025-05-12T13:30:00Z"),
            ("2025-05-12T09:30:00.5Z", "2025-05-12T09:30:00.5Z"),
            ("2025-05-12T09:30:00.000000000+05:30", "2025-05-12T04:00:00Z"),
        ])
    func times(text: String, utc: String) throws {
        let reading = try BarCSVReaderTests.read("time,open,high,low,close,volume\n\(text),1,1,1,1,1\n")
        #expect(reading.table.time.map(TimeText.utc) == [utc])
    }

    @Test(
        "what is no time is a faulty row",
        arguments: [
            "2025-05-12 24:00:00", "2025-05-12 09:60:00", "2025-05-12 09:30:60", "2025-13-01", "2025-02-29",
            "2025-05-12 9:30:00", "2025-05-12_09:30:00", "2025-05-12T09:30:00+5:30", "2025-05-12T09:30:00 05:30",
            "2025-05-12T09:30:00+24:00", "2025-05-12T09:30:00+05:60", "12345678", "123456789012", "1899-12-31",
            "2201-01-01", "2025-05-1x", "2025/05/12", "2025-05-12T09:30:00ZZ", "2025-05-12 09.30",
            "2025-05-12 09:30:00.", "2025-05-12 09:30:00.0000000001",
        ])
    func noTimes(text: String) throws {
        let reading = try BarCSVReaderTests.read("time,open,high,low,close,volume\n\(text),1,1,1,1,1\n") {
            $0.mode = .repair
        }
        #expect(reading.table.count == 0 && reading.issueCounts == [.value: 1])
        #expect(
            reading.issues[0].reason == "found '\(text)' in column 'time', expected a time such as 2025-05-12 09:30:00")
    }

    @Test("more faulty rows than are kept are counted")
    func manyIssues() throws {
        let rows = (0..<25).map { "x\($0),1,1,1,1,1\n" }.joined()
        let reading = try BarCSVReaderTests.read("time,open,high,low,close,volume\n" + rows) { $0.mode = .repair }
        #expect(reading.issues.count == 20 && reading.issueCounts == [.value: 25])
        #expect(reading.notes.count == 1 && reading.notes[0].hasSuffix("5 more faulty rows were left out"))
        let error = #expect(throws: MarketDataError.self) {
            try BarCSVReaderTests.read("time,open,high,low,close,volume\n" + rows)
        }
        #expect(error?.total == 25 && error?.message.hasSuffix("…") == true)
    }

    @Test("a header without a column says which one is missing")
    func header() throws {
        let error = #expect(throws: Failure.self) { try BarCSVReaderTests.read("time,open,high,low,close\n") }
        #expect(error?.code == "data.header" && error?.message.contains("no column 'volume' among time, open") == true)
        #expect(throws: Failure.self) { try BarCSVReaderTests.read("open,high,low,close,volume\n") }
    }
}

@Suite struct MarketSpecTests {
    @Test("a spec reads its own JSON back")
    func roundTrip() throws {
        for text in [
            "{}", #"{"zone": "UTC", "interval": "1h", "calendar": "always", "priceDecimals": 8, "mode": "repair"}"#,
            #"{"interval": "90s", "volumeDecimals": 3}"#,
        ] {
            let spec = try MarketSpec(JSONParser.parse(text))
            #expect(try MarketSpec(spec.json) == spec)
        }
    }

    @Test("intervals as people write them")
    func intervals() {
        let cases: [(String, Int64?)] = [
            ("1s", 1), ("5m", 300), ("1h", 3600), ("2d", 172_800), ("0m", nil), ("-1m", nil), ("m", nil), ("5", nil),
            ("5x", nil), ("1.5h", nil), ("999999s", 999_999), ("1000000s", nil),
            ("10000d", 864_000_000), ("10001d", nil), ("999999d", nil), ("999999h", nil),
        ]
        for (text, seconds) in cases { #expect(Interval.parse(text) == seconds.map { $0 * 1_000_000_000 }, "\(text)") }
        #expect([60, 90, 3600, 86_400].map { Interval.text($0 * 1_000_000_000) } == ["1m", "90s", "1h", "1d"])
    }

    @Test(
        "mistakes name the key",
        arguments: [
            (#"{"zone": "Mars/Olympus"}"#, "unknown time zone 'Mars/Olympus'"),
            (#"{"interval": "5min"}"#, "found '5min' as an interval"), (#"{"interval": 5}"#, "as an interval"),
            (#"{"priceDecimals": 10}"#, "'priceDecimals'"), (#"{"volumeDecimals": -1}"#, "'volumeDecimals'"),
            (#"{"mode": "lax"}"#, "'mode'"), (#"{"calender": "XNYS"}"#, "unknown key 'calender'"),
        ])
    func mistakes(text: String, problem: String) {
        let error = #expect(throws: ConfigError.self) { try MarketSpec(JSONParser.parse(text)) }
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
    }
}
