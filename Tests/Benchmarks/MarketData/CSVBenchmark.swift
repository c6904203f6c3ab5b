// Bars in CSV: a file of made bars, and how fast it is read.
//
// `compare_csv.py` runs this beside pandas, pyarrow, polars and duckdb.
import Basics
import Foundation
import MarketData
import Tables

/// Writes bars that never stop, of `step` seconds: a random walk in steps of 10^−4, with two to four decimals in the
/// file.
func makeBars(_ path: String) throws {
    let rows = option("rows", 5_000_000), step = max(1, min(option("step", 60), 86_400)), daily = 86_400 / step
    var random = SeededRandom(seed: UInt64(option("seed", 1)))
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else { throw FileError("create", path) }
    var bytes: [UInt8] = Array("datetime,open,high,low,close,volume\n".utf8)
    var price: Int64 = 1_871_500
    func put(_ number: Int, _ width: Int) {
        var power = 1
        for _ in 1..<width { power *= 10 }
        while power > 0 {
            bytes.append(UInt8(truncatingIfNeeded: 48 + number / power % 10))
            power /= 10
        }
    }
    func put(price: Int64) {
        bytes += String(price / 10_000).utf8
        bytes.append(UInt8(ascii: "."))
        let rest = Int(price % 10_000)
        if rest % 100 == 0 { put(rest / 100, 2) } else if rest % 10 == 0 { put(rest / 10, 3) } else { put(rest, 4) }
    }
    var day = -1, date: [UInt8] = []
    for row in 0..<rows {
        // From 2015-01-01.
        let second = row % daily * step
        if row / daily != day {
            day = row / daily
            date = Array("\(CivilDate(daysSince1970: 16_436 + day)) ".utf8)
        }
        bytes += date
        put(second / 3600, 2)
        bytes.append(UInt8(ascii: ":"))
        put(second / 60 % 60, 2)
        bytes.append(UInt8(ascii: ":"))
        put(second % 60, 2)
        bytes.append(44)
        let scale: Int64 = [100, 10, 1][random.index(below: 3)]
        let open = price / scale * scale
        let close = max(10_000, open + (Int64(random.index(below: 2001)) - 1000)) / scale * scale
        put(price: open)
        bytes.append(44)
        put(price: (max(open, close) + Int64(random.index(below: 500))) / scale * scale)
        bytes.append(44)
        put(price: (min(open, close) - Int64(random.index(below: 500))) / scale * scale)
        bytes.append(44)
        put(price: close)
        bytes.append(44)
        bytes += String(random.index(below: 90_000) + 100).utf8
        bytes.append(10)
        price = close
        if bytes.count > 1 << 22 {
            try file.write(contentsOf: bytes)
            bytes.removeAll(keepingCapacity: true)
        }
    }
    try file.write(contentsOf: bytes)
    try file.close()
}

/// Reads a file as everything else does: dialect found, rows surveyed, canonical columns; prints the seconds.
func readBars(_ path: String, keeps: Bool) throws {
    let start = Clock.monotonic()
    let file = try FoundFiles.find(path)
    let found = Clock.monotonic()
    let source = try file.read(file.tables[0])
    var rows = 0, last: Nanoseconds = 0, kept: [TableChunk] = []
    while let chunk = try source.next() {
        rows += chunk.rowCount
        if case .int64(let times)? = chunk["time"]?.values { last = times.last ?? last }
        if keeps { kept.append(chunk) }
    }
    let end = Clock.monotonic()
    print(
        "\(Double(end - start) * 1e-9) s, of which \(Double(found - start) * 1e-9) s to find out: \(rows) rows of "
            + "\(file.kindName) to \(TimeText.utc(last)), \(kept.count) chunks kept")
}
