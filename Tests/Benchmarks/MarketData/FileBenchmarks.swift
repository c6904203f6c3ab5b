// Rows a second of whole files, hftml's beside pandas', one after the other and by turns.
import Basics
import Foundation
import MarketData
import Tables

/// Reads files of the shared data again and again.
enum FileBenchmarks {
    /// What a reading took and found.
    struct Reading {
        var rows = 0
        var seconds = 0.0
        var processor = 0.0
    }

    /// Seconds of processor time of this process, all threads.
    static func processor() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    static func measure(_ body: () throws -> Int) rethrows -> Reading {
        let start = Clock.monotonic(), before = processor()
        let rows = try body()
        return Reading(rows: rows, seconds: Double(Clock.monotonic() - start) * 1e-9, processor: processor() - before)
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
    }

    /// A Python program that prints rows, seconds and processor seconds of each of its readings.
    private static func python(_ program: String, _ arguments: [String], _ python: String) throws -> [Reading] {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-c", program] + arguments
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap { line in
            let cells = line.split(separator: " ").compactMap { Double($0) }
            guard cells.count == 3 else { return nil }
            return Reading(rows: Int(cells[0]), seconds: cells[1], processor: cells[2])
        }
    }

    private static let timing = """
        import sys, time, zipfile, glob, pandas as pd
        def timed(body):
            for _ in range(int(sys.argv[1])):
                wall, cpu = time.perf_counter(), time.process_time()
                rows = body()
                print(rows, time.perf_counter() - wall, time.process_time() - cpu)

        """

    private static let lobster =
        timing + """
            names = ["time", "type", "order", "size", "price", "direction"]
            def day():
                m, b = pd.read_csv(sys.argv[2], names=names), pd.read_csv(sys.argv[3], header=None)
                assert len(m) == len(b)
                return len(m)
            timed(day)
            """

    private static let lean =
        timing + """
            names = ["ms", "price", "size", "exchange", "condition", "suspicious"]
            def ticks():
                rows = 0
                for path in sorted(glob.glob(sys.argv[2] + "/*_trade.zip")):
                    with zipfile.ZipFile(path) as z, z.open(z.namelist()[0]) as f:
                        rows += len(pd.read_csv(f, names=names, dtype={"condition": str, "exchange": str}))
                return rows
            timed(ticks)
            """

    private static func print(_ what: String, _ readings: [Reading]) {
        let walls = readings.map { Double($0.rows) / $0.seconds / 1e6 }
        let processors = readings.map { Double($0.rows) / $0.processor / 1e6 }
        Swift.print(
            "\(what): \(readings.first?.rows ?? 0) rows, median of \(readings.count): "
                + String(format: "%.3f M rows/s, %.3f M rows/s of processor time", median(walls), median(processors)))
    }

    static func rows(_ path: String, _ table: CanonicalKind? = nil) throws -> Int {
        let file = try FoundFiles.find(path), source = try file.read(table ?? file.tables[0])
        var rows = 0
        while let chunk = try source.next() { rows += chunk.rowCount }
        return rows
    }

    /// - Parameters:
    ///   - data: the folder of shared data.
    ///   - client: Python with pandas; nothing is compared without.
    static func run(_ data: String, client: String?, repeats: Int) throws {
        for name in [
            "GOOG_2012-06-21_34200000_50400000_message_10.csv.gz", "AAPL_2012-06-21_34200000_57600000_message_1.csv.gz",
        ] {
            let path = "\(data)/lobster/\(name)", books = path.replacing("_message_", with: "_orderbook_")
            let levels = name.contains("_10.") ? "10 levels" : "1 level"
            print(
                "LOBSTER day of \(levels), events and books, checked row by row",
                try (0..<repeats).map { _ in
                    try measure {
                        var rows = 0
                        try LobsterFormat.pairs(at: path)[0].read { _ in rows += 1 }
                        return rows
                    }
                })
            print(
                "LOBSTER day of \(levels), canonical snapshots",
                try (0..<repeats).map { _ in try measure { try rows(books) } })
            if let client { print("  pandas", try python(lobster, ["\(repeats)", path, books], client)) }
        }
        let ticks = "\(data)/lean/tick/spy"
        let archives = try FileManager.default.contentsOfDirectory(atPath: ticks).filter { $0.hasSuffix("_trade.zip") }
        print(
            "LEAN trade ticks, canonical",
            try (0..<repeats).map { _ in try measure { try archives.reduce(0) { try $0 + rows("\(ticks)/\($1)") } } })
        if let client { print("  pandas", try python(lean, ["\(repeats)", ticks], client)) }
    }
}
