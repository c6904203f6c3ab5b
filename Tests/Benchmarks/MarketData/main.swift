// What the market-data benchmarks measure; see the file of each.
//
//     market-data-benchmark [messages=20000000] …      ITCH: FeedBenchmark.swift
//     market-data-benchmark parquet FILE [reads=3]     ParquetBenchmark.swift and parquet_bars.py
//     market-data-benchmark csv-make PATH [rows=5000000] [step=60] [seed=1]
//     market-data-benchmark csv-read PATH              columns in memory: CSVBenchmark.swift and compare_csv.py
//     market-data-benchmark csv-scan PATH              chunk by chunk, none of which is kept
//     market-data-benchmark files DATA [PYTHON] [repeats=5]
//                                                      a LOBSTER day and LEAN's ticks, beside pandas:
//   FileBenchmarks.swift
import Foundation

func option(_ name: String, _ fallback: Int) -> Int {
    CommandLine.arguments.first { $0.hasPrefix("\(name)=") }.flatMap { Int($0.dropFirst(name.count + 1)) } ?? fallback
}

let words = Array(CommandLine.arguments.dropFirst())
switch (words.first, words.dropFirst().first) {
case ("parquet", _): try ParquetBenchmark.run(Array(words.dropFirst()))
case ("csv-make", let path?): try makeBars(path)
case ("csv-read", let path?): try readBars(path, keeps: true)
case ("csv-scan", let path?): try readBars(path, keeps: false)
case ("files", let data?):
    let python = words.dropFirst(2).first { !$0.contains("=") }
    try FileBenchmarks.run(data, client: python, repeats: option("repeats", 5))
default: measureFeed()
}
