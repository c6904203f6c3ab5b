import Basics
import Foundation

/// A made-up order book in LOBSTER's files: sizes at the best level lean towards where the price goes next, so there is
/// something to learn.
package enum MadeUpBook {
    /// - Parameter levels: of both sides.
    package static func write(to directory: TemporaryDirectory, events: Int, levels: Int = 3, seed: UInt64 = 1) throws {
        var random = SeededRandom(seed: seed, 0xB00C)
        var messages = "", books = "", mid = 5_000_000, drift = 0
        for event in 0..<events {
            if event % 12 == 0 { drift = random.index(below: 3) - 1 }
            mid += 100 * drift * random.index(below: 2)
            let seconds = Double(34_200) + Double(event) * 2.5
            messages += String(
                format: "%.3f,%d,%d,%d,%d,%d\n", seconds, 1 + random.index(below: 4), event,
                10 + random.index(below: 90), mid, random.index(below: 2) == 0 ? 1 : -1)
            let fields = (0..<levels).flatMap { level -> [Int] in
                let size = 100 + random.index(below: 100)
                return [mid + 100 * (level + 1), size - 80 * drift, mid - 100 * (level + 1), size + 80 * drift]
            }
            books += fields.map(String.init).joined(separator: ",") + "\n"
        }
        let name = "MADE_2012-06-21_34200000_57600000"
        try directory.write(messages, to: "books/\(name)_message_\(levels).csv")
        try directory.write(books, to: "books/\(name)_orderbook_\(levels).csv")
    }
}
