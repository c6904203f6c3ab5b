import Basics
import Foundation
import Tables

/// Seconds that reading all rows of a Parquet file takes, chunk by chunk.
///
///     market-data-benchmark parquet FILE [reads=3]
///
/// Prints a line a read: seconds, rows, and the sum of the column `close`, which `parquet_bars.py` compares.
enum ParquetBenchmark {
    static func run(_ arguments: [String]) throws {
        guard let path = arguments.first else {
            throw Failure("usage", "found no file", hint: "market-data-benchmark parquet FILE")
        }
        let reads = arguments.dropFirst().first.flatMap { Int($0.dropFirst("reads=".count)) } ?? 3
        for _ in 0..<reads {
            let start = DispatchTime.now().uptimeNanoseconds
            let reader = try ParquetReader(path)
            let column = reader.fields.firstIndex { $0.name == "close" } ?? 0
            var rows = 0, sum = 0.0
            while let chunk = try reader.next() {
                rows += chunk.rowCount
                if case .float64(let values) = chunk.columns[column].values { sum += values.reduce(0, +) }
            }
            let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
            print(seconds, rows, sum)
        }
    }
}
