import Basics
import MarketData
import Tables
import TestSupport
import Testing

/// Every shared archive against pandas, which reads them on its own.
@Suite struct LEANPandasTests {
    static let hasPandas =
        SharedData.isThere && SharedData.client("python3") != nil && SharedData.pythonHas("pandas")

    /// A line per archive: name, rows, first and last time, last known time, then name and sum of each column.
    private static let script = #"""
        import glob, io, os, sys, zipfile, pandas as pd
        root, part = sys.argv[1:]
        for path in sorted(glob.glob(os.path.join(root, part, "**", "*.zip"), recursive=True)):
            name = os.path.relpath(path, root); kind = name.split("/")[0]
            with zipfile.ZipFile(path) as z: d = pd.read_csv(io.BytesIO(z.read(z.namelist()[0])), header=None)
            step = {"daily": 86400, "hour": 3600, "minute": 60, "second": 1, "tick": 0}[kind]
            if kind in ("daily", "hour"): t = pd.to_datetime(d[0], format="%Y%m%d %H:%M")
            else: t = pd.Timestamp(os.path.basename(path)[:8]) + pd.to_timedelta(d[0], unit="ms")
            def ns(x):
                x = x.dt.tz_localize("America/New_York").dt.tz_convert("UTC")
                return x.astype("datetime64[ns, UTC]").astype("int64")
            start, end = ns(t), ns(t + pd.Timedelta(seconds=step))
            if kind == "tick":
                cells = {1: "bid", 2: "bid_size", 3: "ask", 4: "ask_size"}
                if d.shape[1] == 6: cells = {1: "price", 2: "size"}
            elif d.shape[1] == 6: cells = {1: "open", 2: "high", 3: "low", 4: "close", 5: "volume"}
            else: cells, start = {4: "bid", 5: "bid_size", 9: "ask", 10: "ask_size"}, end
            sums = [x for i, c in cells.items() for x in (c, str(int(d[i].fillna(0).sum())))]
            times = [start.iloc[0], start.iloc[-1], end.iloc[-1], start.sum() % 2**61]
            print(" ".join([name, str(len(d))] + [str(x) for x in times] + sums))
        """#

    @Test(
        "rows, times and sums of every archive are pandas'", .enabled(if: hasPandas, "needs pandas"),
        arguments: [("daily", 10), ("hour", 3), ("minute", 55), ("second", 11), ("tick/ibm", 10), ("tick/spy", 5)])
    func archives(part: String, count: Int) throws {
        let directory = try TemporaryDirectory()
        let result = try RunProgram.run(
            try #require(SharedData.client("python3")),
            ["-c", LEANPandasTests.script, SharedData.path("data/lean"), part], in: directory.path)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == count)
        for line in lines {
            let cells = line.split(separator: " ").map(String.init), name = cells[0]
            let table = try LEANTable.shared(name), time = table["time"]
            #expect(table.rows == Int(cells[1]) && table.largestChunk <= TableChunk.usualRows, "\(name)")
            #expect(time.first == Int64(cells[2]) && time.last == Int64(cells[3]), "\(name)")
            #expect(table["known_time"].last == Int64(cells[4]), "\(name)")
            #expect(zip(time, table["known_time"]).allSatisfy { $0 <= $1 }, "\(name)")
            // The sum modulo 2^61, which 64 bits hold whatever the order.
            #expect((table.sum("time") & (1 << 61 - 1)) == Int64(cells[5]), "\(name)")
            for index in stride(from: 6, to: cells.count, by: 2) {
                #expect(table.sum(cells[index]) == Int64(cells[index + 1]), "\(name): \(cells[index])")
            }
            #expect(table["position"] == (1...Int64(table.rows)).map { $0 }, "\(name)")
        }
    }
}
