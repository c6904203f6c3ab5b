import Basics
import MarketData
import TestSupport
import Testing

@Suite struct BarCSVReaderTests {
    static func read(_ text: String, _ change: (inout MarketSpec) -> Void = { _ in }) throws -> BarReading {
        let directory = try TemporaryDirectory()
        var spec = MarketSpec()
        change(&spec)
        var reader = try BarCSVReader(spec)
        return try reader.read(try directory.write(text, to: "AAPL_5min.csv"))
    }

    @Test("wall-clock times become UTC on both sides of the clock change")
    func zones() throws {
        let reading = try BarCSVReaderTests.read(
            "datetime,open,high,low,close,volume\n2025-10-31 09:30:00,1,2,0.5,1.5,10\n"
                + "2025-11-03 09:30:00,1,2,0.5,1.5,829753.0\n"
        )
        #expect(reading.table.time.map(TimeText.utc) == ["2025-10-31T13:30:00Z", "2025-11-03T14:30:00Z"])
        #expect(
            reading.table.volume == [10, 829_753] && reading.table.open[0] == 10_000
                && reading.table.instrument == "AAPL")
    }

    @Test("columns in any order, a Yahoo client's float32 prices, newest first")
    func dialects() throws {
        let yahoo = try BarCSVReaderTests.read(
            "Date Time,Open,High,Low,Close,Adj Close,Volume\n2024-05-01 09:30:00,169.8000030517578,"
                + "170.27000427246094,169.11000061035156,169.11090087890625,169.1,2334916\n"
        )
        #expect(
            yahoo.table.open == [1_698_000] && yahoo.table.close == [1_691_109] && yahoo.table.volume == [2_334_916])
        let reversed = try BarCSVReaderTests.read(
            "timestamp,open,high,low,close,volume\n2024-05-02 09:35:00,2,2,2,2,1\n2024-05-02 09:30:00,1,1,1,1,1\n")
        #expect(reversed.table.close == [10_000, 20_000] && reversed.notes.count == 1 && reversed.lines == [3, 2])
    }

    @Test(
        "strict mode names place and reason of every faulty row; repair mode leaves them out and lists them"
    )
    func faults() throws {
        let text =
            "datetime,open,high,low,close,volume\n2025-05-12 09:30:00,1,2,1,2,5\n2025-05-12 09:35:00,x,2,1,2,5\n"
            + "2025-05-12 09:40:00,1,2,1,,5\nyesterday,1,2,1,2,5\n2025-05-12 09:30:00,1,2,1,2,5\n"
            + "2025-05-12 09:45:00,1.00001,2,1,2,5\n2025-05-12 09:50:00,1,2\n"
        let error = #expect(throws: MarketDataError.self) { try BarCSVReaderTests.read(text) }
        #expect(error?.total == 6)
        #expect(
            error?.issues.contains { $0.mark.line == 3 && $0.mark.column == 21 && $0.reason.contains("'x'") } == true)
        let repaired = try BarCSVReaderTests.read(text) { $0.mode = .repair }
        #expect(repaired.table.count == 1 && repaired.issueCounts[.value] == 5 && repaired.issueCounts[.order] == 1)
    }

    @Test("more decimals than are kept: the hint names the key that is too small, and what it needs")
    func scale() throws {
        let head = "datetime,open,high,low,close,volume\n"
        func hint(_ rows: String) -> String? {
            (#expect(throws: MarketDataError.self) { try BarCSVReaderTests.read(head + rows) })?.hint
        }
        let volume = hint("2025-05-12 09:30:00,1,2,1,2,5.12345678\n2025-05-12 09:35:00,1,2,1,2,5.123\n")
        #expect(volume == "write volumeDecimals: 8 into market.yaml and add --market market.yaml")
        let both = hint("2025-05-12 09:30:00,1,2,1,2.123456,5\n2025-05-12 09:35:00,1,2,1,2,5.1\n")
        #expect(both?.contains("priceDecimals: 6 and volumeDecimals: 1") == true && both?.contains("repair") == false)
        // Ten decimals are more than any scale has, and a word is no number.
        #expect(hint("2025-05-12 09:30:00,1,2,1,2,5.0123456789\n")?.contains("mode: repair") == true)
        let mixed = hint("2025-05-12 09:30:00,1,2,1,2,5.1\n2025-05-12 09:35:00,x,2,1,2,5\n")
        #expect(mixed?.contains("volumeDecimals: 1") == true && mixed?.contains("mode: repair") == true)
    }

    @Test("a first line that is no header is quoted in part")
    func longHeader() throws {
        let names = (0..<5000).map { "column\($0)" }.joined(separator: ",")
        let error = #expect(throws: Failure.self) { try BarCSVReaderTests.read(names + "\n1\n") }
        #expect(error?.code == "data.header" && error.map { $0.message.count < 1000 } == true)
        let one = #expect(throws: Failure.self) {
            try BarCSVReaderTests.read(String(repeating: "x", count: 100_000) + "\n1\n")
        }
        #expect(one.map { $0.message.count < 500 } == true)
    }

    @Test("never traps on damaged files", arguments: 0..<150)
    func hostile(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var bytes = Array(
            ("datetime,open,high,low,close,volume\n2025-05-12 09:30:00,1,2,1,2,5\n"
                + "2025-05-12T09:35:00+01:00,1,2,1,2,5\n1715594400,1,2,1,2,5\n").utf8)
        for _ in 0..<4 { bytes[random.index(below: bytes.count)] = UInt8(32 + random.index(below: 95)) }
        _ = try? BarCSVReaderTests.read(String(decoding: bytes, as: UTF8.self)) { $0.mode = .repair }
    }

    @Test(
        "all 54 five-minute and 10 one-minute files and the Yahoo-client files of the real data",
        .enabled(if: SharedData.isThere, "needs the shared data"))
    func realFiles() throws {
        var reader = try BarCSVReader(MarketSpec())
        var rows = 0
        for file in try BarReader.files(at: SharedData.path("data/bars-us-5min")) {
            rows += try reader.read(file).table.count
        }
        #expect(rows == 882_434)
        rows = 0
        for file in try BarReader.files(at: SharedData.path("data/bars-us-1min")) {
            rows += try reader.read(file).table.count
        }
        #expect(rows == 395_185)
        var counts: [String: Int] = [:]
        for file in try BarReader.files(at: SharedData.path("data/bars-yfinance-5min")) {
            let reading = try reader.read(file)
            counts[reading.table.instrument] = reading.table.count
        }
        #expect(counts == ["AAPL": 1480, "MSFT": 1480, "TSLA": 1480, "SBIN": 1648, "TCS.NS": 1350, "IBM": 3462])
    }
}

@Suite(.enabled(if: SharedData.isThere, "needs the shared data")) struct YahooChartTests {
    static func decode(_ name: String) throws -> YahooChart {
        try YahooChart.decode(
            try FileChunks.bytes(SharedData.path("data/yahoo-chart/bodies/\(name).json")), symbol: name)
    }

    @Test("null bars and stray stamps are left out and listed")
    func nulls() throws {
        let chart = try YahooChartTests.decode("AAPL_1m_2024-10-02_nulls")
        #expect(chart.bars.count + chart.issues.count == 391 && chart.issues.count >= 1)
        #expect(zip(chart.bars.time, chart.bars.time.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test("splits, dividends, an empty weekend, a fund without volume")
    func events() throws {
        let apple = try YahooChartTests.decode("AAPL_1d_2020-08-31_2020-11-07_split_dividend")
        #expect(
            apple.bars.count == 49 && apple.splits.count == 1 && apple.splits[0].numerator == 4
                && apple.dividends.count == 1)
        #expect(try YahooChartTests.decode("AAPL_1m_2025-02-01_weekend_empty").bars.count == 0)
        #expect(try YahooChartTests.decode("TSLA_1d_2010_2023_full").bars.count == 3303)
    }

    @Test("error bodies become errors that say what the server said")
    func errors() {
        for (name, code) in [
            ("SI_error404_delisted", "yahoo.not-found"), ("BEKE_error400_no_data_for_range", "yahoo.bad-request"),
        ] {
            let error = #expect(throws: YahooChart.ServerError.self) { try YahooChartTests.decode(name) }
            #expect(error?.code == code)
        }
    }

    @Test("every recorded body decodes or is refused with a reason; damaged ones never trap")
    func all() throws {
        var random = SeededRandom(seed: 1)
        for file in try Paths.files(below: SharedData.path("data/yahoo-chart/bodies")) {
            var bytes = try FileChunks.bytes(SharedData.path("data/yahoo-chart/bodies/\(file)"))
            do { _ = try YahooChart.decode(bytes, symbol: file) } catch let error as any UserFacingError {
                #expect(!error.message.isEmpty)
            }
            for _ in 0..<20 {
                bytes[random.index(below: bytes.count)] = UInt8(truncatingIfNeeded: random.next())
                _ = try? YahooChart.decode(bytes, symbol: file)
            }
        }
    }
}

@Suite struct SimulatorTests {
    @Test("a seed gives the same bytes; the signal is there when stated and gone when shuffled")
    func signal() throws {
        func correlation(_ signal: SimulationConfig.Signal) throws -> Double {
            var config = SimulationConfig()
            config.signal = signal
            let table = try MarketSimulator(config).bars(instrument: 0)
            #expect(table == (try MarketSimulator(config).bars(instrument: 0)))
            let x = (0..<table.count).map { Double(table.close[$0]) / Double(table.open[$0]) - 1 }
            let mean = x.reduce(0, +) / Double(x.count)
            var products = 0.0, squares = 0.0
            for i in 0..<x.count - 1 where table.time[i + 1] - table.time[i] == 300_000_000_000 {
                products += (x[i] - mean) * (x[i + 1] - mean)
            }
            for value in x { squares += (value - mean) * (value - mean) }
            return products / squares
        }
        #expect(try correlation(.momentum) > 0.25)
        #expect(try abs(correlation(.shuffled)) < 0.05)
    }
}
