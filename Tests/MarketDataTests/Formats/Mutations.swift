import Basics
import Foundation
import TestSupport

/// Damages the bytes of a file again and again, as transfers, disks and editors do.
enum Mutations {
    /// Calls `body` with the path of every damaged file; errors of ours are what is expected of it.
    ///
    /// - Throws: any error that is none for users.
    static func run(_ text: String, count: Int, _ body: (String) throws -> Void) throws {
        try run(Array(text.utf8), name: "file.txt", count: count, body)
    }

    static func run(_ bytes: [UInt8], name: String, count: Int, _ body: (String) throws -> Void) throws {
        let directory = try TemporaryDirectory(), path = directory.file(name)
        var random = SeededRandom(seed: 17)
        for _ in 0..<count {
            var changed = bytes
            for _ in 0...random.index(below: 3) {
                guard !changed.isEmpty else { break }
                let place = random.index(below: changed.count)
                switch random.index(below: 6) {
                case 0: changed[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: changed.remove(at: place)
                case 2: changed.removeSubrange(place...)
                case 3: changed.insert(changed[random.index(below: changed.count)], at: place)
                case 4: changed[place] = Array("0123456789-.,:[]{}\"eE \n".utf8)[random.index(below: 23)]
                default:
                    let end = min(place + random.index(below: 40), changed.count)
                    changed.insert(contentsOf: changed[place..<end], at: random.index(below: changed.count))
                }
            }
            try Data(changed).write(to: URL(fileURLWithPath: path))
            do { try body(path) } catch is any UserFacingError {}
        }
    }
}
