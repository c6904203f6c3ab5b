import Basics
import MarketData
import TestSupport
import Testing

@Suite struct CSVDialectTests {
    /// A file, and its rows (instrument, UTC, cells) or the code that it is refused with.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let text: String
        var rows: [String] = []
        var code: String?
        var testDescription: String { name }
    }

    private static func rows(_ file: CSVFile) throws -> [String] { try CSVTestRow.read(file).map(\.description) }

    private static let bar = "T 2024-01-16T09:30:00Z 1.2 1.3 1.1 1.25 10"
    private static let next = "T 2024-01-16T09:35:00Z 1.25 1.4 1.2 1.3 20"
    private static let day = "T 2024-01-16T00:00:00Z 1.2 1.3 1.1 1.25 10"

    static let cases: [Case] = [
        Case(
            name: "semicolons, decimal commas",
            text: "Date;Open;High;Low;Close;Volume\n16.01.2024;1,2;1,3;1,1;1,25;10\n",
            rows: [day]),
        Case(name: "bars between", text: "time|o|h|l|c|v\n2024-01-16 09:30|1.2|1.3|1.1|1.25|10\n", rows: [bar]),
        Case(
            name: "MetaTrader 4, no header",
            text: "2024.01.16,09:30,1.2,1.3,1.1,1.25,10\n2024.01.16,09:35,1.25,1.4,1.2,1.3,20\n",
            rows: [bar, next]),
        Case(
            name: "MetaTrader 5",
            text:
                "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
                + "2024.01.16\t09:30:00\t1.2\t1.3\t1.1\t1.25\t99\t10\t3\n",
            rows: [bar]),
        Case(
            name: "Stooq",
            text:
                "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
                + "AB.US,5,20240116,093000,1.2,1.3,1.1,1.25,10,0\n",
            rows: ["AB.US 2024-01-16T09:30:00Z 1.2 1.3 1.1 1.25 10"]),
        Case(
            name: "Alpha Vantage",
            text: "timestamp,1. open,2. high,3. low,4. close,5. volume\n2024-01-16,1.2,1.3,1.1,1.25,10\n", rows: [day]),
        Case(
            name: "Nasdaq.com", text: "Date,Close/Last,Volume,Open,High,Low\n01/16/2024,$1.25,10,$1.2,$1.3,$1.1\n",
            rows: [day]),
        Case(
            name: "Investing.com",
            text:
                "\"Date\",\"Price\",\"Open\",\"High\",\"Low\",\"Vol.\",\"Change %\"\n\"Jan 16, "
                + "2024\",\"1,001.25\",\"1,001.2\",\"1,001.3\",\"1,001.1\",\"1.25M\",\"0.1%\"\n",
            rows: ["T 2024-01-16T00:00:00Z 1001.2 1001.3 1001.1 1001.25 1250000"]),
        Case(
            name: "Dukascopy",
            text: "Gmt time,Open,High,Low,Close,Volume\n16.01.2024 09:30:00.000,1.2,1.3,1.1,1.25,10\n", rows: [bar]),
        Case(
            name: "offset behind GMT",
            text: "Local time,Open,High,Low,Close\n16.01.2024 10:30:00.000 GMT+0100,1.2,1.3,1.1,1.25\n",
            rows: ["T 2024-01-16T09:30:00Z 1.2 1.3 1.1 1.25 "]),
        Case(
            name: "cryptodatadownload",
            text:
                "https://www.example.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n"
                + "1705397400,2024-01-16 09:30:00,BTC/USD,1.2,1.3,1.1,1.25,10,12\n",
            code: "data.header"),
        Case(
            name: "Binance with header",
            text:
                "open_time,open,high,low,close,volume,close_time,"
                + "quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n"
                + "1705397400000,1.2,1.3,1.1,1.25,10,1705397699999,1,2,3,4,0\n",
            rows: [bar]),
        Case(
            name: "Binance in microseconds", text: "1705397400000000,1.2,1.3,1.1,1.25,10,1705397699999999,1,2,3,4,0\n",
            rows: [bar]),
        Case(
            name: "Databento, fixed prices",
            text:
                "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n"
                + "1705397400000000000,33,1,5,1200000000,1300000000,1100000000,1250000000,10,T\n",
            rows: [bar]),
        Case(
            name: "Databento, plain prices",
            text:
                "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n"
                + "2024-01-16T09:30:00.000000000Z,33,1,5,1.200000000,1.300000000,1.100000000,1.250000000,10,T\n",
            rows: [bar]),
        Case(
            name: "R quantmod",
            text:
                "\"\",\"AB.Open\",\"AB.High\",\"AB.Low\",\"AB.Close\",\"AB.Volume\",\"AB.Adjusted\"\n"
                + "\"2024-01-16\",1.2,1.3,1.1,1.25,10,1.2\n",
            rows: ["AB 2024-01-16T00:00:00Z 1.2 1.3 1.1 1.25 10"]),
        Case(
            name: "yfinance, two tickers",
            text:
                "Price,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume\nTicker,A,B,A,B,A,B,A,B,A,B\n"
                + "Date,,,,,,,,,,\n2024-01-16,1.25,2.25,1.3,2.3,1.1,2.1,1.2,2.2,10,20\n",
            rows: ["A 2024-01-16T00:00:00Z 1.2 1.3 1.1 1.25 10", "B 2024-01-16T00:00:00Z 2.2 2.3 2.1 2.25 20"]),
        Case(
            name: "bid and ask bars",
            text: "Date,BidOpen,BidHigh,BidLow,BidClose,AskOpen,AskHigh,AskLow,AskClose\n2024-01-16,1,2,1,2,3,4,3,4\n",
            rows: ["T.bid 2024-01-16T00:00:00Z 1 2 1 2 ", "T.ask 2024-01-16T00:00:00Z 3 4 3 4 "]),
        Case(
            name: "quotes", text: "timestamp,bid,ask\n2024-01-16T09:30:00.25Z,1.1,1.2\n",
            rows: ["T 2024-01-16T09:30:00.25Z 1.1  1.2  "]),
        Case(
            name: "trades", text: "time,price,size,side\n1705397400123,1.1,3,sell\n",
            rows: ["T 2024-01-16T09:30:00.123Z 1.1 3 -1  "]),
        Case(
            name: "ISO week", text: "week,open,high,low,close\n2024-W03,1,2,1,2\n2024-W04,2,3,2,3\n",
            rows: ["T 2024-01-15T00:00:00Z 1 2 1 2 ", "T 2024-01-22T00:00:00Z 2 3 2 3 "]),
        Case(
            name: "months", text: "month,open,high,low,close\n2024-01,1,2,1,2\n2024-02,2,3,2,3\n",
            rows: ["T 2024-01-01T00:00:00Z 1 2 1 2 ", "T 2024-02-01T00:00:00Z 2 3 2 3 "]),
        Case(
            name: "names in a comment",
            text: "# time open high low close\n".replacing(" ", with: ",").replacing("#,", with: "# ")
                + "2024-01-16 09:30,1.2,1.3,1.1,1.25\n",
            rows: ["T 2024-01-16T09:30:00Z 1.2 1.3 1.1 1.25 "]),
        Case(
            name: "a coin", text: "time,open,high,low,close\n1705397400,1.9e-05,2.1e-05,1.9e-05,0.00002\n",
            rows: ["T 2024-01-16T09:30:00Z 0.000019 0.000021 0.000019 0.00002 "]),
        Case(
            name: "afternoon", text: "time,open,high,low,close\n01/16/2024 1:30 PM,1,2,1,2\n",
            rows: ["T 2024-01-16T13:30:00Z 1 2 1 2 "]),
        Case(
            name: "quoted newline", text: "time,open,high,low,close,note\n2024-01-16,1,2,1,2,\"a\nb\"\n",
            rows: ["T 2024-01-16T00:00:00Z 1 2 1 2 "]),
        Case(
            name: "close time alone",
            text: "close time,open,high,low,close\n2024-01-16 09:35,1,2,1,2\n2024-01-16 09:40,2,3,2,3\n",
            rows: ["T 2024-01-16T09:30:00Z 1 2 1 2 ", "T 2024-01-16T09:35:00Z 2 3 2 3 "]),
        Case(
            name: "two readings of a date", text: "Date,Open,High,Low,Close\n01/02/2024,1,2,1,2\n",
            code: "data.ambiguous"),
        Case(
            name: "two orders of dates", text: "Date,Open,High,Low,Close\n01/22/2024,1,2,1,2\n23/01/2024,1,2,1,2\n",
            code: "data.ambiguous"),
        Case(
            name: "two readings of a number", text: "Date;Open;High;Low;Close\n2024-01-16;1,200;1,300;1,100;1,250\n",
            code: "data.ambiguous"),
        Case(
            name: "two units of time", text: "t,o,h,l,c\n1705397400,1,2,1,2\n1705397460000,1,2,1,2\n",
            code: "data.ambiguous"),
        Case(name: "date with an hour", text: "t,o,h,l,c\n2034011609,1,2,1,2\n", code: "data.ambiguous"),
        Case(
            name: "high and low changed", text: "t,o,l,h,c\n2024-01-16,1,3,0.5,2\n2024-01-17,1,3,0.5,2\n",
            code: "data.meaning"),
        Case(name: "negative volume", text: "t,o,h,l,c,v\n2024-01-16,1,3,0.5,2,-5\n", code: "data.meaning"),
        Case(
            name: "different columns of one name", text: "t,open,high,low,close,close\n2024-01-16,1,3,0.5,2,2.5\n",
            code: "data.header"),
        Case(name: "no low", text: "t,open,high,close\n2024-01-16,1,3,2\n", code: "data.header"),
        Case(name: "percent", text: "t,open,high,low,close\n2024-01-16,1%,3%,0.5%,2%\n", code: "data.cell"),
        Case(
            name: "a day that is none", text: "t,open,high,low,close\n2024-02-30,1,3,0.5,2\n2024-03-01,1,3,0.5,2\n",
            code: "data.cell"),
        Case(
            name: "an offset here and there",
            text: "t,open,high,low,close\n2024-02-01 10:00,1,3,0.5,2\n2024-02-01 10:01Z,1,3,0.5,2\n",
            code: "data.cell"),
        Case(
            name: "the same time twice", text: "t,open,high,low,close\n2024-02-01,1,3,0.5,2\n2024-02-01,1,3,0.5,2\n",
            code: "data.order"),
        Case(
            name: "out of order",
            text: "t,open,high,low,close\n2024-02-01,1,3,0.5,2\n2024-02-03,1,3,0.5,2\n2024-02-02,1,3,0.5,2\n",
            code: "data.order"),
        Case(name: "infinite", text: "t,open,high,low,close\n2024-02-01,1,inf,0.5,2\n", code: "data.cell"),
        Case(
            name: "digits that do not fit",
            text: "t,open,high,low,close\n2024-02-01,1,123456789012,0.00000000001,2\n", code: "data.decimals"),
        Case(
            name: "a quote that is not closed", text: "t,open,high,low,close\n2024-02-01,1,3,0.5,\"2\n",
            code: "csv.syntax"),
        Case(name: "no rows", text: "t,open,high,low,close\n", code: "data.empty"),
        Case(name: "no market data", text: "name,age,town\nAnna,7,Rome\n", code: "data.format"),
        Case(
            name: "mixed lengths of bars",
            text: "t,o,h,l,c\n"
                + (0..<40).map { "\(1_705_397_400 + ($0 < 20 ? $0 * 60 : 1200 + ($0 - 20) * 300)),1,2,1,2\n" }.joined(),
            code: "data.cadence"),
    ]

    @Test("dialects of vendors, programs and people", arguments: cases)
    func dialect(_ item: Case) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(item.text, to: "T.csv")
        do {
            let rows = try CSVDialectTests.rows(CSVFormat.open(path))
            #expect(item.code == nil && rows == item.rows, "\(rows)")
        } catch let failure as Failure {
            #expect(failure.code == item.code, "\(failure.message)")
            #expect(failure.hint != nil && ErrorCatalogue.all.contains { $0.code == failure.code })
        }
    }

    /// Of the shared folder: rows, or the code.
    static let shared: [(String, [String], String?)] = [
        ("bigvol", [], "data.cell"), ("empty", [], "data.empty"), ("header_only", [], "data.empty"),
        ("truncated", [], "data.cell"), ("us_date", [], "data.ambiguous"),
        ("binance_klines", ["binance_klines 2025-01-01T00:00:00Z 1.1 1.2 1 1.1 10"], nil),
        ("comment", ["comment.csv 2024-01-02T09:30:00Z 1.2 1.3 1.2 1.25 10"], nil),
        ("decimals5", ["decimals5 2024-01-02T09:30:00Z 1.23456 1.3 1.2 1.25 10"], nil),
        ("expo", ["expo 2024-01-02T09:30:00Z 100 120 99 100 1500000"], nil),
        ("iso_ms", ["iso_ms 2024-01-02T14:30:00Z 1.1 1.2 1 1.1 10"], nil),
        (
            "long_symbols",
            ["AAPL 2024-01-02T09:30:00Z 1.2 1.3 1.2 1.25 10", "MSFT 2024-01-02T09:30:00Z 2.2 2.3 2.2 2.25 10"], nil
        ),
        (
            "nan",
            [
                "nan 2024-01-02T09:30:00Z  1.2 1 1.1 10", "nan 2024-01-02T09:35:00Z 1.1 1.2 1 1.1 ",
                "nan 2024-01-02T09:40:00Z 1.1 1.2 1 1.1 ",
            ], nil
        ),
        ("shortnames", ["shortnames 2024-01-02T09:30:00Z 1.2 1.3 1.2 1.25 10"], nil),
        (
            "spring",
            ["spring 2024-03-10T02:30:00Z 1.2 1.3 1.2 1.25 10", "spring 2024-03-10T03:00:00Z 1.2 1.3 1.2 1.25 10"], nil
        ),
        ("tab", ["tab 2024-01-02T09:30:00Z 1.1 1.2 1 1.1 10"], nil),
        (
            "unix_ms",
            ["unix_ms 2025-01-01T00:00:00Z 1.1 1.2 1 1.1 10", "unix_ms 2025-01-01T00:01:00Z 1.1 1.2 1 1.1 10"], nil
        ),
        ("unix_s", ["unix_s 2025-01-01T00:00:00Z 1.1 1.2 1 1.1 10"], nil),
        ("unix_us", ["unix_us 2025-01-01T00:00:00Z 1.1 1.2 1 1.1 10"], nil),
        (
            "yf_multi",
            [
                "MSFT 2023-02-17T00:00:00Z 255.84 256.53 252.49 254.52 30000100",
                "MSFT 2023-02-21T00:00:00Z 252.5 253 251 252.01 28397400",
            ], nil
        ),
        ("yyyymmdd", ["yyyymmdd 2024-01-02T00:00:00Z 1.1 1.2 1 1.1 10"], nil),
    ]

    @Test(
        "the shared dialects are read, or refused with the reason",
        .enabled(if: SharedData.isThere, "needs the shared data"))
    func sharedDialects() throws {
        for (name, rows, code) in CSVDialectTests.shared {
            do {
                let found = try CSVDialectTests.rows(CSVFormat.open(SharedData.path("cases/data/dialects/\(name).csv")))
                #expect(
                    code == nil && found == rows.map { $0.replacing("comment.csv", with: "comment") },
                    "\(name): \(found)")
            } catch let failure as Failure {
                #expect(failure.code == code, "\(name): \(failure.message)")
            }
        }
    }

    @Test("what a file does not say is told, and can be said")
    func options() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("Date,Open,High,Low,Close\n01/02/2024 02:30,1,2,1,2\n", to: "T.csv")
        var options = CSVOptions()
        options.dateOrder = .dayFirst
        options.zone = "Europe/Berlin"
        options.interval = 300_000_000_000
        options.stampSide = .close
        options.unit = "GBp"
        let file = try CSVFormat.open(path, options: options)
        #expect(try CSVTestRow.read(file).map(\.description) == ["T 2024-02-01T01:25:00Z 0.01 0.02 0.01 0.02 "])
        options.dateOrder = .monthFirst
        options.zone = nil
        let other = try CSVFormat.open(path, options: options)
        #expect(try CSVTestRow.read(other).map(\.time) == [1_704_162_300_000_000_000])
        #expect(other.notes.contains { $0.contains("no zone") } && other.inferences.contains { $0.name == "zone" })
        let spring = try directory.write("t,o,h,l,c\n2024-03-10 02:30,1,2,1,2\n", to: "S.csv")
        var york = CSVOptions()
        york.zone = "America/New_York"
        #expect(throws: Failure.self) { try CSVFormat.open(spring, options: york) }
    }
}
