import Basics
import MarketData
import Tables
import TestSupport
import Testing

/// Columns and times that were read, and meant something else.
@Suite struct CSVMeaningTests {
    private static func rows(
        _ text: String, name: String = "T.csv", _ change: (inout CSVOptions) -> Void = { _ in }
    ) throws -> (file: CSVFile, rows: [(time: Int64, receive: Int64?, known: Int64, instrument: String)]) {
        let directory = try TemporaryDirectory()
        var options = CSVOptions()
        change(&options)
        let file = try CSVFormat.open(try directory.write(text, to: name), options: options)
        let source = try file.read(file.tables[0])
        var out: [(Int64, Int64?, Int64, String)] = []
        while let chunk = try source.next() {
            guard case .int64(let times) = chunk.columns[0].values, case .int64(let known) = chunk.columns[2].values,
                case .int64(let received) = chunk.columns[1].values, case .text(let names) = chunk.columns[4].values
            else { continue }
            for row in 0..<chunk.rowCount {
                let receive = chunk.columns[1].validity[row] ? received[row] : nil
                out.append((times[row], receive, known[row], names[row]))
            }
        }
        return (file, out)
    }

    @Test("the time of receipt beside that of the exchange is kept, and a row is known then")
    func receipt() throws {
        let databento = try CSVMeaningTests.rows(
            "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,price,size,symbol\n"
                + "1705397400000160000,1705397400000000000,0,1,5,T,B,1.25,3,T\n"
                + "1705397401000160001,1705397401000000000,0,1,5,T,A,1.50,4,T\n")
        #expect(databento.rows.map(\.time) == [1_705_397_400_000_000_000, 1_705_397_401_000_000_000])
        #expect(databento.rows.map(\.receive) == [1_705_397_400_000_160_000, 1_705_397_401_000_160_001])
        #expect(databento.rows.map(\.known) == [1_705_397_400_000_160_000, 1_705_397_401_000_160_001])
        #expect(databento.file.notes.contains("'ts_recv' is taken as the time of receipt"))
        let tardis = try CSVMeaningTests.rows(
            "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"
                + "b,X,1705397400000000,1705397400012345,1,buy,1.25,3\n"
                + "b,X,1705397400500000,,2,sell,1.25,3\n")
        #expect(tardis.rows.map(\.receive) == [1_705_397_400_012_345_000, nil])
        #expect(tardis.rows.map(\.known) == [1_705_397_400_012_345_000, 1_705_397_400_500_000_000])
        let bars = try CSVMeaningTests.rows(
            "timestamp,receive_time,open,high,low,close\n1705397400,1705397405,1,2,1,2\n1705397460,1705397700,1,2,1,2\n"
        )
        #expect(bars.rows.map(\.known) == [1_705_397_460_000_000_000, 1_705_397_700_000_000_000])
    }

    private static let hour: Int64 = 3_600_000_000_000
    /// 2023-11-05 01:00 in New York, for the first time.
    private static let first: Int64 = 1_699_160_400_000_000_000

    @Test("trades behind a clock that was put back are an hour later; where nothing says it they are refused")
    func repeatedHour() throws {
        func trades(_ clocks: [String]) -> String {
            "time,price,size\n" + clocks.map { "2023-11-05 \($0),1.5,2\n" }.joined()
        }
        let found = try CSVMeaningTests.rows(
            trades(["00:59:59", "01:10:00.5", "01:50:00", "01:05:00", "01:04:59", "01:50:00", "02:00:00"])
        ) { $0.zone = "America/New_York" }
        let (first, hour) = (CSVMeaningTests.first, CSVMeaningTests.hour)
        #expect(
            found.rows.map(\.time) == [
                first - 1_000_000_000, first + 600_500_000_000, first + 3_000_000_000_000,
                first + hour + 300_000_000_000,
                first + hour + 299_000_000_000, first + hour + 3_000_000_000_000, first + 2 * hour,
            ])
        for clocks in [
            ["00:59:59", "01:10:00", "01:50:00", "02:00:00"], ["01:10:00", "01:09:59", "02:00:00"],
            ["02:00:00", "01:50:00", "01:10:00", "00:59:59"],
        ] {
            let error = #expect(throws: Failure.self) {
                try CSVMeaningTests.rows(trades(clocks)) { $0.zone = "America/New_York" }
            }
            #expect(error?.code == "data.ambiguous", "\(clocks)")
        }
        let quotes = "time,bid,ask\n2023-11-05 01:50:00,1,2\n2023-11-05 01:05:00,1,2\n"
        #expect(
            try CSVMeaningTests.rows(quotes) { $0.zone = "America/New_York" }.rows.map(\.time)
                == [first + 3_000_000_000_000, first + hour + 300_000_000_000])
        let bars = try CSVMeaningTests.rows(
            "time,open,high,low,close\n"
                + ["00:30", "01:00", "01:30", "02:00"].map { "2023-11-05 \($0),1,2,1,2\n" }.joined()
        ) { $0.zone = "America/New_York" }
        #expect(bars.file.notes.contains { $0.contains("an hour that occurs twice") })
    }

    @Test("a column whose name says the end of bars is one, also where it is said to be the time")
    func closeNames() throws {
        for name in ["close_time", "Close Time", "closeTime", "end", "bar end", "period_end"] {
            let text = "\(name),open,high,low,close\n2024-01-16 09:35,1,2,1,2\n2024-01-16 09:40,2,3,2,3\n"
            for columns in [["time": name], ["close_time": name], [:]] {
                let found = try CSVMeaningTests.rows(text) { $0.columns = columns }
                #expect(
                    found.rows.map(\.time) == [1_705_397_400_000_000_000, 1_705_397_700_000_000_000],
                    "\(name) \(columns)")
                #expect(found.rows.map(\.known) == [1_705_397_700_000_000_000, 1_705_398_000_000_000_000])
            }
        }
        let said = try CSVMeaningTests.rows(
            "close_time,open,high,low,close\n2024-01-16 09:35,1,2,1,2\n2024-01-16 09:40,2,3,2,3\n"
        ) { ($0.columns, $0.stampSide) = (["time": "close_time"], .open) }
        #expect(said.rows[0].time == 1_705_397_700_000_000_000)
        #expect(said.file.notes.contains { $0.contains("its name says the end") })
        // Binance writes the last millisecond of a bar.
        let last = try CSVMeaningTests.rows(
            "close_time,open,high,low,close\n1705397699999,1,2,1,2\n1705397999999,2,3,2,3\n")
        #expect(last.rows.map(\.time) == [1_705_397_400_000_000_000, 1_705_397_700_000_000_000])
    }

    @Test("columns of numbers that name instruments are read as text")
    func numberedInstruments() throws {
        for name in ["code", "permno", "secid", "PERMNO", "stock_code", "Stkcd"] {
            let found = try CSVMeaningTests.rows(
                "date,\(name),open,high,low,close\n2024-01-16,600000,1,2,1,2\n2024-01-16,000001,1,2,1,2\n"
                    + "2024-01-17,600000,1,2,1,2\n2024-01-17,000001,1,2,1,2\n")
            #expect(found.rows.map(\.instrument) == ["600000", "000001", "600000", "000001"], "\(name)")
        }
    }

    @Test("what the first rows do not show, the others decide")
    func lateEvidence() throws {
        var text = "date;open;high;low;close\n"
        for row in 0..<20_100 { text += "\(1_705_397_400 + row * 60);100;120;90;110\n" }
        text += "\(1_705_397_400 + 20_100 * 60);100;1,500;90;110\n"
        let error = #expect(throws: Failure.self) { try CSVMeaningTests.rows(text) }
        #expect(error?.code == "data.ambiguous")
    }

    @Test("rows of numbers without names are bars only where high and low fit")
    func noBars() throws {
        let text = (0..<30).map { "\(1_705_397_400 + $0 * 60),5,1,\(9 + $0),2\n" }.joined()
        let error = #expect(throws: Failure.self) { try CSVMeaningTests.rows(text) }
        #expect(error?.code == "data.format")
    }

    @Test("names that are no UTF-8 are refused with their place: read leniently, two instruments would be one")
    func encoding() throws {
        let directory = try TemporaryDirectory(), path = directory.file("latin.csv")
        let lines: [[UInt8]] = [
            Array("time,symbol,price,size\n".utf8), Array("2024-01-02T15:00:00Z,M".utf8), [0xDC],
            Array("V,1.5,2\n2024-01-02T15:00:01Z,M".utf8), [0xC4], Array("V,1.5,2\n".utf8),
        ]
        try AtomicFile.write(lines.flatMap { $0 }, to: path)
        let error = #expect(throws: Failure.self) { _ = try CSVFormat.open(path, options: CSVOptions()) }
        #expect(error?.code == "csv.encoding" && error?.message.contains("latin.csv:2:") == true)
    }
}
