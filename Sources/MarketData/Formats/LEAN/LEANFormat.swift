import Basics
import Foundation
import Tables

/// Files in the layout of the LEAN engine for shares of the United States: one CSV without header in a zip archive, or
/// the CSV itself. Source: the READMEs of LEAN's `Data` directory.
///
/// A line's cells say bars, quotes or ticks; stamps say how long bars are. What no byte says, the day and the ticker,
/// is in the names of the file, its folders and its member, which must not contradict each other or the content.
package enum LEANFormat: FileFormat {
    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        guard let look = Look(head) else {
            // Names that only LEAN writes, and cells that it does not.
            guard let member = try member(path), let names = try? LEANNames(path: path, member: member),
                names.isLayout
            else { return nil }
            throw Failure(
                "data.lean", "\(path):1: found a first line that is none of LEAN's of shares",
                hint:
                    "expected 6 cells of a trade bar or tick, 8 of a quote tick or 11 of a quote bar, all whole numbers"
            )
        }
        let member = try member(path), isZip = member != nil
        let names = try LEANNames(path: path, member: member)
        switch look.shape {
        case .stampedBars:
            // A plain file of such rows could be anybody's, whose prices are no ten-thousandths.
            guard isZip || names.resolution != nil else { return nil }
        case .tradeBars, .quoteBars:
            guard names.isLayout else { return nil }
        case .tickTrades, .tickQuotes:
            guard names.isLayout || isZip else { return nil }
        }
        return try LEANFile(path, look: look, names: names)
    }

    /// The name of the only member of a zip archive; nil of another file.
    private static func member(_ path: String) throws -> String? {
        guard let file = FileHandle(forReadingAtPath: path), let magic = try file.read(upToCount: 4),
            magic.elementsEqual([0x50, 0x4B, 3, 4])
        else { return nil }
        return try ZipArchive(path).onlyMember().name
    }

    /// What the first lines show.
    struct Look {
        let shape: LEANShape
        /// What all stamps are multiples of: a day, hour, minute or second, or none of them.
        let grid: LEANNames.Resolution
        let lines: Int

        /// - Parameter bytes: of the file's beginning; a last line may be cut.
        init?(_ bytes: [UInt8]) {
            var shape: LEANShape?
            var stamps: [Int64] = []
            bytes.withUnsafeBufferPointer { bytes in
                var start = 0
                while start < bytes.count, stamps.count < 2000 {
                    let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
                    // A line that goes on behind what was read is only looked at where it is the first.
                    if end == bytes.count, shape != nil { break }
                    let last = end > start && bytes[end - 1] == 0x0D ? end - 1 : end
                    if last > start, last - start <= LEANFile.longestLine {
                        let row = LEANRow(UnsafeBufferPointer(rebasing: bytes[start..<last]))
                        if shape == nil {
                            shape = LEANShape(row)
                            if shape == nil { return }
                        }
                        let stamp = row.stamp(0).map { Int64($0.minute) * 60_000 }
                        if let time = stamp ?? row.number(0) { stamps.append(time) }
                    }
                    start = end + 1
                }
            }
            guard let shape else { return nil }
            self.shape = shape
            lines = stamps.count
            let isStamped = shape == .stampedBars
            let grids: [(LEANNames.Resolution, Int64)] =
                isStamped ? [(.daily, 86_400_000), (.hour, 3_600_000)] : [(.minute, 60_000), (.second, 1000)]
            grid = grids.first { grid in stamps.allSatisfy { $0 % grid.1 == 0 } }?.0 ?? (isStamped ? .hour : .tick)
        }
    }
}
